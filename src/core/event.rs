//! What the engine tells the world, in the order of happening. These types are the lines of the log.

use serde::{Deserialize, Serialize};

use crate::knob::Knob;
use crate::samples::SampleStats;
use crate::spec::{Change, Spec, StartRule};

/// Everything that travels from the engine to the pump.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// One optimizer step.
    Step(Box<StepSample>),
    /// One finished epoch.
    Epoch(Box<EpochSummary>),
    /// Something that happened.
    Event(Box<Record>),
}

/// A step's line in `metrics.jsonl` (keys are a contract, `decisions.md` 7). Accuracies are fractions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct StepSample {
    /// Optimizer updates before this one.
    pub step: u64,
    /// Epoch, from 0.
    pub epoch: u32,
    /// Seconds of training since the run began, pauses left out.
    pub wall: f64,
    /// Mean loss of the first pass; `null` in the file where it was not finite.
    #[serde(rename = "train/loss", deserialize_with = "nan_from_null")]
    #[schemars(with = "Option<f32>")]
    pub loss: f32,
    /// Accuracy against given labels.
    #[serde(rename = "train/acc")]
    pub acc: f32,
    /// The same on unflipped samples.
    #[serde(rename = "train/clean_acc", skip_serializing_if = "Option::is_none")]
    pub clean_acc: Option<f32>,
    /// The same on flipped samples: the memorised share.
    #[serde(rename = "train/noisy_acc", skip_serializing_if = "Option::is_none")]
    pub noisy_acc: Option<f32>,
    /// Multiplier on Group B that this step used.
    #[serde(rename = "saner/alpha")]
    pub alpha: f64,
    /// Target of the multiplier.
    #[serde(rename = "saner/alpha_target")]
    pub alpha_target: f64,
    /// Length of the ramp in epochs.
    #[serde(rename = "saner/k")]
    pub k: f64,
    /// Radius this step used.
    #[serde(rename = "saner/rho")]
    pub rho: f64,
    /// Learning rate this step used.
    pub lr: f64,
    /// Multiplier on Group A, where it is not 1.
    #[serde(rename = "saner/alpha_a", default, skip_serializing_if = "Option::is_none")]
    pub alpha_a: Option<f64>,
    /// Multiplier on Group C, where it is not 1.
    #[serde(rename = "saner/alpha_c", default, skip_serializing_if = "Option::is_none")]
    pub alpha_c: Option<f64>,
    /// Share of Group A.
    #[serde(rename = "saner/group_a", default, skip_serializing_if = "Option::is_none")]
    pub group_a: Option<f32>,
    /// Share of Group B.
    #[serde(rename = "saner/group_b", default, skip_serializing_if = "Option::is_none")]
    pub group_b: Option<f32>,
    /// Share of Group C.
    #[serde(rename = "saner/group_c", default, skip_serializing_if = "Option::is_none")]
    pub group_c: Option<f32>,
    /// Global norm of g.
    #[serde(rename = "saner/grad_norm", default, skip_serializing_if = "Option::is_none")]
    pub grad_norm: Option<f32>,
    /// Global norm of s.
    #[serde(rename = "saner/grad_adv_norm", default, skip_serializing_if = "Option::is_none")]
    pub grad_adv_norm: Option<f32>,
    /// Part of the noise-dominated elements that is in Group B.
    #[serde(rename = "saner/p_noise", default, skip_serializing_if = "Option::is_none")]
    pub p_noise: Option<f32>,
    /// Part of the clean-dominated elements that is in Group B.
    #[serde(rename = "saner/p_clean", default, skip_serializing_if = "Option::is_none")]
    pub p_clean: Option<f32>,
    /// Their quotient.
    #[serde(rename = "saner/p_r", default, skip_serializing_if = "Option::is_none")]
    pub p_r: Option<f32>,
    /// Shares of A, B and C of each parameter tensor, in the order of `started.layers`.
    #[serde(rename = "saner/layers", default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<[f32; 3]>,
}

fn nan_from_null<'de, D: serde::Deserializer<'de>>(source: D) -> Result<f32, D::Error> {
    Option::<f32>::deserialize(source).map(|value| value.unwrap_or(f32::NAN))
}

