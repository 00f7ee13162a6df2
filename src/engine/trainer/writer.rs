//! Checkpoints are written by a thread of their own, from a copy: training goes on meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Instant;

use saner_core::error::Error;
use saner_core::manifest::Cursor;
use saner_core::rundir::RunDir;
use saner_core::spec::Spec;

use crate::checkpoint::{self, Label, Numbers};
use crate::model::Net;

/// Copies that may wait for the disk; with more, training waits too rather than fill the memory.
const WAITING: usize = 1;

/// What will be said of a checkpoint once it is there.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    /// Folder name.
    pub name: String,
    /// Why it is written.
    pub reason: String,
    /// A person's note.
    pub note: Option<String>,
    /// Command that asked.
    pub id: Option<u64>,
    /// Who asked.
    pub by: String,
    /// Name of its mark.
    pub mark: String,
    /// Number that the event about it has: taken with the copy, so that a run resumed from it counts on behind it.
    pub seq: u64,
    /// Step at which the copy was taken.
    pub step: u64,
    /// When.
    pub begun: Instant,
}

/// A copy of everything that a checkpoint holds.
pub(super) struct Job {
    pub ticket: Ticket,
    pub cursor: Cursor,
    pub numbers: Numbers,
}

/// A checkpoint that was written, or not: its bytes or what went wrong.
pub(super) type Done = (Ticket, Result<u64, Error>);

/// The thread and its two ends.
pub(super) struct Writer {
    jobs: SyncSender<Job>,
    done: Receiver<Done>,
    open: usize,
}

impl Writer {
    /// Starts the thread; it ends when the writer is dropped and all is written.
    pub(super) fn new(run: RunDir, net: Arc<Net>, spec: Spec) -> Self {
        let (jobs, inbox) = sync_channel::<Job>(WAITING);
        let (sender, done) = sync_channel(WAITING + 2);
        std::thread::spawn(move || {
            for Job { ticket, cursor, numbers } in inbox {
                let label = Label { name: ticket.name.clone(), reason: &ticket.reason, note: ticket.note.clone() };
                let saved = checkpoint::save(&run, &net, &spec, &cursor, &numbers, label);
                if saved.is_ok() {
                    checkpoint::prune(&run, spec.checkpoint.keep);
                }
                if sender.send((ticket, saved)).is_err() {
                    return;
                }
            }
        });
        Self { jobs, done, open: 0 }
    }

    /// Hands over a copy; waits only while another one is waiting.
    pub(super) fn send(&mut self, job: Job) -> Result<(), String> {
        self.jobs.send(job).map_err(|_| "the thread that writes checkpoints has ended".to_owned())?;
        self.open += 1;
        Ok(())
    }

    /// The next checkpoint that is done; with `wait`, waits for it while one is open.
    pub(super) fn next(&mut self, wait: bool) -> Result<Option<Done>, String> {
        if self.open == 0 {
            return Ok(None);
        }
        let got = if wait { self.done.recv().map_err(|_| TryRecvError::Disconnected) } else { self.done.try_recv() };
        match got {
            Ok(done) => {
                self.open -= 1;
                Ok(Some(done))
            }
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => {
                self.open = 0;
                Err("the thread that writes checkpoints has ended".into())
            }
        }
    }
}
