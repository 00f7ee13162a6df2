//! `ctl`: a run steered from a script. One JSON object is answered; the exit code says how it went.

pub mod standing;
mod steer;

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use saner_core::command::Verb;
use saner_core::protocol::follow::Watcher;
use saner_core::protocol::{Role, Tell};
use saner_core::rundir::RunDir;
use saner_core::state::{Phase, RunState};
use saner_core::{Error, Result};
use serde_json::{Value, json};

use crate::client::{Away, Heard, Wire, connect};
use crate::view::{close, fold};
use standing::{standing, status};
use steer::steer;

/// Options of `ctl`.
#[derive(Debug, Clone, Args)]
pub struct CtlArgs {
    /// Id, unique prefix, name, or `last`
    run: String,
    #[command(subcommand)]
    verb: CtlVerb,
    /// Take control from whoever has it
    #[arg(long, global = true)]
    force: bool,
    /// Seconds to wait for the answer; default: 60, and without end for `wait`
    #[arg(long, global = true, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// Name in the run's log
    #[arg(long, global = true, default_value = "ctl", value_name = "NAME")]
    by: String,
}

/// What `ctl` can do.
#[derive(Debug, Clone, Subcommand)]
enum CtlVerb {
    /// Where the run stands
    Status,
    /// Stand still after this step
    Pause,
    /// Go on
    Resume,
    /// Change a knob: alpha, k, rho, lr_scale, alpha_a, alpha_c
    Set {
        /// Name of the knob
        key: String,
        /// Its value
        #[arg(allow_negative_numbers = true)]
        value: String,
    },
    /// Write a checkpoint
    Checkpoint {
        /// Why; a noted checkpoint is never pruned
        note: Vec<String>,
    },
    /// A test pass now
    Eval,
    /// A note on the charts
    Note {
        /// The text
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Go back to a checkpoint of this run and stand still there; what came after it is kept in superseded/
    Rollback {
        /// Its name; default: the newest before this step
        checkpoint: Option<String>,
    },
    /// Write a checkpoint and end the run
    Stop,
    /// Wait until the run is done, paused, or has finished an epoch
    Wait {
        /// done, paused, or epoch N (counted from 1)
        #[arg(required = true, num_args = 1..=2)]
        until: Vec<String>,
    },
}

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer with its exit code (`decisions.md` 5).
type Outcome = (Value, u8);

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    Done,
    Paused,
    /// So many epochs are finished.
    Epoch(u32),
}

/// Does what was asked and prints the answer.
pub fn ctl(args: &CtlArgs, runs: &Path) -> anyhow::Result<u8> {
    let run = RunDir::find(runs, &args.run)?;
    let timeout =
        args.timeout.map(|secs| Duration::try_from_secs_f64(secs).map_err(|_| Error::Input("--timeout: write a number of seconds".into())));
    let timeout = timeout.transpose()?;
    let steer = |line: &str| steer(&run, Verb::parse(line).map_err(Error::Input)?, args, timeout.unwrap_or(PATIENCE));
    let (mut answer, code) = match &args.verb {
        CtlVerb::Status => (status(&run)?, 0),
        CtlVerb::Wait { until } => wait(&run, until_of(until)?, timeout)?,
        CtlVerb::Pause => steer("pause")?,
        CtlVerb::Resume => steer("resume")?,
        CtlVerb::Set { key, value } => steer(&format!("set {key} {value}"))?,
        CtlVerb::Checkpoint { note } => steer(&format!("checkpoint {}", note.join(" ")))?,
        CtlVerb::Eval => steer("eval")?,
        CtlVerb::Note { text } => steer(&format!("note {}", text.join(" ")))?,
        CtlVerb::Rollback { checkpoint } => steer(&format!("rollback {}", checkpoint.as_deref().unwrap_or_default()))?,
        CtlVerb::Stop => steer("stop")?,
    };
    answer["run"] = json!(run.id());
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(code)
}

fn until_of(words: &[String]) -> Result<Until> {
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["done"] => Ok(Until::Done),
        ["paused"] => Ok(Until::Paused),
        ["epoch", n] => n.parse().map(Until::Epoch).map_err(|_| Error::Input(format!("wait epoch: `{n}` is not a number of epochs"))),
        _ => Err(Error::Input(format!("wait: `{}` is not known; write done, paused, or epoch N", words.join(" ")))),
    }
}

/// A connection that only watches, with the state that it was told.
fn watch(run: &RunDir, by: &str) -> std::result::Result<(Wire, Watcher), Away> {
    let mut wire = connect(run, Role::View, by, "")?;
    let (mut watcher, begun) = (Watcher::default(), Instant::now());
    loop {
        match wire.reader.next() {
            Heard::Message(message) => {
                if watcher.take(message) {
                    return Ok((wire, watcher));
                }
            }
            Heard::Nothing if begun.elapsed() < PATIENCE => {}
            Heard::Nothing | Heard::End => return Err(Away::Refused("the engine does not speak".into())),
        }
    }
}

fn wait(run: &RunDir, until: Until, timeout: Option<Duration>) -> Result<Outcome> {
    let begun = Instant::now();
    let met = |state: &RunState| match until {
        _ if !state.is_active() => true,
        Until::Done => false,
        Until::Paused => matches!(state.phase, Phase::Paused(_)),
        Until::Epoch(n) => state.epochs.len() >= n as usize,
    };
    // Whether what was waited for came, or the run ended otherwise.
    let fits = |state: &RunState| match until {
        Until::Done => matches!(state.phase, Phase::Ended(saner_core::event::Outcome::Done)),
        Until::Paused => matches!(state.phase, Phase::Paused(_)),
        Until::Epoch(n) => state.epochs.len() >= n as usize,
    };
    let answer = |state: &RunState, alive: bool| (standing(state, alive), if fits(state) { 0 } else { 1 });
    let gone = || {
        let mut state = fold(run)?;
        close(&mut state);
        Ok(answer(&state, false))
    };
    let Ok((mut wire, mut watched)) = watch(run, "ctl") else { return gone() };
    while !met(&watched.state) {
        if timeout.is_some_and(|most| begun.elapsed() >= most) {
            return Ok((standing(&watched.state, true), 5));
        }
        match wire.reader.next() {
            Heard::Message(Tell::Bye { .. }) | Heard::End => return gone(),
            Heard::Message(message) => drop(watched.take(message)),
            Heard::Nothing => {}
        }
    }
    Ok(answer(&watched.state, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_waited_for() {
        let of = |text: &str| until_of(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of("done").unwrap(), Until::Done);
        assert_eq!(of("epoch 12").unwrap(), Until::Epoch(12));
        assert!(of("epoch x").unwrap_err().to_string().contains("`x`"));
        assert!(of("tomorrow").unwrap_err().to_string().contains("done, paused, or epoch N"));
    }
}