/// An epoch's line in `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EpochSummary {
    /// Always true; tells the two kinds of line apart.
    pub epoch_end: bool,
    /// Steps done when the epoch ended.
    pub step: u64,
    /// Epoch, from 0.
    pub epoch: u32,
    /// Seconds of training since the run began.
    pub wall: f64,
    /// Mean loss over the epoch.
    #[serde(rename = "train/loss")]
    pub loss: f64,
    /// Accuracy over the epoch, against given labels.
    #[serde(rename = "train/acc")]
    pub acc: f64,
    /// On unflipped samples.
    #[serde(rename = "train/clean_acc", default, skip_serializing_if = "Option::is_none")]
    pub clean_acc: Option<f64>,
    /// On flipped samples.
    #[serde(rename = "train/noisy_acc", default, skip_serializing_if = "Option::is_none")]
    pub noisy_acc: Option<f64>,
    /// Accuracy on the clean test set.
    #[serde(rename = "eval/acc")]
    pub eval_acc: f64,
    /// Mean loss on the test set.
    #[serde(rename = "eval/loss")]
    pub eval_loss: f64,
    /// Best test accuracy so far.
    #[serde(rename = "eval/best_acc")]
    pub best_acc: f64,
    /// Accuracy on the validation set with noisy labels.
    #[serde(rename = "val/noisy_acc", default, skip_serializing_if = "Option::is_none")]
    pub val_acc: Option<f64>,
    /// Accuracy of the averaged weights on the test set.
    #[serde(rename = "eval/ema_acc", default, skip_serializing_if = "Option::is_none")]
    pub ema_acc: Option<f64>,
    /// Distance of the two components of the per-sample losses, in deviations.
    #[serde(rename = "train/loss_separation", default, skip_serializing_if = "Option::is_none")]
    pub separation: Option<f64>,
    /// Clean minus noisy accuracy.
    #[serde(rename = "gap/clean_noisy", default, skip_serializing_if = "Option::is_none")]
    pub gap_clean_noisy: Option<f64>,
    /// Training minus test accuracy; may be negative under noise.
    #[serde(rename = "gap/generalization")]
    pub gap_generalization: f64,
    /// Mean p_noise of the sampled batches.
    #[serde(rename = "saner/p_noise", default, skip_serializing_if = "Option::is_none")]
    pub p_noise: Option<f64>,
    /// Mean p_clean of the sampled batches.
    #[serde(rename = "saner/p_clean", default, skip_serializing_if = "Option::is_none")]
    pub p_clean: Option<f64>,
    /// Quotient of the two means.
    #[serde(rename = "saner/p_r", default, skip_serializing_if = "Option::is_none")]
    pub p_r: Option<f64>,
    /// Seconds of this epoch, test pass included.
    #[serde(rename = "time/epoch_s")]
    pub epoch_s: f64,
    /// Training images a second, test pass left out.
    pub images_per_s: f64,
    /// What the network thinks of each training sample, in epochs where that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Box<SampleStats>>,
}

