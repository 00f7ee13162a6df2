//! Steps against the clock: what `saner-tui bench` measures.

pub mod parts;

use std::time::Instant;

use rand::Rng;
use saner_core::error::{Error, Result};
use saner_core::rng::stream;
use saner_core::spec::Spec;

use crate::batch::HostBatch;
use crate::checkpoint::Numbers;
use crate::kernels::{Kernels, Trains};
use crate::model::Net;
use crate::optim::{Family, Rates};
use crate::passes::Inner;
use crate::step::{Weights, step};

/// Classes of the random labels.
const CLASSES: usize = 10;
/// Steps before the clock starts: buffers, caches and autotuning settle.
const WARM_UP: usize = 3;

/// What a bench found.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    /// Seconds of each step.
    pub seconds: Vec<f64>,
    /// Bytes that were taken from the device, where it is one with a memory of its own.
    pub reserved: Option<u64>,
}

/// Seconds of each of `repeats` steps on one random batch, from a queued batch to a loss that the host has read.
///
/// # Errors
/// A value of a step is not finite: what was timed would not be training.
pub fn steps<A: Trains>(spec: &Spec, device: &<A as burn_tensor::backend::BackendTypes>::Device, repeats: usize) -> Result<Timed> {
    let net = Net::new(&spec.model, CLASSES, spec.data.size);
    let mut weights = Weights::<Inner<A>>::new(Numbers::start(&net, spec), device);
    let (n, side) = (spec.data.batch, spec.data.size);
    let mut rng = stream(spec.seed, "bench", 0, 0);
    let host = HostBatch {
        epoch: 0,
        batch: 0,
        views: Vec::new(),
        images: (0..n * 3 * side * side).map(|_| rng.random_range(-2.0..2.0f32)).collect(),
        given: (0..n).map(|_| rng.random_range(0..CLASSES as i32)).collect(),
        flipped: vec![0.0; n],
        side,
    };
    let family = Family::new(spec, &net.params);
    let others = [spec.method.alpha_a, spec.method.alpha_c];
    let mut seconds = Vec::with_capacity(repeats);
    for at in 0..WARM_UP + repeats {
        let begun = Instant::now();
        let batch = host.to_device::<Inner<A>>(device, None);
        // A small rate: hundreds of steps on one batch stay finite.
        let rates = Rates { step: at as u64, lr: 1e-3, rho: spec.method.rho, alpha: spec.method.alpha, others };
        let done = step::<A>(&net, &family, &mut weights, &batch, &rates, false);
        let (_, alive) = done.stats.later(false).read();
        if !alive {
            return Err(Error::Failed(format!("step {at} of the bench is not finite")));
        }
        if at >= WARM_UP {
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    Ok(Timed { seconds, reserved: Inner::<A>::reserved(device) })
}

/// Multiplications and additions of one step, zeros of the padding included, as the field counts.
pub fn flops<B: Kernels>(spec: &Spec, device: &B::Device) -> f64 {
    let net = Net::new(&spec.model, CLASSES, spec.data.size);
    let passes = if spec.method().ascent().is_some() { 2.0 } else { 1.0 };
    passes * net.pass_flops::<B>(spec.data.size, device) * spec.data.batch as f64
}
