//! The numbers of a method: radius, alpha and its ramp, and what single variants and rules add.

use serde::{Deserialize, Serialize};

/// Optimization method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MethodSpec {
    /// `VARIANT`, `RULE` (of SAM) or `VARIANT+RULE`: rows of [`super::VARIANTS`] and [`super::RULES`].
    pub name: String,
    /// Whose numbers stand where a recipe names none.
    pub preset: Preset,
    /// Radius of the perturbation.
    pub rho: f64,
    /// Target multiplier on Group B, 0..=2; 1 = SAM.
    pub alpha: f64,
    /// Multiplier on Group A, 0..=2, without a ramp.
    pub alpha_a: f64,
    /// Multiplier on Group C, 0..=2, without a ramp.
    pub alpha_c: f64,
    /// Epochs of the alpha ramp; 0: the target from the first step.
    pub k: f64,
    /// Whether alpha moves per epoch or per step.
    pub ramp: Ramp,
    /// How alpha goes from 1 to the target.
    pub shape: Shape,
    /// What begins the ramp.
    pub start: StartRule,
    /// Epoch at which the ramp begins (`start = "epoch"`), or the earliest at which a rule may begin it.
    pub start_epoch: f64,
    /// Epochs in a row for which a start rule must hold.
    pub patience: u32,
    /// What the rule `train-acc` takes as the part of wrong labels; 0: the recipe's `noise.rate`.
    pub noise_estimate: f64,
    /// What a live change of alpha or k does inside the ramp.
    pub change: Change,
    /// Which pass updates BatchNorm's running statistics.
    pub norm: NormRule,
    /// Samples that share one perturbation (m-sharpness); 0: the whole batch. Divides the batch.
    pub m: usize,
    /// Upper border of Group B: 0 < s/g < tau; the paper's is 1.
    pub tau: f64,
    /// Exponent p of `saner-power`.
    pub power: f64,
    /// Rate a of `saner-exp`: exp(−a·r).
    pub exp_rate: f64,
    /// Border between the two levels of `saner-two-level`, as a ratio.
    pub split: f64,
    /// Part of the damping that the upper level of `saner-two-level` gets, 0..=1.
    pub high: f64,
    /// Part of all elements, those of the least ratios, that `saner-quantile` damps, 0..=1.
    pub quantile: f64,
    /// Steps in a row that an element must be in Group B for `saner-persistent`.
    pub hold: u32,
    /// Decay of the average of g that `saner-mean` compares with.
    pub mean_decay: f64,
    /// `PREFIX=PART`: the part of the damping `1 − alpha` in tensors whose names begin so; the last match counts, `*` is all.
    pub layers: Vec<String>,
    /// Rescale the reweighted gradient to the norm it had before.
    pub preserve_norm: bool,
    /// FSAM: how much of the average gradient is taken off.
    pub sigma: f64,
    /// FSAM: decay of the average gradient.
    pub lambda: f64,
    /// VaSSO: weight of the newest gradient.
    pub theta: f64,
    /// GSAM's own alpha: how much of g orthogonal to s is taken off s.
    pub gsam_alpha: f64,
    /// ASAM: added to |w|.
    pub eta: f64,
    /// ASAM: which tensors are scaled by |w|.
    pub scope: Scope,
}

/// Whose default numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// The SANER authors' code.
    Authors,
    /// The paper or code that the variant comes from.
    Original,
}

/// Grain of the alpha ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ramp {
    /// Once an epoch, as in the paper.
    Epoch,
    /// The same line per step.
    Step,
}

/// How alpha goes from 1 to the target over the ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A straight line: the paper's.
    Linear,
    /// 1 until the ramp's end, then the target.
    Step,
    /// Half a cosine.
    Cosine,
    /// The target from the ramp's start.
    Constant,
}

/// What begins the ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartRule {
    /// `start_epoch`: the paper's, with 0.
    Epoch,
    /// `p_r` stayed above 1; needs the true labels.
    Pr,
    /// Training accuracy passed 1 − the part of wrong labels.
    TrainAcc,
    /// The two components of the per-sample losses begin to close.
    Mixture,
    /// Accuracy on the noisy validation set passed its peak.
    NoisyVal,
}

/// What a live change does inside the ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Go on linearly from the value now.
    Rebase,
    /// Apply the formula as it stands.
    Jump,
}

/// Which pass updates BatchNorm's running statistics (`method.md` 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum NormRule {
    /// The pass at w: the code behind the paper's numbers.
    #[serde(rename = "first-pass")]
    FirstPass,
    /// The pass at w + ε: the authors' later release.
    #[serde(rename = "second-pass")]
    SecondPass,
}

/// Which tensors ASAM scales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// All: the SANER authors' code.
    All,
    /// Those named `weight`; the others are perturbed as by SAM. Kwon et al. 2021.
    Weights,
}

impl Default for MethodSpec {
    fn default() -> Self {
        Self {
            name: "saner".into(),
            preset: Preset::Authors,
            rho: 0.1,
            alpha: 0.5,
            alpha_a: 1.0,
            alpha_c: 1.0,
            k: 50.0,
            ramp: Ramp::Epoch,
            shape: Shape::Linear,
            start: StartRule::Epoch,
            start_epoch: 0.0,
            patience: 3,
            noise_estimate: 0.0,
            change: Change::Rebase,
            norm: NormRule::FirstPass,
            m: 0,
            tau: 1.0,
            power: 4.0,
            exp_rate: 1.0,
            split: 0.5,
            high: 0.5,
            quantile: 0.3,
            hold: 2,
            mean_decay: 0.9,
            layers: Vec::new(),
            preserve_norm: false,
            sigma: 1.0,
            lambda: 0.9,
            theta: 0.2,
            gsam_alpha: 0.01,
            eta: 0.0,
            scope: Scope::All,
        }
    }
}
