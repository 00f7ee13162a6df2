//! From the command line to something the engine can start with: recipe, data, labels, folder, checkpoint.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use saner_core::event::Outcome;
use saner_core::log::LogWriter;
use saner_core::manifest;
use saner_core::noise::Flips;
use saner_core::rundir::{FORMAT, RunDir, RunInfo, ids};
use saner_core::spec::{Override, Spec};
use saner_core::state::{Phase, RunState};
use saner_core::{Error, Result, data, labels};
use saner_engine::backend::{Device, DeviceChoice, choose};
use saner_engine::trainer::{OnNonFinite, Start};

use crate::cli::{Places, RunArgs};
use crate::recipe::{load, samples};
use crate::view::fold;
use crate::{fork, interventions};

/// Keys that may change when a run goes on: they do not touch what was trained.
const FREE_ON_RESUME: [&str; 4] = ["schedule.max_steps", "checkpoint.every", "checkpoint.keep", "checkpoint.at_start"];

/// Everything that a run needs, checked.
pub struct Prepared {
    /// For the engine.
    pub start: Start,
    /// The device.
    pub device: Device,
    /// The run's log, open and locked.
    pub log: LogWriter,
    /// What a viewer sees before the first report.
    pub state: RunState,
    /// Sentences to say before the start.
    pub remarks: Vec<String>,
}

/// The device of `--device` and `--threads`.
pub fn device(text: &str, threads: Option<NonZeroUsize>) -> Result<Device> {
    let choice: DeviceChoice = text.parse().map_err(|what| Error::Input(format!("--device: {what}")))?;
    choose(choice, threads.map(NonZeroUsize::get))
}

/// Prepares a new run, or one that goes on.
pub fn prepare(args: &RunArgs, places: &Places, on_non_finite: OnNonFinite) -> Result<Prepared> {
    let device = device(&args.device, args.threads)?;
    let runs = places.runs();
    let wanted = match args.resume.as_deref() {
        Some("auto") => unfinished(&runs),
        Some(name) => Some(RunDir::find(&runs, name)?),
        None => None,
    };
    match wanted {
        Some(run) => go_on(run, args, places, device, on_non_finite),
        None => begin(&runs, args, places, device, on_non_finite),
    }
}

fn begin(runs: &Path, args: &RunArgs, places: &Places, device: Device, on_non_finite: OnNonFinite) -> Result<Prepared> {
    let fork = args.fork.as_deref().map(|wanted| fork::find(runs, wanted)).transpose()?;
    let spec = match &fork {
        Some(fork) => fork.spec(&overrides(args))?,
        None => load(args.recipe.as_deref(), &overrides(args))?,
    };
    device.precision(spec.model.precision)?;
    let dir = match (places.data(), &fork) {
        ((_, false), Some(fork)) if !fork.info.data.is_empty() => PathBuf::from(&fork.info.data),
        ((dir, _), _) => dir,
    };
    let interventions = args.interventions.as_deref().map(interventions::read).transpose()?;
    let (set, flips) = samples(&spec, &dir)?;
    let now = jiff::Zoned::now();
    let run = RunDir::create(runs, &now.strftime("%Y%m%d-%H%M%S").to_string(), &spec.name)?;
    let info = RunInfo {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        device: device.sentence.clone(),
        created: now.timestamp().to_string(),
        data: std::path::absolute(&dir).unwrap_or(dir).display().to_string(),
        parent: fork.as_ref().map(fork::Parent::name),
    };
    // Before the recipe, by which a run is found: one without it would begin at step 0 when it goes on.
    let resume = fork.as_ref().map(|fork| fork.begin(&run, &spec, set.train.len())).transpose()?;
    run.write_spec(&spec, &info)?;
    labels::write(&run.labels(), &set.train, &flips)?;
    if let Some(text) = interventions.as_ref().map(|found| &found.text) {
        let path = run.interventions();
        std::fs::write(&path, text).map_err(Error::io("write", &path))?;
    }
    let log = LogWriter::open(&run)?;
    let start = Start {
        resume: resume.map(|verified| (verified, 0)),
        interventions: interventions.map_or_else(Vec::new, |found| found.changes),
        parent: info.parent,
        ..start(spec, (set, flips), run, &device, on_non_finite)
    };
    Ok(Prepared { remarks: vec![device.sentence.clone()], start, device, log, state: RunState::default() })
}

