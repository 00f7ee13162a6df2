//! Layers as indices into the flat vectors, and the pass that carries the tensors through them.

pub mod pool;
pub mod token;

use std::collections::VecDeque;

use burn_tensor::backend::Backend;
use burn_tensor::{DType, FloatDType, Tensor};

use crate::bench::parts::Layer;
use crate::kernels::{self, After, Kernels, Normed};
use crate::layout::{Init, Layout};

/// PyTorch's defaults of BatchNorm.
pub const BN_EPS: f64 = 1e-5;
/// Weight of a batch in the running statistics.
pub const BN_MOMENTUM: f64 = 0.1;

/// Collects slots while an architecture is built.
#[derive(Debug, Default)]
pub struct Builder {
    /// Whether convolutions multiply in bf16.
    pub bf16: bool,
    /// Trainable parameters.
    pub params: Layout,
    /// Running statistics.
    pub buffers: Layout,
}

/// The tensors of one forward pass.
pub struct Pass<B: Backend> {
    /// Parameter slices in the order of the layout, each `[len]`.
    pub params: Vec<Tensor<B, 1>>,
    /// Running statistics in the order of the layout: given in a test pass, absent while training.
    pub running: Option<Vec<Tensor<B, 1>>>,
    /// Batch means and variances seen while training: layers may run in another order than they were named in.
    pub seen: Vec<Seen<B>>,
    /// Whether results are kept for another backward pass, or taken from one.
    pub memory: Memory<B>,
    /// Multiplications and additions so far.
    pub flops: f64,
    /// Those of the layer that saw the images.
    pub first: f64,
    /// What was asked of the backend, if that is wanted.
    pub layers: Option<Vec<Layer>>,
}

impl<B: Backend> Pass<B> {
    /// Counts pairs of a multiplication and an addition.
    pub fn count(&mut self, pairs: usize) {
        let flops = 2.0 * pairs as f64;
        if self.flops == 0.0 {
            self.first = flops;
        }
        self.flops += flops;
    }
}

/// A statistic of a batch.
#[derive(Debug, Clone)]
pub struct Seen<B: Backend> {
    /// Index of the buffer that it is for.
    pub buffer: usize,
    /// As the batch has it, `[channels]`.
    pub value: Tensor<B, 1>,
    /// What makes an unbiased variance of it. All of a pass are multiplied at once.
    pub factor: f64,
}

/// Results of a forward pass, so that a second gradient of the same pass costs a backward pass only.
#[derive(Debug, Clone)]
pub enum Memory<B: Backend> {
    /// Nothing is kept.
    Off,
    /// What the layers give is kept, in order.
    Keep(Kept<B>),
    /// What the layers gave is used.
    Use(Kept<B>),
}

/// What the layers of one pass gave.
#[derive(Debug, Clone)]
pub struct Kept<B: Backend> {
    maps: VecDeque<Tensor<B, 4>>,
    norms: VecDeque<Normed<B>>,
}

impl<B: Backend> Default for Kept<B> {
    fn default() -> Self {
        Self { maps: VecDeque::new(), norms: VecDeque::new() }
    }
}

impl<B: Backend> Kept<B> {
    /// The same numbers in another backend, as above or below the automatic differentiation.
    pub fn map<C: Backend>(self, map: impl Fn(Tensor<B, 4>) -> Tensor<C, 4>, vector: impl Fn(Tensor<B, 1>) -> Tensor<C, 1>) -> Kept<C> {
        let normed = |n: Normed<B>| Normed { y: map(n.y), mean: vector(n.mean), var: vector(n.var) };
        Kept { maps: self.maps.into_iter().map(&map).collect(), norms: self.norms.into_iter().map(normed).collect() }
    }
}

impl<B: Kernels> Pass<B> {
    /// Of a training pass: no running statistics are given, those of the batch are recorded.
    pub fn training(params: Vec<Tensor<B, 1>>, memory: Memory<B>) -> Self {
        Self { params, running: None, seen: Vec::new(), memory, flops: 0.0, first: 0.0, layers: None }
    }

    /// Of a test pass.
    pub fn test(params: Vec<Tensor<B, 1>>, running: Vec<Tensor<B, 1>>) -> Self {
        Self { running: Some(running), ..Self::training(params, Memory::Off) }
    }

    fn conv(&mut self, x: Tensor<B, 4>, weight: Tensor<B, 4>, conv: kernels::Conv) -> Tensor<B, 4> {
        if let Some(layers) = &mut self.layers {
            layers.push(Layer::Conv(x.dims(), weight.dims(), conv.stride, conv.pad, x.dtype() == DType::BF16));
        }
        if let Memory::Use(kept) = &mut self.memory
            && let Some(known) = kept.maps.pop_front()
        {
            return B::conv_again(x, weight, conv, known);
        }
        let y = B::conv(x, weight, conv);
        if let Memory::Keep(kept) = &mut self.memory {
            kept.maps.push_back(y.clone().detach());
        }
        y
    }

    fn norm(&mut self, x: Tensor<B, 4>, affine: [Tensor<B, 1>; 2], after: After<Tensor<B, 4>>, eps: f64) -> Normed<B> {
        if let Some(layers) = &mut self.layers {
            layers.push(Layer::Norm(x.dims(), after.residual.is_some(), after.relu));
        }
        if let Memory::Use(kept) = &mut self.memory
            && let Some(known) = kept.norms.pop_front()
        {
            return B::norm_again(x, affine, after, eps, known);
        }
        let found = B::norm(x, affine, after, eps);
        if let Memory::Keep(kept) = &mut self.memory {
            let Normed { y, mean, var } = found.clone();
            kept.norms.push_back(Normed { y: y.detach(), mean, var });
        }
        found
    }
}

