//! Writing checkpoints from within the loop; a failed one is an event, not the end of the run.

use std::time::Instant;

use burn_tensor::Tensor;
use saner_core::error::Error;
use saner_core::event::Saved;

use super::{Event, Flow, Numbers, Trainer, Trains};
use crate::checkpoint::{self, Label};
use crate::passes::Inner;

impl<A: Trains> Trainer<A> {
    /// Writes `step-<n>` and reports it; `id` is the command that asked.
    pub(super) fn save_named(&mut self, reason: &str, note: Option<String>, id: Option<u64>, by: &str) -> Flow {
        let name = format!("step-{:08}", self.cursor.step);
        let begun = Instant::now();
        match self.write(reason, note.clone(), name.clone()) {
            Ok((bytes, mark)) => {
                self.saved_at = Some(self.cursor.step);
                checkpoint::prune(&self.run, self.spec.checkpoint.keep);
                let secs = begun.elapsed().as_secs_f64();
                self.event(by, Event::Saved(Saved { mark, name, reason: reason.into(), note, bytes, secs, id }))
            }
            Err(fault) => {
                if let Some(id) = id {
                    self.event(by, Event::Rejected { id, reason: fault.to_string() })?;
                }
                self.event("engine", Event::SaveFailed { reason: fault.to_string() })
            }
        }
    }

    /// Replaces `best`.
    pub(super) fn save_best(&mut self) -> Flow {
        let begun = Instant::now();
        match self.write("best", None, "best".into()) {
            Ok((bytes, mark)) => {
                let saved = Saved {
                    mark,
                    name: "best".into(),
                    reason: "best".into(),
                    note: None,
                    bytes,
                    secs: begun.elapsed().as_secs_f64(),
                    id: None,
                };
                self.event("auto", Event::Saved(saved))
            }
            Err(fault) => self.event("engine", Event::SaveFailed { reason: fault.to_string() }),
        }
    }

    /// The last checkpoint; its failure is the run's.
    pub(super) fn save_or_say(&mut self, reason: &str) -> Result<(), String> {
        let name = format!("step-{:08}", self.cursor.step);
        let begun = Instant::now();
        let (bytes, mark) = self.write(reason, None, name.clone()).map_err(|fault| fault.to_string())?;
        let saved = Saved { mark, name, reason: reason.into(), note: None, bytes, secs: begun.elapsed().as_secs_f64(), id: None };
        let _ = self.event("auto", Event::Saved(saved));
        Ok(())
    }

    /// Reads all numbers from the device (waits for it) and writes them; returns the bytes and the mark.
    pub(super) fn write(&mut self, reason: &str, note: Option<String>, name: String) -> Result<(u64, String), Error> {
        let host = |t: &Tensor<Inner<A>, 1>| {
            t.to_data().to_vec::<f32>().map_err(|fault| Error::Failed(format!("cannot read a tensor: {fault:?}")))
        };
        let numbers = Numbers { w: host(&self.weights.w)?, momentum: host(&self.weights.momentum)?, running: host(&self.weights.running)? };
        let mark = self.next_mark('C');
        // The event about this checkpoint comes after it, so a resumed run counts on from there.
        self.cursor.next_event += 1;
        let saved = checkpoint::save(&self.run, &self.net, &self.spec, &self.cursor, &numbers, Label { name, reason, note });
        self.cursor.next_event -= 1;
        Ok((saved?, mark))
    }
}
