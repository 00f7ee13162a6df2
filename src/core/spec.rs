//! A recipe: everything that defines a run, with the paper's settings as defaults.
//!
//! Read with unknown keys as errors (`load`), checked once (`check`), then trusted.

mod check;
mod load;
mod method;
mod model;

use serde::{Deserialize, Serialize};

pub use load::{Override, nearest};
pub use method::{Ascent, METHODS, Method, Reweight};
pub use model::{MODELS, ModelRow};

/// The whole recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// Name of the recipe; part of the run's id.
    pub name: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Samples and batches.
    pub data: DataSpec,
    /// Label noise.
    pub noise: NoiseSpec,
    /// Architecture.
    pub model: ModelSpec,
    /// Optimization method.
    pub method: MethodSpec,
    /// Epochs, learning rate and SGD.
    pub schedule: ScheduleSpec,
    /// How often diagnostics are measured.
    pub probe: ProbeSpec,
    /// When checkpoints are written.
    pub checkpoint: CheckpointSpec,
}

/// Which samples, in which batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSpec {
    /// `shapes`, `cifar10` or `cifar100`.
    pub name: String,
    /// Samples in a batch; the last short batch is dropped.
    pub batch: usize,
    /// Horizontal flip, then crop with padding.
    pub augment: bool,
    /// New order in every epoch.
    pub shuffle: bool,
    /// Side of the drawn images in pixels: 16 or 32 (`shapes` only).
    pub size: usize,
    /// Stratified part of the training set, taken before the noise; 0: all.
    pub train_size: usize,
    /// Stratified part of the test set; 0: all.
    pub test_size: usize,
}

/// How labels are made wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoiseSpec {
    /// `none`, `symmetric`, `asymmetric`, `instance` or `human`.
    pub kind: NoiseKind,
    /// Part of the training set that is drawn, 0..1.
    pub rate: f64,
    /// Label set of human noise: CIFAR-10N `aggregate`, `random1..3`, `worse`; CIFAR-100N `noisy_fine`.
    pub set: String,
}

/// Kind of label noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoiseKind {
    /// Labels as they are.
    None,
    /// Uniform over the other classes.
    Symmetric,
    /// To a fixed partner class.
    Asymmetric,
    /// By the look of the image.
    Instance,
    /// Real annotators' labels.
    Human,
}

/// Architecture and width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSpec {
    /// `resnet8`, `resnet18` or `resnet34`.
    pub name: String,
    /// Factor on the channel counts.
    pub width: f64,
    /// Number format of the two passes; weights, gradients and the optimizer are f32 always.
    pub precision: Precision,
}

/// Number format in which the passes multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// tf32 on CUDA (what the paper's runs used), f32 on the CPU.
    Auto,
    /// 24 bits: the CPU.
    F32,
    /// Products of 11 bits, sums of 24: CUDA.
    Tf32,
    /// Convolutions on 8 bits, sums of 24; normalization and everything behind the passes in f32.
    Bf16,
}

/// Optimization method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MethodSpec {
    /// A row of [`METHODS`].
    pub name: String,
    /// Radius of the perturbation.
    pub rho: f64,
    /// Target multiplier on Group B, 0..=2; 1 = SAM.
    pub alpha: f64,
    /// Epochs of the alpha ramp; 0: the target from the first step.
    pub k: f64,
    /// Whether alpha moves per epoch or per step.
    pub ramp: Ramp,
    /// What a live change of alpha or k does inside the ramp.
    pub change: Change,
    /// Which pass updates BatchNorm's running statistics.
    pub norm: NormRule,
}

/// Grain of the alpha ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ramp {
    /// Once an epoch, as in the paper.
    Epoch,
    /// The same line per step.
    Step,
}

/// What a live change does inside the ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Go on linearly from the value now.
    Rebase,
    /// Apply the formula as it stands.
    Jump,
}

/// Which pass updates BatchNorm's running statistics (`method.md` 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NormRule {
    /// The pass at w: the code behind the paper's numbers.
    #[serde(rename = "first-pass")]
    FirstPass,
    /// The pass at w + ε: the authors' later release.
    #[serde(rename = "second-pass")]
    SecondPass,
}

/// Epochs, learning rate and SGD.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleSpec {
    /// Passes over the training set.
    pub epochs: u32,
    /// Learning rate at the start.
    pub lr: f64,
    /// Fractions of all epochs at which the rate falls to a tenth.
    pub drops: Vec<f64>,
    /// Momentum; no dampening, no Nesterov.
    pub momentum: f64,
    /// Coupled L2, added after the mask.
    pub weight_decay: f64,
    /// Steps after which the run ends; 0: no limit.
    pub max_steps: u64,
}

/// How often diagnostics are measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProbeSpec {
    /// Steps between group measurements; 0: only at the end of an epoch.
    pub groups_every: u64,
    /// Steps between p_noise / p_clean measurements; 0: off.
    pub dominance_every: u64,
}

/// When checkpoints are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointSpec {
    /// Epochs between checkpoints; 0: only best, on command and at the end.
    pub every: u32,
    /// How many of them stay, besides best, first and every noted one.
    pub keep: usize,
    /// Whether one is written before the first step.
    pub at_start: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            name: "run".into(),
            seed: 42,
            data: DataSpec::default(),
            noise: NoiseSpec::default(),
            model: ModelSpec::default(),
            method: MethodSpec::default(),
            schedule: ScheduleSpec::default(),
            probe: ProbeSpec::default(),
            checkpoint: CheckpointSpec::default(),
        }
    }
}

impl Default for DataSpec {
    fn default() -> Self {
        Self { name: "shapes".into(), batch: 128, augment: true, shuffle: true, size: 16, train_size: 0, test_size: 0 }
    }
}

impl Default for NoiseSpec {
    fn default() -> Self {
        Self { kind: NoiseKind::None, rate: 0.0, set: "worse".into() }
    }
}

impl Default for ModelSpec {
    fn default() -> Self {
        Self { name: "resnet18".into(), width: 1.0, precision: Precision::Auto }
    }
}

impl Default for MethodSpec {
    fn default() -> Self {
        Self { name: "saner".into(), rho: 0.1, alpha: 0.5, k: 50.0, ramp: Ramp::Epoch, change: Change::Rebase, norm: NormRule::FirstPass }
    }
}

impl Default for ScheduleSpec {
    fn default() -> Self {
        Self { epochs: 200, lr: 0.1, drops: vec![0.5, 0.75], momentum: 0.9, weight_decay: 5e-4, max_steps: 0 }
    }
}

impl Default for ProbeSpec {
    fn default() -> Self {
        Self { groups_every: 10, dominance_every: 8 }
    }
}

impl Default for CheckpointSpec {
    fn default() -> Self {
        Self { every: 10, keep: 3, at_start: false }
    }
}
