//! The operations in which the time goes, as an extension of a backend.
//!
//! [`Kernels`] is what a network's layers call. [`Compute`] is the same below the automatic differentiation, with the
//! gradients and the passes over the flat parameters beside it. `node` lifts one to the other, once for every
//! backend; [`plain`] writes all of it in Burn's own operations; `flex` has the CPU kernels in f32, `cube` those for GPUs.

mod axes;
#[cfg(feature = "gpu")]
mod cube;
mod flex;
mod later;
mod node;
pub mod plain;
mod storage;

use std::sync::Arc;

pub use axes::Axes;
use burn_tensor::backend::{AutodiffBackend, Backend};
use burn_tensor::ops::FloatTensor;
use burn_tensor::{DType, Tensor};
pub use later::Later;
use saner_core::data::{Dataset, Samples};
use saner_core::spec::{Reweight, ScheduleSpec, Scope};

use crate::layout::Layout;
use crate::optim::{Family, Rates, Traces, ascent, descend, reweight};
use crate::passes::{numbers, scalar};

/// Stride and padding; the kernel's size is that of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    /// In both directions.
    pub stride: usize,
    /// Zeros around, vertical and horizontal.
    pub pad: [usize; 2],
}

/// What follows a normalization in the same pass over memory.
#[derive(Debug, Clone)]
pub struct After<T> {
    /// A shortcut that is added.
    pub residual: Option<T>,
    /// Whether negative values become 0, behind the addition.
    pub relu: bool,
}

/// What a normalization with the batch's own statistics gives.
#[derive(Debug, Clone)]
pub struct Normed<B: Backend> {
    /// The normalized map.
    pub y: Tensor<B, 4>,
    /// Mean of each channel.
    pub mean: Tensor<B, 1>,
    /// Biased variance of each channel.
    pub var: Tensor<B, 1>,
}

/// Samples as a map of three channels in the axes of the backend, made where they are used; each is an index, the rows
/// and columns by which it is moved, and 1 if it is mirrored (see [`saner_core::data::augment::View::moves`]).
pub type Views<B> = Arc<dyn Fn(&[[i32; 4]]) -> Tensor<B, 4> + Send + Sync>;

/// What the layers of a network need beyond Burn's own operations.
pub trait Kernels: Backend {
    /// The order of axes of feature maps of a type.
    fn axes(dtype: DType) -> Axes;

    /// Convolution without bias; weights are `[c_out, c_in, kh, kw]`.
    fn conv(x: Tensor<Self, 4>, weight: Tensor<Self, 4>, conv: Conv) -> Tensor<Self, 4>;

    /// Normalization with the batch's own statistics, weight and bias `[channels]`, and what follows it.
    fn norm(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>, eps: f64) -> Normed<Self>;

    /// [`Self::conv`] whose result is known from a pass with the same numbers: only its gradient is still to come.
    fn conv_again(_x: Tensor<Self, 4>, _weight: Tensor<Self, 4>, _conv: Conv, known: Tensor<Self, 4>) -> Tensor<Self, 4> {
        known
    }

    /// [`Self::norm`] whose result is known, likewise.
    fn norm_again(
        _x: Tensor<Self, 4>,
        _affine: [Tensor<Self, 1>; 2],
        _after: After<Tensor<Self, 4>>,
        _eps: f64,
        known: Normed<Self>,
    ) -> Normed<Self> {
        known
    }

    /// `x · scale + shift` for each channel, and what follows it: the test pass.
    fn affine(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>) -> Tensor<Self, 4>;

    /// Puts samples on the device, where batches are then made; none if the host is to make them.
    fn views(_set: &Dataset, _samples: &Samples, _device: &Self::Device) -> Option<Views<Self>> {
        None
    }

    /// Numbers as they are now, to be read when they are needed: what is queued in between is not waited for, where the
    /// device can copy beside its work.
    fn later(vector: Tensor<Self, 1>) -> Later {
        Later::new(move || numbers(&vector))
    }

    /// The slices of a flat vector, each `[len]`.
    fn split(layout: &Layout, flat: &Tensor<Self, 1>) -> Vec<Tensor<Self, 1>> {
        layout.split(flat)
    }

    /// Bytes that were taken from the device so far; none where it is the host's memory.
    fn reserved(_device: &Self::Device) -> Option<u64> {
        None
    }

    /// One vector of many.
    fn join(parts: Vec<Tensor<Self, 1>>) -> Tensor<Self, 1> {
        Tensor::cat(parts, 0)
    }
}

/// What the gradient of a normalization keeps of the forward pass.
#[derive(Debug, Clone)]
pub struct NormState<B: Backend> {
    /// Input.
    pub x: FloatTensor<B>,
    /// Output, if a ReLU cut it.
    pub y: Option<FloatTensor<B>>,
    /// Weight, mean and biased variance, `[channels]` each.
    pub factors: [FloatTensor<B>; 3],
    /// Whether a shortcut was added, whose gradient is wanted too.
    pub shortcut: bool,
    /// Guard of the variance.
    pub eps: f64,
}

/// Gradients of a normalization.
pub struct NormGrads<B: Backend> {
    /// Of the output, behind the ReLU: that of the shortcut. Anything if there is none.
    pub dy: FloatTensor<B>,
    /// Of the input.
    pub dx: FloatTensor<B>,
    /// Of weight and bias.
    pub affine: [FloatTensor<B>; 2],
}

/// One pair of gradients, `[n]` each.
#[derive(Debug)]
pub struct Pair<'a, B: Backend> {
    /// At w.
    pub g: &'a Tensor<B, 1>,
    /// At w + ε.
    pub s: &'a Tensor<B, 1>,
}

// Derived, they would ask the same of the backend.
impl<B: Backend> Clone for Pair<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B: Backend> Copy for Pair<'_, B> {}

