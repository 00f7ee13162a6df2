//! Learning rate and alpha as pure functions of the position in the run.
//!
//! Source: `method.md` 1.4; the authors' `get_alpha` with epochs numbered from 0.

use serde::{Deserialize, Serialize};

use crate::spec::{Change, Curve, MethodSpec, Ramp, ScheduleSpec, Shape, StartRule};

/// Learning rate of a step: lr × the curve of its epoch × the warm-up × the live scale. `position` is where the step
/// ends, in epochs.
pub fn lr(spec: &ScheduleSpec, epoch: u32, position: f64, scale: f64) -> f64 {
    let warm = if position < spec.warmup { position / spec.warmup } else { 1.0 };
    let base = match spec.curve {
        Curve::Drops => {
            let passed = spec.drops.iter().filter(|drop| f64::from(epoch) >= (*drop * f64::from(spec.epochs)).floor()).count();
            spec.lr * 0.1_f64.powi(passed as i32)
        }
        Curve::Cosine => spec.lr * 0.5 * (1.0 + (std::f64::consts::PI * f64::from(epoch) / f64::from(spec.epochs)).cos()),
    };
    base * scale * warm
}

/// A straight line from a value at a time to the target, which a live change began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rebase {
    /// Epochs since the start, with fraction, at which the change was applied.
    pub at: f64,
    /// Alpha at that moment.
    pub from: f64,
    /// Epochs at which the target is reached.
    pub until: f64,
}

/// The plan of alpha: 1 → target over k epochs, re-based by live changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AlphaPlan {
    /// Multiplier on Group B that is wanted in the end.
    pub target: f64,
    /// Length of the ramp in epochs, counted from its start.
    pub k: f64,
    /// Epoch at which the ramp starts; while waiting, the earliest at which it may.
    #[serde(default)]
    pub start: f64,
    /// Whether a start rule has yet to begin the ramp; alpha is 1 until then.
    #[serde(default)]
    pub waiting: bool,
    /// How alpha goes from 1 to the target.
    #[serde(default = "linear")]
    pub shape: Shape,
    /// Whether alpha moves per epoch (the paper) or per step.
    pub ramp: Ramp,
    /// What a live change inside the ramp does.
    pub change: Change,
    /// The line that replaced the formula, if a change re-based it.
    pub rebase: Option<Rebase>,
}

fn linear() -> Shape {
    Shape::Linear
}

impl AlphaPlan {
    /// The plan of a recipe.
    pub fn new(spec: &MethodSpec) -> Self {
        Self {
            target: spec.alpha,
            k: spec.k,
            start: spec.start_epoch,
            waiting: spec.start != StartRule::Epoch,
            shape: spec.shape,
            ramp: spec.ramp,
            change: spec.change,
            rebase: None,
        }
    }

    /// Begins the ramp at an epoch: a start rule fired.
    pub fn begin(&mut self, epoch: f64) {
        self.start = epoch;
        self.waiting = false;
    }

    /// Alpha at a position in epochs (with fraction): `1 − (1 − target)·e/k` for e < k, then the target; e is counted
    /// from the ramp's start, and the line is a cosine or a step where the recipe says so.
    pub fn at(&self, position: f64) -> f64 {
        let e = self.seen(position);
        match self.rebase {
            Some(line) if e < line.until => {
                let part = ((e - line.at) / (line.until - line.at)).max(0.0);
                line.from + (self.target - line.from) * part
            }
            None if self.waiting || e < self.start => 1.0,
            None if e - self.start < self.k => self.within(e - self.start),
            _ => self.target,
        }
    }

    fn within(&self, e: f64) -> f64 {
        match self.shape {
            Shape::Linear => 1.0 - (1.0 - self.target) * e / self.k,
            Shape::Cosine => 1.0 - (1.0 - self.target) * 0.5 * (1.0 - (std::f64::consts::PI * e / self.k).cos()),
            Shape::Step => 1.0,
            Shape::Constant => self.target,
        }
    }

    /// Epochs at which the target is reached; while waiting, the earliest.
    pub fn end(&self) -> f64 {
        let length = if self.shape == Shape::Constant { 0.0 } else { self.k };
        self.rebase.map_or(self.start + length, |line| line.until)
    }

    /// Takes a new target and k at a position. Inside the ramp `rebase` goes on linearly from the value now, ending at
    /// the later of the ramp's end and one epoch from now; `jump` applies the formula as it stands.
    pub fn change(&mut self, target: f64, k: f64, position: f64) {
        let now = self.at(position);
        let inside = !self.waiting && self.seen(position) < self.end();
        let end = if (k - self.k).abs() > f64::EPSILON { self.start + k } else { self.end() };
        self.target = target;
        self.k = k;
        self.rebase = match self.change {
            Change::Rebase if inside => Some(Rebase { at: position, from: now, until: end.max(position + 1.0) }),
            _ if inside || self.waiting || position < self.start + k => None,
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
        AlphaPlan::new(&MethodSpec { alpha: target, k, ..MethodSpec::default() })
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
        let mut p = AlphaPlan { change: Change::Jump, ..plan(0.5, 50.0) };
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
        let p = AlphaPlan { ramp: Ramp::Step, ..plan(0.5, 10.0) };
        assert!((p.at(0.5) - 0.975).abs() < 1e-12);
    }

    #[test]
    fn shapes_and_starts() {
        let p = |shape, start| AlphaPlan { shape, start, ..plan(0.5, 10.0) };
        assert_eq!(p(Shape::Step, 0.0).at(9.0), 1.0);
        assert_eq!(p(Shape::Step, 0.0).at(10.0), 0.5);
        assert_eq!(p(Shape::Constant, 3.0).at(2.0), 1.0);
        assert_eq!(p(Shape::Constant, 3.0).at(3.0), 0.5);
        assert!((p(Shape::Cosine, 0.0).at(5.0) - 0.75).abs() < 1e-12);
        assert!(p(Shape::Cosine, 0.0).at(1.0) > p(Shape::Linear, 0.0).at(1.0), "a cosine starts gently");
        assert!((p(Shape::Linear, 20.0).at(25.0) - 0.75).abs() < 1e-12);
    }

    #[test]
    fn a_waiting_ramp_is_sam_until_its_rule_fires() {
        let mut p = AlphaPlan { waiting: true, ..plan(0.5, 10.0) };
        assert_eq!(p.at(100.0), 1.0);
        p.change(0.3, 10.0, 50.0);
        assert_eq!(p.at(100.0), 1.0, "a change while waiting moves the target only");
        p.begin(100.0);
        assert!((p.at(105.0) - 0.65).abs() < 1e-12);
        assert_eq!((p.at(110.0), p.end()), (0.3, 110.0));
    }

    #[test]
    fn lr_curves() {
        let spec = ScheduleSpec { epochs: 200, lr: 0.1, drops: vec![0.5, 0.75], ..ScheduleSpec::default() };
        assert_eq!(lr(&spec, 99, 99.5, 1.0), 0.1);
        assert!((lr(&spec, 100, 100.5, 1.0) - 0.01).abs() < 1e-15);
        assert!((lr(&spec, 199, 199.5, 0.5) - 0.0005).abs() < 1e-15);
        let cosine = ScheduleSpec { curve: Curve::Cosine, warmup: 4.0, ..spec };
        assert!((lr(&cosine, 100, 100.5, 1.0) - 0.05).abs() < 1e-12);
        assert!((lr(&cosine, 0, 1.0, 1.0) - 0.025).abs() < 1e-12, "a quarter of the warm-up");
    }
}
