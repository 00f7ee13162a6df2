//! DenseNet in CIFAR form: 3×3 stem without pooling, bottleneck layers, transitions that halve channels and side.
//!
//! Names as in the usual PyTorch CIFAR form (`dense1.0.bn1`, `trans1.conv`, `linear`), PyTorch's default start values.
//! Source: Huang et al. 2017; `method.md` 3.

use burn_tensor::Tensor;

use super::layer::{BatchNorm, Builder, Conv, Linear, Pass, pool};
use crate::kernels::Kernels;
use crate::layout::Init;

/// The network.
#[derive(Debug, Clone)]
pub struct DenseNet {
    conv1: Conv,
    stages: Vec<Stage>,
    bn: BatchNorm,
    linear: Linear,
}

/// Layers, and what halves behind them: there is none behind the last.
#[derive(Debug, Clone)]
struct Stage {
    layers: Vec<Layer>,
    transition: Option<(BatchNorm, Conv)>,
}

#[derive(Debug, Clone)]
struct Layer {
    bn1: BatchNorm,
    conv1: Conv,
    bn2: BatchNorm,
    conv2: Conv,
}

impl DenseNet {
    /// `blocks[i]` layers in stage i, each of which adds `growth · width` channels.
    pub fn new(builder: &mut Builder, blocks: &[usize], growth: usize, width: f64, n_classes: usize) -> Self {
        let growth = ((growth as f64 * width).round() as usize).max(1);
        let mut channels = 2 * growth;
        let conv1 = conv(builder, "conv1", [3, channels], 3);
        let mut stages = Vec::new();
        for (stage, &count) in blocks.iter().enumerate() {
            let mut layers = Vec::new();
            for index in 0..count {
                layers.push(Layer::new(builder, &format!("dense{}.{index}", stage + 1), channels, growth));
                channels += growth;
            }
            let transition = (stage + 1 < blocks.len()).then(|| {
                let name = format!("trans{}", stage + 1);
                let bn = BatchNorm::new(builder, &format!("{name}.bn"), channels);
                let half = conv(builder, &format!("{name}.conv"), [channels, channels / 2], 1);
                channels /= 2;
                (bn, half)
            });
            stages.push(Stage { layers, transition });
        }
        let bn = BatchNorm::new(builder, "bn", channels);
        Self { conv1, stages, bn, linear: Linear::new(builder, "linear", channels, n_classes) }
    }

    /// Logits `[n, classes]`.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let mut x = self.conv1.forward(pass, images);
        for Stage { layers, transition } in &self.stages {
            for layer in layers {
                x = layer.forward(pass, x);
            }
            if let Some((bn, half)) = transition {
                let active = bn.forward(pass, x, None, true);
                x = pool::mean(half.forward(pass, active), 2, 2, 0);
            }
        }
        let x = self.bn.forward(pass, x, None, true);
        let pooled = B::axes(x.dtype()).pool(x);
        self.linear.forward(pass, pooled)
    }
}

impl Layer {
    fn new(builder: &mut Builder, name: &str, channels: usize, growth: usize) -> Self {
        Self {
            bn1: BatchNorm::new(builder, &format!("{name}.bn1"), channels),
            conv1: conv(builder, &format!("{name}.conv1"), [channels, 4 * growth], 1),
            bn2: BatchNorm::new(builder, &format!("{name}.bn2"), 4 * growth),
            conv2: conv(builder, &format!("{name}.conv2"), [4 * growth, growth], 3),
        }
    }

    /// The new channels, then those that came.
    fn forward<B: Kernels>(&self, pass: &mut Pass<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let y = self.bn1.forward(pass, x.clone(), None, true);
        let y = self.conv1.forward(pass, y);
        let y = self.bn2.forward(pass, y, None, true);
        let y = self.conv2.forward(pass, y);
        pool::join(vec![y, x])
    }
}

/// PyTorch's default start: uniform within 1/√fan-in.
fn conv(builder: &mut Builder, name: &str, channels: [usize; 2], k: usize) -> Conv {
    let bound = 1.0 / ((channels[0] * k * k) as f32).sqrt();
    Conv::with(builder, name, channels, ([k, k], 1, [k / 2, k / 2]), Init::Within(bound))
}
