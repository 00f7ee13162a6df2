//! The joint between an engine (or a log) and whoever watches: a shared state, its version, and an inbox.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// Who may steer a run, as far as this side knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Control {
    /// This side.
    #[default]
    Mine,
    /// Somebody else, by name.
    Of(String),
    /// Nobody: it can be taken.
    Free,
}

/// How this side is joined to the run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// Whether the run lives in a process of its own: then it goes on when this side leaves.
    pub apart: bool,
    /// Who may steer it.
    pub control: Control,
    /// Sides that watch it, this one too.
    pub watchers: u32,
    /// Seconds without a word of it; 0 while it speaks.
    pub quiet_secs: u64,
    /// Newest sentence for the person, with its number.
    pub notice: (u64, String),
}

/// What can be asked of a run in another process beside the commands.
pub trait Remote: Send + Sync {
    /// Takes control, from whoever has it.
    ///
    /// # Errors
    /// A sentence: this side only watches.
    fn take(&self) -> std::result::Result<(), String>;
    /// Ends the process without a checkpoint.
    fn kill(&self);
}

use crate::command::{Command, Verb};
use crate::error::Result;
use crate::event::Report;
use crate::logline::LogLine;
use crate::machine::Machine;
use crate::state::RunState;

/// Lines of the text log that wait for who shows them.
const LINES: usize = 2_000;

/// A place that takes every report, in order: the log writer, the headless printer.
pub trait Sink {
    /// Takes one report.
    ///
    /// # Errors
    /// The report could not be kept; the pump stops, and with it the engine.
    fn take(&mut self, report: &Report) -> Result<()>;
}

/// Cheaply cloned handle: newest state, version number, commands.
#[derive(Clone)]
pub struct Feed {
    shared: Arc<Shared>,
}

struct Shared {
    state: RwLock<RunState>,
    version: AtomicU64,
    inbox: Option<SyncSender<Command>>,
    next_id: AtomicU64,
    link: RwLock<Link>,
    lines: Mutex<VecDeque<LogLine>>,
    machine: Mutex<Option<Machine>>,
    remote: Option<Box<dyn Remote>>,
}

impl Feed {
    /// A feed; without an inbox nothing can be asked (a finished run).
    pub fn new(state: RunState, inbox: Option<SyncSender<Command>>) -> Self {
        Self::joined(state, inbox, None)
    }

    /// A feed of a run in another process.
    pub fn joined(state: RunState, inbox: Option<SyncSender<Command>>, remote: Option<Box<dyn Remote>>) -> Self {
        let next_id = AtomicU64::new(state.next_command());
        let (state, link) = (RwLock::new(state), RwLock::new(Link { apart: remote.is_some(), watchers: 1, ..Link::default() }));
        Self {
            shared: Arc::new(Shared {
                state,
                version: AtomicU64::new(1),
                inbox,
                next_id,
                link,
                lines: Mutex::default(),
                machine: Mutex::default(),
                remote,
            }),
        }
    }

    /// How this side is joined to the run.
    pub fn link(&self) -> Link {
        self.shared.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is known of the link.
    pub fn relink(&self, change: impl FnOnce(&mut Link)) {
        change(&mut self.shared.link.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Tells the person a sentence.
    pub fn notify(&self, text: String) {
        self.relink(|link| link.notice = (link.notice.0 + 1, text));
    }

    /// The other process, if there is one.
    pub fn remote(&self) -> Option<&dyn Remote> {
        self.shared.remote.as_deref()
    }

    /// The newest state. Keep the guard short: the pump waits for it.
    pub fn read(&self) -> RwLockReadGuard<'_, RunState> {
        // A reader cannot break the state, so a poisoned lock still guards a whole one.
        self.shared.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grows with every report; equal versions mean an equal state.
    pub fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    /// Whether commands can be sent at all.
    pub fn is_steerable(&self) -> bool {
        self.shared.inbox.is_some()
    }

    /// Folds one report.
    pub fn apply(&self, report: &Report) {
        self.shared.state.write().unwrap_or_else(PoisonError::into_inner).apply(report);
        self.shared.version.fetch_add(1, Ordering::AcqRel);
    }

    /// Folds a report unless it is known; whether it was news.
    pub fn hear(&self, report: &Report) -> bool {
        let news = self.shared.state.write().unwrap_or_else(PoisonError::into_inner).hear(report);
        if news {
            self.shared.version.fetch_add(1, Ordering::AcqRel);
        }
        news
    }

    /// Puts another state in place: for one that is read anew from growing files.
    pub fn replace(&self, state: RunState) {
        *self.shared.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        self.shared.version.fetch_add(1, Ordering::AcqRel);
    }

    /// Takes the load of the machine that trains. It is no news: who draws for another reason draws it too, so that a run
    /// that stands still costs a screen nothing.
    pub fn load(&self, machine: Machine) {
        *self.shared.machine.lock().unwrap_or_else(PoisonError::into_inner) = Some(machine);
    }

    /// The newest load of the machine that trains.
    pub fn machine(&self) -> Option<Machine> {
        self.shared.machine.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a line of the text log, for who shows it.
    pub fn log(&self, line: LogLine) {
        let mut lines = self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line);
        if lines.len() > LINES {
            lines.pop_front();
        }
        drop(lines);
        self.shared.version.fetch_add(1, Ordering::AcqRel);
    }

    /// Hands over the lines that came since the last time.
    pub fn new_lines(&self) -> VecDeque<LogLine> {
        std::mem::take(&mut self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks for something; returns the number under which the answer comes.
    ///
    /// # Errors
    /// A sentence: the run is over, or too many requests are waiting.
    pub fn send(&self, by: &str, verb: Verb) -> std::result::Result<u64, String> {
        let inbox = self.shared.inbox.as_ref().ok_or("this run is only being read; nothing can be changed")?;
        let id = self.shared.next_id.fetch_add(1, Ordering::AcqRel);
        inbox.try_send(Command { id, by: by.to_owned(), verb }).map(|()| id).map_err(|fault| match fault {
            TrySendError::Full(_) => "the engine has not yet answered the requests before; wait a moment".to_owned(),
            TrySendError::Disconnected(_) => "the run has ended".to_owned(),
        })
    }
}

/// Moves reports into the sinks, then into the feed, until the source ends: first on disk, then on screen.
///
/// # Errors
/// The first sink that could not take a report.
pub fn pump(reports: impl IntoIterator<Item = Report>, feed: &Feed, sinks: &mut [&mut dyn Sink]) -> Result<()> {
    for report in reports {
        for sink in sinks.iter_mut() {
            sink.take(&report)?;
        }
        feed.apply(&report);
    }
    Ok(())
}
