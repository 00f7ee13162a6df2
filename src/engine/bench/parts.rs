//! Where the time of a step goes: each convolution, normalization and pass over the parameters by itself.

use std::collections::BTreeMap;
use std::time::Instant;

use burn_tensor::backend::Backend;
use burn_tensor::{DType, Distribution, Shape, Tensor};
use saner_core::spec::Spec;

use super::CLASSES;
use crate::kernels::plain::unwrap;
use crate::kernels::{After, Compute, Conv, NormState, Pair};
use crate::model::Net;
use crate::model::layer::{Memory, Pass};
use crate::optim::{Family, Rates, Traces};

/// What a layer asks of a backend; maps in the axes of the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// A convolution: dimensions of the input and of the weights, stride, padding, and whether it multiplies in bf16.
    Conv([usize; 4], [usize; 4], usize, [usize; 2], bool),
    /// A normalization: dimensions of the map, whether a shortcut is added, whether a ReLU follows.
    Norm([usize; 4], bool, bool),
}

/// One kind of work of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// `conv`, `conv_input`, `conv_weight`, `norm`, `norm_backward`, `perturb`, `update`, `keep_if`, `group_counts`, `read`.
    pub what: &'static str,
    /// The layer, if it is one's: `[n, channels, h, w]` of the input, and of the weights.
    pub shape: Option<([usize; 4], [usize; 4])>,
    /// Stride and padding of a convolution.
    pub conv: Option<Conv>,
    /// Times in a pass (layers) or in a step (the rest).
    pub times: usize,
    /// Seconds of one, the median.
    pub seconds: f64,
}

/// Times the parts of a recipe's step, each `repeats` times.
pub fn parts<B: Compute>(spec: &Spec, device: &B::Device, repeats: usize) -> Vec<Part> {
    let net = Net::new(&spec.model, CLASSES, spec.data.size);
    let mut found = Vec::new();
    for (layer, times) in layers::<B>(&net, spec, device) {
        match layer {
            Layer::Conv(x, weight, stride, pad, half) => {
                let dtype = if half { DType::BF16 } else { DType::F32 };
                let conv = Conv { stride, pad };
                let (x, w) = (noise::<B, 4>(x, device).cast(dtype), noise::<B, 4>(weight, device).cast(dtype));
                let dy = B::conv(x.clone(), w.clone(), conv);
                let shape = (nchw(&x), weight);
                let [raw_x, raw_w, raw_dy] = [x.clone(), w.clone(), dy].map(unwrap);
                let mut push = |what, seconds| found.push(Part { what, shape: Some(shape), conv: Some(conv), times, seconds });
                push("conv", clock::<B>(device, repeats, || drop(B::conv(x.clone(), w.clone(), conv))));
                push("conv_input", clock::<B>(device, repeats, || drop(B::conv_input(&raw_x, &raw_w, &raw_dy, conv))));
                push("conv_weight", clock::<B>(device, repeats, || drop(B::conv_weight(&raw_x, &raw_w, &raw_dy, conv))));
            }
            Layer::Norm(dims, adds, relu) => {
                let x = noise::<B, 4>(dims, device);
                let channels = dims[B::axes(x.dtype()).channels()];
                let [weight, bias] = [noise::<B, 1>([channels], device), noise::<B, 1>([channels], device)];
                let after = || After { residual: adds.then(|| x.clone()), relu };
                let affine = || [weight.clone(), bias.clone()];
                let normed = B::norm(x.clone(), affine(), after(), 1e-5);
                let state = NormState::<B> {
                    x: unwrap(x.clone()),
                    y: relu.then(|| unwrap(normed.y.clone())),
                    factors: [weight.clone(), normed.mean, normed.var].map(unwrap),
                    shortcut: adds,
                    eps: 1e-5,
                };
                let dy = unwrap(x.clone());
                let shape = (nchw(&x), [channels, 1, 1, 1]);
                let mut push = |what, seconds| found.push(Part { what, shape: Some(shape), conv: None, times, seconds });
                push("norm", clock::<B>(device, repeats, || drop(B::norm(x.clone(), affine(), after(), 1e-5).y)));
                push("norm_backward", clock::<B>(device, repeats, || drop(B::norm_backward(state.clone(), dy.clone()).dx)));
            }
        }
    }
    found.extend(passes::<B>(&net, spec, device, repeats));
    found
}

/// The layers of a pass and how often each is met.
fn layers<B: Compute>(net: &Net, spec: &Spec, device: &B::Device) -> BTreeMap<Layer, usize> {
    let mut pass = Pass::training(B::split(&net.params, &Tensor::zeros([net.params.len()], device)), Memory::Off);
    pass.layers = Some(Vec::new());
    let (n, side) = (spec.data.batch, spec.data.size);
    let images = Tensor::<B, 4>::zeros([n, 3, side, side], device);
    net.forward(&mut pass, B::axes(images.dtype()).enter(images));
    let mut counted = BTreeMap::new();
    for layer in pass.layers.unwrap_or_default() {
        *counted.entry(layer).or_default() += 1;
    }
    counted
}

/// What is done once a step on all parameters, and one read.
fn passes<B: Compute>(net: &Net, spec: &Spec, device: &B::Device, repeats: usize) -> Vec<Part> {
    let family = Family::new(spec, &net.params);
    let rates = Rates { step: 1, lr: 1e-3, rho: 0.1, alpha: 0.5, others: [1.0; 2] };
    let [w, b, g, s] = [(); 4].map(|()| noise::<B, 1>([net.params.len()], device));
    let pair = Pair { g: &g, s: &s };
    let alive = Tensor::<B, 1>::ones([1], device);
    let part = |what, seconds| Part { what, shape: None, conv: None, times: 1, seconds };
    vec![
        part("perturb", clock::<B>(device, repeats, || drop(B::perturb(&w, &g, 0.1)))),
        part("update", clock::<B>(device, repeats, || drop(B::update(&family, [&w, &b], pair, &Traces::new(), &rates).w))),
        part("keep_if", clock::<B>(device, repeats, || drop(B::keep_if(&w, b.clone(), &alive)))),
        part("group_counts", clock::<B>(device, repeats, || drop(B::group_counts(&net.params, pair)))),
        part("read", clock::<B>(device, repeats, || drop(B::later(alive.clone()).read()))),
    ]
}

/// Median of the seconds of one call, over `repeats` rounds of a few calls that the device does not wait between.
fn clock<B: Backend>(device: &B::Device, repeats: usize, work: impl Fn()) -> f64 {
    const CALLS: usize = 4;
    let mut seconds: Vec<f64> = (0..repeats + 1)
        .map(|_| {
            // A failed wait shows in what is read later; here it would only be a strange number.
            let _ = B::sync(device);
            let begun = Instant::now();
            (0..CALLS).for_each(|_| work());
            let _ = B::sync(device);
            begun.elapsed().as_secs_f64() / CALLS as f64
        })
        .skip(1)
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn noise<B: Backend, const D: usize>(shape: [usize; D], device: &B::Device) -> Tensor<B, D> {
    Tensor::random(Shape::from(shape), Distribution::Normal(0.0, 1.0), device)
}

fn nchw<B: Compute>(x: &Tensor<B, 4>) -> [usize; 4] {
    B::axes(x.dtype()).to_nchw(x.clone()).dims()
}
