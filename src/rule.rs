//! A rule of `[[watch]]`, as the settings have it.

use saner_core::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a rule looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// A value that is not finite.
    Nonfinite,
    /// Loss over so many times its median of the last 200 steps.
    Loss,
    /// A step over so many times the median time.
    StepTime,
    /// No step for so many seconds, while none is asked to wait.
    Stall,
    /// Noisy accuracy that rose by more than so many points in `epochs` epochs: wrong labels are being memorised.
    Noisy,
    /// Less than so many GiB free for the run.
    Disk,
    /// The run is done, was stopped, or broke.
    End,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Do {
    /// A note on the charts and in the log.
    Note,
    /// Calls `notify.command`.
    Notify,
    /// Stands still after the step.
    Pause,
    /// A checkpoint that is never pruned.
    Checkpoint,
    /// Back to the newest checkpoint before, and stand still there.
    Rollback,
}

/// A rule as the settings have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it looks for.
    pub when: When,
    /// The bound; of `nonfinite` and `end` none.
    #[serde(default)]
    pub over: Option<f64>,
    /// Of `noisy`: over how many epochs.
    #[serde(default = "three")]
    pub epochs: usize,
    /// What it does, in order.
    #[serde(rename = "do")]
    pub acts: Vec<Do>,
}

fn three() -> usize {
    3
}

impl Rule {
    /// The bound, checked.
    ///
    /// # Errors
    /// A rule that needs one has none.
    pub fn bound(&self) -> Result<f64> {
        match (self.when, self.over) {
            (When::Nonfinite | When::End, _) => Ok(0.0),
            (_, Some(over)) if over.is_finite() && over > 0.0 => Ok(over),
            (when, _) => Err(Error::Input(format!("watch: a rule of `{when:?}` needs `over`, a number above 0").to_lowercase())),
        }
    }
}
