//! `run --interventions FILE`: the live changes of one run, made again in another at the same steps.

use std::path::Path;

use saner_core::event::{Event, Record};
use saner_core::{Error, Result};
use saner_engine::trainer::Intervention;

/// Changes of a log.
#[derive(Debug)]
pub struct Found {
    /// In the order of their steps.
    pub changes: Vec<Intervention>,
    /// The lines that hold them, for the folder of the new run.
    pub text: String,
}

/// Reads the applied changes of an `events.jsonl`.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn read(path: &Path) -> Result<Found> {
    let text = std::fs::read_to_string(path)
        .map_err(|fault| Error::data(path, format!("cannot be read ({fault}); --interventions takes the events.jsonl of a run")))?;
    let mut made: Vec<(Intervention, &str)> = Vec::new();
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(Record { step, event: Event::Applied { knob, to, .. }, .. }) => made.push((Intervention { step, knob, to }, line)),
            // A run that went back: what was changed after that step acts no more.
            Ok(Record { step, event: Event::Restored { .. }, .. }) => made.retain(|(change, _)| change.step < step),
            // Events of other kinds, and torn lines, are nothing to make again.
            _ => {}
        }
    }
    if made.is_empty() {
        return Err(Error::data(path, "holds no applied change; --interventions takes the events.jsonl of a run that was tuned by hand"));
    }
    made.sort_by_key(|(change, _)| change.step);
    let text = made.iter().map(|(_, line)| format!("{line}\n")).collect();
    Ok(Found { changes: made.into_iter().map(|(change, _)| change).collect(), text })
}
