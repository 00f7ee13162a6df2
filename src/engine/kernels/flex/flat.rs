//! Passes over the flat parameters by the CPU kernels in f32; by Burn's operations in any other precision.

use burn_flex::Flex;
use burn_tensor::Tensor;
use saner_core::group::Group;
use saner_core::spec::{Mask, Reweight, ScheduleSpec, Scope, Soft};
use saner_kernels::family;
use saner_kernels::pool::Buffer;
use saner_kernels::reweight::{self as rules, Rule};
use saner_kernels::simd::Level;
use saner_kernels::vector;

use super::super::plain::wrap;
use super::super::storage::tensor;
use super::super::{Moved, Pair};
use super::{numbers, own, values, vector_of};
use crate::layout::Layout;
use crate::optim::{EPS_NORM, Family, Rates, Trace, Traces, ascent, descend as plain, reweight as plain_rules};

type Flat = Tensor<Flex, 1>;

fn vector(out: Buffer) -> Flat {
    let len = out.len();
    wrap(tensor(out, [len]))
}

fn flag(holds: bool) -> Flat {
    wrap(vector_of(&[f32::from(u8::from(holds))]))
}

fn length(v: &Flat) -> f64 {
    vector::sum_of_squares(Level::best(), values(&numbers(v))).sqrt()
}

pub(super) fn perturb(w: &Flat, g: &Flat, rho: f64) -> Flat {
    if !own(w.dtype()) {
        return ascent::perturb(w, g, rho);
    }
    let factor = rho / (length(g) + EPS_NORM);
    let (w, g) = (numbers(w), numbers(g));
    let mut out = Buffer::take(values(&w).len());
    vector::add_scaled(Level::best(), values(&w), values(&g), factor as f32, &mut out);
    vector(out)
}

pub(super) fn perturb_scaled(w: &Flat, g: &Flat, layout: &Layout, scope: Scope, [rho, eta]: [f64; 2]) -> Flat {
    if !own(w.dtype()) {
        return ascent::perturb_scaled(w, g, layout, scope, [rho, eta]);
    }
    let slots: Vec<(usize, bool)> = match scope {
        Scope::All => vec![(layout.len(), true)],
        Scope::Weights => layout.slots.iter().map(|slot| (slot.offset + slot.len(), slot.name.ends_with("weight"))).collect(),
    };
    let (w, g) = (numbers(w), numbers(g));
    let mut out = Buffer::take(values(&w).len());
    family::perturb_scaled(Level::best(), [values(&w), values(&g)], &slots, [rho, eta, EPS_NORM], &mut out);
    vector(out)
}

pub(super) fn decompose(g: &Flat, s: &Flat, a: f64) -> Flat {
    if !own(s.dtype()) {
        return ascent::decompose(g, s, a);
    }
    let [_, along, square] = family::dots(Level::best(), values(&numbers(g)), values(&numbers(s)));
    mix([s, g], [1.0 + a * along / square, -a])
}

pub(super) fn mix([x, y]: [&Flat; 2], [a, b]: [f64; 2]) -> Flat {
    if !own(x.dtype()) {
        return ascent::mix([x, y], [a, b]);
    }
    let (x, y) = (numbers(x), numbers(y));
    let mut out = Buffer::take(values(&x).len());
    family::combine(Level::best(), [values(&x), values(&y)], [a as f32, b as f32], &mut out);
    vector(out)
}

pub(super) fn same_norm(d: Flat, s: &Flat) -> Flat {
    if !own(d.dtype()) {
        return plain::same_norm(d, s);
    }
    let factor = length(s) / (length(&d) + EPS_NORM);
    mix([&d, &d], [factor, 0.0])
}

pub(super) fn bounded(d: Flat, limit: f64) -> Flat {
    if !own(d.dtype()) {
        return plain::bounded(d, limit);
    }
    let factor = limit / (length(&d) + EPS_NORM);
    if factor < 1.0 { mix([&d, &d], [factor, 0.0]) } else { d }
}

pub(super) fn descend(
    [w, b]: [&Flat; 2],
    pair: Pair<'_, Flex>,
    alpha: Option<f32>,
    schedule: &ScheduleSpec,
    rates: &Rates,
) -> (Flat, Flat, Flat) {
    if !own(w.dtype()) {
        let damped = alpha.map(|alpha| {
            let mask = crate::optim::group_b(pair.g, pair.s, 1.0);
            pair.s.clone().mask_where(mask, pair.s.clone() * alpha)
        });
        return plain::descend([w, b], damped.as_ref().unwrap_or(pair.s), schedule, rates);
    }
    let rule =
        vector::Update { lr: rates.lr as f32, momentum: schedule.momentum as f32, weight_decay: schedule.weight_decay as f32, alpha };
    let read = [w, b, pair.g, pair.s].map(numbers);
    let len = values(&read[0]).len();
    let (mut w_out, mut b_out) = (Buffer::take(len), Buffer::take(len));
    let finite = vector::update(Level::best(), rule, read.each_ref().map(values), &mut w_out, &mut b_out);
    (vector(w_out), vector(b_out), flag(finite))
}

