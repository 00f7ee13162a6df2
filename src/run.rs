//! Joins engine, log, door and front end: the only file that sees engine and screen.

use std::io::IsTerminal;
use std::sync::atomic::Ordering;

use saner_core::command::Verb;
use saner_core::feed::{Feed, Sink, pump};
use saner_core::log::LogWriter;
use saner_core::protocol::Role;
use saner_core::rundir::RunDir;
use saner_core::{Error, event};
use saner_engine::engine::{Engine, spawn};
use saner_engine::trainer::{End, OnNonFinite};

use crate::attach;
use crate::cli::{RunArgs, Scene};
use crate::client::Wish;
use crate::config;
use crate::detach::{self, Begun};
use crate::headless::{self, Printer};
use crate::hub::Hub;
use crate::narrate::{Narrator, complain};
use crate::prepare::{Prepared, prepare};
use crate::signals::{self, INTERRUPTED};
use crate::tensorboard::EventFile;
use crate::watch::Watch;

/// Where the words of a run go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Lines on standard output.
    Plain,
    /// A screen in this process.
    Inline,
    /// Nowhere but to the log and to clients: this process is the engine of a screen elsewhere.
    Engine,
}

/// Trains: in a process of its own with a screen here, or here with a screen or with lines of words.
pub fn run(args: &RunArgs, scene: &Scene<'_>) -> anyhow::Result<u8> {
    let no_screen = !std::io::stdout().is_terminal() || std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let mode = match () {
        () if args.engine => Mode::Engine,
        () if args.plain || no_screen => Mode::Plain,
        () if args.inline => Mode::Inline,
        () => {
            return match detach::start(args, scene.places)? {
                Begun::Run(run) => attach::show(scene, &run, &Wish { role: Role::Control, take: false, by: "me".into() }),
                Begun::Failed(said, code) => {
                    let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
                    Ok(code)
                }
            };
        }
    };
    train(args, scene, mode)
}

/// Trains in this process.
fn train(args: &RunArgs, scene: &Scene<'_>, mode: Mode) -> anyhow::Result<u8> {
    if mode == Mode::Engine {
        detach::settle();
    }
    // Faults of the settings before anything is made.
    let settings = config::load()?;
    settings.watch.iter().try_for_each(|rule| rule.bound().map(drop))?;
    let on_non_finite = if mode == Mode::Plain { OnNonFinite::Stop } else { OnNonFinite::Pause };
    let Prepared { start, device, log, state, remarks } = prepare(args, scene.places, on_non_finite)?;
    let folder = start.run.clone();
    start_log(&folder)?;
    for remark in &remarks {
        tracing::info!(target: "engine", "{remark}");
        if mode == Mode::Plain {
            complain(remark);
        }
    }
    let Engine { reports, commands, thread } =
        spawn(device, start).map_err(|fault| Error::Failed(format!("no thread for the engine: {fault}")))?;
    let feed = Feed::new(state, Some(commands));
    crate::machine::watch(feed.clone(), &remarks.first().cloned().unwrap_or_default());
    let watch = Watch::new(&folder, &feed, &settings.watch, &settings.notify.command)?;
    let board = match args.tensorboard || settings.tensorboard {
        true => Some(EventFile::begin(&folder, feed.read().trained(f64::MAX))?),
        false => None,
    };
    let signals = signals::listen(feed.clone(), mode == Mode::Inline, mode == Mode::Engine)?;
    // A run that cannot be attached to is still a run.
    let hub = Hub::open(&folder, feed.clone());
    if let Err(fault) = &hub {
        tracing::warn!(target: "engine", "no other program can join this run: {fault}");
    }
    if mode == Mode::Engine {
        detach::ready(&folder)?;
    }
    let recorded = if mode == Mode::Inline {
        let recorder = {
            let feed = feed.clone();
            std::thread::Builder::new().name("recorder".into()).spawn(move || record(reports, &feed, log, watch, (board, None)))?
        };
        let quiet = StderrToLog::begin(&folder)?;
        crate::follow::tell_log(&folder, &feed);
        let options = saner_ui::Options { leave: signals.stopping.clone(), ..scene.options(&folder) };
        let shown = saner_ui::run(feed.clone(), options);
        // A terminal that is gone, or a screen that broke, is no reason to lose the run: it is saved and ended.
        if feed.read().is_active() {
            let _ = feed.send("engine", Verb::Stop);
        }
        if let Err(fault) = shown {
            tracing::error!(target: "engine", "the screen broke: {fault}");
        }
        drop(quiet);
        recorder.join().map_err(|_| Error::Failed("the recorder panicked; see engine.log".into()))?
    } else {
        let printer = (mode == Mode::Plain).then(Printer::new);
        if mode == Mode::Plain {
            headless::listen(feed.clone());
        }
        record(reports, &feed, log, watch, (board, printer))
    };
    let end = thread.join().unwrap_or_else(|_| End::Failed("the engine's thread was lost".into()));
    drop(hub);
    recorded?;
    let id = folder.id();
    if mode == Mode::Inline {
        complain(format!("{id} {}; look at it with `saner-tui open {id}`", phrase(&end)));
    }
    match end {
        End::Failed(reason) => Err(Error::Failed(reason).into()),
        End::NonFinite => Err(Error::Failed(format!("{id}: a value was not finite; the newest checkpoint is from before it")).into()),
        End::Stopped if signals.interrupted.load(Ordering::SeqCst) => Ok(INTERRUPTED),
        End::Done | End::Stopped => Ok(0),
    }
}

