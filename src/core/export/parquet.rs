//! The table of all step and epoch lines as Parquet: columns of numbers, absent where a line has none.

use std::sync::Arc;

use parquet::basic::{Compression, Repetition, Type as Physical};
use parquet::data_type::{DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use serde_json::Value;

use super::Request;
use super::columns::Table;
use crate::error::{Error, Result};
use crate::rundir::RunDir;

/// The file as bytes.
pub fn encode(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    write(&Table::of(run)?).map_err(|fault| Error::Failed(format!("cannot write Parquet: {fault}")))
}

/// A column of whole numbers, or of others.
fn kind(table: &Table, column: &str) -> Option<Physical> {
    let mut values = table.rows.iter().filter_map(|row| row.get(column)).filter(|value| !value.is_null()).peekable();
    values.peek()?;
    let values: Vec<&Value> = values.collect();
    match () {
        () if values.iter().all(|value| value.is_i64() || value.is_u64()) => Some(Physical::INT64),
        () if values.iter().all(|value| value.is_number()) => Some(Physical::DOUBLE),
        // What is no number has no column.
        () => None,
    }
}

fn write(table: &Table) -> std::result::Result<Vec<u8>, ParquetError> {
    let columns: Vec<(&String, Physical)> = table.columns.iter().filter_map(|name| Some((name, kind(table, name)?))).collect();
    let field = |(name, kind): &(&String, Physical)| {
        Type::primitive_type_builder(name, *kind).with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<std::result::Result<_, _>>()?;
    let schema = Arc::new(Type::group_type_builder("run").with_fields(fields).build()?);
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties)?;
    let mut group = writer.next_row_group()?;
    for (name, kind) in &columns {
        let cells: Vec<Option<&Value>> = table.rows.iter().map(|row| row.get(*name).filter(|value| !value.is_null())).collect();
        let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
        let Some(mut column) = group.next_column()? else { break };
        if *kind == Physical::INT64 {
            let values: Vec<i64> = cells.iter().flatten().filter_map(|value| value.as_i64()).collect();
            column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        } else {
            let values: Vec<f64> = cells.iter().flatten().filter_map(|value| value.as_f64()).collect();
            column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
        }
        column.close()?;
    }
    group.close()?;
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    #[test]
    fn numbers_come_back_as_they_went_in() {
        let row = |text: &str| serde_json::from_str::<std::collections::BTreeMap<String, Value>>(text).unwrap();
        let table = Table {
            columns: ["step", "loss", "acc", "words", "none"].map(str::to_owned).to_vec(),
            rows: vec![
                row(r#"{"step":0,"loss":2.302585092994046,"words":"a"}"#),
                row(r#"{"step":1,"loss":null,"acc":1,"words":"b"}"#),
                row(r#"{"step":2,"loss":1e-300,"acc":0.5}"#),
            ],
        };
        let reader = SerializedFileReader::new(bytes::Bytes::from(write(&table).unwrap())).unwrap();
        let names: Vec<String> = reader.metadata().file_metadata().schema().get_fields().iter().map(|f| f.name().to_owned()).collect();
        assert_eq!(names, ["step", "loss", "acc"]);
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap()).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[2].get_long(0).unwrap(), rows[0].get_double(1).unwrap()), (2, 2.302_585_092_994_046));
        assert_eq!((rows[2].get_double(1).unwrap(), rows[2].get_double(2).unwrap()), (1e-300, 0.5));
        assert!(rows[1].get_double(1).is_err() && rows[0].get_double(2).is_err(), "absent, not zero");
    }
}
