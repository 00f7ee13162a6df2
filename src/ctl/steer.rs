//! A command, and what became of it.

use std::time::{Duration, Instant};

use saner_core::command::Verb;
use saner_core::event::{Event, Record};
use saner_core::log::LogWriter;
use saner_core::protocol::{Ask, Tell};
use saner_core::rundir::RunDir;
use saner_core::{Error, Result};
use serde_json::{Value, json};

use super::{CtlArgs, Outcome, watch};
use crate::client::{Away, Heard, Wire};
use crate::view::fold;

/// How long the engine may take to close a connection.
const FAREWELL: Duration = Duration::from_secs(2);

/// Asks for a verb and waits for its last word.
pub fn steer(run: &RunDir, verb: Verb, args: &CtlArgs, timeout: Duration) -> Result<Outcome> {
    let (mut wire, _) = match watch(run, &args.by) {
        Ok(watched) => watched,
        Err(Away::Dead) => return Ok((json!({"result": "rejected", "reason": "the run has ended"}), 2)),
        Err(Away::Elsewhere(host)) => {
            return Ok((json!({"result": "rejected", "reason": format!("it is trained on {host}; steer it there")}), 2));
        }
        Err(Away::Refused(why)) => return Err(Error::Failed(format!("{} cannot be joined: {why}", run.id()))),
    };
    let outcome = command(run, &verb, args, timeout, &mut wire);
    // Control is given back, whatever came of it.
    let _ = wire.writer.say(&Ask::Bye);
    // The engine closes the connection when that has happened: the next `ctl` finds control free.
    let begun = Instant::now();
    while begun.elapsed() < FAREWELL && !matches!(wire.reader.next(), Heard::End) {}
    outcome
}

fn command(run: &RunDir, verb: &Verb, args: &CtlArgs, timeout: Duration, wire: &mut Wire) -> Result<Outcome> {
    let begun = Instant::now();
    let broken = |fault: std::io::Error| Error::Failed(format!("the connection to {} broke: {fault}", run.id()));
    wire.writer.say(&Ask::Take { force: args.force }).map_err(broken)?;
    let mut control = None;
    let mut ticket = None;
    let mut accepted = None;
    while begun.elapsed() < timeout {
        let message = match wire.reader.next() {
            Heard::Message(message) => message,
            Heard::Nothing => continue,
            Heard::End => break,
        };
        match message {
            Tell::Control { yours: true, .. } if control.is_none() => {
                control = Some(true);
                wire.writer.say(&Ask::Command { id: 1, verb: verb.clone() }).map_err(broken)?;
            }
            Tell::Control { yours: false, holder: Some(holder) } if control.is_none() && !args.force => {
                let reason = format!("{holder} has control; --force takes it");
                return Ok((json!({"result": "refused", "reason": reason}), 4));
            }
            Tell::Answer { id: 1, refused: Some(reason), .. } => return Ok((json!({"result": "rejected", "reason": reason}), 2)),
            Tell::Answer { id: 1, ticket: given, .. } => ticket = given,
            Tell::Event { record } => {
                let answer = ticket.and_then(|ticket| answered(&record, ticket, verb, &args.by));
                if let Event::Accepted { value, .. } = record.event {
                    accepted = Some(value);
                }
                if let Some(outcome) = answer {
                    return Ok(outcome);
                }
            }
            Tell::Bye { .. } => break,
            _ => {}
        }
    }
    if *verb == Verb::Stop && !LogWriter::is_taken(run) {
        return Ok((json!({"result": "applied", "step": fold(run)?.steps_done()}), 0));
    }
    let result = if accepted.is_some() { "accepted" } else { "unanswered" };
    Ok((json!({"result": result, "reason": format!("no answer within {} s", begun.elapsed().as_secs())}), 5))
}

/// What an event says about the command of a ticket, if it is its last word.
fn answered(record: &Record, ticket: u64, verb: &Verb, by: &str) -> Option<Outcome> {
    let step = record.step;
    let own = record.by == by;
    let done = |more: Value| {
        let mut all = json!({"result": "applied", "step": step});
        if let (Some(all), Some(more)) = (all.as_object_mut(), more.as_object()) {
            all.extend(more.clone());
        }
        Some((all, 0))
    };
    match (&record.event, verb) {
        (Event::Applied { id, mark, knob, from, to, effective, .. }, _) if *id == ticket => {
            done(json!({"knob": knob.row().name, "value": to, "from": from, "effective": effective, "mark": mark}))
        }
        (Event::Rejected { id, reason }, _) if *id == ticket => Some((json!({"result": "rejected", "reason": reason}), 2)),
        (Event::Superseded { id, by_id }, _) if *id == ticket => Some((json!({"result": "superseded", "by": by_id}), 2)),
        (Event::Saved(saved), Verb::Checkpoint { .. }) if saved.id == Some(ticket) => {
            done(json!({"checkpoint": saved.name, "mark": saved.mark, "bytes": saved.bytes}))
        }
        (Event::SaveFailed { reason }, Verb::Checkpoint { .. }) => Some((json!({"result": "rejected", "reason": reason}), 2)),
        (Event::Paused { .. }, Verb::Pause) | (Event::Resumed, Verb::Resume) if own => done(json!({})),
        (Event::Evaluated { acc, loss }, Verb::Eval) if own => done(json!({"eval/acc": acc, "eval/loss": loss})),
        (Event::Note { mark, .. }, Verb::Note(_)) if own => done(json!({"mark": mark})),
        (Event::Restored { checkpoint, superseded }, Verb::Rollback { .. }) if own => {
            done(json!({"checkpoint": checkpoint, "superseded": superseded}))
        }
        (Event::Finished { .. }, Verb::Stop) => done(json!({})),
        _ => None,
    }
}
