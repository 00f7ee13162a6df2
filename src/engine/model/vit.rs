//! A small vision transformer: 4×4 patches, class token, learned positions, pre-norm blocks. Names and start values as in
//! timm, but for truncation. Source: Dosovitskiy et al. 2021.

use burn_tensor::Tensor;

use super::layer::token::{Attention, LayerNorm, Mlp, Patches};
use super::layer::{Builder, Linear, Pass};
use crate::kernels::Kernels;
use crate::layout::Init;

/// Side of a patch.
pub const PATCH: usize = 4;
/// Start of the linear layers.
const LINEAR: [Init; 2] = [Init::Normal(0.02), Init::Fill(0.0)];

/// The network.
#[derive(Debug, Clone)]
pub struct Vit {
    class: usize,
    positions: usize,
    patches: Patches,
    blocks: Vec<(LayerNorm, Attention, LayerNorm, Mlp)>,
    norm: LayerNorm,
    head: Linear,
    dim: usize,
}

impl Vit {
    /// `depth` blocks of `dim · width`, for images of `side` pixels.
    pub fn new(builder: &mut Builder, depth: usize, (dim, heads): (usize, usize), (width, side): (f64, usize), n_classes: usize) -> Self {
        let dim = heads * ((dim as f64 * width / heads as f64).round() as usize).max(1);
        let tokens = (side / PATCH).pow(2) + 1;
        let class = builder.params.add_as("cls_token".into(), &[1, 1, dim], Init::Normal(1e-6));
        let positions = builder.params.add_as("pos_embed".into(), &[1, tokens, dim], Init::Normal(0.02));
        let patches = Patches::new(builder, "patch_embed.proj", PATCH, dim);
        let mut block = |at: usize| {
            let name = |part: &str| format!("blocks.{at}.{part}");
            (
                LayerNorm::new(builder, &name("norm1"), dim),
                Attention::new(builder, &name("attn"), dim, heads, LINEAR),
                LayerNorm::new(builder, &name("norm2"), dim),
                Mlp::new(builder, &name("mlp"), [dim, 4 * dim], |_| LINEAR),
            )
        };
        let blocks = (0..depth).map(&mut block).collect();
        let norm = LayerNorm::new(builder, "norm", dim);
        Self { class, positions, patches, blocks, norm, head: Linear::with(builder, "head", [dim, n_classes], LINEAR), dim }
    }

    /// Logits `[n, classes]`.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let x = self.patches.forward(pass, images);
        let [n, tokens, dim] = x.dims();
        let class = pass.params[self.class].clone().reshape([1, 1, dim]).expand([n, 1, dim]);
        let positions = pass.params[self.positions].clone().reshape([1, tokens + 1, dim]);
        let mut x = Tensor::cat(vec![class, x], 1) + positions;
        for (norm1, attention, norm2, mlp) in &self.blocks {
            let y = norm1.forward(pass, x.clone());
            x = x + attention.forward(pass, y);
            let y = norm2.forward(pass, x.clone());
            x = x + mlp.forward(pass, y);
        }
        let first = self.norm.forward(pass, x).narrow(1, 0, 1).reshape([n, self.dim]);
        self.head.forward(pass, first)
    }
}
