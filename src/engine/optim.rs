//! Every method is variant × rule × base optimizer, on one flat vector of all parameters.
//!
//! ```text
//! g = ∇L(w)                          first pass
//! s = ∇L(w + ε),  ε = climb(g)       second pass, same batch; GSAM: s less a part of g      (`ascent`)
//! d = reweight(g, s)                 SANER: (1 − m + α·m) ⊙ s,  m = 1[0 < s/g < 1]          (`reweight`)
//! b ← μ·b + d + λ·w,  w ← w − η·b    decay after the mask, never masked                     (`descend`)
//! ```
//! Source: Luong et al., arXiv 2411.17132; order of operations as in the authors' `optimizer/saner.py`
//! (`method.md` 1.1); variants as in `method.md` 5. What a backend does faster is in [`crate::kernels`].

pub mod ascent;
pub mod descend;
pub mod reweight;

use std::collections::BTreeMap;

use burn_tensor::backend::Backend;
use burn_tensor::{Bool, Tensor};
use saner_core::spec::{Ascent, Mask, Method, MethodSpec, Optimizer, Reweight, ScheduleSpec, Soft, Spec};

use crate::kernels::{Compute, Pair, Updated};
use crate::layout::Layout;

/// Guard of the perturbation's norm; authors' `optimizer/sam.py`.
pub const EPS_NORM: f64 = 1e-12;

/// What stays the same for all steps of a run.
#[derive(Debug, Clone, Copy)]
pub struct Family<'a> {
    /// Variant and rule.
    pub method: Method,
    /// Their numbers.
    pub numbers: &'a MethodSpec,
    /// The base optimizer's.
    pub schedule: &'a ScheduleSpec,
    /// Names and places of the parameters.
    pub layout: &'a Layout,
    /// Seed of random masks.
    pub seed: u64,
}

/// What the schedule gives one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Updates before this one.
    pub step: u64,
    /// Learning rate η.
    pub lr: f64,
    /// Radius ρ.
    pub rho: f64,
    /// Multiplier α on Group B.
    pub alpha: f64,
    /// Multipliers on Groups A and C.
    pub others: [f64; 2],
}

/// Something a method remembers from step to step, as a vector of all parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trace {
    /// FSAM's and VaSSO's average of g.
    Direction,
    /// Steps in a row that an element is in Group B.
    Held,
    /// Average of g that the mask compares with.
    Mean,
    /// AdamW's second moment.
    Second,
    /// Average of the weights.
    Average,
    /// Average of the running statistics, beside that of the weights.
    AverageRunning,
}

impl Trace {
    /// Prefix of its tensors in `state.safetensors`.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Direction => "direction.",
            Self::Held => "held.",
            Self::Mean => "mean_grad.",
            Self::Second => "second_moment.",
            Self::Average => "average.",
            Self::AverageRunning => "average.",
        }
    }

    /// What a recipe's method and optimizer remember.
    pub fn of(spec: &Spec) -> Vec<Self> {
        let method = spec.method();
        let mask = match method.reweight() {
            Some(Reweight::Damp(mask, _)) => Some(mask),
            _ => None,
        };
        let needed = [
            (Self::Direction, matches!(method.ascent(), Some(Ascent::Fsam | Ascent::Vasso))),
            (Self::Held, mask == Some(Mask::Persistent)),
            (Self::Mean, mask == Some(Mask::Averaged)),
            (Self::Second, spec.schedule.optimizer == Optimizer::Adamw),
            (Self::Average, spec.schedule.ema > 0.0),
            (Self::AverageRunning, spec.schedule.ema > 0.0),
        ];
        needed.into_iter().filter_map(|(trace, needed)| needed.then_some(trace)).collect()
    }
}

/// The traces of a run by name; all zero before the first step, but for the averages of the weights.
pub type Traces<B> = BTreeMap<Trace, Tensor<B, 1>>;

impl<'a> Family<'a> {
    /// Of a recipe.
    pub fn new(spec: &'a Spec, layout: &'a Layout) -> Self {
        Self { method: spec.method(), numbers: &spec.method, schedule: &spec.schedule, layout, seed: spec.seed }
    }

    /// Alpha of each slot, or one for all: `1 − part·(1 − alpha)` with the part that `layers` gives it.
    pub fn alphas(&self, alpha: f64) -> Vec<(usize, f64)> {
        let last = self.method.rule.is_some_and(|rule| rule.last);
        if self.numbers.layers.is_empty() && !last {
            return vec![(self.layout.len(), alpha)];
        }
        let last_linear = self.layout.slots.iter().rposition(|slot| slot.shape.len() == 2);
        let slots = self.layout.slots.iter().enumerate();
        slots
            .map(|(at, slot)| {
                let part = if last && Some(at) != last_linear { 0.0 } else { self.part(&slot.name) };
                let own = if part == 1.0 { alpha } else { 1.0 - part * (1.0 - alpha) };
                (slot.offset + slot.len(), own)
            })
            .collect()
    }

