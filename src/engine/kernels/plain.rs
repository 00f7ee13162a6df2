//! Everything in Burn's own operations, on maps `[n, channels, h, w]`: right for any backend and any precision.

use burn_tensor::activation::relu;
use burn_tensor::backend::Backend;
use burn_tensor::module::conv2d;
use burn_tensor::ops::{ConvOptions, FloatTensor};
use burn_tensor::{Bool, Tensor, TensorPrimitive};

use super::{After, Conv, NormGrads, NormState, Normed, Pair};
use crate::layout::Layout;
use crate::optim::{group_a, group_b, norm as length};

pub(super) fn wrap<B: Backend, const D: usize>(primitive: FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

pub(crate) fn unwrap<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

fn options(conv: Conv) -> ConvOptions<2> {
    ConvOptions::new([conv.stride; 2], conv.pad, [1; 2], 1)
}

fn per_channel<B: Backend>(v: Tensor<B, 1>) -> Tensor<B, 4> {
    let c = v.dims()[0];
    v.reshape([1, c, 1, 1])
}

/// Sum over images and pixels, `[channels]`.
fn channel_sum<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 1> {
    let [n, c, h, w] = x.dims();
    x.reshape([n, c, h * w]).sum_dim(2).sum_dim(0).reshape([c])
}

/// See [`super::Kernels::conv`].
pub fn conv<B: Backend>(x: Tensor<B, 4>, weight: Tensor<B, 4>, conv: Conv) -> Tensor<B, 4> {
    conv2d(x, weight, None, options(conv))
}

/// See [`super::Compute::conv_input`].
pub fn conv_input<B: Backend>(x: &FloatTensor<B>, weight: &FloatTensor<B>, dy: &FloatTensor<B>, conv: Conv) -> FloatTensor<B> {
    B::conv2d_x_backward(x.clone(), weight.clone(), dy.clone(), options(conv))
}

/// See [`super::Compute::conv_weight`].
pub fn conv_weight<B: Backend>(x: &FloatTensor<B>, weight: &FloatTensor<B>, dy: &FloatTensor<B>, conv: Conv) -> FloatTensor<B> {
    B::conv2d_weight_backward(x.clone(), weight.clone(), dy.clone(), options(conv))
}

/// See [`super::Kernels::norm`].
pub fn norm<B: Backend>(x: Tensor<B, 4>, [weight, bias]: [Tensor<B, 1>; 2], after: After<Tensor<B, 4>>, eps: f64) -> Normed<B> {
    let [n, _, h, w] = x.dims();
    let count = (n * h * w) as f64;
    let mean = channel_sum(x.clone()) / count;
    let centered = x - per_channel(mean.clone());
    let var = channel_sum(centered.clone().powi_scalar(2)) / count;
    let scale = weight / (var.clone() + eps).sqrt();
    let y = finish(centered * per_channel(scale) + per_channel(bias), after);
    Normed { y, mean, var }
}

/// See [`super::Kernels::affine`].
pub fn affine<B: Backend>(x: Tensor<B, 4>, [scale, shift]: [Tensor<B, 1>; 2], after: After<Tensor<B, 4>>) -> Tensor<B, 4> {
    finish(x * per_channel(scale) + per_channel(shift), after)
}

fn finish<B: Backend>(y: Tensor<B, 4>, after: After<Tensor<B, 4>>) -> Tensor<B, 4> {
    let y = match after.residual {
        Some(residual) => y + residual,
        None => y,
    };
    if after.relu { relu(y) } else { y }
}

/// See [`super::Compute::norm_backward`]: `dx = weight · inv · (dy − mean(dy) − x̂ · mean(dy · x̂))`.
pub fn norm_backward<B: Backend>(state: NormState<B>, dy: FloatTensor<B>) -> NormGrads<B> {
    let [x, dy]: [Tensor<B, 4>; 2] = [wrap(state.x), wrap(dy)];
    let [weight, mean, var]: [Tensor<B, 1>; 3] = state.factors.map(wrap);
    let [n, _, h, w] = x.dims();
    let count = (n * h * w) as f64;
    let dy = match state.y {
        Some(y) => dy.mask_fill(wrap::<B, 4>(y).lower_equal_elem(0.0), 0.0),
        None => dy,
    };
    let inv = (var + state.eps).sqrt().recip();
    let normal = (x - per_channel(mean)) * per_channel(inv.clone());
    let dy_sum = channel_sum(dy.clone());
    let product_sum = channel_sum(dy.clone() * normal.clone());
    let inner = dy.clone() - per_channel(dy_sum.clone() / count) - normal * per_channel(product_sum.clone() / count);
    let dx = inner * per_channel(weight * inv);
    NormGrads { dy: unwrap(dy), dx: unwrap(dx), affine: [unwrap(product_sum), unwrap(dy_sum)] }
}

/// See [`super::Compute::dominance_counts`].
pub fn dominance_counts<B: Backend>(pair: Pair<'_, B>, flipped: &Tensor<B, 1>, n: usize) -> Tensor<B, 1> {
    let clean = pair.g.clone() * n as f64 - flipped.clone();
    let up = clean.clone().greater_elem(0.0).bool_and(flipped.clone().lower_elem(0.0));
    let down = clean.clone().lower_elem(0.0).bool_and(flipped.clone().greater_elem(0.0));
    let disagree = up.bool_or(down);
    let noise = disagree.clone().bool_and(clean.clone().abs().lower(flipped.clone().abs()));
    let clean = disagree.bool_and(flipped.clone().abs().lower(clean.abs()));
    let in_b = group_b(pair.g, pair.s, 1.0);
    let both = |set: &Tensor<B, 1, Bool>| set.clone().bool_and(in_b.clone());
    let sizes = [noise.clone(), both(&noise), clean.clone(), both(&clean)].map(|set| set.float().sum());
    Tensor::cat(sizes.to_vec(), 0)
}

/// See [`super::Compute::group_counts`].
pub fn group_counts<B: Backend>(layout: &Layout, pair: Pair<'_, B>) -> Tensor<B, 1> {
    let counts = |mask: Tensor<B, 1, Bool>| layout.split(&mask.float().cast(pair.g.dtype())).into_iter().map(Tensor::sum);
    let mut parts: Vec<Tensor<B, 1>> = counts(group_a(pair.g, pair.s, 1.0)).collect();
    parts.extend(counts(group_b(pair.g, pair.s, 1.0)));
    parts.extend([length(pair.g), length(pair.s)]);
    Tensor::cat(parts, 0)
}
