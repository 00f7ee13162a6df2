//! Forward and backward passes at a given point.

use burn_tensor::activation::log_softmax;
use burn_tensor::backend::{AutodiffBackend, Backend};
use burn_tensor::{Tensor, TensorData};

use crate::batch::Batch;
use crate::kernels::{Kernels, Trains};
use crate::model::Net;
use crate::model::layer::{Kept, Memory, Pass, Seen};

/// The backend below the automatic differentiation.
pub type Inner<A> = <A as AutodiffBackend>::InnerBackend;

/// Which samples a loss counts, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Mean over the batch: the training loss.
    Mean,
    /// Sum over the unflipped samples.
    Clean,
    /// Sum over the flipped samples.
    Flipped,
}

/// What one forward and backward pass gives.
pub struct Gradient<B: Backend> {
    /// Gradient of all parameters, `[n]`.
    pub flat: Tensor<B, 1>,
    /// Loss of each sample, `[batch]`.
    pub losses: Tensor<B, 1>,
    /// Logits, `[batch, classes]`.
    pub logits: Tensor<B, 2>,
    /// Batch means and unbiased variances in the order of the buffers, flat.
    pub seen: Tensor<B, 1>,
    /// What the layers gave, if it was to be kept.
    pub kept: Option<Kept<B>>,
}

/// Gradient of the loss at `w`, by one forward and one backward pass in training mode. Touches no running statistics:
/// the caller decides what becomes of `seen`.
pub fn gradient<A>(net: &Net, w: &Tensor<Inner<A>, 1>, batch: &Batch<Inner<A>>, over: Over) -> Gradient<Inner<A>>
where
    A: Trains,
{
    gradient_with::<A>(net, w, batch, over, Memory::Off)
}

/// [`gradient`] that keeps what its layers give, or uses what those of an earlier one at the same point gave.
pub fn gradient_with<A>(
    net: &Net,
    w: &Tensor<Inner<A>, 1>,
    batch: &Batch<Inner<A>>,
    over: Over,
    memory: Memory<Inner<A>>,
) -> Gradient<Inner<A>>
where
    A: Trains,
{
    let lift = |kept: Kept<Inner<A>>| kept.map(Tensor::from_inner, Tensor::from_inner);
    let memory = match memory {
        Memory::Off => Memory::Off,
        Memory::Keep(kept) => Memory::Keep(lift(kept)),
        Memory::Use(kept) => Memory::Use(lift(kept)),
    };
    let leaves: Vec<Tensor<A, 1>> =
        Inner::<A>::split(&net.params, w).into_iter().map(|leaf| Tensor::from_inner(leaf).require_grad()).collect();
    let mut pass = Pass::training(leaves.clone(), memory);
    let logits = net.forward(&mut pass, Tensor::<A, 4>::from_inner(batch.images.clone()));
    let losses = smoothed(logits.clone(), Tensor::from_inner(batch.given.clone()), batch.smoothing);
    let loss = match over {
        Over::Mean => losses.clone().mean(),
        Over::Clean => (losses.clone() * (Tensor::<A, 1>::from_inner(batch.flipped.clone()).neg() + 1.0)).sum(),
        Over::Flipped => (losses.clone() * Tensor::from_inner(batch.flipped.clone())).sum(),
    };
    let kept = match pass.memory {
        Memory::Keep(kept) => Some(kept.map(Tensor::inner, Tensor::inner)),
        _ => None,
    };
    pass.seen.sort_by_key(|seen| seen.buffer);
    let mut grads = loss.backward();
    let flat = leaves.iter().map(|leaf| leaf.grad_remove(&mut grads).unwrap_or_else(|| leaf.clone().inner().zeros_like())).collect();
    Gradient { flat: Inner::<A>::join(flat), losses: losses.inner(), logits: logits.inner(), seen: joined(pass.seen, &batch.flipped), kept }
}

/// What a pass has seen as one vector; a network without running statistics has none, and gets one that nobody reads.
fn joined<A: Trains>(seen: Vec<Seen<A>>, like: &Tensor<Inner<A>, 1>) -> Tensor<Inner<A>, 1> {
    if seen.is_empty() {
        return like.clone();
    }
    let factors: Vec<f64> = seen.iter().flat_map(|seen| vec![seen.factor; seen.value.dims()[0]]).collect();
    let n = factors.len();
    let factors = Tensor::from_data(TensorData::new(factors, [n]), (&like.device(), like.dtype()));
    Inner::<A>::join(seen.into_iter().map(|seen| seen.value.inner()).collect()) * factors
}

/// Cross-entropy of each sample, `[batch]`, against targets of which a part is spread over all classes. Source: Szegedy
/// et al. 2016; the paper spreads nothing.
fn smoothed<B: Backend>(logits: Tensor<B, 2>, labels: Tensor<B, 1, burn_tensor::Int>, part: f64) -> Tensor<B, 1> {
    if part == 0.0 {
        return cross_entropy(logits, labels);
    }
    let n = logits.dims()[0];
    let spread = log_softmax(logits.clone(), 1).mean_dim(1).reshape([n]).neg();
    cross_entropy(logits, labels) * (1.0 - part) + spread * part
}

/// Cross-entropy of each sample, `[batch]`; no label smoothing.
pub fn cross_entropy<B: Backend>(logits: Tensor<B, 2>, labels: Tensor<B, 1, burn_tensor::Int>) -> Tensor<B, 1> {
    let n = logits.dims()[0];
    log_softmax(logits, 1).gather(1, labels.reshape([n, 1])).reshape([n]).neg()
}

/// Reads one number: waits for the device.
pub fn scalar<B: Backend>(t: &Tensor<B, 1>) -> f64 {
    numbers(t).first().copied().unwrap_or(f64::NAN)
}

/// Reads a vector: waits for the device.
pub fn numbers<B: Backend>(t: &Tensor<B, 1>) -> Vec<f64> {
    t.to_data().iter::<f64>().collect()
}
