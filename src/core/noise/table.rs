//! A person's own labels: a CSV file with the columns `index` and `given` (or `label`), a class number or name each.

use std::collections::HashMap;
use std::path::Path;

use crate::data::Dataset;
use crate::error::{Error, Result};

/// Given labels of the training set; a sample without a row keeps its own.
///
/// # Errors
/// No such file or column, an unknown class, no row that names a sample of the set.
pub fn labels(path: &Path, set: &Dataset) -> Result<Vec<u8>> {
    let bad = |what: String| Error::data(path, what);
    let text = std::fs::read_to_string(path).map_err(|fault| bad(format!("cannot be read: {fault}")))?;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().map_err(|fault| bad(fault.to_string()))?.clone();
    let column = |names: &[&str]| header.iter().position(|cell| names.contains(&cell.trim()));
    let (Some(index), Some(given)) = (column(&["index"]), column(&["given", "label"])) else {
        return Err(bad("needs the columns `index` and `given`; write them in the first line".into()));
    };
    let mut table = HashMap::new();
    for (line, row) in rows.records().enumerate() {
        let row = row.map_err(|fault| bad(fault.to_string()))?;
        let cell = |at: usize| row.get(at).unwrap_or_default().trim();
        let number = cell(index).parse::<u32>().map_err(|_| bad(format!("line {}: `{}` is not an index", line + 2, cell(index))))?;
        let class = class(cell(given), &set.classes).ok_or_else(|| {
            bad(format!("line {}: no class `{}`; write a number below {} or a class name", line + 2, cell(given), set.classes.len()))
        })?;
        table.insert(number, class);
    }
    let mut met = 0;
    let given = set.train.index.iter().zip(&set.train.labels).map(|(index, label)| {
        let found = table.get(index);
        met += usize::from(found.is_some());
        found.copied().unwrap_or(*label)
    });
    let given: Vec<u8> = given.collect();
    if met == 0 {
        return Err(bad("names no sample of the training set; `index` counts in the official order, from 0".into()));
    }
    Ok(given)
}

fn class(word: &str, classes: &[String]) -> Option<u8> {
    let number = word.parse::<usize>().ok().filter(|number| *number < classes.len());
    classes.iter().position(|name| name == word).or(number).map(|at| at as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_faults() {
        let mut spec = crate::spec::Spec::default().data;
        (spec.train_size, spec.test_size, spec.batch) = (20, 10, 1);
        let set = crate::data::shapes::dataset(&spec, 1).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("l.csv");
        let read = |text: String| {
            std::fs::write(&path, text).unwrap();
            labels(&path, &set)
        };
        let given = read(format!("index,given\n0,3\n1,{}\n", set.classes[4])).unwrap();
        assert_eq!((given[0], given[1], given[2]), (3, 4, set.train.labels[2]));
        assert!(read("index,given\n0,99\n".into()).unwrap_err().to_string().contains("line 2: no class `99`"));
        assert!(read("a,b\n0,1\n".into()).unwrap_err().to_string().contains("columns"));
        assert!(read("index,given\n77,1\n".into()).unwrap_err().to_string().contains("names no sample"));
    }
}
