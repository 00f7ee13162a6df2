//! One update of any method of the family, and the device-side guard that skips it when something is not finite.

use burn_tensor::backend::Backend;
use burn_tensor::{Tensor, TensorData};
use saner_core::metric::BatchScore;
use saner_core::spec::{Ascent, Method, NormRule};

use crate::batch::Batch;
use crate::checkpoint::Numbers;
use crate::kernels::{Compute, Pair, Trains, Updated};
use crate::model::Net;
use crate::model::layer::{BN_MOMENTUM, Kept, Memory};
use crate::optim::Rates;
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
}

impl<B: Backend> Weights<B> {
    /// Copies the numbers to a device.
    pub fn new(numbers: Numbers, device: &B::Device) -> Self {
        let flat = |values: Vec<f32>| {
            let n = values.len();
            Tensor::from_data(TensorData::new(values, [n]), device)
        };
        Self { w: flat(numbers.w), momentum: flat(numbers.momentum), running: flat(numbers.running), alive: flat(vec![1.0]) }
    }
}

/// What one update leaves for its report.
pub struct Step<B: Backend> {
    /// To be read later.
    pub stats: Stats<B>,
    /// Gradient at w.
    pub g: Tensor<B, 1>,
    /// Gradient at w + ε, if the method takes one.
    pub s: Option<Tensor<B, 1>>,
    /// What the layers gave in the first pass, if it was to be kept.
    pub kept: Option<Kept<B>>,
}

/// What is read from the device after a step, in one piece.
#[derive(Debug, Clone)]
pub struct Stats<B: Backend> {
    /// Sum of losses, correct, correct among clean, correct among flipped, alive.
    pub vector: Tensor<B, 1>,
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
        Self { vector, n: batch.n, n_flipped: batch.n_flipped }
    }

    /// Reads the vector: waits for the device. Returns the score and whether all was finite up to here.
    pub fn read(&self) -> (BatchScore, bool) {
        let values = crate::passes::numbers(&self.vector);
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

/// Second gradient: same batch, at w + ε of plain SAM where the method has none (for probes of SGD).
pub fn second_pass<A>(
    net: &Net,
    w: &Tensor<Inner<A>, 1>,
    g: &Tensor<Inner<A>, 1>,
    batch: &Batch<Inner<A>>,
    rho: f64,
    method: &Method,
) -> Gradient<Inner<A>>
where
    A: Trains,
{
    let w_adv = match method.ascent.unwrap_or(Ascent::Sam) {
        Ascent::Sam => Inner::<A>::perturb(w, g, rho),
    };
    gradient::<A>(net, &w_adv, batch, Over::Mean)
}

/// One update: `g`, `s`, `d`, then SGD (see [`crate::optim`]). Reads nothing from the device. `keep`: for a probe that
/// wants another gradient of the first pass.
pub fn step<A>(
    net: &Net,
    weights: &mut Weights<Inner<A>>,
    batch: &Batch<Inner<A>>,
    method: &Method,
    norm_rule: NormRule,
    rates: &Rates,
    keep: bool,
) -> Step<Inner<A>>
where
    A: Trains,
{
    let memory = if keep { Memory::Keep(Kept::default()) } else { Memory::Off };
    let first = gradient_with::<A>(net, &weights.w, batch, Over::Mean, memory);
    let g = first.flat.clone();
    let second = method.ascent.map(|_| second_pass::<A>(net, &weights.w, &g, batch, rates.rho, method));
    let s = second.as_ref().map_or_else(|| g.clone(), |second| second.flat.clone());
    let Updated { w, momentum, finite } = Inner::<A>::update([&weights.w, &weights.momentum], Pair { g: &g, s: &s }, method, rates);
    let seen = match (&second, norm_rule) {
        (Some(second), NormRule::SecondPass) => second.seen.clone(),
        _ => first.seen.clone(),
    };
    let running = weights.running.clone() * (1.0 - BN_MOMENTUM) + seen * BN_MOMENTUM;
    // What the step would leave behind is looked at, not only what it was made of: a finite gradient can still push a
    // weight, or a batch variance, over the end of f32. x·0 is 0 for finite x alone.
    let zeros = (first.losses.clone() * 0.0).sum() + (running.clone() * 0.0).sum();
    weights.alive = weights.alive.clone() * finite * zeros.equal_elem(0.0).float();
    let alive = &weights.alive;
    weights.w = Inner::<A>::keep_if(&weights.w, w, alive);
    weights.momentum = Inner::<A>::keep_if(&weights.momentum, momentum, alive);
    weights.running = Inner::<A>::keep_if(&weights.running, running, alive);
    let stats = Stats::new(&first, batch, &weights.alive);
    Step { stats, g, s: second.map(|_| s), kept: first.kept }
}
