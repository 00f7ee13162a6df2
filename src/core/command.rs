//! What the world wants of a run. Every key, typed word and script ends as one of these.

use serde::{Deserialize, Serialize};

use crate::knob::Knob;

/// A request with its number, so that the answer can be matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Command {
    /// Number given by the sender.
    pub id: u64,
    /// Who asks.
    pub by: String,
    /// What is asked.
    pub verb: Verb,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Stop stepping after this step; nothing is lost.
    Pause,
    /// Go on.
    Resume,
    /// Change knobs together; one plan change for all.
    Set(Vec<(Knob, f64)>),
    /// Write a checkpoint now.
    Checkpoint {
        /// Why; a noted checkpoint is never pruned.
        note: Option<String>,
    },
    /// Test pass now.
    Eval,
    /// A note mark at this step.
    Note(String),
    /// Go back to a checkpoint of this run and stand still there.
    Rollback {
        /// Its name; without one the newest before this step.
        checkpoint: Option<String>,
    },
    /// Write a checkpoint, then end the run.
    Stop,
}

/// Letters of a note.
const NOTE: usize = 2_000;

impl Verb {
    /// The verb with its text as it may be written into a log and shown on a terminal: no control characters, not endless.
    pub fn tamed(self) -> Self {
        let tame = |text: String| crate::protocol::tame(&text, NOTE);
        match self {
            Self::Checkpoint { note } => Self::Checkpoint { note: note.map(tame) },
            Self::Note(text) => Self::Note(tame(text)),
            Self::Rollback { checkpoint } => Self::Rollback { checkpoint: checkpoint.map(tame) },
            // Values are checked by the engine; a list that names a knob twice is its business too.
            Self::Set(mut changes) => {
                changes.truncate(crate::knob::N_KNOBS);
                Self::Set(changes)
            }
            other => other,
        }
    }

    /// Reads a typed line such as `set alpha 0.3` or `checkpoint before the drop`.
    ///
    /// # Errors
    /// A sentence with what to write instead.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap_or_default();
        let rest: Vec<&str> = words.collect();
        let text = rest.join(" ");
        match verb {
            "pause" => Ok(Self::Pause),
            "resume" => Ok(Self::Resume),
            "checkpoint" => Ok(Self::Checkpoint { note: (!text.is_empty()).then_some(text) }),
            "eval" => Ok(Self::Eval),
            "note" if !text.is_empty() => Ok(Self::Note(text)),
            "rollback" if rest.len() <= 1 => Ok(Self::Rollback { checkpoint: (!text.is_empty()).then_some(text) }),
            "rollback" => Err("write `rollback`, or `rollback CHECKPOINT`".into()),
            "stop" => Ok(Self::Stop),
            "set" => {
                let [key, value] = rest[..] else {
                    return Err("write `set KEY VALUE`, for example `set alpha 0.3`".into());
                };
                let knob = Knob::parse(key)?;
                let number = value
                    .trim_start_matches('×')
                    .parse()
                    .map_err(|_| format!("`{value}` is not a number; write for example `set {key} 0.3`"))?;
                Ok(Self::Set(vec![(knob, knob.check(number)?)]))
            }
            _ => Err(format!(
                "unknown command `{verb}`; write pause, resume, set KEY VALUE, checkpoint [NOTE], eval, note TEXT, rollback [CHECKPOINT] or stop"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_lines() {
        assert_eq!(Verb::parse("set alpha 0.3"), Ok(Verb::Set(vec![(Knob::Alpha, 0.3)])));
        assert_eq!(Verb::parse("checkpoint before drop"), Ok(Verb::Checkpoint { note: Some("before drop".into()) }));
        assert!(Verb::parse("set alpha 9").unwrap_err().contains("0 to 2"));
        assert!(Verb::parse("set momentum 0.8").unwrap_err().contains("locked"));
        assert!(Verb::parse("fly").unwrap_err().contains("pause"));
        assert!(Verb::parse("note").is_err());
    }
}