    fn part(&self, name: &str) -> f64 {
        let rows = self.numbers.layers.iter().rev().filter_map(|row| row.split_once('='));
        let mut matching = rows.filter(|(prefix, _)| *prefix == "*" || name.starts_with(prefix.trim()));
        matching.find_map(|(_, part)| part.trim().parse().ok()).unwrap_or(1.0)
    }

    /// Whether the multipliers of Groups A and C act.
    pub fn has_others(&self) -> bool {
        self.method.has_others()
    }

    /// Whether mask, decay and step can be one pass over memory, as for SGD, SAM and SANER as in the paper, and the alpha
    /// of the mask if there is one.
    pub fn one_pass(&self, rates: &Rates) -> Option<Option<f32>> {
        let simple = self.schedule.optimizer == Optimizer::Sgd && self.schedule.clip == 0.0;
        let numbers = self.numbers;
        match self.method.reweight() {
            None if simple => Some(None),
            Some(Reweight::Damp(Mask::GroupB, Soft::Constant)) if simple && !numbers.preserve_norm && numbers.tau == 1.0 => {
                let [(_, alpha)] = self.alphas(rates.alpha)[..] else { return None };
                (rates.others == [1.0; 2]).then_some(Some(alpha as f32))
            }
            _ => None,
        }
    }

    /// Names the draw of a step's random mask.
    pub fn draw(&self, rates: &Rates) -> u64 {
        self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ rates.step.wrapping_mul(0xA24B_AED4_963E_E407)
    }

    /// Reweights, bounds, and steps by the base optimizer; says whether all that came out is finite.
    pub fn update<B: Compute>(
        &self,
        [w, momentum]: [&Tensor<B, 1>; 2],
        pair: Pair<'_, B>,
        traces: &Traces<B>,
        rates: &Rates,
    ) -> Updated<B> {
        let (d, mut changed) = match self.method.reweight() {
            Some(rule) => B::reweight(self, rule, pair, traces, rates),
            None => (pair.s.clone(), Traces::new()),
        };
        let d = if self.numbers.preserve_norm && self.method.rule.is_some() { B::same_norm(d, pair.s) } else { d };
        let d = if self.schedule.clip > 0.0 { B::bounded(d, self.schedule.clip) } else { d };
        let (w, momentum, finite) = match self.schedule.optimizer {
            Optimizer::Sgd => B::descend([w, momentum], &d, self.schedule, rates),
            Optimizer::Adamw => {
                let zeros = w.zeros_like();
                let second = traces.get(&Trace::Second).unwrap_or(&zeros);
                let (moved, finite) = B::adamw([w, momentum, second], &d, self.schedule, rates);
                let [w, first, second] = moved;
                changed.insert(Trace::Second, second);
                (w, first, finite)
            }
        };
        Updated { w, momentum, finite, traces: changed }
    }
}

/// Elements of Group B: 0 < s/g < tau.
///
/// Signs are compared, not multiplied: a product of two tiny gradients can underflow to 0. No division, so no guard;
/// differs from the authors' `s / (g + 1e-8)` only for |g| near 1e-8. Zero in either is never in B.
pub fn group_b<B: Backend>(g: &Tensor<B, 1>, s: &Tensor<B, 1>, tau: f64) -> Tensor<B, 1, Bool> {
    let smaller = s.clone().abs().lower(g.clone().abs() * tau);
    same_sign(g, s).bool_and(smaller)
}

/// Elements of Group A: s/g >= tau.
pub fn group_a<B: Backend>(g: &Tensor<B, 1>, s: &Tensor<B, 1>, tau: f64) -> Tensor<B, 1, Bool> {
    let not_smaller = s.clone().abs().greater_equal(g.clone().abs() * tau);
    same_sign(g, s).bool_and(not_smaller)
}

fn same_sign<B: Backend>(g: &Tensor<B, 1>, s: &Tensor<B, 1>) -> Tensor<B, 1, Bool> {
    let positive = g.clone().greater_elem(0.0).bool_and(s.clone().greater_elem(0.0));
    let negative = g.clone().lower_elem(0.0).bool_and(s.clone().lower_elem(0.0));
    positive.bool_or(negative)
}

/// Global L2 norm, `[1]`.
pub fn norm<B: Backend>(v: &Tensor<B, 1>) -> Tensor<B, 1> {
    v.clone().powi_scalar(2).sum().sqrt()
}

#[cfg(test)]
mod tests;
