//! Batches made ready on another thread, so that a step never waits for them.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};

use burn_tensor::backend::Backend;
use burn_tensor::{Int, Tensor, TensorData};
use rayon::prelude::*;
use saner_core::data::augment::{View, write_view};
use saner_core::data::order::epoch_order;
use saner_core::data::{Broken, Dataset, Samples};
use saner_core::noise::Flips;
use saner_core::spec::DataSpec;

use crate::kernels::{Kernels, Views};

/// Batches kept ready.
const AHEAD: usize = 4;

/// A batch in the host's memory.
#[derive(Debug, Clone, PartialEq)]
pub struct HostBatch {
    /// Epoch it belongs to.
    pub epoch: u32,
    /// Place in the epoch.
    pub batch: u64,
    /// Normalized images, `[n, 3, side, side]`; empty where the device makes them of `views`.
    pub images: Vec<f32>,
    /// How each sample is seen on the device, `[n]`; empty where the host makes the images.
    pub views: Vec<[i32; 4]>,
    /// Given labels, `[n]`.
    pub given: Vec<i32>,
    /// 1 where the given label is wrong, `[n]`.
    pub flipped: Vec<f32>,
    /// Side of an image.
    pub side: usize,
}

/// A batch on the device.
pub struct Batch<B: Backend> {
    /// A feature map of 3 channels, in the axes of the backend.
    pub images: Tensor<B, 4>,
    /// `[n]`.
    pub given: Tensor<B, 1, Int>,
    /// `[n]`, 0 or 1.
    pub flipped: Tensor<B, 1>,
    /// Samples.
    pub n: usize,
    /// Flipped samples; of a part of a batch it is not counted.
    pub n_flipped: usize,
    /// Part of each target that is spread over all classes.
    pub smoothing: f64,
}

impl<B: Kernels> Batch<B> {
    /// Its samples in parts of `m`, in order.
    pub fn parts(&self, m: usize) -> Vec<Self> {
        let axis = B::axes(self.images.dtype()).batch();
        let part = |at: usize| Self {
            images: self.images.clone().narrow(axis, at * m, m),
            given: self.given.clone().narrow(0, at * m, m),
            flipped: self.flipped.clone().narrow(0, at * m, m),
            n: m,
            n_flipped: 0,
            smoothing: self.smoothing,
        };
        (0..self.n / m).map(part).collect()
    }
}

impl HostBatch {
    /// Copies the batch to a device, or makes it there of the samples that `seen` holds.
    pub fn to_device<B: Kernels>(&self, device: &B::Device, seen: Option<&Views<B>>) -> Batch<B> {
        let n = self.given.len();
        let images = match seen {
            Some(seen) if self.images.is_empty() => seen(&self.views),
            _ => enter::<B>(self.images.clone(), [n, 3, self.side, self.side], device),
        };
        Batch {
            images,
            given: Tensor::from_data(TensorData::new(self.given.clone(), [n]), device),
            flipped: Tensor::from_data(TensorData::new(self.flipped.clone(), [n]), device),
            n,
            n_flipped: self.flipped.iter().filter(|flag| **flag > 0.5).count(),
            smoothing: 0.0,
        }
    }
}

/// Images of the host as a feature map of the backend.
pub fn enter<B: Kernels>(images: Vec<f32>, shape: [usize; 4], device: &B::Device) -> Tensor<B, 4> {
    let images = Tensor::<B, 4>::from_data(TensorData::new(images, shape), device);
    B::axes(images.dtype()).enter(images)
}

/// The data set on the device, as far as batches are made there.
pub struct Seen<B: Backend> {
    /// Training samples.
    pub train: Option<Views<B>>,
    /// Test samples.
    pub test: Option<Views<B>>,
    /// Training samples that are held out.
    pub held: Option<Views<B>>,
}

impl<B: Kernels> Seen<B> {
    /// Puts the samples there.
    pub fn of(set: &Dataset, device: &B::Device) -> Self {
        let on_device = |samples: &Samples| B::views(set, samples, device);
        Self { train: on_device(&set.train), test: on_device(&set.test), held: set.held.as_ref().and_then(|held| on_device(&held.samples)) }
    }
}

