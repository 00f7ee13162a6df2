//! A run's log as one event file for TensorBoard.

use super::Request;
use crate::error::Result;
use crate::event::Report;
use crate::log;
use crate::rundir::RunDir;
use crate::tensorboard::Events;

/// The file as bytes.
pub fn encode(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    let reports = log::read(run)?.reports;
    let first = reports.iter().find_map(|report| if let Report::Event(record) = report { Some(record.time) } else { None });
    let events = Events::new(first.unwrap_or(0.0));
    let mut file = events.head();
    for report in &reports {
        file.extend(events.encode(report)?);
    }
    Ok(file)
}
