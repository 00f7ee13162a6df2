//! Tells events and epochs to `tracing`, from where they reach `engine.log` and the Logs tab.

use saner_core::event::{Event, Report};
use saner_core::feed::Sink;
use saner_core::{Result, words};

/// Says a sentence on standard error; a dead terminal is no reason to panic.
pub fn complain(text: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "saner-tui: {text}");
}

/// A sink that talks.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "only a training run is told"))]
pub struct Narrator {
    epochs: u32,
}

impl Sink for Narrator {
    fn take(&mut self, report: &Report) -> Result<()> {
        match report {
            Report::Step(_) => {}
            Report::Epoch(summary) => tracing::info!(target: "train", "{}", words::epoch(summary, self.epochs)),
            Report::Event(record) => {
                if let Event::Started(header) = &record.event {
                    self.epochs = header.spec.schedule.epochs;
                }
                let text = words::event(record);
                match record.event {
                    Event::Failed { .. } | Event::NonFinite { .. } | Event::SaveFailed { .. } => {
                        tracing::error!(target: "engine", "{text}")
                    }
                    Event::Warning { .. } | Event::Rejected { .. } => tracing::warn!(target: "engine", "{text}"),
                    Event::Saved(_) => tracing::info!(target: "checkpoint", "{text}"),
                    Event::Accepted { .. } | Event::Applied { .. } | Event::Superseded { .. } => tracing::info!(target: "knob", "{text}"),
                    _ => tracing::info!(target: "engine", "{text}"),
                }
            }
        }
        Ok(())
    }
}
