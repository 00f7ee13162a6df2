//! One update of any method of the family, and the device-side guard that skips it when something is not finite.

use burn_tensor::backend::Backend;
use burn_tensor::{Tensor, TensorData};
use saner_core::metric::BatchScore;
use saner_core::spec::NormRule;

use crate::batch::Batch;
use crate::checkpoint::Numbers;
use crate::kernels::{Compute, Kernels, Later, Pair, Trains, Updated};
use crate::model::Net;
use crate::model::layer::{BN_MOMENTUM, Kept, Memory};
use crate::optim::{Family, Rates, Trace, Traces};
use crate::passes::{Gradient, Inner, Over, gradient, gradient_with};

/// The numbers that training changes, each flat.
#[derive(Debug, Clone)]
pub struct Weights<B: Backend> {
    /// Parameters.
    pub w: Tensor<B, 1>,
    /// Momentum buffer.
    pub momentum: Tensor<B, 1>,
    /// BatchNorm's running means and variances.
    pub running: Tensor<B, 1>,
    /// 1 while all was finite; 0 from the first step that was not, and every later update is skipped on the device
    /// until the host has read it and decided. `[1]`.
    pub alive: Tensor<B, 1>,
    /// What the method remembers.
    pub traces: Traces<B>,
}

impl<B: Backend> Weights<B> {
    /// Copies the numbers to a device.
    pub fn new(numbers: Numbers, device: &B::Device) -> Self {
        let flat = |values: Vec<f32>| {
            // No backend promises anything about a vector of nothing.
            let values = if values.is_empty() { vec![0.0] } else { values };
            let n = values.len();
            Tensor::from_data(TensorData::new(values, [n]), device)
        };
        let traces = numbers.traces.into_iter().map(|(trace, values)| (trace, flat(values))).collect();
        Self { w: flat(numbers.w), momentum: flat(numbers.momentum), running: flat(numbers.running), alive: flat(vec![1.0]), traces }
    }
}

/// What one update leaves for its report.
pub struct Step<B: Backend> {
    /// To be read later.
    pub stats: Stats<B>,
    /// Gradient at w.
    pub g: Tensor<B, 1>,
    /// The variant's final gradient, if the method takes a second one.
    pub s: Option<Tensor<B, 1>>,
    /// What the layers gave in the first pass, if it was to be kept.
    pub kept: Option<Kept<B>>,
}

/// What is read from the device after a step, in one piece.
#[derive(Debug, Clone)]
pub struct Stats<B: Backend> {
    /// Sum of losses, correct, correct among clean, correct among flipped, alive.
    pub vector: Tensor<B, 1>,
    /// Loss of each sample, `[n]`; read by those who need it.
    pub losses: Tensor<B, 1>,
    /// Samples in the batch.
    pub n: usize,
    /// Flipped ones.
    pub n_flipped: usize,
}

impl<B: Backend> Stats<B> {
    fn new(first: &Gradient<B>, batch: &Batch<B>, alive: &Tensor<B, 1>) -> Self {
        let right = first.logits.clone().argmax(1).reshape([batch.n]).equal(batch.given.clone()).float();
        let right_flipped = (right.clone() * batch.flipped.clone()).sum();
        let right = right.sum();
        let vector =
            Tensor::cat(vec![first.losses.clone().sum(), right.clone(), right - right_flipped.clone(), right_flipped, alive.clone()], 0);
        Self { vector, losses: first.losses.clone(), n: batch.n, n_flipped: batch.n_flipped }
    }

    /// Asks the device for the numbers as they are now; for the losses of the samples only where they are wanted.
    pub fn later(self, losses: bool) -> Reading
    where
        B: Kernels,
    {
        let losses = losses.then_some(self.losses).map(B::later);
        Reading { vector: B::later(self.vector), losses, n: self.n, n_flipped: self.n_flipped }
    }
}

