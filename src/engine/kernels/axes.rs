//! The orders in which feature maps may lie.

use burn_tensor::Tensor;
use burn_tensor::backend::Backend;

/// In which order a backend keeps the axes of a feature map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// `[n, channels, h, w]`.
    Nchw,
    /// `[h, w, channels, n]`.
    Hwcn,
}

impl Axes {
    /// Which axis counts the images.
    pub fn batch(self) -> usize {
        match self {
            Self::Nchw => 0,
            Self::Hwcn => 3,
        }
    }

    /// Images `[n, 3, h, w]` as a feature map, in one piece.
    pub fn enter<B: Backend>(self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        match self {
            Self::Nchw => images,
            Self::Hwcn => {
                // Laid along one axis, the elements are copied in their new order.
                let turned = images.permute([2, 3, 1, 0]);
                let shape = turned.dims();
                turned.reshape([shape.iter().product::<usize>()]).reshape(shape)
            }
        }
    }

    /// Mean over height and width, `[n, channels]`.
    pub fn pool<B: Backend>(self, x: Tensor<B, 4>) -> Tensor<B, 2> {
        match (self, x.dims()) {
            (Self::Nchw, [n, c, h, w]) => x.reshape([n, c, h * w]).mean_dim(2).reshape([n, c]),
            (Self::Hwcn, [h, w, c, n]) => x.reshape([h * w, c * n]).mean_dim(0).reshape([c, n]).transpose(),
        }
    }

    /// Number of values of each channel.
    pub fn values_per_channel<B: Backend>(self, x: &Tensor<B, 4>) -> usize {
        match (self, x.dims()) {
            (Self::Nchw, [n, _, h, w]) | (Self::Hwcn, [h, w, _, n]) => n * h * w,
        }
    }
}
