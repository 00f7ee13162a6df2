//! Knobs and the plan of alpha, as live changes make them.

use super::RunState;
use crate::event::Header;
use crate::knob::Knob;
use crate::schedule::AlphaPlan;

impl RunState {
    /// Knobs, plan and count of changes as they are before the first step.
    pub(super) fn begin(&mut self, header: &Header) {
        match &header.fork {
            Some(fork) => (self.knobs, self.plan, self.tuned) = (fork.knobs, Some(fork.plan.clone()), fork.tuned),
            None => {
                self.knobs = crate::knob::begin(&header.spec.method);
                self.plan = Some(AlphaPlan::new(&header.spec.method));
                self.tuned = 0;
            }
        }
    }

    fn replan(&mut self, step: u64) {
        let per_epoch = self.steps_per_epoch();
        if let Some(plan) = &mut self.plan {
            plan.change(self.knobs[Knob::Alpha as usize], self.knobs[Knob::K as usize], step as f64 / per_epoch as f64);
        }
    }

    pub(super) fn turn(&mut self, knob: Knob, to: f64, step: u64) {
        self.knobs[knob as usize] = to;
        self.tuned += 1;
        if matches!(knob, Knob::Alpha | Knob::K) {
            self.replan(step);
        }
    }

    pub(super) fn begin_ramp(&mut self, epoch: u32) {
        if let Some(plan) = &mut self.plan {
            plan.begin(f64::from(epoch));
        }
    }
}
