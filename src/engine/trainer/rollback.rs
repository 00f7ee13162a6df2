//! Going back to a checkpoint within a run: what came after it is kept aside, and the loop begins again from there.

use saner_core::event::Event;
use saner_core::manifest::{self, Verified};

use super::{Flow, Leave, Trainer, Weights};
use crate::checkpoint;
use crate::kernels::Trains;

impl<A: Trains> Trainer<A> {
    /// Goes back to a checkpoint of this run, or says why not. Having gone back it leaves the loop with
    /// [`Leave::RolledBack`], since whatever called for it may be about a step that never happened.
    pub(super) fn roll_back(&mut self, id: u64, by: &str, wanted: Option<&str>) -> Flow {
        self.report_written(true)?;
        let found = self.find(wanted).and_then(|verified| {
            let numbers = checkpoint::numbers(&verified, &self.net, &self.spec).map_err(|fault| fault.to_string())?;
            manifest::set_aside(&self.run, verified.manifest.step).map_err(|fault| fault.to_string())?;
            Ok((verified, numbers))
        });
        let (verified, numbers) = match found {
            Ok(found) => found,
            Err(reason) => return self.event(by, Event::Rejected { id, reason }),
        };
        self.give_up("the run went back to a checkpoint before a reported step used it")?;
        let cursor = verified.manifest.cursor;
        // Lines of steps and of epochs.
        let superseded = self.cursor.step.saturating_sub(cursor.step) + u64::from(self.cursor.epoch.saturating_sub(cursor.epoch));
        let (next_event, next_mark) = (self.cursor.next_event, self.cursor.next_mark);
        self.cursor = cursor;
        (self.cursor.next_event, self.cursor.next_mark) = (next_event, next_mark);
        self.weights = Weights::new(numbers, &self.device);
        self.batches = self.data.prefetch(self.cursor.epoch, self.cursor.batch, self.spec.schedule.epochs);
        self.saved_at = Some(self.cursor.step);
        self.intervened = self.cursor.step;
        let checkpoint = verified.manifest.name;
        self.event(by, Event::Restored { checkpoint: checkpoint.clone(), superseded })?;
        Err(Leave::RolledBack(format!("went back to {checkpoint}"), by.to_owned()))
    }

    fn find(&self, wanted: Option<&str>) -> Result<Verified, String> {
        let all = manifest::list(&self.run);
        let found = match wanted {
            Some(name) => all.iter().find(|(_, manifest)| manifest.name == name),
            // The newest behind which there is something to undo.
            None => all.iter().rev().find(|(_, manifest)| manifest.step < self.cursor.step),
        };
        let names: Vec<&str> = all.iter().map(|(_, manifest)| manifest.name.as_str()).collect();
        let names = if names.is_empty() { "none".into() } else { names.join(", ") };
        let (path, _) = found.ok_or_else(|| match wanted {
            Some(name) => format!("there is no checkpoint {name}; this run has {names}"),
            None => format!("there is no checkpoint before step {}; this run has {names}", self.cursor.step),
        })?;
        manifest::verify(path).map_err(|fault| fault.to_string())
    }
}
