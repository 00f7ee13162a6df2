//! Wide ResNet: pre-activation basic blocks, 16·k-32·k-64·k channels.
//!
//! Names as in the usual PyTorch form (`block1.layer.0.bn1`, `convShortcut`, `fc`). Start values as in the authors' code
//! (`method.md` 3): Kaiming fan-in, BatchNorm scale uniform in 0..1, linear bias 0. Source: Zagoruyko and Komodakis 2016.

use burn_tensor::Tensor;

use super::layer::{BN_EPS, BatchNorm, Builder, Conv, Linear, Pass};
use crate::kernels::Kernels;
use crate::layout::Init;

/// The network.
#[derive(Debug, Clone)]
pub struct WideResNet {
    conv1: Conv,
    blocks: Vec<Block>,
    bn1: BatchNorm,
    fc: Linear,
}

#[derive(Debug, Clone)]
struct Block {
    bn1: BatchNorm,
    conv1: Conv,
    bn2: BatchNorm,
    conv2: Conv,
    shortcut: Option<Conv>,
}

impl WideResNet {
    /// `depth` layers (6·n + 4) of `factor · width` times the channels.
    pub fn new(builder: &mut Builder, depth: usize, factor: usize, width: f64, n_classes: usize) -> Self {
        let channels = |stage: usize| (((16 * factor) << stage) as f64 * width).round().max(1.0) as usize;
        let conv1 = conv(builder, "conv1", [3, 16], 3, 1);
        let mut n_in = 16;
        let mut blocks = Vec::new();
        for stage in 0..3 {
            for index in 0..(depth - 4) / 6 {
                let name = format!("block{}.layer.{index}", stage + 1);
                let stride = if stage > 0 && index == 0 { 2 } else { 1 };
                blocks.push(Block::new(builder, &name, [n_in, channels(stage)], stride));
                n_in = channels(stage);
            }
        }
        let bn1 = norm(builder, "bn1", n_in);
        let bound = Init::Within(1.0 / (n_in as f32).sqrt());
        Self { conv1, blocks, bn1, fc: Linear::with(builder, "fc", [n_in, n_classes], [bound, Init::Fill(0.0)]) }
    }

    /// Logits `[n, classes]`.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let mut x = self.conv1.forward(pass, images);
        for block in &self.blocks {
            x = block.forward(pass, x);
        }
        let x = self.bn1.forward(pass, x, None, true);
        let pooled = B::axes(x.dtype()).pool(x);
        self.fc.forward(pass, pooled)
    }
}

impl Block {
    fn new(builder: &mut Builder, name: &str, channels: [usize; 2], stride: usize) -> Self {
        let [n_in, n_out] = channels;
        Self {
            bn1: norm(builder, &format!("{name}.bn1"), n_in),
            conv1: conv(builder, &format!("{name}.conv1"), channels, 3, stride),
            bn2: norm(builder, &format!("{name}.bn2"), n_out),
            conv2: conv(builder, &format!("{name}.conv2"), [n_out, n_out], 3, 1),
            shortcut: (n_in != n_out).then(|| conv(builder, &format!("{name}.convShortcut"), channels, 1, stride)),
        }
    }

    fn forward<B: Kernels>(&self, pass: &mut Pass<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let active = self.bn1.forward(pass, x.clone(), None, true);
        let y = self.conv1.forward(pass, active.clone());
        let y = self.bn2.forward(pass, y, None, true);
        let y = self.conv2.forward(pass, y);
        match &self.shortcut {
            // A block that changes the channels leads the activated map around, any other the map itself.
            Some(conv) => y + conv.forward(pass, active),
            None => y + x,
        }
    }
}

fn conv(builder: &mut Builder, name: &str, channels: [usize; 2], k: usize, stride: usize) -> Conv {
    let fan_in = channels[0] * k * k;
    Conv::with(builder, name, channels, ([k, k], stride, [k / 2, k / 2]), Init::Normal((2.0 / fan_in as f64).sqrt()))
}

fn norm(builder: &mut Builder, name: &str, channels: usize) -> BatchNorm {
    BatchNorm::with(builder, name, channels, BN_EPS, Init::Unit)
}
