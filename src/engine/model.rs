//! Architectures: what slots they have, how they start, how they map images to logits.

pub mod init;
pub mod layer;
pub mod resnet;

use burn_tensor::Tensor;
use saner_core::spec::{MODELS, ModelSpec, Precision};

use crate::kernels::Kernels;
use crate::layout::Layout;
use layer::Pass;
use resnet::ResNet;

/// A network without its numbers: those live in flat vectors.
#[derive(Debug, Clone)]
pub struct Net {
    /// Trainable parameters.
    pub params: Layout,
    /// BatchNorm's running means and variances.
    pub buffers: Layout,
    body: ResNet,
}

impl Net {
    /// Builds the architecture of a recipe; the name was checked.
    pub fn new(spec: &ModelSpec, n_classes: usize) -> Self {
        let row = MODELS.iter().find(|row| row.name == spec.name).unwrap_or(&MODELS[0]);
        let mut builder = layer::Builder { bf16: spec.precision == Precision::Bf16, ..Default::default() };
        let body = ResNet::new(&mut builder, row.blocks, row.channels, spec.width, n_classes);
        Self { params: builder.params, buffers: builder.buffers, body }
    }

    /// Multiplications and additions of a forward and a backward pass of one image, the padding's zeros included; the
    /// images' own gradient is not taken.
    pub fn pass_flops(&self, side: usize) -> f64 {
        self.body.pass_flops(side)
    }

    /// Logits `[n, classes]` of images as a map of 3 channels in the backend's axes.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        self.body.forward(pass, images)
    }
}