/// What an update gives.
pub struct Updated<B: Backend> {
    /// Parameters.
    pub w: Tensor<B, 1>,
    /// Momentum buffer.
    pub momentum: Tensor<B, 1>,
    /// 1 if all of it is finite, else 0, `[1]`.
    pub finite: Tensor<B, 1>,
    /// What the rule and the optimizer remember, as far as it changed.
    pub traces: Traces<B>,
}

/// Three vectors after an update, and whether all of it is finite.
pub type Moved<B> = ([Tensor<B, 1>; 3], Tensor<B, 1>);

/// What training needs of a backend below the automatic differentiation. The default forms are Burn's own operations.
pub trait Compute: Kernels {
    /// Gradient of a convolution's input.
    fn conv_input(x: &FloatTensor<Self>, weight: &FloatTensor<Self>, dy: &FloatTensor<Self>, conv: Conv) -> FloatTensor<Self> {
        plain::conv_input::<Self>(x, weight, dy, conv)
    }

    /// Gradient of a convolution's weights.
    fn conv_weight(x: &FloatTensor<Self>, weight: &FloatTensor<Self>, dy: &FloatTensor<Self>, conv: Conv) -> FloatTensor<Self> {
        plain::conv_weight::<Self>(x, weight, dy, conv)
    }

    /// Gradients of a normalization.
    fn norm_backward(state: NormState<Self>, dy: FloatTensor<Self>) -> NormGrads<Self> {
        plain::norm_backward(state, dy)
    }

    /// See [`ascent::perturb`].
    fn perturb(w: &Tensor<Self, 1>, g: &Tensor<Self, 1>, rho: f64) -> Tensor<Self, 1> {
        ascent::perturb(w, g, rho)
    }

    /// See [`ascent::perturb_scaled`].
    fn perturb_scaled(w: &Tensor<Self, 1>, g: &Tensor<Self, 1>, layout: &Layout, scope: Scope, radius: [f64; 2]) -> Tensor<Self, 1> {
        ascent::perturb_scaled(w, g, layout, scope, radius)
    }

    /// See [`ascent::decompose`].
    fn decompose(g: &Tensor<Self, 1>, s: &Tensor<Self, 1>, a: f64) -> Tensor<Self, 1> {
        ascent::decompose(g, s, a)
    }

    /// See [`ascent::mix`].
    fn mix(both: [&Tensor<Self, 1>; 2], factors: [f64; 2]) -> Tensor<Self, 1> {
        ascent::mix(both, factors)
    }

    /// See [`reweight::reweight`].
    fn reweight(
        family: &Family<'_>,
        rule: Reweight,
        pair: Pair<'_, Self>,
        traces: &Traces<Self>,
        rates: &Rates,
    ) -> (Tensor<Self, 1>, Traces<Self>) {
        reweight::reweight(family, rule, pair, traces, rates)
    }

    /// See [`descend::same_norm`].
    fn same_norm(d: Tensor<Self, 1>, s: &Tensor<Self, 1>) -> Tensor<Self, 1> {
        descend::same_norm(d, s)
    }

    /// See [`descend::bounded`].
    fn bounded(d: Tensor<Self, 1>, limit: f64) -> Tensor<Self, 1> {
        descend::bounded(d, limit)
    }

    /// See [`descend::descend`].
    fn descend(
        both: [&Tensor<Self, 1>; 2],
        d: &Tensor<Self, 1>,
        schedule: &ScheduleSpec,
        rates: &Rates,
    ) -> (Tensor<Self, 1>, Tensor<Self, 1>, Tensor<Self, 1>) {
        descend::descend(both, d, schedule, rates)
    }

    /// See [`descend::adamw`].
    fn adamw(three: [&Tensor<Self, 1>; 3], d: &Tensor<Self, 1>, schedule: &ScheduleSpec, rates: &Rates) -> Moved<Self> {
        descend::adamw(three, d, schedule, rates)
    }

    /// See [`Family::update`].
    fn update(
        family: &Family<'_>,
        both: [&Tensor<Self, 1>; 2],
        pair: Pair<'_, Self>,
        traces: &Traces<Self>,
        rates: &Rates,
    ) -> Updated<Self> {
        family.update(both, pair, traces, rates)
    }

    /// `new` where `alive` is 1, else `old`, bit for bit.
    fn keep_if(old: &Tensor<Self, 1>, new: Tensor<Self, 1>, alive: &Tensor<Self, 1>) -> Tensor<Self, 1> {
        let n = new.dims()[0];
        let dead = alive.clone().lower_elem(0.5).expand([n]);
        new.mask_where(dead, old.clone())
    }

    /// Sizes of the sets in which flipped or clean samples dominate: noise, noise in B, clean, clean in B, from the summed
    /// gradient of the flipped samples; that of the clean ones is what is left of `n·g`.
    fn dominance_counts(pair: Pair<'_, Self>, flipped: &Tensor<Self, 1>, n: usize) -> Tensor<Self, 1> {
        plain::dominance_counts(pair, flipped, n)
    }

    /// Counts of group A in each slot, counts of group B in each slot, norms of g and s, as one vector.
    fn group_counts(layout: &Layout, pair: Pair<'_, Self>) -> Tensor<Self, 1> {
        plain::group_counts(layout, pair)
    }
}

/// A backend with automatic differentiation that can train.
pub trait Trains: AutodiffBackend<InnerBackend: Compute> + Kernels {}

impl<A: AutodiffBackend<InnerBackend: Compute> + Kernels> Trains for A {}

/// Whether a `[1]` tensor holds 1; waits for the device.
fn holds<B: Backend>(flag: &Tensor<B, 1>) -> bool {
    scalar(flag) > 0.5
}

#[cfg(test)]
mod tests;
