//! What a rule makes of the variant's gradient, in Burn's own operations: right for any backend and any precision.
//!
//! Every damping rule is a mask and a soft weight: `d = s · (alpha + (1 − alpha)·soft(r))` in the mask, `s` outside
//! (`method.md` 1.3, 6, 7.3). With alpha = 1 each of them is the plain variant, bit for bit.

use burn_tensor::backend::Backend;
use burn_tensor::{Bool, Int, Tensor, TensorData};
use saner_core::group::Group;
use saner_core::spec::{Mask, Reweight, Soft};
use saner_kernels::reweight::{permutation, slot_key};

use super::{Family, Rates, Trace, Traces, group_a, group_b};
use crate::kernels::Pair;

/// The gradient that is stepped along, before decay, and what the rule remembers.
pub fn reweight<B: Backend>(
    family: &Family<'_>,
    rule: Reweight,
    pair: Pair<'_, B>,
    traces: &Traces<B>,
    rates: &Rates,
) -> (Tensor<B, 1>, Traces<B>) {
    let (g, s) = (pair.g, pair.s.clone());
    let tau = family.numbers.tau;
    match rule {
        Reweight::Without(group) => (s.mask_where(members(group, pair, tau), g.clone()), Traces::new()),
        Reweight::Only(group) => (g.clone().mask_where(members(group, pair, tau), s), Traces::new()),
        Reweight::Damp(mask, soft) => {
            let (mask, changed) = mask_of(family, mask, pair, traces, rates);
            let damped = s.clone() * factor(family, soft, pair, rates);
            let outside = if family.has_others() { others(pair, tau, rates) } else { s };
            (outside.mask_where(mask, damped), changed)
        }
    }
}

fn members<B: Backend>(group: Group, pair: Pair<'_, B>, tau: f64) -> Tensor<B, 1, Bool> {
    let (a, b) = (group_a(pair.g, pair.s, tau), group_b(pair.g, pair.s, tau));
    match group {
        Group::A => a,
        Group::B => b,
        Group::C => a.bool_or(b).bool_not(),
    }
}

/// s with the multipliers of Groups A and C.
fn others<B: Backend>(pair: Pair<'_, B>, tau: f64, rates: &Rates) -> Tensor<B, 1> {
    let s = pair.s.clone();
    let [a, c] = rates.others;
    if a == 1.0 && c == 1.0 {
        return s;
    }
    let in_a = group_a(pair.g, pair.s, tau);
    (s.clone() * c).mask_where(in_a, s * a)
}

fn mask_of<B: Backend>(
    family: &Family<'_>,
    mask: Mask,
    pair: Pair<'_, B>,
    traces: &Traces<B>,
    rates: &Rates,
) -> (Tensor<B, 1, Bool>, Traces<B>) {
    let (g, s, numbers) = (pair.g, pair.s, family.numbers);
    let (in_b, first) = (group_b(g, s, numbers.tau), rates.step == 0);
    let plain = |mask| (mask, Traces::new());
    match mask {
        Mask::GroupB => plain(in_b),
        Mask::Below => plain(ratio(pair).lower_elem(numbers.tau)),
        Mask::Absolute => plain(s.clone().abs().lower(g.clone().abs() * numbers.tau)),
        Mask::Quantile => {
            let n = s.dims()[0];
            let count = (numbers.quantile * n as f64) as usize;
            if count >= n {
                return plain(ratio(pair).lower_elem(f64::INFINITY));
            }
            let border = ratio(pair).sort(0).narrow(0, count, 1);
            plain(ratio(pair).lower(border.expand([n])))
        }
        Mask::Persistent => {
            let hold = f64::from(numbers.hold);
            let before = traces.get(&Trace::Held).cloned().unwrap_or_else(|| s.zeros_like());
            let held = in_b.float().cast(s.dtype()) * (before + 1.0).clamp_max(hold);
            (held.clone().greater_equal_elem(hold), Traces::from([(Trace::Held, held)]))
        }
        Mask::Averaged => {
            let decay = numbers.mean_decay;
            let mean = match traces.get(&Trace::Mean).filter(|_| !first) {
                Some(mean) => super::ascent::mix([mean, g], [decay, 1.0 - decay]),
                None => g.clone(),
            };
            (group_b(&mean, s, numbers.tau), Traces::from([(Trace::Mean, mean)]))
        }
        Mask::Random => plain(scattered(family, &in_b, rates)),
    }
}

/// s / g; where g is 0 an element has no ratio and is in no mask.
fn ratio<B: Backend>(pair: Pair<'_, B>) -> Tensor<B, 1> {
    let none = pair.g.clone().equal_elem(0.0);
    (pair.s.clone() / pair.g.clone()).mask_fill(none, f64::INFINITY)
}

/// The mask with the elements of each slot at other places.
fn scattered<B: Backend>(family: &Family<'_>, mask: &Tensor<B, 1, Bool>, rates: &Rates) -> Tensor<B, 1, Bool> {
    let key = family.draw(rates);
    let mut from: Vec<i32> = Vec::with_capacity(family.layout.len());
    // Slots as the alphas cut them, so that the draw is that of the CPU kernel.
    let mut begin = 0;
    for (at, end) in family.layout.slots.iter().map(|slot| slot.offset + slot.len()).enumerate() {
        let n = end - begin;
        let (step, first) = permutation(slot_key(key, at), n);
        from.extend((0..n).map(|i| (begin + (first as u128 + i as u128 * step as u128) as usize % n) as i32));
        begin = end;
    }
    let n = from.len();
    let from = Tensor::<B, 1, Int>::from_data(TensorData::new(from, [n]), &mask.device());
    mask.clone().int().gather(0, from).equal_elem(1)
}

/// Multiplier of an element of the mask: alpha + (1 − alpha)·soft(r).
fn factor<B: Backend>(family: &Family<'_>, soft: Soft, pair: Pair<'_, B>, rates: &Rates) -> Tensor<B, 1> {
    let numbers = family.numbers;
    let alpha = alpha(family, pair, rates);
    let r = || pair.s.clone() / pair.g.clone();
    let soft = match soft {
        Soft::Constant => return alpha,
        Soft::Power => (r() / numbers.tau).powf_scalar(numbers.power - 1.0),
        Soft::Exponential => (r() * -numbers.exp_rate).exp(),
        Soft::TwoLevel => {
            let low = pair.s.clone().abs().lower(pair.g.clone().abs() * numbers.split);
            (pair.s.ones_like() * (1.0 - numbers.high)).mask_fill(low, 0.0)
        }
    };
    alpha.clone() + (alpha.neg() + 1.0) * soft
}

/// Alpha of each element.
fn alpha<B: Backend>(family: &Family<'_>, pair: Pair<'_, B>, rates: &Rates) -> Tensor<B, 1> {
    let slots = family.alphas(rates.alpha);
    if let [(_, alpha)] = slots[..] {
        return pair.s.ones_like() * alpha;
    }
    let mut begin = 0;
    let parts = slots.iter().map(|(end, alpha)| {
        let part = pair.s.clone().narrow(0, begin, end - begin).ones_like() * *alpha;
        begin = *end;
        part
    });
    Tensor::cat(parts.collect(), 0)
}
