//! Architectures: what slots they have, how they start, how they map images to logits.

pub mod dense;
pub mod inception;
pub mod init;
pub mod layer;
pub mod mixer;
pub mod resnet;
pub mod vit;
pub mod wide;

use burn_tensor::Tensor;
use saner_core::spec::{Architecture, MODELS, ModelSpec, Precision};

use crate::kernels::Kernels;
use crate::layout::Layout;
use layer::Pass;

/// A network without its numbers: those live in flat vectors.
#[derive(Debug, Clone)]
pub struct Net {
    /// Trainable parameters.
    pub params: Layout,
    /// BatchNorm's running means and variances.
    pub buffers: Layout,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    ResNet(resnet::ResNet),
    Wide(wide::WideResNet),
    Dense(dense::DenseNet),
    Inception(Box<inception::InceptionResNet>),
    Vit(vit::Vit),
    Mixer(mixer::Mixer),
}

impl Net {
    /// Builds the architecture of a recipe for images of `side` pixels; the name was checked.
    pub fn new(spec: &ModelSpec, n_classes: usize, side: usize) -> Self {
        let row = MODELS.iter().find(|row| row.name == spec.name).unwrap_or(&MODELS[0]);
        let mut builder = layer::Builder { bf16: spec.precision == Precision::Bf16, ..Default::default() };
        let (b, width) = (&mut builder, spec.width);
        let body = match row.of {
            Architecture::ResNet { blocks, channels, imagenet } => {
                Body::ResNet(resnet::ResNet::new(b, (blocks, imagenet), channels, width, n_classes))
            }
            Architecture::Wide { depth, factor } => Body::Wide(wide::WideResNet::new(b, depth, factor, width, n_classes)),
            Architecture::Dense { blocks, growth } => Body::Dense(dense::DenseNet::new(b, blocks, growth, width, n_classes)),
            Architecture::Inception => Body::Inception(Box::new(inception::InceptionResNet::new(b, width, n_classes))),
            Architecture::Vit { depth, dim, heads } => Body::Vit(vit::Vit::new(b, depth, (dim, heads), (width, side), n_classes)),
            Architecture::Mixer { depth, dim } => Body::Mixer(mixer::Mixer::new(b, depth, dim, (width, side), n_classes)),
        };
        Self { params: builder.params, buffers: builder.buffers, body }
    }

    /// Multiplications and additions of a forward and a backward pass of one image, the padding's zeros included. Counted
    /// by one forward pass; a backward pass takes two as many, but for the images' own gradient.
    pub fn pass_flops<B: Kernels>(&self, side: usize, device: &B::Device) -> f64 {
        let zeros = |n: usize| Tensor::<B, 1>::zeros([n], device);
        let running = self.buffers.split(&zeros(self.buffers.len().max(1)));
        let mut pass = Pass::test(self.params.split(&zeros(self.params.len())), running);
        let image = zeros(3 * side * side).reshape([1, 3, side, side]);
        self.forward(&mut pass, B::axes(image.dtype()).enter(image));
        3.0 * pass.flops - pass.first
    }

    /// Logits `[n, classes]` of images as a map of 3 channels in the backend's axes.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        match &self.body {
            Body::ResNet(net) => net.forward(pass, images),
            Body::Wide(net) => net.forward(pass, images),
            Body::Dense(net) => net.forward(pass, images),
            Body::Inception(net) => net.forward(pass, images),
            Body::Vit(net) => net.forward(pass, images),
            Body::Mixer(net) => net.forward(pass, images),
        }
    }
}
