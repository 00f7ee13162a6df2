//! MLP-Mixer: 4×4 patches; perceptrons across tokens (half the width), then across channels (four times). Names as in
//! timm; linear layers start uniform as by Xavier, the head at 0. Source: Tolstikhin et al. 2021.

use burn_tensor::Tensor;

use super::layer::token::{LayerNorm, Mlp, Patches};
use super::layer::{Builder, Linear, Pass};
use super::vit::PATCH;
use crate::kernels::Kernels;
use crate::layout::Init;

/// The network.
#[derive(Debug, Clone)]
pub struct Mixer {
    stem: Patches,
    blocks: Vec<(LayerNorm, Mlp, LayerNorm, Mlp)>,
    norm: LayerNorm,
    head: Linear,
}

impl Mixer {
    /// `depth` blocks of `dim · width`, for images of `side` pixels.
    pub fn new(builder: &mut Builder, depth: usize, dim: usize, (width, side): (f64, usize), n_classes: usize) -> Self {
        let dim = ((dim as f64 * width / 2.0).round() as usize).max(1) * 2;
        let tokens = (side / PATCH).pow(2);
        let stem = Patches::new(builder, "stem.proj", PATCH, dim);
        let mut block = |at: usize| {
            let name = |part: &str| format!("blocks.{at}.{part}");
            (
                LayerNorm::new(builder, &name("norm1"), dim),
                Mlp::new(builder, &name("mlp_tokens"), [tokens, dim / 2], xavier),
                LayerNorm::new(builder, &name("norm2"), dim),
                Mlp::new(builder, &name("mlp_channels"), [dim, 4 * dim], xavier),
            )
        };
        let blocks = (0..depth).map(&mut block).collect();
        let norm = LayerNorm::new(builder, "norm", dim);
        Self { stem, blocks, norm, head: Linear::with(builder, "head", [dim, n_classes], [Init::Fill(0.0); 2]) }
    }

    /// Logits `[n, classes]`.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let mut x = self.stem.forward(pass, images);
        for (norm1, tokens, norm2, channels) in &self.blocks {
            let y = norm1.forward(pass, x.clone()).swap_dims(1, 2);
            x = x + tokens.forward(pass, y).swap_dims(1, 2);
            let y = norm2.forward(pass, x.clone());
            x = x + channels.forward(pass, y);
        }
        let x = self.norm.forward(pass, x);
        let [n, _, dim] = x.dims();
        let mean = x.mean_dim(1).reshape([n, dim]);
        self.head.forward(pass, mean)
    }
}

fn xavier([n_in, n_out]: [usize; 2]) -> [Init; 2] {
    [Init::Within((6.0 / (n_in + n_out) as f32).sqrt()), Init::Fill(0.0)]
}
