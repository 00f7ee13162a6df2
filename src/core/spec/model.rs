//! Architectures as rows.

/// What an architecture is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Basic blocks in stages; every stage but the first halves the side and doubles the channels.
    ResNet {
        /// Blocks of each stage.
        blocks: &'static [usize],
        /// Channels of the first stage at width 1.
        channels: usize,
        /// 7x7 stem with pooling and torchvision's names, instead of the 3x3 stem of the CIFAR form.
        imagenet: bool,
    },
    /// Pre-activation blocks in three stages.
    Wide {
        /// Layers: 6·n + 4.
        depth: usize,
        /// Factor on 16-32-64 channels.
        factor: usize,
    },
    /// Dense blocks with transitions that halve.
    Dense {
        /// Layers of each block.
        blocks: &'static [usize],
        /// Channels that each layer adds.
        growth: usize,
    },
    /// Inception-ResNet-v2.
    Inception,
    /// Vision transformer on 4x4 patches.
    Vit {
        /// Blocks.
        depth: usize,
        /// Width of a token at width 1.
        dim: usize,
        /// Attention heads.
        heads: usize,
    },
    /// MLP-Mixer on 4x4 patches.
    Mixer {
        /// Blocks.
        depth: usize,
        /// Width of a token at width 1.
        dim: usize,
    },
}

/// An architecture.
#[derive(Debug, Clone, Copy)]
pub struct ModelRow {
    /// Name in recipes.
    pub name: &'static str,
    /// What it is made of.
    pub of: Architecture,
    /// One line of help.
    pub help: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

use Architecture::{Dense, Inception, Mixer, ResNet, Vit, Wide};

/// Every architecture.
pub const MODELS: &[ModelRow] = &[
    ModelRow {
        name: "resnet8",
        of: ResNet { blocks: &[1, 1, 1], channels: 16, imagenet: false },
        help: "small: three stages of one block, 16-32-64 channels; trains on a laptop CPU",
        source: "He et al. 2016",
    },
    ModelRow {
        name: "resnet18",
        of: ResNet { blocks: &[2, 2, 2, 2], channels: 64, imagenet: false },
        help: "CIFAR form: 3x3 stem, 64-128-256-512 channels",
        source: "He et al. 2016",
    },
    ModelRow {
        name: "resnet34",
        of: ResNet { blocks: &[3, 4, 6, 3], channels: 64, imagenet: false },
        help: "CIFAR form: 3x3 stem, 64-128-256-512 channels",
        source: "He et al. 2016",
    },
    ModelRow {
        name: "resnet18-imagenet",
        of: ResNet { blocks: &[2, 2, 2, 2], channels: 64, imagenet: true },
        help: "ImageNet form: 7x7 stem and pooling, torchvision's names; for 224 pixels",
        source: "He et al. 2016",
    },
    ModelRow {
        name: "wrn-28-10",
        of: Wide { depth: 28, factor: 10 },
        help: "pre-activation, 160-320-640 channels",
        source: "Zagoruyko and Komodakis 2016",
    },
    ModelRow {
        name: "wrn-40-2",
        of: Wide { depth: 40, factor: 2 },
        help: "pre-activation, 32-64-128 channels",
        source: "Zagoruyko and Komodakis 2016",
    },
    ModelRow {
        name: "densenet121",
        of: Dense { blocks: &[6, 12, 24, 16], growth: 32 },
        help: "CIFAR form: 3x3 stem of 64 channels, growth 32, halving transitions",
        source: "Huang et al. 2017",
    },
    ModelRow { name: "inception-resnet-v2", of: Inception, help: "for 299 pixels", source: "Szegedy et al. 2017" },
    ModelRow {
        name: "vit",
        of: Vit { depth: 6, dim: 192, heads: 3 },
        help: "six blocks of 192 on 4x4 patches, LayerNorm: no running statistics",
        source: "Dosovitskiy et al. 2021",
    },
    ModelRow {
        name: "mixer",
        of: Mixer { depth: 6, dim: 192 },
        help: "six blocks of 192 on 4x4 patches, LayerNorm: no running statistics",
        source: "Tolstikhin et al. 2021",
    },
];
