//! Architectures as rows: blocks of each stage and base channels.

/// A CIFAR-form ResNet of basic blocks.
#[derive(Debug, Clone, Copy)]
pub struct ModelRow {
    /// Name in recipes.
    pub name: &'static str,
    /// Basic blocks of each stage; every stage but the first halves the side and doubles the channels.
    pub blocks: &'static [usize],
    /// Channels of the first stage at width 1.
    pub channels: usize,
    /// One line of help.
    pub help: &'static str,
}

/// Every architecture.
pub const MODELS: &[ModelRow] = &[
    ModelRow {
        name: "resnet8",
        blocks: &[1, 1, 1],
        channels: 16,
        help: "small: three stages of one block, 16-32-64 channels; trains on a laptop CPU",
    },
    ModelRow { name: "resnet18", blocks: &[2, 2, 2, 2], channels: 64, help: "CIFAR form: 3x3 stem, 64-128-256-512 channels" },
    ModelRow { name: "resnet34", blocks: &[3, 4, 6, 3], channels: 64, help: "CIFAR form: 3x3 stem, 64-128-256-512 channels" },
];