fn go_on(run: RunDir, args: &RunArgs, places: &Places, device: Device, on_non_finite: OnNonFinite) -> Result<Prepared> {
    if let Some(locked) = args.sets.iter().find(|over| !FREE_ON_RESUME.contains(&over.key.as_str())) {
        return Err(Error::Input(format!(
            "--set {}: locked in a run that goes on (only {} may change); start a new run from {} instead",
            locked.key,
            FREE_ON_RESUME.join(", "),
            run.run_toml().display()
        )));
    }
    if args.seed.is_some() || args.name.is_some() || args.precision.is_some() {
        return Err(Error::Input("--seed, --name and --precision are locked in a run that goes on; start a new run instead".into()));
    }
    let (_, info) = run.read_spec()?;
    let text = std::fs::read_to_string(run.run_toml()).map_err(Error::io("read", run.run_toml()))?;
    let spec = Spec::load(&text, &run.run_toml().display().to_string(), &args.sets)?;
    device.precision(spec.model.precision)?;
    let dir = match places.data() {
        (dir, true) => dir,
        (dir, false) => {
            if info.data.is_empty() {
                dir
            } else {
                PathBuf::from(&info.data)
            }
        }
    };
    let (set, flips) = samples(&spec, &dir)?;
    check_ledger(&run, &set.train, &flips)?;
    let mut log = LogWriter::open(&run)?;
    manifest::recover(&run);
    let (checkpoint, mut remarks) = manifest::newest(&run);
    remarks.insert(0, device.sentence.clone());
    let step = checkpoint.as_ref().map_or(0, |verified| verified.manifest.step);
    let moved = log.rewind(step)?;
    let mut state = fold(&run)?;
    // Its files tell how it ended; who looks before its first word must not take that for an end.
    state.phase = Phase::Starting;
    remarks.extend(state.complaints.clone());
    if checkpoint.is_none() {
        remarks.push(format!("run {} has no checkpoint yet: it starts again from step 0", run.id()));
    }
    let (next_event, next_mark) = state.next_numbers();
    let resume = checkpoint.map(|mut verified| {
        let cursor = &mut verified.manifest.cursor;
        cursor.next_event = cursor.next_event.max(next_event);
        cursor.next_mark = cursor.next_mark.max(next_mark);
        (verified, moved)
    });
    let made_again = run.interventions();
    let interventions = if made_again.exists() { interventions::read(&made_again)?.changes } else { Vec::new() };
    // That it is a fork was said when it began.
    let start = Start { resume, interventions, unanswered: state.unanswered(), ..start(spec, (set, flips), run, &device, on_non_finite) };
    Ok(Prepared { start, device, log, state, remarks })
}

/// What every run begins with.
fn start(spec: Spec, (set, flips): (data::Dataset, Flips), run: RunDir, device: &Device, on_non_finite: OnNonFinite) -> Start {
    Start {
        spec,
        set: Arc::new(set),
        flips: Arc::new(flips),
        run,
        device: device.sentence.clone(),
        resume: None,
        on_non_finite,
        unanswered: Vec::new(),
        interventions: Vec::new(),
        parent: None,
    }
}

/// Every override of the arguments.
fn overrides(args: &RunArgs) -> Vec<Override> {
    let mut sets = args.sets.clone();
    let mut also = |key: &str, value: Option<String>| sets.extend(value.map(|value| Override { key: key.into(), value }));
    also("model.precision", args.precision.clone());
    also("seed", args.seed.map(|seed| seed.to_string()));
    also("name", args.name.as_ref().map(|name| format!("{name:?}")));
    sets
}

/// The ledger on the disk must be the one that data and recipe give, or the run would go on with other labels.
fn check_ledger(run: &RunDir, train: &data::Samples, flips: &Flips) -> Result<()> {
    let path = run.labels();
    let known = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
    if known != labels::text(train, flips) {
        return Err(Error::data(&path, "does not agree with the data at hand; point --data at the folder that the run began with"));
    }
    Ok(())
}

fn unfinished(runs: &Path) -> Option<RunDir> {
    ids(runs)
        .into_iter()
        .rev()
        .map(|id| RunDir { path: runs.join(id) })
        .find(|run| fold(run).is_ok_and(|state| state.phase != Phase::Ended(Outcome::Done)))
}
