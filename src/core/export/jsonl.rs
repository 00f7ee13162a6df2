//! Metrics and events merged in the order of happening, one JSON object a line.

use super::Request;
use crate::error::{Error, Result};
use crate::event::Report;
use crate::log;
use crate::rundir::RunDir;

/// The lines as bytes.
pub fn encode(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for report in log::read(run)?.reports {
        let line = match &report {
            Report::Step(sample) => serde_json::to_vec(sample),
            Report::Epoch(summary) => serde_json::to_vec(summary),
            Report::Event(record) => serde_json::to_vec(record),
        };
        bytes.extend(line.map_err(|fault| Error::Failed(format!("cannot encode a line: {fault}")))?);
        bytes.push(b'\n');
    }
    Ok(bytes)
}
