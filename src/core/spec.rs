//! A recipe: everything that defines a run, with the paper's settings as defaults.
//!
//! Read with unknown keys as errors (`load`), checked once (`check`), then trusted.

mod check;
mod data;
mod family;
mod load;
mod method;
mod model;
mod schedule;

use serde::{Deserialize, Serialize};

pub use data::{CropKind, DataSpec, NoiseKind, NoiseSpec};
pub use family::{Ascent, Mask, Method, Number, RULES, Reweight, Rule, Soft, VARIANTS, Variant};
pub use load::{Override, nearest};
pub use method::{Change, MethodSpec, NormRule, Preset, Ramp, Scope, Shape, StartRule};
pub use model::{Architecture, MODELS, ModelRow};
pub use schedule::{Curve, Optimizer, ScheduleSpec};

/// The whole recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// Epochs, learning rate and base optimizer.
    pub schedule: ScheduleSpec,
    /// How often diagnostics are measured.
    pub probe: ProbeSpec,
    /// When checkpoints are written.
    pub checkpoint: CheckpointSpec,
}

/// Architecture and width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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

/// How often diagnostics are measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProbeSpec {
    /// Steps between group measurements; 0: only at the end of an epoch.
    pub groups_every: u64,
    /// Steps between p_noise / p_clean measurements; 0: off.
    pub dominance_every: u64,
    /// Epochs between looks at the loss of every training sample (one forward pass over all of them); 0: off.
    pub samples_every: u32,
}

/// When checkpoints are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointSpec {
    /// Epochs between checkpoints; 0: only best, on command and at the end.
    pub every: u32,
    /// How many of them stay, besides best, first and every noted one.
    pub keep: usize,
    /// Whether one is written before the first step.
    pub at_start: bool,
}

impl Spec {
    /// The recipe without what runs of one recipe differ in: seed and name.
    pub fn seedless(&self) -> Self {
        Self { seed: 0, name: String::new(), ..self.clone() }
    }
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

impl Default for ModelSpec {
    fn default() -> Self {
        Self { name: "resnet18".into(), width: 1.0, precision: Precision::Auto }
    }
}

impl Default for ProbeSpec {
    fn default() -> Self {
        Self { groups_every: 10, dominance_every: 8, samples_every: 10 }
    }
}

impl Default for CheckpointSpec {
    fn default() -> Self {
        Self { every: 10, keep: 3, at_start: false }
    }
}
