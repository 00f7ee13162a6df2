//! ResNet of basic blocks, in two forms: CIFAR (3×3 stem without pooling) and ImageNet (7×7 stem with pooling).
//!
//! Names as in the usual PyTorch CIFAR ResNet (`conv1`, `layer2.0.shortcut.0`, `linear`), or as in torchvision
//! (`layer2.0.downsample.0`, `fc`), so that `load_state_dict(strict=True)` takes the weights. Source: He et al. 2016; the
//! authors' `models/resnet.py`.

use burn_tensor::Tensor;

use super::layer::{BatchNorm, Builder, Conv, Linear, Pass, pool};
use crate::kernels::Kernels;

/// The network.
#[derive(Debug, Clone)]
pub struct ResNet {
    conv1: Conv,
    bn1: BatchNorm,
    blocks: Vec<Block>,
    linear: Linear,
    imagenet: bool,
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
    pub fn new(builder: &mut Builder, (blocks, imagenet): (&[usize], bool), channels: usize, width: f64, n_classes: usize) -> Self {
        let of_stage = |stage: usize| (((channels << stage) as f64 * width).round() as usize).max(1);
        let (k, stride, around, last) = if imagenet { (7, 2, "downsample", "fc") } else { (3, 1, "shortcut", "linear") };
        let conv1 = Conv::new(builder, "conv1", [3, of_stage(0)], k, stride);
        let bn1 = BatchNorm::new(builder, "bn1", of_stage(0));
        let mut n_in = of_stage(0);
        let mut built = Vec::new();
        for (stage, &count) in blocks.iter().enumerate() {
            for index in 0..count {
                let stride = if stage > 0 && index == 0 { 2 } else { 1 };
                let name = format!("layer{}.{index}", stage + 1);
                built.push(Block::new(builder, (&name, around), [n_in, of_stage(stage)], stride));
                n_in = of_stage(stage);
            }
        }
        Self { conv1, bn1, blocks: built, linear: Linear::new(builder, last, n_in, n_classes), imagenet }
    }

    /// Logits `[n, classes]`.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let x = self.conv1.forward(pass, images);
        let mut x = self.bn1.forward(pass, x, None, true);
        if self.imagenet {
            x = pool::greatest(x, 3, 2, 1);
        }
        for block in &self.blocks {
            x = block.forward(pass, x);
        }
        let pooled = B::axes(x.dtype()).pool(x);
        self.linear.forward(pass, pooled)
    }
}

impl Block {
    fn new(builder: &mut Builder, (name, around): (&str, &str), channels: [usize; 2], stride: usize) -> Self {
        let [n_in, n_out] = channels;
        Self {
            conv1: Conv::new(builder, &format!("{name}.conv1"), channels, 3, stride),
            bn1: BatchNorm::new(builder, &format!("{name}.bn1"), n_out),
            conv2: Conv::new(builder, &format!("{name}.conv2"), [n_out, n_out], 3, 1),
            bn2: BatchNorm::new(builder, &format!("{name}.bn2"), n_out),
            shortcut: (stride != 1 || n_in != n_out).then(|| {
                (
                    Conv::new(builder, &format!("{name}.{around}.0"), channels, 1, stride),
                    BatchNorm::new(builder, &format!("{name}.{around}.1"), n_out),
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
