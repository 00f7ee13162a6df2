//! The CUDA backend: Burn's own operations, fused and autotuned by Burn.

use burn_tensor::{DType, Tensor};

use super::{After, Axes, Compute, Conv, Kernels, Normed, plain};

impl Kernels for burn_cuda::Cuda {
    fn axes(_: DType) -> Axes {
        Axes::Nchw
    }

    fn conv(x: Tensor<Self, 4>, weight: Tensor<Self, 4>, conv: Conv) -> Tensor<Self, 4> {
        plain::conv(x, weight, conv)
    }

    fn norm(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>, eps: f64) -> Normed<Self> {
        plain::norm(x, affine, after, eps)
    }

    fn affine(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>) -> Tensor<Self, 4> {
        plain::affine(x, affine, after)
    }
}

impl Compute for burn_cuda::Cuda {}
