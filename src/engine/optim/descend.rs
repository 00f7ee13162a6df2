//! From the gradient that is stepped along to new weights: SGD, AdamW, and bounds on the gradient's norm.

use burn_tensor::Tensor;
use burn_tensor::backend::Backend;
use saner_core::spec::ScheduleSpec;

use super::{EPS_NORM, Rates, norm};

/// Momentum (no dampening, no Nesterov) and coupled weight decay: w and b after the step, and whether both are finite.
pub fn descend<B: Backend>(
    [w, b]: [&Tensor<B, 1>; 2],
    d: &Tensor<B, 1>,
    schedule: &ScheduleSpec,
    rates: &Rates,
) -> (Tensor<B, 1>, Tensor<B, 1>, Tensor<B, 1>) {
    let b = b.clone() * schedule.momentum + (d.clone() + w.clone() * schedule.weight_decay);
    let w = w.clone() - b.clone() * rates.lr;
    let finite = all_finite([&w, &b]);
    (w, b, finite)
}

/// AdamW with decoupled decay: w and both moments after the step, and whether all is finite. Source: Loshchilov and
/// Hutter 2019.
pub fn adamw<B: Backend>(
    [w, first, second]: [&Tensor<B, 1>; 3],
    d: &Tensor<B, 1>,
    schedule: &ScheduleSpec,
    rates: &Rates,
) -> ([Tensor<B, 1>; 3], Tensor<B, 1>) {
    let [c1, c2] = corrections(schedule, rates);
    let (b1, b2) = (schedule.momentum, schedule.beta2);
    let first = first.clone() * b1 + d.clone() * (1.0 - b1);
    let second = second.clone() * b2 + d.clone() * d.clone() * (1.0 - b2);
    let turn = (first.clone() / c1) / ((second.clone() / c2).sqrt() + schedule.eps);
    let w = w.clone() - (w.clone() * schedule.weight_decay + turn) * rates.lr;
    let finite = all_finite([&w, &first]) * all_finite([&second, &second]);
    ([w, first, second], finite)
}

/// 1 − β^t of both moments: what makes up for their start at zero.
pub fn corrections(schedule: &ScheduleSpec, rates: &Rates) -> [f64; 2] {
    let t = (rates.step + 1) as f64;
    [schedule.momentum, schedule.beta2].map(|beta| 1.0 - beta.powf(t))
}

/// `d` at the norm of `s`.
pub fn same_norm<B: Backend>(d: Tensor<B, 1>, s: &Tensor<B, 1>) -> Tensor<B, 1> {
    let factor = norm(s) / (norm(&d) + EPS_NORM);
    d * factor
}

/// `d`, shortened where its norm is above `limit`.
pub fn bounded<B: Backend>(d: Tensor<B, 1>, limit: f64) -> Tensor<B, 1> {
    let factor = ((norm(&d) + EPS_NORM).recip() * limit).clamp_max(1.0);
    d * factor
}

/// 1 if all are finite: a sum of x·0 is 0 then, else NaN, and cannot overflow by itself.
fn all_finite<B: Backend>([x, y]: [&Tensor<B, 1>; 2]) -> Tensor<B, 1> {
    let zeros = |v: &Tensor<B, 1>| (v.clone() * 0.0).sum().equal_elem(0.0);
    zeros(x).bool_and(zeros(y)).float()
}
