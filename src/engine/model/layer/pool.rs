//! Pooling and concatenation on maps in either order of axes.

use burn_tensor::Tensor;
use burn_tensor::module::{avg_pool2d, max_pool2d};

use crate::kernels::{Axes, Kernels};

/// Runs an operation of Burn's, which knows `[n, channels, h, w]` only.
fn as_nchw<B: Kernels>(x: Tensor<B, 4>, of: impl Fn(Tensor<B, 4>) -> Tensor<B, 4>) -> Tensor<B, 4> {
    let axes = B::axes(x.dtype());
    match axes {
        Axes::Nchw => of(x),
        Axes::Hwcn => axes.enter(of(x.permute([3, 2, 0, 1]))),
    }
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
    let axis = match B::axes(maps[0].dtype()) {
        Axes::Nchw => 1,
        Axes::Hwcn => 2,
    };
    Tensor::cat(maps, axis)
}
