//! All step and epoch lines as one table: a column for each key, empty where a line has none.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::event::Report;
use crate::log;
use crate::rundir::RunDir;

/// Columns that come first; the rest follow by name.
const FIRST: [&str; 4] = ["step", "epoch", "epoch_end", "wall"];

/// The table.
pub struct Table {
    /// Names, in order.
    pub columns: Vec<String>,
    /// Values of each line by name.
    pub rows: Vec<BTreeMap<String, Value>>,
}

impl Table {
    /// Of a run's log.
    pub fn of(run: &RunDir) -> Result<Self> {
        let mut rows: Vec<BTreeMap<String, Value>> = Vec::new();
        for report in log::read(run)?.reports {
            let value = match &report {
                Report::Step(sample) => serde_json::to_value(sample),
                Report::Epoch(summary) => serde_json::to_value(summary),
                Report::Event(_) => continue,
            }
            .map_err(|fault| Error::Failed(format!("cannot encode a line: {fault}")))?;
            if let Value::Object(object) = value {
                rows.push(object.into_iter().filter(|(key, _)| key != "saner/layers" && key != "samples").collect());
            }
        }
        let mut columns: Vec<String> = FIRST.map(str::to_owned).to_vec();
        let others: BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
        columns.extend(others.into_iter().filter(|key| !FIRST.contains(&key.as_str())).cloned());
        Ok(Self { columns, rows })
    }
}
