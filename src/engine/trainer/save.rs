//! Taking copies for checkpoints within the loop, and saying what became of them; a failed one is an event, not the end
//! of the run.

use std::time::Instant;

use burn_tensor::Tensor;
use saner_core::error::Error;
use saner_core::event::Saved;

use super::writer::{Done, Job, Ticket};
use super::{Event, Flow, Leave, Numbers, Trainer};
use crate::checkpoint::{self, Label};
use crate::kernels::Trains;
use crate::passes::Inner;

impl<A: Trains> Trainer<A> {
    /// Has `step-<n>` written; it is reported when it is there. `id` is the command that asked.
    pub(super) fn save_named(&mut self, reason: &str, note: Option<String>, id: Option<u64>, by: &str) -> Flow {
        let name = format!("step-{:08}", self.cursor.step);
        self.hand_over(name, reason, note, id, by)
    }

    /// Has `best` replaced.
    pub(super) fn save_best(&mut self) -> Flow {
        self.hand_over("best".into(), "best", None, None, "auto")
    }

    fn hand_over(&mut self, name: String, reason: &str, note: Option<String>, id: Option<u64>, by: &str) -> Flow {
        let begun = Instant::now();
        let copied = self.copy();
        let mark = self.next_mark('C');
        let seq = self.cursor.next_event;
        self.cursor.next_event += 1;
        let ticket = Ticket { name, reason: reason.into(), note, id, by: by.into(), mark, seq, step: self.cursor.step, begun };
        match copied {
            Ok(numbers) => {
                let job = Job { ticket, cursor: self.cursor.clone(), numbers };
                self.writer.send(job).map_err(Leave::Failed)
            }
            Err(fault) => self.report_saved((ticket, Err(fault))),
        }
    }

    /// Reports the checkpoints that are there by now; with `wait`, all that are still being written.
    pub(super) fn report_written(&mut self, wait: bool) -> Flow {
        while let Some(done) = self.writer.next(wait).map_err(Leave::Failed)? {
            self.report_saved(done)?;
        }
        Ok(())
    }

    fn report_saved(&mut self, (ticket, saved): Done) -> Flow {
        let Ticket { name, reason, note, id, by, mark, seq, step, begun } = ticket;
        match saved {
            Ok(bytes) => {
                if name != "best" {
                    self.saved_at = Some(step);
                }
                let secs = begun.elapsed().as_secs_f64();
                self.event_as(seq, step, &by, Event::Saved(Saved { mark, name, reason, note, bytes, secs, id }))
            }
            Err(fault) => {
                if let Some(id) = id {
                    self.event(&by, Event::Rejected { id, reason: fault.to_string() })?;
                }
                self.event_as(seq, step, "engine", Event::SaveFailed { reason: fault.to_string() })
            }
        }
    }

    /// The last checkpoint, written while the caller waits; its failure is the run's.
    pub(super) fn save_or_say(&mut self, reason: &str) -> Result<(), String> {
        let name = format!("step-{:08}", self.cursor.step);
        let begun = Instant::now();
        let (bytes, mark) = self.write_now(reason, name.clone()).map_err(|fault| fault.to_string())?;
        let saved = Saved { mark, name, reason: reason.into(), note: None, bytes, secs: begun.elapsed().as_secs_f64(), id: None };
        let _ = self.event("auto", Event::Saved(saved));
        Ok(())
    }

    /// Writes all numbers and returns the bytes and the mark.
    pub(super) fn write_now(&mut self, reason: &str, name: String) -> Result<(u64, String), Error> {
        let numbers = self.copy()?;
        let mark = self.next_mark('C');
        // The event about this checkpoint comes after it, so a resumed run counts on from there.
        self.cursor.next_event += 1;
        let label = Label { name, reason, note: None };
        let saved = checkpoint::save(&self.run, &self.net, &self.spec, &self.cursor, &numbers, label);
        self.cursor.next_event -= 1;
        Ok((saved?, mark))
    }

    /// Reads all numbers from the device: waits for it.
    fn copy(&self) -> Result<Numbers, Error> {
        let host = |t: &Tensor<Inner<A>, 1>| {
            t.to_data().to_vec::<f32>().map_err(|fault| Error::Failed(format!("cannot read a tensor: {fault:?}")))
        };
        Ok(Numbers {
            w: host(&self.weights.w)?,
            momentum: host(&self.weights.momentum)?,
            running: if self.net.buffers.is_empty() { Vec::new() } else { host(&self.weights.running)? },
            traces: self.weights.traces.iter().map(|(trace, v)| Ok((*trace, host(v)?))).collect::<Result<_, Error>>()?,
        })
    }
}
