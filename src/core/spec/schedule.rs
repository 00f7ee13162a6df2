//! Epochs, learning rate, and the optimizer under the method.

use serde::{Deserialize, Serialize};

/// Epochs, learning rate and base optimizer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleSpec {
    /// Passes over the training set.
    pub epochs: u32,
    /// Learning rate at the start.
    pub lr: f64,
    /// How the learning rate falls.
    pub curve: Curve,
    /// Fractions of all epochs at which the rate falls to a tenth (`curve = "drops"`).
    pub drops: Vec<f64>,
    /// Epochs over which the rate rises linearly from 0, step by step; 0: none.
    pub warmup: f64,
    /// What turns the gradient into a step.
    pub optimizer: Optimizer,
    /// Momentum (SGD: no dampening, no Nesterov), or the decay of AdamW's first moment.
    pub momentum: f64,
    /// Decay of AdamW's second moment.
    pub beta2: f64,
    /// Guard of AdamW's denominator.
    pub eps: f64,
    /// SGD: coupled L2, added after the mask. AdamW: decoupled decay.
    pub weight_decay: f64,
    /// Part of the target spread over all classes, 0..1; the paper uses none.
    pub label_smoothing: f64,
    /// Greatest norm of the gradient that is stepped along, behind the mask; 0: no limit.
    pub clip: f64,
    /// Decay of an average of the weights that is tested beside them; 0: none.
    pub ema: f64,
    /// Steps after which the run ends; 0: no limit.
    pub max_steps: u64,
}

/// Shape of the learning rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Curve {
    /// A tenth at each of `drops`: the paper's.
    Drops,
    /// Half a cosine to 0, per epoch.
    Cosine,
}

/// Base optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// With momentum: the paper's.
    Sgd,
    /// Loshchilov and Hutter 2019; the mask acts before the moments.
    Adamw,
}

impl Default for ScheduleSpec {
    fn default() -> Self {
        Self {
            epochs: 200,
            lr: 0.1,
            curve: Curve::Drops,
            drops: vec![0.5, 0.75],
            warmup: 0.0,
            optimizer: Optimizer::Sgd,
            momentum: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 5e-4,
            label_smoothing: 0.0,
            clip: 0.0,
            ema: 0.0,
            max_steps: 0,
        }
    }
}
