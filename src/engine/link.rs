//! The engine's two channels: reports out, commands in. Both bounded; a slow disk may slow training, a screen cannot.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use saner_core::command::Command;
use saner_core::event::Report;

/// The recorder has gone: there is nobody to write what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrecorded;

/// The engine's end of the channels.
pub struct Link {
    reports: SyncSender<Report>,
    commands: Receiver<Command>,
}

impl Link {
    /// Joins two channel ends.
    pub fn new(reports: SyncSender<Report>, commands: Receiver<Command>) -> Self {
        Self { reports, commands }
    }

    /// Hands a report to the recorder, waiting only for its disk.
    ///
    /// # Errors
    /// The recorder has gone.
    pub fn send(&self, report: Report) -> Result<(), Unrecorded> {
        self.reports.send(report).map_err(|_| Unrecorded)
    }

    /// The next command, without waiting.
    pub fn poll(&self) -> Option<Command> {
        self.commands.try_recv().ok()
    }

    /// The next command, waiting a moment: for a paused run. When nobody can ask any more, it waits all the same.
    pub fn wait(&self, at_most: Duration) -> Option<Command> {
        match self.commands.recv_timeout(at_most) {
            Ok(command) => Some(command),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(at_most);
                None
            }
        }
    }
}
