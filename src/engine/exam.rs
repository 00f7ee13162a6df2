//! The test pass: what the network says of samples as they are, with the running statistics. Every batch is queued before
//! a number is read, so that the device never waits for the host.

use std::ops::Range;

use burn_tensor::activation::log_softmax;
use burn_tensor::backend::Backend;
use burn_tensor::{Int, Tensor, TensorData};
use saner_core::data::augment::View;
use saner_core::data::{Dataset, Samples};
use saner_core::metric::BatchScore;
use saner_core::samples::Verdict;

use crate::batch::{Lost, enter, plain_images};
use crate::kernels::{Kernels, Later, Views};
use crate::model::Net;
use crate::model::layer::Pass;
use crate::passes::cross_entropy;

/// Samples of a batch: one size everywhere, so that results do not depend on memory.
const BATCH: usize = 128;

/// What is looked at.
pub struct Exam<'a, B: Backend> {
    /// Mean and deviation of the images.
    pub set: &'a Dataset,
    /// The samples.
    pub samples: &'a Samples,
    /// What they are compared with, `[samples]`.
    pub labels: &'a [u8],
    /// Files that break on the way.
    pub lost: &'a Lost,
    /// The samples on the device, if they lie there.
    pub seen: Option<&'a Views<B>>,
    /// Where.
    pub device: &'a B::Device,
}

impl<B: Kernels> Exam<'_, B> {
    /// Score with parameters and running statistics.
    pub fn score(&self, net: &Net, [w, running]: [&Tensor<B, 1>; 2]) -> BatchScore {
        let mut pass = Pass::test(B::split(&net.params, w), B::split(&net.buffers, running));
        let queued: Vec<(usize, Later)> = self
            .batches()
            .map(|(range, images, labels)| {
                let n = range.len();
                let logits = net.forward(&mut pass, images);
                let right = logits.clone().argmax(1).reshape([n]).equal(labels.clone()).float().sum();
                (n, B::later(B::join(vec![cross_entropy(logits, labels).sum(), right])))
            })
            .collect();
        let mut score = BatchScore::default();
        for (n, found) in queued {
            let found = found.read();
            score.add(&BatchScore { loss_sum: found[0], n: n as u64, correct: found[1] as u64, ..BatchScore::default() });
        }
        score
    }

    /// What the network says of each sample.
    pub fn verdicts(&self, net: &Net, [w, running]: [&Tensor<B, 1>; 2]) -> Vec<Verdict> {
        let mut pass = Pass::test(B::split(&net.params, w), B::split(&net.buffers, running));
        let queued: Vec<[Later; 3]> = self
            .batches()
            .map(|(range, images, labels)| {
                let n = range.len();
                let logits = net.forward(&mut pass, images);
                let losses = cross_entropy(logits.clone(), labels);
                let (greatest, at) = log_softmax(logits, 1).max_dim_with_indices(1);
                [losses, greatest.reshape([n]), at.reshape([n]).float()].map(B::later)
            })
            .collect();
        let mut verdicts = Vec::with_capacity(self.samples.len());
        for [losses, greatest, at] in queued.into_iter().map(|three| three.map(Later::read)) {
            for ((loss, log_p), class) in losses.into_iter().zip(greatest).zip(at) {
                verdicts.push(Verdict { loss: loss as f32, predicted: class as u8, confidence: log_p.exp() as f32 });
            }
        }
        verdicts
    }

    /// The samples in batches: their range, images as the backend keeps them, labels.
    fn batches(&self) -> impl Iterator<Item = (Range<usize>, Tensor<B, 4>, Tensor<B, 1, Int>)> {
        (0..self.samples.len()).step_by(BATCH).map(move |start| {
            let range = start..(start + BATCH).min(self.samples.len());
            let (n, side) = (range.len(), self.samples.side);
            let labels: Vec<i32> = self.labels[range.clone()].iter().map(|&label| i32::from(label)).collect();
            let images = match self.seen {
                Some(seen) => seen(&range.clone().filter_map(|i| View::PLAIN.moves(i)).collect::<Vec<_>>()),
                None => enter::<B>(plain_images(self.samples, self.set, range.clone(), self.lost), [n, 3, side, side], self.device),
            };
            (range, images, Tensor::from_data(TensorData::new(labels, [n]), self.device))
        })
    }
}