/// Image files that broke while the run used them; each is told once.
#[derive(Debug, Clone, Default)]
pub struct Lost(Arc<Mutex<(HashSet<PathBuf>, Vec<Broken>)>>);

impl Lost {
    fn add(&self, broken: Broken) {
        let mut lost = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if lost.0.insert(broken.path.clone()) {
            lost.1.push(broken);
        }
    }

    /// Those that nobody was told of yet.
    pub fn take(&self) -> Vec<Broken> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).1)
    }
}

/// The training set with its given labels.
#[derive(Debug, Clone)]
pub struct TrainingSet {
    /// Files that broke.
    pub lost: Lost,
    /// The data.
    pub set: Arc<Dataset>,
    /// Given labels and flags.
    pub flips: Arc<Flips>,
    /// Batch size and order.
    pub spec: DataSpec,
    /// Seed of order and augmentation.
    pub seed: u64,
    /// Whether the device holds the samples and makes the images.
    pub resident: bool,
}

impl TrainingSet {
    /// Whole batches of an epoch.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.set.train.len() / self.spec.batch) as u64
    }

    /// The batch at a position: a pure function, so that a resumed run and a probe see the same one.
    pub fn batch(&self, order: &[u32], epoch: u32, batch: u64) -> HostBatch {
        let size = self.spec.batch;
        let chosen = &order[batch as usize * size..(batch as usize + 1) * size];
        let train = &self.set.train;
        let view = |i: u32| if self.spec.augment { View::random(&self.spec, self.seed, epoch, i, train.side) } else { View::PLAIN };
        let views: Vec<_> = chosen.iter().map(|&i| (i as usize, view(i))).collect();
        let moves = |(i, view): &(usize, View)| view.moves(*i);
        let moves: Option<Vec<_>> = views.iter().map(moves).collect::<Option<_>>().filter(|_| self.resident);
        HostBatch {
            epoch,
            batch,
            images: if moves.is_some() { Vec::new() } else { images(train, &self.set, &views, &self.lost) },
            views: moves.unwrap_or_default(),
            given: chosen.iter().map(|&i| i32::from(self.flips.given[i as usize])).collect(),
            flipped: chosen.iter().map(|&i| f32::from(u8::from(self.flips.flipped[i as usize]))).collect(),
            side: train.side,
        }
    }

    /// Order of an epoch.
    pub fn order(&self, epoch: u32) -> Vec<u32> {
        epoch_order(self.set.train.len(), self.spec.batch, self.spec.shuffle, self.seed, epoch)
    }

    /// Starts a thread that makes batches from a position on; it ends when the receiver is dropped.
    pub fn prefetch(&self, epoch: u32, batch: u64, epochs: u32) -> Receiver<HostBatch> {
        let (sender, receiver) = sync_channel(AHEAD);
        let source = self.clone();
        std::thread::spawn(move || {
            let mut first = batch;
            for epoch in epoch..epochs {
                let order = source.order(epoch);
                for batch in first..source.steps_per_epoch() {
                    if sender.send(source.batch(&order, epoch, batch)).is_err() {
                        return;
                    }
                }
                first = 0;
            }
        });
        receiver
    }
}

/// Normalized images of samples `range` as they are, `[n, 3, side, side]`.
pub fn plain_images(samples: &Samples, set: &Dataset, range: std::ops::Range<usize>, lost: &Lost) -> Vec<f32> {
    images(samples, set, &range.map(|i| (i, View::PLAIN)).collect::<Vec<_>>(), lost)
}

fn images(samples: &Samples, set: &Dataset, chosen: &[(usize, View)], lost: &Lost) -> Vec<f32> {
    let size = samples.image_bytes();
    let mut out = vec![0.0; chosen.len() * size];
    let write = |(cell, (i, view)): (&mut [f32], &(usize, View))| {
        if let Err(broken) = write_view(samples, *i, *view, set, cell) {
            lost.add(broken);
        }
    };
    if samples.is_packed() {
        // Decoding takes milliseconds an image; squares in memory are copied faster than threads are woken.
        out.par_chunks_exact_mut(size).zip(chosen).for_each(write);
    } else {
        out.chunks_exact_mut(size).zip(chosen).for_each(write);
    }
    out
}
