//! Diagnostics of a step from its gradients: group shares per layer, norms, p_noise and p_clean. Changes nothing.

use burn_tensor::backend::Backend;
use burn_tensor::{Bool, Tensor};
use saner_core::dominance::DominanceCounts;
use saner_core::group::Shares;
use saner_core::spec::Method;

use crate::batch::Batch;
use crate::kernels::{Compute, Pair, Trains};
use crate::layout::Layout;
use crate::model::Net;
use crate::optim::{Rates, descend, group_b, reweight};
use crate::passes::{Inner, Over, gradient, numbers};
use crate::step::{Weights, second_pass};

/// Group counts of every parameter tensor, still on the device.
#[derive(Debug, Clone)]
pub struct Groups<B: Backend> {
    /// Counts of A for each slot, counts of B for each slot, norm of g, norm of s.
    vector: Tensor<B, 1>,
}

/// Shares as read.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupShares {
    /// Over all parameters.
    pub all: Shares,
    /// Of each parameter tensor.
    pub layers: Vec<[f32; 3]>,
    /// Norms of g and s.
    pub norms: [f32; 2],
}

impl<B: Compute> Groups<B> {
    /// Queues the counts; reads nothing.
    pub fn measure(layout: &Layout, pair: Pair<'_, B>) -> Self {
        Self { vector: B::group_counts(layout, pair) }
    }

    /// Reads the counts: waits for the device.
    pub fn read(&self, layout: &Layout) -> GroupShares {
        let values = numbers(&self.vector);
        let n = layout.slots.len();
        let count = |i: usize| values[i].round() as u64;
        let layers = layout.slots.iter().enumerate().map(|(i, slot)| {
            let shares = Shares::from_counts(count(i), count(n + i), slot.len() as u64);
            [shares.a, shares.b, shares.c]
        });
        let sum = |from: usize| (from..from + n).map(count).sum();
        GroupShares {
            layers: layers.collect(),
            all: Shares::from_counts(sum(0), sum(n), layout.len() as u64),
            norms: [values[2 * n] as f32, values[2 * n + 1] as f32],
        }
    }
}

/// Counts of the noise- and clean-dominated sets, still on the device.
#[derive(Debug, Clone)]
pub struct Dominance<B: Backend> {
    vector: Tensor<B, 1>,
}

impl<B: Backend> Dominance<B> {
    /// Queues the counts at the point `w` at which `pair.g` was taken.
    ///
    /// The paper's code takes both partial gradients from one retained graph. Burn consumes a graph when it runs
    /// backward, so the forward pass is repeated for each: same weights, same batch, same batch statistics, hence the
    /// same numbers, at the price of two more forward passes on a sampled batch.
    pub fn measure<A>(net: &Net, w: &Tensor<B, 1>, pair: Pair<'_, B>, batch: &Batch<B>) -> Self
    where
        A: Trains<InnerBackend = B>,
    {
        let clean = gradient::<A>(net, w, batch, Over::Clean).flat;
        let flipped = gradient::<A>(net, w, batch, Over::Flipped).flat;
        Self::count(&clean, &flipped, &group_b(pair.g, pair.s))
    }

    fn count(clean: &Tensor<B, 1>, flipped: &Tensor<B, 1>, in_b: &Tensor<B, 1, Bool>) -> Self {
        let up = clean.clone().greater_elem(0.0).bool_and(flipped.clone().lower_elem(0.0));
        let down = clean.clone().lower_elem(0.0).bool_and(flipped.clone().greater_elem(0.0));
        let disagree = up.bool_or(down);
        let noise = disagree.clone().bool_and(clean.clone().abs().lower(flipped.clone().abs()));
        let clean = disagree.bool_and(flipped.clone().abs().lower(clean.clone().abs()));
        let both = |set: &Tensor<B, 1, Bool>| set.clone().bool_and(in_b.clone());
        let sizes = [noise.clone(), both(&noise), clean.clone(), both(&clean)].map(|set| set.float().sum());
        Self { vector: Tensor::cat(sizes.to_vec(), 0) }
    }

    /// Reads the counts: waits for the device.
    pub fn read(&self) -> DominanceCounts {
        let values = numbers(&self.vector);
        let count = |i: usize| values[i].round() as u64;
        DominanceCounts { noise: count(0), noise_in_b: count(1), clean: count(2), clean_in_b: count(3) }
    }
}

/// Names the first tensor that is not finite, by making the skipped step again: for the event about it.
pub fn first_non_finite<A>(net: &Net, weights: &Weights<Inner<A>>, batch: &Batch<Inner<A>>, rates: &Rates, method: &Method) -> String
where
    A: Trains,
{
    let bad = |flat: &Tensor<Inner<A>, 1>| numbers(flat).iter().position(|value| !value.is_finite());
    let named = |what: &str, flat: &Tensor<Inner<A>, 1>| {
        let slot = bad(flat).and_then(|at| net.params.slots.iter().rev().find(|slot| slot.offset <= at));
        slot.map(|slot| format!("{what} {}", slot.name))
    };
    let first = gradient::<A>(net, &weights.w, batch, Over::Mean);
    if bad(&first.losses).is_some() {
        return "loss of the first pass".into();
    }
    if let Some(name) = named("gradient of", &first.flat) {
        return name;
    }
    let second = second_pass::<A>(net, &weights.w, &first.flat, batch, rates.rho, method);
    if bad(&second.losses).is_some() {
        return "loss of the second pass".into();
    }
    if let Some(name) = named("second gradient of", &second.flat) {
        return name;
    }
    let d = reweight(method, &first.flat, second.flat, rates.alpha);
    let (w, momentum) = descend(&weights.w, &weights.momentum, d, rates);
    named("momentum of", &momentum)
        .or_else(|| named("updated", &w))
        .unwrap_or_else(|| "a batch variance, or the norm of a gradient (overflow)".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn_flex::Flex;

    #[test]
    fn the_sets_are_those_of_the_paper() {
        let t = |v: [f32; 5]| Tensor::<Flex, 1>::from_floats(v, &Default::default());
        // noise wins, clean wins, noise wins, agree, agree
        let (clean, flipped) = (t([1.0, 3.0, -1.0, 1.0, 0.0]), t([-2.0, -1.0, 2.0, 5.0, 1.0]));
        let (g, s) = (t([1.0; 5]), t([0.5, 0.5, 2.0, 0.5, 0.5]));
        let counts = Dominance::count(&clean, &flipped, &group_b(&g, &s)).read();
        assert_eq!(counts, DominanceCounts { noise: 2, noise_in_b: 1, clean: 1, clean_in_b: 1 });
    }
}
