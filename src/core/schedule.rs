//! Learning rate and alpha as pure functions of the position in the run.
//!
//! Source: `method.md` 1.4; the authors' `get_alpha` with epochs numbered from 0.

use serde::{Deserialize, Serialize};

use crate::spec::{Change, Ramp, ScheduleSpec};

/// Learning rate of an epoch: lr × 0.1 for each passed drop × the live scale.
pub fn lr(spec: &ScheduleSpec, epoch: u32, scale: f64) -> f64 {
    let passed = spec.drops.iter().filter(|drop| f64::from(epoch) >= (*drop * f64::from(spec.epochs)).floor()).count();
    spec.lr * 0.1_f64.powi(passed as i32) * scale
}

/// A straight line from a value at a time to the target, which a live change began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rebase {
    /// Epochs since the start, with fraction, at which the change was applied.
    pub at: f64,
    /// Alpha at that moment.
    pub from: f64,
    /// Epochs at which the target is reached.
    pub until: f64,
}

/// The plan of alpha: 1 → target over k epochs, re-based by live changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlphaPlan {
    /// Multiplier on Group B that is wanted in the end.
    pub target: f64,
    /// Length of the ramp in epochs, counted from epoch 0.
    pub k: f64,
    /// Whether alpha moves per epoch (the paper) or per step.
    pub ramp: Ramp,
    /// What a live change inside the ramp does.
    pub change: Change,
    /// The line that replaced the formula, if a change re-based it.
    pub rebase: Option<Rebase>,
}

impl AlphaPlan {
    /// The plan of a recipe.
    pub fn new(target: f64, k: f64, ramp: Ramp, change: Change) -> Self {
        Self { target, k, ramp, change, rebase: None }
    }

    /// Alpha at a position in epochs (with fraction): `1 − (1 − target)·e/k` for e < k, then the target.
    pub fn at(&self, position: f64) -> f64 {
        let e = self.seen(position);
        match self.rebase {
            Some(line) if e < line.until => {
                let part = ((e - line.at) / (line.until - line.at)).max(0.0);
                line.from + (self.target - line.from) * part
            }
            None if e < self.k => 1.0 - (1.0 - self.target) * e / self.k,
            _ => self.target,
        }
    }

    /// Epochs at which the target is reached.
    pub fn end(&self) -> f64 {
        self.rebase.map_or(self.k, |line| line.until)
    }

    /// Takes a new target and k at a position. Inside the ramp `rebase` goes on linearly from the value now, ending at
    /// the later of the ramp's end and one epoch from now; `jump` applies the formula as it stands.
    pub fn change(&mut self, target: f64, k: f64, position: f64) {
        let now = self.at(position);
        let inside = self.seen(position) < self.end();
        let end = if (k - self.k).abs() > f64::EPSILON { k } else { self.end() };
        self.target = target;
        self.k = k;
        self.rebase = match self.change {
            Change::Rebase if inside => Some(Rebase { at: position, from: now, until: end.max(position + 1.0) }),
            _ if inside || position < k => None,
            _ => self.rebase,
        };
    }

    fn seen(&self, position: f64) -> f64 {
        match self.ramp {
            Ramp::Epoch => position.floor(),
            Ramp::Step => position,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(target: f64, k: f64) -> AlphaPlan {
        AlphaPlan::new(target, k, Ramp::Epoch, Change::Rebase)
    }

    #[test]
    fn formula() {
        let p = plan(0.5, 50.0);
        assert_eq!(p.at(0.0), 1.0);
        assert_eq!(p.at(0.9), 1.0, "per epoch, so constant inside one");
        assert!((p.at(25.0) - 0.75).abs() < 1e-12);
        assert!((p.at(49.0) - 0.51).abs() < 1e-12);
        assert_eq!(p.at(50.0), 0.5);
        assert_eq!(p.at(199.0), 0.5);
        assert_eq!(plan(0.25, 0.0).at(0.0), 0.25, "k = 0: the target from the first step");
    }

    #[test]
    fn rebase_is_continuous_and_ends_in_time() {
        let mut p = plan(0.5, 50.0);
        p.change(0.3, 50.0, 22.5);
        assert!((p.at(22.9) - 0.78).abs() < 1e-12, "no jump");
        assert!(p.at(23.0) < 0.78 && p.at(23.0) > 0.75);
        assert_eq!(p.at(50.0), 0.3);
        p.change(0.3, 10.0, 30.25);
        assert!((p.end() - 31.25).abs() < 1e-12, "the later of k and one epoch from now");
        assert_eq!(p.at(32.0), 0.3);
    }

    #[test]
    fn jump_applies_the_formula() {
        let mut p = AlphaPlan::new(0.5, 50.0, Ramp::Epoch, Change::Jump);
        p.change(0.3, 50.0, 25.5);
        assert!((p.at(25.5) - 0.65).abs() < 1e-12);
    }

    #[test]
    fn outside_the_ramp_a_new_target_holds_at_once() {
        let mut p = plan(0.5, 10.0);
        p.change(0.8, 10.0, 12.5);
        assert_eq!(p.at(12.5), 0.8);
        p.change(0.8, 40.0, 20.0);
        assert!((p.at(20.0) - 0.9).abs() < 1e-12, "a longer k opens the ramp again, as the formula says");
    }

    #[test]
    fn per_step_ramp_moves_inside_an_epoch() {
        let p = AlphaPlan::new(0.5, 10.0, Ramp::Step, Change::Rebase);
        assert!((p.at(0.5) - 0.975).abs() < 1e-12);
    }

    #[test]
    fn lr_drops() {
        let spec = ScheduleSpec { epochs: 200, lr: 0.1, drops: vec![0.5, 0.75], ..ScheduleSpec::default() };
        assert_eq!(lr(&spec, 99, 1.0), 0.1);
        assert!((lr(&spec, 100, 1.0) - 0.01).abs() < 1e-15);
        assert!((lr(&spec, 199, 0.5) - 0.0005).abs() < 1e-15);
    }
}
