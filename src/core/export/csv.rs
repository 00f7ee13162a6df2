//! One table of all step and epoch lines: a column for each key, empty where a line has none.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Request;
use crate::error::{Error, Result};
use crate::event::Report;
use crate::log;
use crate::rundir::RunDir;

/// Columns that come first; the rest follow by name.
const FIRST: [&str; 4] = ["step", "epoch", "epoch_end", "wall"];

/// The table as bytes.
pub fn encode(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    let bad = |fault: &dyn std::fmt::Display| Error::Failed(format!("cannot write the table: {fault}"));
    let mut rows: Vec<BTreeMap<String, Value>> = Vec::new();
    for report in log::read(run)?.reports {
        let value = match &report {
            Report::Step(sample) => serde_json::to_value(sample),
            Report::Epoch(summary) => serde_json::to_value(summary),
            Report::Event(_) => continue,
        }
        .map_err(|fault| bad(&fault))?;
        if let Value::Object(object) = value {
            rows.push(object.into_iter().filter(|(key, _)| key != "saner/layers" && key != "samples").collect());
        }
    }
    let mut columns: Vec<String> = FIRST.map(str::to_owned).to_vec();
    let others: std::collections::BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
    columns.extend(others.into_iter().filter(|key| !FIRST.contains(&key.as_str())).cloned());
    let mut table = ::csv::Writer::from_writer(Vec::new());
    table.write_record(&columns).map_err(|fault| bad(&fault))?;
    for row in &rows {
        let cells = columns.iter().map(|key| row.get(key).map_or(String::new(), Value::to_string));
        table.write_record(cells).map_err(|fault| bad(&fault))?;
    }
    table.into_inner().map_err(|fault| bad(&fault))
}
