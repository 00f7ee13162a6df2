//! One update of any method of the family, and the device-side guard that skips it when something is not finite.

use burn_tensor::Tensor;
use burn_tensor::backend::{AutodiffBackend, Backend};
use saner_core::metric::BatchScore;
use saner_core::spec::{Method, NormRule};

use crate::batch::Batch;
use crate::kernels::Kernels;
use crate::model::Net;
use crate::model::layer::BN_MOMENTUM;
use crate::optim::{Rates, climb, descend, norm, reweight};
use crate::passes::{Gradient, Inner, Over, gradient};

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

/// Both gradients of a step, for the probes.
pub struct Pair<B: Backend> {
    /// At w.
    pub g: Tensor<B, 1>,
    /// At w + ε.
    pub s: Tensor<B, 1>,
}

/// What one update leaves for its report.
pub struct Step<B: Backend> {
    /// To be read later.
    pub stats: Stats<B>,
    /// Gradient at w.
    pub g: Tensor<B, 1>,
    /// Gradient at w + ε, if the method takes one.
    pub s: Option<Tensor<B, 1>>,
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
    A: AutodiffBackend + Kernels,
{
    let ascent = method.ascent.unwrap_or(saner_core::spec::Ascent::Sam);
    let w_adv = w.clone() + climb(ascent, g, rho);
    gradient::<A>(net, &w_adv, batch, Over::Mean)
}

/// One update: `g`, `s`, `d`, then SGD (see [`crate::optim`]). Reads nothing from the device.
pub fn step<A>(
    net: &Net,
    weights: &mut Weights<Inner<A>>,
    batch: &Batch<Inner<A>>,
    method: &Method,
    norm_rule: NormRule,
    rates: &Rates,
) -> Step<Inner<A>>
where
    A: AutodiffBackend + Kernels,
{
    let first = gradient::<A>(net, &weights.w, batch, Over::Mean);
    let g = first.flat.clone();
    let second = method.ascent.map(|_| second_pass::<A>(net, &weights.w, &g, batch, rates.rho, method));
    let s = second.as_ref().map_or_else(|| g.clone(), |second| second.flat.clone());
    let d = reweight(method, &g, s.clone(), rates.alpha);
    let (w, momentum) = descend(&weights.w, &weights.momentum, d, rates);
    let seen = match (&second, norm_rule) {
        (Some(second), NormRule::SecondPass) => second.seen.clone(),
        _ => first.seen.clone(),
    };
    let running = weights.running.clone() * (1.0 - BN_MOMENTUM) + seen * BN_MOMENTUM;
    // A sum of squares is finite only if every element is; so is a sum of x·0, which cannot overflow by itself; and
    // x − x is 0 only for finite x. What the step would leave behind is looked at too: a finite gradient can still
    // push a weight, or a batch variance, over the end of f32.
    let zero = |x: &Tensor<Inner<A>, 1>| (x.clone() * 0.0).sum();
    let sums = first.losses.clone().sum() + norm(&g) + norm(&s) + zero(&w) + zero(&momentum) + zero(&running);
    let finite = (sums.clone() - sums).equal_elem(0.0).float();
    weights.alive = weights.alive.clone() * finite;
    keep_if(&mut weights.w, w, &weights.alive);
    keep_if(&mut weights.momentum, momentum, &weights.alive);
    keep_if(&mut weights.running, running, &weights.alive);
    let stats = Stats::new(&first, batch, &weights.alive);
    Step { stats, g, s: second.map(|_| s) }
}

/// Takes the new value where `alive` is 1, else keeps the old one; a selection, so the bits stay what they are.
fn keep_if<B: Backend>(old: &mut Tensor<B, 1>, new: Tensor<B, 1>, alive: &Tensor<B, 1>) {
    let n = new.dims()[0];
    let dead = alive.clone().lower_elem(0.5).expand([n]);
    *old = new.mask_where(dead, old.clone());
}
