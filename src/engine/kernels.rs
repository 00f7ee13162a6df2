//! The operations in which the time goes, as an extension of a backend.
//!
//! The default forms are Burn's own operations; a backend with something faster overrides them here and nowhere else.

use burn_autodiff::Autodiff;
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;
use burn_flex::Flex;
use burn_tensor::Tensor;
use burn_tensor::backend::Backend;
use burn_tensor::module::conv2d;
use burn_tensor::ops::ConvOptions;

/// What a network needs of a backend beyond Burn's own operations.
pub trait Kernels: Backend {
    /// Convolution with padding k / 2 and without bias: `[n, c_in, h, w]`, `[c_out, c_in, k, k]`.
    fn conv(x: Tensor<Self, 4>, weight: Tensor<Self, 4>, stride: usize) -> Tensor<Self, 4> {
        let pad = weight.dims()[2] / 2;
        conv2d(x, weight, None, ConvOptions::new([stride; 2], [pad; 2], [1; 2], 1))
    }

    /// Normalization with the batch's own statistics; returns the result, the mean and the biased variance `[c]`.
    fn batch_norm(
        x: Tensor<Self, 4>,
        weight: Tensor<Self, 1>,
        bias: Tensor<Self, 1>,
        eps: f64,
    ) -> (Tensor<Self, 4>, Tensor<Self, 1>, Tensor<Self, 1>) {
        let [n, c, h, w] = x.dims();
        let mean = x.clone().reshape([n, c, h * w]).mean_dim(2).mean_dim(0).reshape([1, c, 1, 1]);
        let centered = x - mean.clone();
        let var = centered.clone().powi_scalar(2).reshape([n, c, h * w]).mean_dim(2).mean_dim(0).reshape([1, c, 1, 1]);
        let scale = weight.reshape([1, c, 1, 1]) / (var.clone() + eps).sqrt();
        (centered * scale + bias.reshape([1, c, 1, 1]), mean.reshape([c]), var.reshape([c]))
    }
}

impl Kernels for Flex {}

impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {}

#[cfg(feature = "cuda")]
impl Kernels for burn_cuda::Cuda {}
