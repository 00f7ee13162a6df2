//! What a client's line leads to: the rules of the protocol without a socket, a thread or a clock.

use std::time::Instant;

use saner_core::command::Verb;
use saner_core::protocol::{Ask, Tell};

use super::lease::{Lease, Who};

/// What follows from a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// It is answered.
    Answer(Tell),
    /// The client leaves on purpose.
    Bye,
    /// It must not be said; the connection ends with this sentence.
    Wrong(String),
}

/// Answers a line behind the hello. `pass_on` hands a command of who steers to the run.
pub fn answer(lease: &mut Lease, who: &Who, ask: Ask, now: Instant, pass_on: impl FnOnce(&str, Verb) -> Result<u64, String>) -> Said {
    match ask {
        Ask::Hello { .. } => Said::Wrong("a second hello".into()),
        Ask::Bye => Said::Bye,
        Ask::Take { force } => {
            if force {
                lease.take(who);
            } else {
                lease.ask(who, now);
            }
            Said::Answer(Tell::Control { yours: lease.is(who.id), holder: lease.name(now) })
        }
        Ask::Command { id, verb } => {
            let taken = if lease.is(who.id) {
                pass_on(&who.name, verb.tamed())
            } else {
                Err(lease.name(now).unwrap_or_else(|| "nobody".into()) + " has control; take it first")
            };
            let (ticket, refused) = taken.map_or_else(|reason| (None, Some(reason)), |ticket| (Some(ticket), None));
            Said::Answer(Tell::Answer { id, ticket, refused })
        }
    }
}