/// A line of `events.jsonl`: an event with when, where in the run and by whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Record {
    /// Number of the event in this run, from 0.
    pub seq: u64,
    /// Unix time in seconds.
    pub time: f64,
    /// Step at which it happened; for `applied` the first step that used the value.
    pub step: u64,
    /// Epoch, from 0.
    pub epoch: u32,
    /// Who caused it: `engine`, `auto`, `me`, `signal`, `stdin`.
    pub by: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Record {
    /// The last word about a run that broke where nobody counts events any more; its number lies behind all others.
    pub fn failed(reason: String, time: f64) -> Self {
        Self { seq: u64::MAX >> 12, time, step: 0, epoch: 0, by: "engine".into(), event: Event::Failed { reason } }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run began, or began again.
    Started(Box<Header>),
    /// A checkpoint was loaded, and how many log lines after it were set aside.
    Restored {
        /// Its name.
        checkpoint: String,
        /// Lines of `metrics.jsonl` moved to `superseded/`.
        superseded: u64,
    },
    /// A change was taken and will act from the next step on.
    Accepted {
        /// Number of the command.
        id: u64,
        /// The knob.
        knob: Knob,
        /// The new value.
        value: f64,
    },
    /// A change acted: sent after the step that used it.
    Applied {
        /// Number of the command.
        id: u64,
        /// Mark on the charts, as `a2`.
        mark: String,
        /// The knob.
        knob: Knob,
        /// Value before.
        from: f64,
        /// Value now.
        to: f64,
        /// Step at which it was asked for.
        asked_step: u64,
        /// What acts at this step: alpha now for alpha and k, the value itself for the others.
        effective: f64,
        /// What the change did to the ramp.
        change: Change,
        /// Epoch at which the plan reaches its target.
        plan_end: f64,
    },
    /// A start rule began the ramp of alpha.
    RampStarted {
        /// Mark on the charts.
        mark: String,
        /// Epoch at which the ramp starts.
        epoch: u32,
        /// The rule.
        rule: StartRule,
        /// What it saw.
        why: String,
    },
    /// A request that cannot be met.
    Rejected {
        /// Number of the command.
        id: u64,
        /// Why, and what to write instead.
        reason: String,
    },
    /// A later request replaced this one before it acted.
    Superseded {
        /// Number of the replaced command.
        id: u64,
        /// Number of the later one.
        by_id: u64,
    },
    /// Training stands still.
    Paused {
        /// Why.
        reason: String,
    },
    /// Training goes on.
    Resumed,
    /// A checkpoint stands on the disk and was read back.
    Saved(Saved),
    /// A checkpoint could not be written; the run goes on.
    SaveFailed {
        /// Why.
        reason: String,
    },
    /// A note by a person.
    Note {
        /// Mark on the charts.
        mark: String,
        /// The text.
        text: String,
    },
    /// A test pass on command.
    Evaluated {
        /// Accuracy on the test set.
        acc: f64,
        /// Mean loss.
        loss: f64,
    },
    /// A loss or gradient was not finite; the update was skipped.
    NonFinite {
        /// Which tensor.
        tensor: String,
    },
    /// Something a person should know.
    Warning {
        /// The sentence.
        text: String,
    },
    /// The run ended as it should.
    Finished {
        /// `done` or `stopped`.
        outcome: Outcome,
    },
    /// The run broke.
    Failed {
        /// The reason.
        reason: String,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All epochs, or all steps, were done.
    Done,
    /// Stopped on request; can be resumed.
    Stopped,
    /// Stopped by a non-finite value; can be resumed.
    NonFinite,
}

/// What was known when the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Header {
    /// Id of the run.
    pub run: String,
    /// The effective recipe.
    pub spec: Spec,
    /// Device and why it was chosen.
    pub device: String,
    /// Version of the program.
    pub version: String,
    /// Steps of an epoch.
    pub steps_per_epoch: u64,
    /// Steps of the whole run.
    pub total_steps: u64,
    /// Number of parameters.
    pub parameters: u64,
    /// Names of the parameter tensors, in the order of the shares per layer.
    pub layers: Vec<String>,
    /// Training samples, and how many carry a wrong label.
    pub samples: u64,
    /// Flipped labels.
    pub flipped: u64,
    /// What to know of the data, as `a part: …`.
    pub data_note: Option<String>,
    /// Where the run began, if not at its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<Box<Fork>>,
}

/// A run that began at another one's checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Fork {
    /// The other run and its checkpoint, as `RUN@CHECKPOINT`.
    pub parent: String,
    /// Values of the knobs there, with what the fork's own recipe changed.
    pub knobs: [f64; crate::knob::N_KNOBS],
    /// Plan of alpha there, likewise.
    pub plan: crate::schedule::AlphaPlan,
    /// Live changes by then: a fork of a tuned run is a tuned run.
    pub tuned: u32,
}

/// A written checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Saved {
    /// Mark on the charts, as `C3`.
    pub mark: String,
    /// Folder name.
    pub name: String,
    /// `start`, `epoch`, `best`, `command`, `signal`, `stop`, `end` or `non-finite`.
    pub reason: String,
    /// A person's note.
    pub note: Option<String>,
    /// Bytes of the files.
    pub bytes: u64,
    /// Seconds it took, reading back included.
    pub secs: f64,
    /// Number of the command that asked for it.
    pub id: Option<u64>,
}
