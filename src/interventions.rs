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
    let mut found = Found { changes: Vec::new(), text: String::new() };
    for line in text.lines() {
        // Events of other kinds, and torn lines, are nothing to make again.
        let Ok(Record { step, event: Event::Applied { knob, to, .. }, .. }) = serde_json::from_str(line) else { continue };
        found.changes.push(Intervention { step, knob, to });
        found.text += line;
        found.text.push('\n');
    }
    if found.changes.is_empty() {
        return Err(Error::data(path, "holds no applied change; --interventions takes the events.jsonl of a run that was tuned by hand"));
    }
    found.changes.sort_by_key(|change| change.step);
    Ok(found)
}
