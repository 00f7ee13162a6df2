//! Pooling and concatenation on maps in any order of axes.

use burn_tensor::Tensor;
use burn_tensor::module::{avg_pool2d, max_pool2d};

use crate::kernels::Kernels;

/// Runs an operation of Burn's, which knows `[n, channels, h, w]` only.
fn as_nchw<B: Kernels>(x: Tensor<B, 4>, of: impl Fn(Tensor<B, 4>) -> Tensor<B, 4>) -> Tensor<B, 4> {
    let axes = B::axes(x.dtype());
    axes.enter(of(axes.to_nchw(x)))
}

/// Greatest value of windows k×k.
pub fn greatest<B: Kernels>(x: Tensor<B, 4>, k: usize, stride: usize, pad: usize) -> Tensor<B, 4> {
    as_nchw(x, |x| max_pool2d(x, [k, k], [stride, stride], [pad, pad], [1, 1], false))
}

/// Mean of windows k×k; the padding does not count.
pub fn mean<B: Kernels>(x: Tensor<B, 4>, k: usize, stride: usize, pad: usize) -> Tensor<B, 4> {
    as_nchw(x, |x| avg_pool2d(x, [k, k], [stride, stride], [pad, pad], false, false))
}

/// Channels of several maps, one behind the other.
pub fn join<B: Kernels>(maps: Vec<Tensor<B, 4>>) -> Tensor<B, 4> {
    let axis = B::axes(maps[0].dtype()).channels();
    Tensor::cat(maps, axis)
}