/// Convolution without bias.
#[derive(Debug, Clone)]
pub struct Conv {
    weight: usize,
    shape: [usize; 4],
    how: kernels::Conv,
    bf16: bool,
}

impl Conv {
    /// Adds `<name>.weight`, `[c_out, c_in, k, k]`, padding k / 2, Kaiming fan-out normal.
    pub fn new(builder: &mut Builder, name: &str, channels: [usize; 2], k: usize, stride: usize) -> Self {
        let fan_out = channels[1] * k * k;
        Self::with(builder, name, channels, ([k, k], stride, [k / 2, k / 2]), Init::Normal((2.0 / fan_out as f64).sqrt()))
    }

    /// Adds a convolution of any kernel, stride and padding.
    pub fn with(builder: &mut Builder, name: &str, channels: [usize; 2], how: ([usize; 2], usize, [usize; 2]), init: Init) -> Self {
        let ([kh, kw], stride, pad) = how;
        let shape = [channels[1], channels[0], kh, kw];
        let weight = builder.params.add_as(format!("{name}.weight"), &shape, init);
        Self { weight, shape, how: kernels::Conv { stride, pad }, bf16: builder.bf16 }
    }

    /// A map of `c_in` channels → one of `c_out`, its sides by kernel, stride and padding.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let weight = pass.params[self.weight].clone().reshape(self.shape);
        let y = if self.bf16 {
            // Back to f32 at once: normalization, and g and s on their way out, are never in eight bits.
            let half = |t: Tensor<B, 4>| t.cast(FloatDType::BF16);
            pass.conv(half(x), half(weight), self.how).cast(FloatDType::F32)
        } else {
            pass.conv(x, weight, self.how)
        };
        let [_, taps @ ..] = self.shape;
        pass.count(y.shape().num_elements() * taps.iter().product::<usize>());
        y
    }
}

/// Batch normalization over `[n, h, w]`.
#[derive(Debug, Clone)]
pub struct BatchNorm {
    weight: usize,
    bias: usize,
    running_mean: usize,
    eps: f64,
}

impl BatchNorm {
    /// Adds weight (1), bias (0) and running statistics, `[channels]` each.
    pub fn new(builder: &mut Builder, name: &str, channels: usize) -> Self {
        Self::with(builder, name, channels, BN_EPS, Init::Fill(1.0))
    }

    /// Adds a normalization with another guard or other start weights.
    pub fn with(builder: &mut Builder, name: &str, channels: usize, eps: f64, init: Init) -> Self {
        let weight = builder.params.add_as(format!("{name}.weight"), &[channels], init);
        let bias = builder.params.add(format!("{name}.bias"), &[channels]);
        let running_mean = builder.buffers.add(format!("{name}.running_mean"), &[channels]);
        builder.buffers.add_as(format!("{name}.running_var"), &[channels], Init::Fill(1.0));
        Self { weight, bias, running_mean, eps }
    }

    /// Normalizes with the batch's statistics (training, which are recorded) or the running ones (test); then adds
    /// `residual` and cuts off negative values, if asked.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, x: Tensor<B, 4>, residual: Option<Tensor<B, 4>>, relu: bool) -> Tensor<B, 4> {
        let (weight, bias) = (pass.params[self.weight].clone(), pass.params[self.bias].clone());
        let after = After { residual, relu };
        if let Some(running) = &pass.running {
            let (mean, var) = (running[self.running_mean].clone(), running[self.running_mean + 1].clone());
            let scale = weight / (var + self.eps).sqrt();
            let shift = bias - mean * scale.clone();
            return B::affine(x, [scale, shift], after);
        }
        let count = B::axes(x.dtype()).values_per_channel(&x) as f64;
        let Normed { y, mean, var } = pass.norm(x, [weight, bias], after, self.eps);
        // PyTorch keeps the unbiased variance in the running statistics, and normalizes with the biased one.
        let unbiased = count / (count - 1.0).max(1.0);
        pass.seen.push(Seen { buffer: self.running_mean, value: mean, factor: 1.0 });
        pass.seen.push(Seen { buffer: self.running_mean + 1, value: var, factor: unbiased });
        y
    }
}

/// Fully connected layer with bias.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: usize,
    bias: usize,
    shape: [usize; 2],
}

impl Linear {
    /// Adds `<name>.weight` `[out, in]` and `<name>.bias` `[out]`, PyTorch's default start.
    pub fn new(builder: &mut Builder, name: &str, n_in: usize, n_out: usize) -> Self {
        let init = Init::Within(1.0 / (n_in as f32).sqrt());
        Self::with(builder, name, [n_in, n_out], [init, init])
    }

    /// Adds a layer with other start values of weight and bias.
    pub fn with(builder: &mut Builder, name: &str, [n_in, n_out]: [usize; 2], [weight, bias]: [Init; 2]) -> Self {
        let weight = builder.params.add_as(format!("{name}.weight"), &[n_out, n_in], weight);
        Self { weight, bias: builder.params.add_as(format!("{name}.bias"), &[n_out], bias), shape: [n_out, n_in] }
    }

    /// `[n, in]` → `[n, out]`.
    pub fn forward<B: Backend>(&self, pass: &mut Pass<B>, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let weight = pass.params[self.weight].clone().reshape(self.shape);
        let bias = pass.params[self.bias].clone().reshape([1, self.shape[0]]);
        pass.count(x.dims()[0] * self.shape[0] * self.shape[1]);
        x.matmul(weight.transpose()) + bias
    }
}
