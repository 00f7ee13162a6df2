//! The joint between an engine (or a log) and whoever watches: a shared state, its version, and an inbox.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::command::{Command, Verb};
use crate::error::Result;
use crate::event::Report;
use crate::state::RunState;

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
}

impl Feed {
    /// A feed; without an inbox nothing can be asked (a finished run).
    pub fn new(state: RunState, inbox: Option<SyncSender<Command>>) -> Self {
        Self { shared: Arc::new(Shared { state: RwLock::new(state), version: AtomicU64::new(1), inbox, next_id: AtomicU64::new(1) }) }
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

    /// Puts another state in place: for one that is read anew from growing files.
    pub fn replace(&self, state: RunState) {
        *self.shared.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        self.shared.version.fetch_add(1, Ordering::AcqRel);
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
