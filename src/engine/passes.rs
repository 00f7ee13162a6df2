//! Forward and backward passes at a given point, and the test pass.

use std::ops::Range;

use burn_tensor::activation::log_softmax;
use burn_tensor::backend::{AutodiffBackend, Backend};
use burn_tensor::{Int, Tensor, TensorData};
use saner_core::data::{Dataset, Samples};
use saner_core::metric::BatchScore;
use saner_core::samples::Verdict;

use crate::batch::{Batch, Lost, plain_images};
use crate::kernels::{Compute, Kernels, Trains};
use crate::model::Net;
use crate::model::layer::{Kept, Memory, Pass};

/// The backend below the automatic differentiation.
pub type Inner<A> = <A as AutodiffBackend>::InnerBackend;

/// Samples of a test batch: one size everywhere, so that results do not depend on memory.
const TEST_BATCH: usize = 128;

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
    let leaves: Vec<Tensor<A, 1>> = net.params.split(w).into_iter().map(|leaf| Tensor::from_inner(leaf).require_grad()).collect();
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
    pass.seen.sort_by_key(|(buffer, _)| *buffer);
    let mut grads = loss.backward();
    let flat = leaves.iter().map(|leaf| leaf.grad_remove(&mut grads).unwrap_or_else(|| leaf.clone().inner().zeros_like())).collect();
    Gradient {
        flat: Inner::<A>::join(flat),
        losses: losses.inner(),
        logits: logits.inner(),
        seen: joined(pass.seen.into_iter().map(|(_, value)| value.inner()).collect(), &batch.flipped),
        kept,
    }
}

/// One vector of many; a network without running statistics has none, and gets one that nobody reads.
fn joined<B: Backend>(parts: Vec<Tensor<B, 1>>, like: &Tensor<B, 1>) -> Tensor<B, 1> {
    if parts.is_empty() { like.clone() } else { Tensor::cat(parts, 0) }
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
fn cross_entropy<B: Backend>(logits: Tensor<B, 2>, labels: Tensor<B, 1, burn_tensor::Int>) -> Tensor<B, 1> {
    let n = logits.dims()[0];
    log_softmax(logits, 1).gather(1, labels.reshape([n, 1])).reshape([n]).neg()
}

/// What the network says of each training sample as it is given to it: without augmentation, with the running statistics.
pub fn judge<B: Backend + Kernels>(
    net: &Net,
    [w, running]: [&Tensor<B, 1>; 2],
    set: &Dataset,
    (samples, labels, lost): (&Samples, &[u8], &Lost),
    device: &B::Device,
) -> Vec<Verdict> {
    let mut pass = Pass::test(net.params.split(w), net.buffers.split(running));
    let mut verdicts = Vec::with_capacity(samples.len());
    for (range, images, labels) in batches::<B>(set, samples, labels, lost, device) {
        let n = range.len();
        let logits = net.forward(&mut pass, images);
        let losses = cross_entropy(logits.clone(), labels);
        let (greatest, at) = log_softmax(logits, 1).max_dim_with_indices(1);
        // Reads three vectors for each batch: waits for the device.
        let confidence = numbers(&greatest.reshape([n]));
        let predicted: Vec<i64> = at.reshape([n]).to_data().iter::<i64>().collect();
        for ((loss, log_p), class) in numbers(&losses).into_iter().zip(confidence).zip(predicted) {
            verdicts.push(Verdict { loss: loss as f32, predicted: class as u8, confidence: log_p.exp() as f32 });
        }
    }
    verdicts
}

/// Samples in test batches: their range, images as the backend keeps them, labels.
fn batches<'a, B: Backend + Kernels>(
    set: &'a Dataset,
    samples: &'a Samples,
    labels: &'a [u8],
    lost: &'a Lost,
    device: &'a B::Device,
) -> impl Iterator<Item = (Range<usize>, Tensor<B, 4>, Tensor<B, 1, Int>)> + 'a {
    (0..samples.len()).step_by(TEST_BATCH).map(move |start| {
        let range = start..(start + TEST_BATCH).min(samples.len());
        let (n, side) = (range.len(), samples.side);
        let labels: Vec<i32> = labels[range.clone()].iter().map(|&label| i32::from(label)).collect();
        let images = plain_images(samples, set, range.clone(), lost);
        let images = Tensor::<B, 4>::from_data(TensorData::new(images, [n, 3, side, side]), device);
        (range, B::axes(images.dtype()).enter(images), Tensor::from_data(TensorData::new(labels, [n]), device))
    })
}

/// Score over samples against `labels`, with the running statistics.
pub fn evaluate<B: Backend + Kernels>(
    net: &Net,
    [w, running]: [&Tensor<B, 1>; 2],
    set: &Dataset,
    (samples, labels, lost): (&Samples, &[u8], &Lost),
    device: &B::Device,
) -> BatchScore {
    let mut pass = Pass::test(net.params.split(w), net.buffers.split(running));
    let mut score = BatchScore::default();
    for (range, images, labels) in batches::<B>(set, samples, labels, lost, device) {
        let n = range.len();
        let logits = net.forward(&mut pass, images);
        let right = logits.clone().argmax(1).reshape([n]).equal(labels.clone()).int().sum();
        let loss = cross_entropy(logits, labels).sum();
        // Reads two scalars for each test batch: waits for the device.
        score.add(&BatchScore { loss_sum: scalar(&loss), n: n as u64, correct: scalar(&right.float()) as u64, ..BatchScore::default() });
    }
    score
}

/// Reads one number: waits for the device.
pub fn scalar<B: Backend>(t: &Tensor<B, 1>) -> f64 {
    numbers(t).first().copied().unwrap_or(f64::NAN)
}

/// Reads a vector: waits for the device.
pub fn numbers<B: Backend>(t: &Tensor<B, 1>) -> Vec<f64> {
    t.to_data().iter::<f64>().collect()
}