/// [`Stats`] on their way to the host.
#[derive(Debug)]
pub struct Reading {
    vector: Later,
    /// Loss of each sample, if asked for.
    pub losses: Option<Later>,
    n: usize,
    n_flipped: usize,
}

impl Reading {
    /// The score and whether all was finite up to here; waits for them.
    pub fn read(self) -> (BatchScore, bool) {
        let values = self.vector.read();
        let count = |i: usize| values[i] as u64;
        let score = BatchScore {
            loss_sum: values[0],
            n: self.n as u64,
            correct: count(1),
            clean: (self.n - self.n_flipped) as u64,
            clean_correct: count(2),
            noisy: self.n_flipped as u64,
            noisy_correct: count(3),
        };
        (score, values[4] > 0.5)
    }
}

/// Both gradients of a step, and what they leave.
pub struct Passes<B: Backend> {
    /// The pass at w: gradient, losses, logits and statistics of the whole batch.
    pub first: Gradient<B>,
    /// The variant's final gradient, if asked for.
    pub s: Option<Tensor<B, 1>>,
    /// Losses and statistics of the pass at w + ε.
    pub second: Option<(Tensor<B, 1>, Tensor<B, 1>)>,
    /// Averages that the variant carries on.
    pub traces: Traces<B>,
}

/// The two passes, the second one if the method has one.
pub fn passes<A: Trains>(
    net: &Net,
    family: &Family<'_>,
    weights: &Weights<Inner<A>>,
    batch: &Batch<Inner<A>>,
    rates: &Rates,
    memory: Memory<Inner<A>>,
) -> Passes<Inner<A>> {
    let m = family.numbers.m;
    if family.method.ascent().is_some() && m > 0 && m < batch.n {
        return by_parts::<A>(net, family, weights, batch, rates);
    }
    let first = gradient_with::<A>(net, &weights.w, batch, Over::Mean, memory);
    let mut passes = Passes { first, s: None, second: None, traces: Traces::new() };
    if family.method.ascent().is_some() {
        let (w_adv, traces) = family.climb(&weights.w, &passes.first.flat, &weights.traces, rates);
        let second = gradient::<A>(net, &w_adv, batch, Over::Mean);
        passes.s = Some(family.correct(&passes.first.flat, second.flat));
        (passes.second, passes.traces) = (Some((second.losses, second.seen)), traces);
    }
    passes
}

/// m-sharpness: each part of m samples has its own perturbation, and the gradients are averaged. Source: Foret et al.
/// 2021, section 4; Andriushchenko and Flammarion 2022.
fn by_parts<A: Trains>(
    net: &Net,
    family: &Family<'_>,
    weights: &Weights<Inner<A>>,
    batch: &Batch<Inner<A>>,
    rates: &Rates,
) -> Passes<Inner<A>> {
    let parts = batch.parts(family.numbers.m);
    let count = parts.len() as f64;
    let mut traces = weights.traces.clone();
    let (mut firsts, mut seconds, mut finals) = (Vec::new(), Vec::new(), Vec::new());
    for part in &parts {
        let first = gradient::<A>(net, &weights.w, part, Over::Mean);
        let (w_adv, changed) = family.climb(&weights.w, &first.flat, &traces, rates);
        traces.extend(changed);
        let second = gradient::<A>(net, &w_adv, part, Over::Mean);
        finals.push(family.correct(&first.flat, second.flat.clone()));
        firsts.push(first);
        seconds.push(second);
    }
    let mean = |mut vectors: Vec<Tensor<Inner<A>, 1>>| {
        let last = vectors.pop();
        last.map(|last| vectors.into_iter().fold(last, |sum, v| sum + v) / count)
    };
    let of = |all: &[Gradient<Inner<A>>], pick: fn(&Gradient<Inner<A>>) -> Tensor<Inner<A>, 1>| all.iter().map(pick).collect::<Vec<_>>();
    let first = Gradient {
        losses: Tensor::cat(of(&firsts, |part| part.losses.clone()), 0),
        logits: Tensor::cat(firsts.iter().map(|part| part.logits.clone()).collect(), 0),
        flat: mean(of(&firsts, |part| part.flat.clone())).unwrap_or_else(|| weights.w.zeros_like()),
        seen: mean(of(&firsts, |part| part.seen.clone())).unwrap_or_else(|| weights.running.clone()),
        kept: None,
    };
    let losses = Tensor::cat(of(&seconds, |part| part.losses.clone()), 0);
    let seen = mean(of(&seconds, |part| part.seen.clone()));
    traces.retain(|trace, _| *trace == Trace::Direction);
    Passes { first, s: mean(finals), second: seen.map(|seen| (losses, seen)), traces }
}

