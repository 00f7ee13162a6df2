//! `open`: a finished or dead run on the same screen, read from its files.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use saner_core::error::Error;
use saner_core::feed::Feed;
use saner_core::log::LogWriter;
use saner_core::rundir::RunDir;
use saner_core::state::{Phase, RunState};
use saner_core::{Result, log, words};

use crate::cli::Scene;

/// Between looks at the files of a run that another process writes.
const FOLLOW: Duration = Duration::from_secs(1);

/// Folds a run's log into a state.
pub fn fold(run: &RunDir) -> Result<RunState> {
    let read = log::read(run)?;
    let mut state = RunState::default();
    read.reports.iter().for_each(|report| state.apply(report));
    state.complaints = read.complaints;
    Ok(state)
}

/// How a run stands as its files tell, and whether a process trains it. Of one without an end and without a process the
/// end is that its process is gone.
pub fn standing(run: &RunDir) -> Result<(RunState, bool)> {
    // Asked first: files of a run that nobody trains do not change any more.
    let alive = LogWriter::is_taken(run);
    let mut state = fold(run)?;
    if !alive {
        close(&mut state);
    }
    Ok((state, alive))
}

/// Marks the state of a run whose process is gone without an end.
pub fn close(state: &mut RunState) {
    if state.is_active() {
        state.phase = Phase::Failed("its process is gone; go on with `saner-tui run --resume`".into());
    }
}

/// Opens a run; without a terminal its last lines are printed.
pub fn open(scene: &Scene<'_>, wanted: &str) -> anyhow::Result<u8> {
    show(scene, RunDir::find(&scene.places.runs(), wanted)?)
}

/// Shows a run from its files.
pub fn show(scene: &Scene<'_>, run: RunDir) -> anyhow::Result<u8> {
    let (state, alive) = standing(&run)?;
    if state.header.is_none() {
        anyhow::bail!(Error::Failed(format!("run {} has no readable events; {} may be damaged", run.id(), run.events().display())));
    }
    for complaint in &state.complaints {
        crate::narrate::complain(complaint);
    }
    if !std::io::stdout().is_terminal() {
        print(&state)?;
        return Ok(0);
    }
    let feed = Feed::new(state, None);
    crate::follow::tell_log(&run, &feed);
    let options = scene.options(&run);
    if alive {
        follow(run, feed.clone());
    }
    saner_ui::run(feed, options)?;
    Ok(0)
}

/// Reads a run that another process is writing again whenever its files have grown.
fn follow(run: RunDir, feed: Feed) {
    std::thread::spawn(move || {
        let size = || [run.metrics(), run.events()].map(|path| path.metadata().map_or(0, |meta| meta.len()));
        let mut seen = size();
        loop {
            std::thread::sleep(FOLLOW);
            let now = size();
            if now != seen
                && let Ok(state) = fold(&run)
            {
                seen = now;
                feed.replace(state);
            }
        }
    });
}

fn print(state: &RunState) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let epochs = state.header.as_ref().map_or(0, |header| header.spec.schedule.epochs);
    for record in &state.events {
        writeln!(out, "{}", words::event(record))?;
    }
    state.epochs.iter().try_for_each(|summary| writeln!(out, "{}", words::epoch(summary, epochs)))
}
