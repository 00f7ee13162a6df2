//! The orders in which feature maps may lie.

use burn_tensor::Tensor;
use burn_tensor::backend::Backend;

/// In which order a backend keeps the axes of a feature map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// `[n, channels, h, w]`.
    Nchw,
    /// `[n, h, w, channels]`.
    Nhwc,
    /// `[h, w, channels, n]`.
    Hwcn,
}

impl Axes {
    /// Which axis counts the images.
    pub fn batch(self) -> usize {
        match self {
            Self::Nchw | Self::Nhwc => 0,
            Self::Hwcn => 3,
        }
    }

    /// Which axis counts the channels.
    pub fn channels(self) -> usize {
        match self {
            Self::Nchw => 1,
            Self::Hwcn => 2,
            Self::Nhwc => 3,
        }
    }

    /// A feature map seen as `[n, channels, h, w]`; nothing is copied.
    pub fn to_nchw<B: Backend>(self, map: Tensor<B, 4>) -> Tensor<B, 4> {
        match self {
            Self::Nchw => map,
            Self::Nhwc => map.permute([0, 3, 1, 2]),
            Self::Hwcn => map.permute([3, 2, 0, 1]),
        }
    }

    /// A map `[n, channels, h, w]` seen in this order; nothing is copied.
    pub fn of_nchw<B: Backend>(self, map: Tensor<B, 4>) -> Tensor<B, 4> {
        match self {
            Self::Nchw => map,
            Self::Nhwc => map.permute([0, 2, 3, 1]),
            Self::Hwcn => map.permute([2, 3, 1, 0]),
        }
    }

    /// Images `[n, 3, h, w]` as a feature map, in one piece.
    pub fn enter<B: Backend>(self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        if self == Self::Nchw {
            return images;
        }
        // Laid along one axis, the elements are copied in their new order.
        let turned = self.of_nchw(images);
        let shape = turned.dims();
        turned.reshape([shape.iter().product::<usize>()]).reshape(shape)
    }

    /// Mean over height and width, `[n, channels]`.
    pub fn pool<B: Backend>(self, x: Tensor<B, 4>) -> Tensor<B, 2> {
        match (self, x.dims()) {
            (Self::Nchw, [n, c, h, w]) => x.reshape([n, c, h * w]).mean_dim(2).reshape([n, c]),
            (Self::Nhwc, [n, h, w, c]) => x.reshape([n, h * w, c]).mean_dim(1).reshape([n, c]),
            (Self::Hwcn, [h, w, c, n]) => x.reshape([h * w, c * n]).mean_dim(0).reshape([c, n]).transpose(),
        }
    }

    /// Number of values of each channel.
    pub fn values_per_channel<B: Backend>(self, x: &Tensor<B, 4>) -> usize {
        x.shape().num_elements() / x.dims()[self.channels()]
    }
}
