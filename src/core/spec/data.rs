//! What is trained on: samples, batches, and how labels are made wrong.

use serde::{Deserialize, Serialize};

/// Which samples, in which batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DataSpec {
    /// A row of [`crate::data::DATASETS`].
    pub name: String,
    /// Folder of the set's files, inside `--data DIR`; empty: the set's usual one.
    pub folder: String,
    /// Samples in a batch; the last short batch is dropped.
    pub batch: usize,
    /// Horizontal flip, then a crop.
    pub augment: bool,
    /// Which crop.
    pub crop: CropKind,
    /// New order in every epoch.
    pub shuffle: bool,
    /// Side of the images in pixels, of the sets that have no side of their own (`shapes`: 16 or 32).
    pub size: usize,
    /// Stratified part of the training set, taken before the noise; 0: all.
    pub train_size: usize,
    /// Stratified part of the test set; 0: all.
    pub test_size: usize,
    /// Part of the training set, 0..1, that is held out behind the noise as a validation set with noisy labels.
    pub validation: f64,
    /// Damaged files that may be skipped in a folder of images.
    pub max_damaged: usize,
    /// Keep decoded images in memory where they fit in half of what is free.
    pub cache: bool,
}

/// A crop of the training images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CropKind {
    /// Of the image with zero pixels around it, one eighth of its side.
    Padded,
    /// Of a random part of the image at its own size, 8 to 100 percent of it, stretched to `size`.
    Resized,
}

impl DataSpec {
    /// Whether crops are taken of images at their own size.
    pub fn crops_whole_images(&self) -> bool {
        self.augment && self.crop == CropKind::Resized
    }
}

/// How labels are made wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NoiseSpec {
    /// A row of [`crate::noise::KINDS`].
    pub kind: NoiseKind,
    /// Part of the training set that is drawn, 0..1.
    pub rate: f64,
    /// Label set of human noise: CIFAR-10N `aggregate`, `random1..3`, `worse`; CIFAR-100N `noisy_fine`.
    pub set: String,
    /// File of the kinds `csv` (given labels) and `matrix` (rows: true class, columns: given class), inside `--data DIR`.
    pub file: String,
}

/// Kind of label noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseKind {
    /// Labels as they are.
    None,
    /// Uniform over the other classes.
    Symmetric,
    /// To a fixed partner class.
    Asymmetric,
    /// To the next class.
    PairFlip,
    /// By the look of the image, a fixed number of flips.
    Instance,
    /// By the look of the image, each sample with its own rate.
    PartDependent,
    /// By the rows of a transition matrix.
    Matrix,
    /// Real annotators' labels.
    Human,
    /// A person's file of given labels.
    Csv,
}

impl Default for DataSpec {
    fn default() -> Self {
        Self {
            name: "shapes".into(),
            folder: String::new(),
            batch: 128,
            augment: true,
            crop: CropKind::Padded,
            shuffle: true,
            size: 16,
            train_size: 0,
            test_size: 0,
            validation: 0.0,
            max_damaged: 0,
            cache: true,
        }
    }
}

impl Default for NoiseSpec {
    fn default() -> Self {
        Self { kind: NoiseKind::None, rate: 0.0, set: "worse".into(), file: String::new() }
    }
}