/// While the screen is up, standard error goes to `engine.log`: a library's print would be drawn over the panes, and one
/// to a dead terminal would panic.
struct StderrToLog {
    before: std::os::fd::OwnedFd,
}

impl StderrToLog {
    fn begin(run: &RunDir) -> anyhow::Result<Self> {
        let before = rustix::io::dup(std::io::stderr())?;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(run.engine_log())?;
        rustix::stdio::dup2_stderr(file)?;
        Ok(Self { before })
    }
}

impl Drop for StderrToLog {
    fn drop(&mut self) {
        let _ = rustix::stdio::dup2_stderr(&self.before);
    }
}

fn phrase(end: &End) -> &'static str {
    match end {
        End::Done => "is done",
        End::Stopped => "was stopped; go on with `saner-tui run --resume last`",
        End::NonFinite => "met a value that is not finite",
        End::Failed(_) => "failed",
    }
}

/// Log first, then words, then the state that screens read. A log that cannot be written ends the run: dropping the
/// receiver tells the engine, which still writes a last checkpoint.
fn record(
    reports: std::sync::mpsc::Receiver<event::Report>,
    feed: &Feed,
    mut log: LogWriter,
    mut watch: Watch,
    (mut board, mut printer): (Option<EventFile>, Option<Printer>),
) -> saner_core::Result<()> {
    let mut narrator = Narrator::default();
    let mut sinks: Vec<&mut dyn Sink> = vec![&mut log, &mut narrator, &mut watch];
    if let Some(board) = &mut board {
        sinks.push(board);
    }
    if let Some(printer) = &mut printer {
        sinks.push(printer);
    }
    let result = pump(reports, feed, &mut sinks);
    if let Err(fault) = &result {
        tracing::error!(target: "engine", "{fault}");
        feed.apply(&event::Report::Event(Box::new(event::Record::failed(fault.to_string(), 0.0))));
    }
    result
}

/// `engine.log` gets every line, and from there the Logs tab.
fn start_log(run: &RunDir) -> anyhow::Result<()> {
    use tracing_subscriber::layer::SubscriberExt;
    let path = run.engine_log();
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path).map_err(Error::io("open", &path))?;
    let to_file = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(std::sync::Mutex::new(file));
    let filter = tracing_subscriber::EnvFilter::try_from_env("SANER_TUI_LOG").unwrap_or_else(|_| "info".into());
    let base = tracing_subscriber::registry().with(filter).with(to_file);
    // A second subscriber cannot be set in one process; the first one stays then.
    let _ = tracing::subscriber::set_global_default(base);
    Ok(())
}
