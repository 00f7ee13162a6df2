//! Every method is ascent × reweights × SGD, on one flat vector of all parameters.
//!
//! ```text
//! g = ∇L(w)                          first pass
//! s = ∇L(w + ε),  ε = climb(g)       second pass, same batch
//! d = reweight(g, s)                 SANER: (1 − m + α·m) ⊙ s,  m = 1[0 < s/g < 1]
//! b ← μ·b + d + λ·w,  w ← w − η·b    decay after the mask, never masked
//! ```
//! Source: Luong et al., arXiv 2411.17132; order of operations as in the authors' `optimizer/saner.py`
//! (`method.md` 1.1).

use burn_tensor::backend::Backend;
use burn_tensor::{Bool, Tensor};
use saner_core::spec::{Ascent, Method, Reweight};

use crate::kernels::{Pair, Updated};

/// Guard of the perturbation's norm; authors' `optimizer/sam.py`.
pub const EPS_NORM: f64 = 1e-12;

/// What the schedule gives one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Learning rate η.
    pub lr: f64,
    /// Radius ρ.
    pub rho: f64,
    /// Multiplier α on Group B.
    pub alpha: f64,
    /// Momentum μ.
    pub momentum: f64,
    /// Weight decay λ.
    pub weight_decay: f64,
}

/// Perturbation ε, `[n]`, of a gradient.
pub fn climb<B: Backend>(ascent: Ascent, g: &Tensor<B, 1>, rho: f64) -> Tensor<B, 1> {
    match ascent {
        // ε = ρ·g / (‖g‖ + guard), the norm over all parameters.
        Ascent::Sam => g.clone() * ((norm(g) + EPS_NORM).recip() * rho),
    }
}

/// The point `w + ε` of plain SAM.
pub fn perturb<B: Backend>(w: &Tensor<B, 1>, g: &Tensor<B, 1>, rho: f64) -> Tensor<B, 1> {
    w.clone() + climb(Ascent::Sam, g, rho)
}

/// The gradient that is stepped along, before decay.
pub fn reweight<B: Backend>(method: &Method, g: &Tensor<B, 1>, s: Tensor<B, 1>, alpha: f64) -> Tensor<B, 1> {
    method.reweights.iter().fold(s, |d, rule| match rule {
        Reweight::Damp => {
            let damped = d.clone() * alpha;
            let mask = group_b(g, &d);
            d.mask_where(mask, damped)
        }
    })
}

/// Momentum (no dampening, no Nesterov) and coupled weight decay: returns w and b after the step.
pub fn descend<B: Backend>(w: &Tensor<B, 1>, b: &Tensor<B, 1>, d: Tensor<B, 1>, rates: &Rates) -> (Tensor<B, 1>, Tensor<B, 1>) {
    let b = b.clone() * rates.momentum + (d + w.clone() * rates.weight_decay);
    let w = w.clone() - b.clone() * rates.lr;
    (w, b)
}

/// Reweights, then steps; and says whether all that came out is finite.
pub fn update<B: Backend>([w, momentum]: [&Tensor<B, 1>; 2], pair: Pair<'_, B>, method: &Method, rates: &Rates) -> Updated<B> {
    let d = reweight(method, pair.g, pair.s.clone(), rates.alpha);
    let (w, momentum) = descend(w, momentum, d, rates);
    // A sum of x·0 is 0 if every element is finite, else NaN, and cannot overflow by itself.
    let finite = (w.clone() * 0.0).sum().equal_elem(0.0).bool_and((momentum.clone() * 0.0).sum().equal_elem(0.0)).float();
    Updated { w, momentum, finite }
}

/// Elements of Group B: 0 < s/g < 1.
///
/// Signs are compared, not multiplied: a product of two tiny gradients can underflow to 0. No division, so no guard;
/// differs from the authors' `s / (g + 1e-8)` only for |g| near 1e-8. Zero in either is never in B.
pub fn group_b<B: Backend>(g: &Tensor<B, 1>, s: &Tensor<B, 1>) -> Tensor<B, 1, Bool> {
    let smaller = s.clone().abs().lower(g.clone().abs());
    same_sign(g, s).bool_and(smaller)
}

/// Elements of Group A: s/g >= 1.
pub fn group_a<B: Backend>(g: &Tensor<B, 1>, s: &Tensor<B, 1>) -> Tensor<B, 1, Bool> {
    let not_smaller = s.clone().abs().greater_equal(g.clone().abs());
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
