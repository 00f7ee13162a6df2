//! One table of all step and epoch lines as text.

use serde_json::Value;

use super::Request;
use super::columns::Table;
use crate::error::{Error, Result};
use crate::rundir::RunDir;

/// The table as bytes.
pub fn encode(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    let bad = |fault: &dyn std::fmt::Display| Error::Failed(format!("cannot write the table: {fault}"));
    let Table { columns, rows } = Table::of(run)?;
    let mut table = ::csv::Writer::from_writer(Vec::new());
    table.write_record(&columns).map_err(|fault| bad(&fault))?;
    for row in &rows {
        let cells = columns.iter().map(|key| row.get(key).map_or(String::new(), Value::to_string));
        table.write_record(cells).map_err(|fault| bad(&fault))?;
    }
    table.into_inner().map_err(|fault| bad(&fault))
}
