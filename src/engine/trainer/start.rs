//! What a run begins with, and how it ends.

use std::sync::Arc;

use saner_core::data::Dataset;
use saner_core::knob::Knob;
use saner_core::manifest::Verified;
use saner_core::noise::Flips;
use saner_core::rundir::RunDir;
use saner_core::spec::Spec;

use crate::link::Link;

/// What a run begins with.
#[derive(Debug)]
pub struct Start {
    /// The recipe.
    pub spec: Spec,
    /// Images and true labels.
    pub set: Arc<Dataset>,
    /// Given labels.
    pub flips: Arc<Flips>,
    /// The run's folder.
    pub run: RunDir,
    /// The sentence about the device.
    pub device: String,
    /// Checkpoint to go on from, and the log lines that were set aside for it.
    pub resume: Option<(Verified, u64)>,
    /// Changes that were accepted before the process that went before ended, and never used: number and who asked.
    pub unanswered: Vec<(u64, String)>,
    /// What a non-finite value does.
    pub on_non_finite: OnNonFinite,
    /// Changes that are to be made at given steps, in their order.
    pub interventions: Vec<Intervention>,
    /// The checkpoint of another run at which this one begins, as `RUN@CHECKPOINT`.
    pub parent: Option<String>,
}

/// A change that is made at a given step, as another run's log tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intervention {
    /// The step that uses the value.
    pub step: u64,
    /// What is changed.
    pub knob: Knob,
    /// The value.
    pub to: f64,
}

/// What a skipped update leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnNonFinite {
    /// Wait for a person.
    Pause,
    /// Write a checkpoint from before it and end: nobody is there.
    Stop,
}

/// Start and channels.
pub struct Setup {
    /// What the run begins with.
    pub start: Start,
    /// Reports and commands.
    pub link: Link,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All steps were made.
    Done,
    /// Stopped on request.
    Stopped,
    /// Ended by a non-finite value.
    NonFinite,
    /// Broke, or could not write its last checkpoint.
    Failed(String),
}
