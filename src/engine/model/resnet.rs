//! CIFAR-form ResNet of basic blocks: 3×3 stem without pooling, stages that double the channels and halve the side.
//!
//! Names as in the usual PyTorch CIFAR ResNet (`conv1`, `layer2.0.shortcut.0`, `linear`), so that
//! `load_state_dict(strict=True)` takes the weights. Source: He et al. 2016; the authors' `models/resnet.py`.

use burn_tensor::Tensor;

use super::layer::{BatchNorm, Builder, Conv, Linear, Pass};
use crate::kernels::Kernels;

/// The network.
#[derive(Debug, Clone)]
pub struct ResNet {
    conv1: Conv,
    bn1: BatchNorm,
    blocks: Vec<Block>,
    linear: Linear,
}

#[derive(Debug, Clone)]
struct Block {
    conv1: Conv,
    bn1: BatchNorm,
    conv2: Conv,
    bn2: BatchNorm,
    shortcut: Option<(Conv, BatchNorm)>,
}

impl ResNet {
    /// `blocks[i]` basic blocks in stage i of `channels · 2^i · width` channels.
    pub fn new(builder: &mut Builder, blocks: &[usize], channels: usize, width: f64, n_classes: usize) -> Self {
        let of_stage = |stage: usize| (((channels << stage) as f64 * width).round() as usize).max(1);
        let conv1 = Conv::new(builder, "conv1", [3, of_stage(0)], 3, 1);
        let bn1 = BatchNorm::new(builder, "bn1", of_stage(0));
        let mut n_in = of_stage(0);
        let mut built = Vec::new();
        for (stage, &count) in blocks.iter().enumerate() {
            for index in 0..count {
                let stride = if stage > 0 && index == 0 { 2 } else { 1 };
                let name = format!("layer{}.{index}", stage + 1);
                built.push(Block::new(builder, &name, [n_in, of_stage(stage)], stride));
                n_in = of_stage(stage);
            }
        }
        Self { conv1, bn1, blocks: built, linear: Linear::new(builder, "linear", n_in, n_classes) }
    }

    /// See [`super::Net::pass_flops`].
    pub fn pass_flops(&self, side: usize) -> f64 {
        let (stem, mut side) = self.conv1.flops(side);
        let mut forward = 0.0;
        for block in &self.blocks {
            let (first, smaller) = block.conv1.flops(side);
            let (second, _) = block.conv2.flops(smaller);
            let around = block.shortcut.as_ref().map_or(0.0, |(conv, _)| conv.flops(side).0);
            forward += first + second + around;
            side = smaller;
        }
        2.0 * stem + 3.0 * (forward + self.linear.flops())
    }

    /// Logits `[n, classes]`.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let x = self.conv1.forward(pass, images);
        let mut x = self.bn1.forward(pass, x, None, true);
        for block in &self.blocks {
            x = block.forward(pass, x);
        }
        let pooled = B::axes(x.dtype()).pool(x);
        self.linear.forward(pass, pooled)
    }
}

impl Block {
    fn new(builder: &mut Builder, name: &str, channels: [usize; 2], stride: usize) -> Self {
        let [n_in, n_out] = channels;
        Self {
            conv1: Conv::new(builder, &format!("{name}.conv1"), channels, 3, stride),
            bn1: BatchNorm::new(builder, &format!("{name}.bn1"), n_out),
            conv2: Conv::new(builder, &format!("{name}.conv2"), [n_out, n_out], 3, 1),
            bn2: BatchNorm::new(builder, &format!("{name}.bn2"), n_out),
            shortcut: (stride != 1 || n_in != n_out).then(|| {
                (
                    Conv::new(builder, &format!("{name}.shortcut.0"), channels, 1, stride),
                    BatchNorm::new(builder, &format!("{name}.shortcut.1"), n_out),
                )
            }),
        }
    }

    fn forward<B: Kernels>(&self, pass: &mut Pass<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let y = self.conv1.forward(pass, x.clone());
        let y = self.bn1.forward(pass, y, None, true);
        let y = self.conv2.forward(pass, y);
        let around = match &self.shortcut {
            None => x,
            Some((conv, norm)) => {
                let around = conv.forward(pass, x);
                norm.forward(pass, around, None, false)
            }
        };
        self.bn2.forward(pass, y, Some(around), true)
    }
}