pub(super) fn adamw([w, m, v]: [&Flat; 3], d: &Flat, schedule: &ScheduleSpec, rates: &Rates) -> Moved<Flex> {
    if !own(w.dtype()) {
        return plain::adamw([w, m, v], d, schedule, rates);
    }
    let rule = family::AdamW {
        lr: rates.lr as f32,
        betas: [schedule.momentum as f32, schedule.beta2 as f32],
        eps: schedule.eps as f32,
        weight_decay: schedule.weight_decay as f32,
        corrections: plain::corrections(schedule, rates).map(|c| c as f32),
    };
    let read = [w, m, v, d].map(numbers);
    let len = values(&read[0]).len();
    let mut out = [Buffer::take(len), Buffer::take(len), Buffer::take(len)];
    let [w_out, m_out, v_out] = &mut out;
    let finite = family::adamw(Level::best(), rule, read.each_ref().map(values), [w_out, m_out, v_out]);
    (out.map(vector), flag(finite))
}

pub(super) fn reweight(
    family: &Family<'_>,
    rule: Reweight,
    pair: Pair<'_, Flex>,
    traces: &Traces<Flex>,
    rates: &Rates,
) -> (Flat, Traces<Flex>) {
    if !own(pair.s.dtype()) {
        return plain_rules::reweight(family, rule, pair, traces, rates);
    }
    let own = family.numbers;
    let (tau, [a, c]) = (own.tau as f32, rates.others.map(|factor| factor as f32));
    let (g, s) = (numbers(pair.g), numbers(pair.s));
    let both = [values(&g), values(&s)];
    let level = Level::best();
    let mut out = Buffer::take(both[0].len());
    let mut changed = Traces::new();
    let slots: Vec<(usize, f32)> = family.alphas(rates.alpha).into_iter().map(|(end, alpha)| (end, alpha as f32)).collect();
    let mut by = |rule: Rule, both: [&[f32]; 2]| rules::reweight(level, rule, both, &slots, &mut out);
    match rule {
        Reweight::Without(group) => by(Rule::Without { group: letter(group), tau }, both),
        Reweight::Only(group) => by(Rule::Only { group: letter(group), tau }, both),
        Reweight::Damp(Mask::GroupB, Soft::Constant) => by(Rule::Groups { tau, a, c }, both),
        Reweight::Damp(Mask::GroupB, Soft::Power) => by(Rule::Power { tau, p: own.power as f32 }, both),
        Reweight::Damp(Mask::GroupB, Soft::Exponential) => by(Rule::Exponential { tau, rate: own.exp_rate as f32 }, both),
        Reweight::Damp(Mask::GroupB, Soft::TwoLevel) => {
            by(Rule::TwoLevel { tau, split: own.split as f32, upper: (1.0 - own.high) as f32 }, both);
        }
        Reweight::Damp(Mask::Below, Soft::Constant) => by(Rule::Below { tau }, both),
        Reweight::Damp(Mask::Absolute, Soft::Constant) => by(Rule::Absolute { tau }, both),
        Reweight::Damp(Mask::Quantile, Soft::Constant) => {
            let count = (own.quantile * both[0].len() as f64) as usize;
            let border = if count < both[0].len() { rules::ratio_at(level, both, count) } else { f32::INFINITY };
            by(Rule::Under { border }, both);
        }
        Reweight::Damp(Mask::Averaged, Soft::Constant) => {
            let mean = match traces.get(&Trace::Mean).filter(|_| rates.step > 0) {
                Some(mean) => mix([mean, pair.g], [own.mean_decay, 1.0 - own.mean_decay]),
                None => pair.g.clone(),
            };
            by(Rule::Groups { tau, a: 1.0, c: 1.0 }, [values(&numbers(&mean)), both[1]]);
            changed.insert(Trace::Mean, mean);
        }
        Reweight::Damp(Mask::Persistent, Soft::Constant) => {
            let before = traces.get(&Trace::Held).cloned().unwrap_or_else(|| pair.s.zeros_like());
            let mut held = Buffer::take(both[0].len());
            let before = numbers(&before);
            let inputs = [both[0], both[1], values(&before)];
            rules::persistent(level, inputs, (tau, own.hold as f32), &slots, [&mut held, &mut out]);
            changed.insert(Trace::Held, vector(held));
        }
        Reweight::Damp(Mask::Random, Soft::Constant) => {
            // Every layer has its own draw, whether or not their alphas differ.
            let ends = family.layout.slots.iter().map(|slot| slot.offset + slot.len());
            let of = |end: usize| slots.iter().find(|(last, _)| end <= *last).map_or(1.0, |(_, alpha)| *alpha);
            let slots: Vec<(usize, f32)> = ends.map(|end| (end, of(end))).collect();
            rules::random(level, family.draw(rates), tau, both, &slots, &mut out);
        }
        // No row of the table has a soft weight on another mask.
        Reweight::Damp(..) => return plain_rules::reweight(family, rule, pair, traces, rates),
    }
    (vector(out), changed)
}

fn letter(group: Group) -> rules::Group {
    match group {
        Group::A => rules::Group::A,
        Group::B => rules::Group::B,
        Group::C => rules::Group::C,
    }
}
