//! Layers on tokens `[n, tokens, dim]`: patches, LayerNorm, two-layer perceptrons, attention. All in Burn's operations.

use burn_tensor::Tensor;
use burn_tensor::activation::{gelu, softmax};
use burn_tensor::backend::Backend;

use super::{Builder, Linear, Pass};
use crate::kernels::Kernels;
use crate::layout::Init;

/// Guard of LayerNorm's variance; timm's.
const EPS: f64 = 1e-6;

/// Patches of an image as tokens.
#[derive(Debug, Clone)]
pub struct Patches {
    weight: usize,
    bias: usize,
    side: usize,
    dim: usize,
}

impl Patches {
    /// Adds `<name>.weight` `[dim, 3, side, side]` and `<name>.bias`, as a strided convolution has them.
    pub fn new(builder: &mut Builder, name: &str, side: usize, dim: usize) -> Self {
        let init = Init::Within(1.0 / ((3 * side * side) as f32).sqrt());
        let weight = builder.params.add_as(format!("{name}.weight"), &[dim, 3, side, side], init);
        Self { weight, bias: builder.params.add_as(format!("{name}.bias"), &[dim], init), side, dim }
    }

    /// A map of 3 channels → `[n, tokens, dim]`, row by row.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 3> {
        let images = B::axes(images.dtype()).to_nchw(images);
        let [n, c, h, w] = images.dims();
        let (p, rows, columns) = (self.side, h / self.side, w / self.side);
        let cut = images.narrow(2, 0, rows * p).narrow(3, 0, columns * p);
        let cut = cut.reshape([n, c, rows, p, columns, p]).permute([0, 2, 4, 1, 3, 5]).reshape([n * rows * columns, c * p * p]);
        let weight = pass.params[self.weight].clone().reshape([self.dim, c * p * p]);
        let bias = pass.params[self.bias].clone().reshape([1, self.dim]);
        pass.count(n * rows * columns * c * p * p * self.dim);
        (cut.matmul(weight.transpose()) + bias).reshape([n, rows * columns, self.dim])
    }
}

/// Normalization of each token.
#[derive(Debug, Clone)]
pub struct LayerNorm {
    weight: usize,
    bias: usize,
    dim: usize,
}

impl LayerNorm {
    /// Adds weight (1) and bias (0), `[dim]` each.
    pub fn new(builder: &mut Builder, name: &str, dim: usize) -> Self {
        let weight = builder.params.add_as(format!("{name}.weight"), &[dim], Init::Fill(1.0));
        Self { weight, bias: builder.params.add(format!("{name}.bias"), &[dim]), dim }
    }

    /// Same shape.
    pub fn forward<B: Backend>(&self, pass: &Pass<B>, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let shaped = |slot: usize| pass.params[slot].clone().reshape([1, 1, self.dim]);
        let centered = x.clone() - x.mean_dim(2);
        let var = centered.clone().powi_scalar(2).mean_dim(2);
        centered / (var + EPS).sqrt() * shaped(self.weight) + shaped(self.bias)
    }
}

/// A linear layer on every token.
fn on_tokens<B: Backend>(layer: &Linear, pass: &mut Pass<B>, x: Tensor<B, 3>) -> Tensor<B, 3> {
    let [n, tokens, dim] = x.dims();
    let y = layer.forward(pass, x.reshape([n * tokens, dim]));
    let out = y.dims()[1];
    y.reshape([n, tokens, out])
}

/// Linear, GELU, linear, on the last axis.
#[derive(Debug, Clone)]
pub struct Mlp {
    fc1: Linear,
    fc2: Linear,
}

impl Mlp {
    /// Adds `<name>.fc1` and `<name>.fc2`.
    pub fn new(builder: &mut Builder, name: &str, [dim, hidden]: [usize; 2], init: impl Fn([usize; 2]) -> [Init; 2]) -> Self {
        let mut layer = |part: &str, sizes| Linear::with(builder, &format!("{name}.{part}"), sizes, init(sizes));
        Self { fc1: layer("fc1", [dim, hidden]), fc2: layer("fc2", [hidden, dim]) }
    }

    /// Same shape.
    pub fn forward<B: Backend>(&self, pass: &mut Pass<B>, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let hidden = gelu(on_tokens(&self.fc1, pass, x));
        on_tokens(&self.fc2, pass, hidden)
    }
}

/// Multi-head self-attention.
#[derive(Debug, Clone)]
pub struct Attention {
    qkv: Linear,
    proj: Linear,
    heads: usize,
}

impl Attention {
    /// Adds `<name>.qkv` and `<name>.proj`.
    pub fn new(builder: &mut Builder, name: &str, dim: usize, heads: usize, init: [Init; 2]) -> Self {
        let qkv = Linear::with(builder, &format!("{name}.qkv"), [dim, 3 * dim], init);
        Self { qkv, proj: Linear::with(builder, &format!("{name}.proj"), [dim, dim], init), heads }
    }

    /// Same shape.
    pub fn forward<B: Backend>(&self, pass: &mut Pass<B>, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let [n, tokens, dim] = x.dims();
        let each = dim / self.heads;
        // [q, k, v] → [n, heads, tokens, each] each.
        let all = on_tokens(&self.qkv, pass, x).reshape([n, tokens, 3, self.heads, each]).permute([2, 0, 3, 1, 4]);
        let [q, k, v]: [Tensor<B, 4>; 3] = std::array::from_fn(|i| all.clone().narrow(0, i, 1).reshape([n, self.heads, tokens, each]));
        let weights = softmax(q.matmul(k.transpose()) / (each as f64).sqrt(), 3);
        pass.count(2 * n * tokens * tokens * dim);
        let mixed = weights.matmul(v).permute([0, 2, 1, 3]).reshape([n, tokens, dim]);
        on_tokens(&self.proj, pass, mixed)
    }
}
