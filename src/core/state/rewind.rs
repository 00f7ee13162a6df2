//! A run that went back to a checkpoint: what the log still tells acts no more.

use super::{METRICS, Metric, RunState};
use crate::event::{Event, Record, StepSample};
use crate::knob::Knob;

impl RunState {
    /// Changes that were accepted and have no last word yet, oldest first: number and who asked.
    pub fn unanswered(&self) -> Vec<(u64, String)> {
        let mut open: Vec<(u64, String)> = Vec::new();
        for record in &self.events {
            match record.event {
                Event::Accepted { id, .. } => open.push((id, record.by.clone())),
                // One change each: a command may hold several.
                Event::Applied { id, .. } | Event::Rejected { id, .. } | Event::Superseded { id, .. } => {
                    if let Some(at) = open.iter().position(|(of, _)| *of == id) {
                        open.remove(at);
                    }
                }
                _ => {}
            }
        }
        open
    }

    /// The newest change that acts, of a knob that fits: one that a going back has undone does not.
    pub fn last_applied(&self, fits: impl Fn(Knob) -> bool) -> Option<&Record> {
        let mut bound = u64::MAX;
        self.events.iter().rev().find(|record| match record.event {
            Event::Restored { .. } => {
                bound = bound.min(record.step);
                false
            }
            Event::Applied { knob, .. } => record.step < bound && fits(knob),
            _ => false,
        })
    }

    /// Number of the next command, so that no two of a run share one.
    pub fn next_command(&self) -> u64 {
        let number = |record: &Record| match &record.event {
            Event::Accepted { id, .. } | Event::Rejected { id, .. } => Some(*id),
            Event::Saved(saved) => saved.id,
            _ => None,
        };
        self.events.iter().filter_map(number).filter(|id| *id < crate::desk::REPLAYED).max().unwrap_or(0) + 1
    }

    /// A run that began again at `step`: what the log set aside is not shown, and changes after it never happened.
    pub(super) fn rewind(&mut self, step: u64) {
        for metric in METRICS {
            // A test pass speaks of the steps before it.
            self.series[metric as usize].truncate_from(step + u64::from(metric == Metric::TestAcc));
        }
        self.epochs.retain(|summary| summary.step <= step);
        self.marks.retain(|mark| mark.step <= step);
        let per_epoch = self.steps_per_epoch();
        self.layer_epochs.retain(|(epoch, _)| u64::from(*epoch) * per_epoch < step);
        self.samples.take_if(|(epoch, _)| u64::from(*epoch) * per_epoch >= step);
        self.pace.clear();
        let stale = self.step.as_ref().is_some_and(|newest| newest.step >= step);
        if stale {
            (self.shares, self.dominance, self.norms) = (None, None, None);
        }
        let Some(header) = self.header.clone() else { return };
        self.begin(&header);
        for record in self.acting(step) {
            match record.event {
                Event::Applied { knob, to, .. } => self.turn(knob, to, record.step),
                Event::RampStarted { epoch, .. } => self.begin_ramp(epoch),
                _ => {}
            }
        }
        if stale {
            self.step = step.checked_sub(1).map(|last| self.sample_of(last));
        }
    }

    /// Changes and ramps that act at `step`: those after a checkpoint to which the run went back do not.
    fn acting(&self, step: u64) -> Vec<Record> {
        // A rule speaks at the end of an epoch, about the step that comes next: it holds where a change would not yet.
        let before =
            |record: &Record, step: u64| record.step < step || (record.step == step && matches!(record.event, Event::RampStarted { .. }));
        let mut acting: Vec<Record> = Vec::new();
        for record in &self.events {
            match record.event {
                Event::Restored { .. } => acting.retain(|earlier| before(earlier, record.step)),
                Event::Applied { .. } | Event::RampStarted { .. } => acting.push(record.clone()),
                _ => {}
            }
        }
        acting.retain(|record| before(record, step));
        acting
    }

    /// What is known of a step from the curves, for the newest one of a run that went back.
    fn sample_of(&self, step: u64) -> StepSample {
        let value = |metric: Metric| self.curve(metric).at(step);
        let per_epoch = self.steps_per_epoch();
        StepSample {
            step,
            epoch: (step / per_epoch) as u32,
            loss: value(Metric::Loss).unwrap_or(f32::NAN),
            alpha: self.plan.as_ref().map_or(1.0, |plan| plan.at(step as f64 / per_epoch as f64)),
            alpha_target: self.knob(Knob::Alpha),
            k: self.knob(Knob::K),
            rho: self.knob(Knob::Rho),
            lr: value(Metric::Lr).map_or(0.0, f64::from),
            clean_acc: value(Metric::CleanAcc),
            noisy_acc: value(Metric::NoisyAcc),
            ..StepSample::default()
        }
    }
}
