//! Human labels: CIFAR-10N and CIFAR-100N from CSV, matched by the official index.
//!
//! Source: Wei et al., ICLR 2022. `DIR/cifar-n/cifar10n.csv` has the columns `index,clean,aggregate,random1,random2,
//! random3,worse`, `cifar100n.csv` has `index,clean_fine,noisy_fine`; the clean column must agree with the data.

use std::path::Path;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::spec::{Spec, nearest};

/// Given labels of the training set.
///
/// # Errors
/// No such file, no such column, a row that is missing or disagrees with the true label.
pub fn labels(spec: &Spec, set: &Dataset, dir: &Path) -> Result<Vec<u8>> {
    let (file, clean_name) = if set.classes.len() == 10 { ("cifar10n.csv", "clean") } else { ("cifar100n.csv", "clean_fine") };
    let asked = if set.classes.len() == 100 && spec.noise.set == "worse" { "noisy_fine" } else { &spec.noise.set };
    let path = dir.join("cifar-n").join(file);
    let text = std::fs::read_to_string(&path).map_err(|fault| {
        Error::data(&path, format!("cannot be read ({fault}); human noise needs the CIFAR-N labels in --data DIR/cifar-n"))
    })?;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().map_err(|fault| Error::data(&path, fault.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|cell| cell.trim() == name);
    let wanted = column(asked).filter(|&c| c >= 2).ok_or_else(|| {
        let sets: Vec<&str> = header.iter().skip(2).collect();
        let hint = nearest(asked, sets.iter().copied()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        Error::Input(format!("noise.set: no label set `{asked}` in {}; {hint}write one of {}", path.display(), sets.join(", ")))
    })?;
    let clean = column(clean_name).ok_or_else(|| Error::data(&path, format!("has no column `{clean_name}`")))?;
    let mut table: Vec<Option<(u8, u8)>> = Vec::new();
    for (line, row) in rows.records().enumerate() {
        let row = row.map_err(|fault| Error::data(&path, fault.to_string()))?;
        let number = |c: usize| row.get(c).and_then(|cell| cell.trim().parse::<u32>().ok());
        let (Some(index), Some(clean), Some(given)) = (number(0), number(clean), number(wanted)) else {
            return Err(Error::data(&path, format!("line {}: not a row of whole numbers", line + 2)));
        };
        let n_classes = set.classes.len() as u32;
        if clean >= n_classes || given >= n_classes || index > 1_000_000 {
            return Err(Error::data(&path, format!("line {}: label or index out of range", line + 2)));
        }
        table.resize(table.len().max(index as usize + 1), None);
        table[index as usize] = Some((clean as u8, given as u8));
    }
    set.train
        .index
        .iter()
        .zip(&set.train.labels)
        .map(|(&index, &label)| match table.get(index as usize) {
            Some(Some((clean, given))) if *clean == label => Ok(*given),
            Some(Some((clean, _))) => Err(Error::data(
                &path,
                format!("index {index}: clean label {clean}, but the data set says {label}; the two do not belong together"),
            )),
            _ => Err(Error::data(&path, format!("has no row for index {index}"))),
        })
        .collect()
}
