//! Where a run stands, as one JSON object.

use saner_core::Result;
use saner_core::knob::KNOBS;
use saner_core::rundir::RunDir;
use saner_core::state::{Phase, RunState};
use serde_json::{Value, json};

use super::watch;
use crate::view;

/// Where a run stands: asked of its engine, or read from its files.
pub fn status(run: &RunDir) -> Result<Value> {
    if let Ok((_, watched)) = watch(run, "ctl") {
        return Ok(standing(&watched.state, true));
    }
    let (state, alive) = view::standing(run)?;
    Ok(standing(&state, alive))
}

/// A state in words and numbers.
pub fn standing(state: &RunState, alive: bool) -> Value {
    let (word, why) = word(&state.phase);
    let header = state.header.as_ref();
    let last = state.epochs.last();
    let knobs: serde_json::Map<String, Value> = KNOBS.iter().map(|row| (row.name.to_owned(), json!(state.knob(row.knob)))).collect();
    json!({
        "state": word, "why": why, "alive": alive,
        "steps": state.steps_done(), "total_steps": header.map(|h| h.total_steps),
        "epochs": state.epochs.len(), "total_epochs": header.map(|h| h.spec.schedule.epochs),
        "train/loss": state.step.as_ref().map(|s| s.loss).filter(|loss| loss.is_finite()),
        "saner/alpha": state.step.as_ref().map(|s| s.alpha),
        "train/noisy_acc": last.and_then(|e| e.noisy_acc), "eval/acc": last.map(|e| e.eval_acc), "eval/best_acc": last.map(|e| e.best_acc),
        "knobs": knobs, "tuned": state.tuned,
    })
}

/// Word of a phase, and why.
pub fn word(phase: &Phase) -> (&'static str, Option<&str>) {
    use saner_core::event::Outcome;
    match phase {
        Phase::Starting => ("starting", None),
        Phase::Running => ("running", None),
        Phase::Paused(why) => ("paused", Some(why)),
        Phase::Ended(Outcome::Done) => ("done", None),
        Phase::Ended(Outcome::Stopped) => ("stopped", None),
        Phase::Ended(Outcome::NonFinite) => ("failed", Some("a value was not finite")),
        Phase::Failed(why) => ("failed", Some(why)),
    }
}
