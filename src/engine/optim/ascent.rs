//! The point of the second gradient for each variant, and GSAM's correction of that gradient (`method.md` 5).

use burn_tensor::Tensor;
use burn_tensor::backend::Backend;
use saner_core::spec::{Ascent, Scope};

use super::{EPS_NORM, Family, Rates, Trace, Traces, norm};
use crate::kernels::Compute;
use crate::layout::Layout;

impl Family<'_> {
    /// The point `w + ε` of a variant, and the average that it leaves for the next step. An SGD run's probes look at that
    /// of plain SAM.
    pub fn climb<B: Compute>(&self, w: &Tensor<B, 1>, g: &Tensor<B, 1>, traces: &Traces<B>, rates: &Rates) -> (Tensor<B, 1>, Traces<B>) {
        let (along, changed) = self.direction(g, traces, rates);
        let point = match self.method.ascent() {
            Some(Ascent::Asam) => B::perturb_scaled(w, &along, self.layout, self.numbers.scope, [rates.rho, self.numbers.eta]),
            _ => B::perturb(w, &along, rates.rho),
        };
        (point, changed)
    }

    /// What the perturbation goes along, and the average that it leaves.
    pub fn direction<B: Compute>(&self, g: &Tensor<B, 1>, traces: &Traces<B>, rates: &Rates) -> (Tensor<B, 1>, Traces<B>) {
        let numbers = self.numbers;
        let kept = |e: Tensor<B, 1>| Traces::from([(Trace::Direction, e)]);
        match (self.method.ascent(), traces.get(&Trace::Direction).filter(|_| rates.step > 0)) {
            (Some(Ascent::Fsam), Some(e)) => {
                // q = g − σ·e with the average before this step, then e ← λ·e + (1 − λ)·g.
                (B::mix([g, e], [1.0, -numbers.sigma]), kept(B::mix([e, g], [numbers.lambda, 1.0 - numbers.lambda])))
            }
            (Some(Ascent::Vasso), Some(e)) => {
                let e = B::mix([e, g], [1.0 - numbers.theta, numbers.theta]);
                (e.clone(), kept(e))
            }
            // At the first step both averages are g itself.
            (Some(Ascent::Fsam | Ascent::Vasso), None) => (g.clone(), kept(g.clone())),
            _ => (g.clone(), Traces::new()),
        }
    }

    /// The variant's final gradient from the one at `w + ε`.
    pub fn correct<B: Compute>(&self, g: &Tensor<B, 1>, s: Tensor<B, 1>) -> Tensor<B, 1> {
        if self.method.variant.decompose { B::decompose(g, &s, self.numbers.gsam_alpha) } else { s }
    }
}

/// The point `w + ρ·g / (‖g‖ + guard)`, the norm over all parameters.
pub fn perturb<B: Backend>(w: &Tensor<B, 1>, g: &Tensor<B, 1>, rho: f64) -> Tensor<B, 1> {
    w.clone() + g.clone() * ((norm(g) + EPS_NORM).recip() * rho)
}

/// ASAM's point `w + ρ·T²·g / (‖T·g‖ + guard)`, T = |w| + η in the tensors of the scope, else 1. Source: Kwon et al. 2021.
pub fn perturb_scaled<B: Backend>(w: &Tensor<B, 1>, g: &Tensor<B, 1>, layout: &Layout, scope: Scope, [rho, eta]: [f64; 2]) -> Tensor<B, 1> {
    let scale = w.clone().abs() + eta;
    let scale = match scope {
        Scope::All => scale,
        Scope::Weights => {
            let parts = layout.slots.iter().zip(layout.split(&scale));
            Tensor::cat(parts.map(|(slot, part)| if slot.name.ends_with("weight") { part } else { part.ones_like() }).collect(), 0)
        }
    };
    let scaled = scale.clone() * g.clone();
    let factor = (norm(&scaled) + EPS_NORM).recip() * rho;
    w.clone() + scale * scaled * factor
}

/// GSAM's `s − a·v`, v the part of g orthogonal to s: `v = g − (g·s / s·s)·s`. Source: Zhuang et al. 2022; authors'
/// `optimizer/gsam.py`, global inner product.
pub fn decompose<B: Backend>(g: &Tensor<B, 1>, s: &Tensor<B, 1>, a: f64) -> Tensor<B, 1> {
    let along = (g.clone() * s.clone()).sum() / (s.clone() * s.clone()).sum();
    s.clone() * (along * a + 1.0) - g.clone() * a
}

/// `a·x + b·y`.
pub fn mix<B: Backend>([x, y]: [&Tensor<B, 1>; 2], [a, b]: [f64; 2]) -> Tensor<B, 1> {
    x.clone() * a + y.clone() * b
}