/// The gradient at plain SAM's point: for the probes of a method that has no second pass.
pub fn second_gradient<A: Trains>(
    net: &Net,
    family: &Family<'_>,
    w: &Tensor<Inner<A>, 1>,
    g: &Tensor<Inner<A>, 1>,
    batch: &Batch<Inner<A>>,
    rates: &Rates,
) -> Tensor<Inner<A>, 1> {
    let (w_adv, _) = family.climb(w, g, &Traces::new(), rates);
    gradient::<A>(net, &w_adv, batch, Over::Mean).flat
}

/// One update: `g`, `s`, `d`, then the base optimizer (see [`crate::optim`]). Reads nothing from the device. `keep`: for
/// a probe that wants another gradient of the first pass.
pub fn step<A: Trains>(
    net: &Net,
    family: &Family<'_>,
    weights: &mut Weights<Inner<A>>,
    batch: &Batch<Inner<A>>,
    rates: &Rates,
    keep: bool,
) -> Step<Inner<A>> {
    let memory = if keep { Memory::Keep(Kept::default()) } else { Memory::Off };
    let Passes { first, s, second, traces: climbed } = passes::<A>(net, family, weights, batch, rates, memory);
    let g = first.flat.clone();
    let pair = Pair { g: &g, s: s.as_ref().unwrap_or(&g) };
    let Updated { w, momentum, finite, traces: changed } =
        Inner::<A>::update(family, [&weights.w, &weights.momentum], pair, &weights.traces, rates);
    let seen = match (second, family.numbers.norm) {
        (Some((_, seen)), NormRule::SecondPass) => seen,
        _ => first.seen.clone(),
    };
    // A network without running statistics keeps its one number that nobody reads.
    let running =
        if net.buffers.is_empty() { weights.running.clone() } else { weights.running.clone() * (1.0 - BN_MOMENTUM) + seen * BN_MOMENTUM };
    // What the step would leave behind is looked at, not only what it was made of: a finite gradient can still push a
    // weight, or a batch variance, over the end of f32. x·0 is 0 for finite x alone.
    let zeros = (first.losses.clone() * 0.0).sum() + (running.clone() * 0.0).sum();
    weights.alive = weights.alive.clone() * finite * zeros.equal_elem(0.0).float();
    let alive = &weights.alive;
    weights.w = Inner::<A>::keep_if(&weights.w, w, alive);
    weights.momentum = Inner::<A>::keep_if(&weights.momentum, momentum, alive);
    weights.running = Inner::<A>::keep_if(&weights.running, running, alive);
    let decay = family.schedule.ema;
    let averaged = [(Trace::Average, &weights.w), (Trace::AverageRunning, &weights.running)].map(|(trace, now)| {
        let before = weights.traces.get(&trace)?;
        Some((trace, Inner::<A>::mix([before, now], [decay, 1.0 - decay])))
    });
    for (trace, new) in climbed.into_iter().chain(changed).chain(averaged.into_iter().flatten()) {
        let old = weights.traces.get(&trace).cloned().unwrap_or_else(|| new.zeros_like());
        weights.traces.insert(trace, Inner::<A>::keep_if(&old, new, alive));
    }
    let stats = Stats::new(&first, batch, &weights.alive);
    Step { stats, g, s, kept: first.kept }
}
