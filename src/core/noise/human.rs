//! Human labels: CIFAR-10N and CIFAR-100N, from CSV or from the published `.pt` files, matched by the official index.
//!
//! Source: Wei et al., ICLR 2022. `DIR/cifar-n/cifar10n.csv` has the columns `index,clean,aggregate,random1,random2,
//! random3,worse`, `cifar100n.csv` has `index,clean_fine,noisy_fine`; `CIFAR-10_human.pt` and `CIFAR-100_human.pt` are as
//! published. The clean column must agree with the data.

use std::path::{Path, PathBuf};

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::noise::pickle;
use crate::spec::{Spec, nearest};

/// Columns of whole numbers under names, one row for each record of the official order; absent rows are −1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sheet {
    path: PathBuf,
    columns: Vec<(String, Vec<i64>)>,
}

impl Sheet {
    fn column(&self, name: &str) -> Option<&[i64]> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice())
    }
}

/// Given labels of the training set.
///
/// # Errors
/// No such file, no such label set, a row that is missing or disagrees with the true label.
pub fn labels(spec: &Spec, set: &Dataset, dir: &Path) -> Result<Vec<u8>> {
    let n_classes = set.classes.len();
    let (stem, published, clean_name) =
        if n_classes == 10 { ("cifar10n", "CIFAR-10_human", "clean") } else { ("cifar100n", "CIFAR-100_human", "clean_fine") };
    let asked = if n_classes == 100 && spec.noise.set == "worse" { "noisy_fine" } else { &spec.noise.set };
    let folder = dir.join("cifar-n");
    let (csv, pt) = (folder.join(format!("{stem}.csv")), folder.join(format!("{published}.pt")));
    let sheet = match (csv.is_file(), pt.is_file()) {
        (false, true) => from_pt(&pt)?,
        _ => from_csv(&csv)?,
    };
    let sets: Vec<&str> =
        sheet.columns.iter().map(|(name, _)| name.as_str()).filter(|name| !["index", clean_name].contains(name)).collect();
    let given = sheet.column(asked).filter(|_| sets.contains(&asked)).ok_or_else(|| {
        let hint = nearest(asked, sets.iter().copied()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        Error::Input(format!("noise.set: no label set `{asked}` in {}; {hint}write one of {}", sheet.path.display(), sets.join(", ")))
    })?;
    let clean = sheet.column(clean_name).ok_or_else(|| Error::data(&sheet.path, format!("has no column `{clean_name}`")))?;
    let row = |(&index, &label): (&u32, &u8)| {
        let at = index as usize;
        match (clean.get(at), given.get(at)) {
            (Some(&clean), Some(&given)) if clean >= 0 => {
                if clean != i64::from(label) {
                    let what = format!("index {index}: clean label {clean}, but the data set says {label}; the two do not belong together");
                    return Err(Error::data(&sheet.path, what));
                }
                u8::try_from(given)
                    .ok()
                    .filter(|given| usize::from(*given) < n_classes)
                    .ok_or_else(|| Error::data(&sheet.path, format!("index {index}: label {given} is not below {n_classes}")))
            }
            _ => Err(Error::data(&sheet.path, format!("has no row for index {index}"))),
        }
    };
    set.train.index.iter().zip(&set.train.labels).map(row).collect()
}

fn from_csv(path: &Path) -> Result<Sheet> {
    let text = std::fs::read_to_string(path).map_err(|fault| {
        Error::data(
            path,
            format!(
                "cannot be read ({fault}); human noise needs the CIFAR-N labels in --data DIR/cifar-n; run `saner-tui data fetch cifar-n`"
            ),
        )
    })?;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().map_err(|fault| Error::data(path, fault.to_string()))?.clone();
    let mut columns: Vec<(String, Vec<i64>)> = header.iter().map(|name| (name.trim().to_owned(), Vec::new())).collect();
    for (line, row) in rows.records().enumerate() {
        let row = row.map_err(|fault| Error::data(path, fault.to_string()))?;
        let numbers: Option<Vec<i64>> = row.iter().map(|cell| cell.trim().parse().ok()).collect();
        let Some(numbers) = numbers.filter(|numbers| (0..=1_000_000).contains(&numbers[0])) else {
            return Err(Error::data(path, format!("line {}: not a row of whole numbers", line + 2)));
        };
        let at = numbers[0] as usize;
        for ((_, values), number) in columns.iter_mut().zip(numbers) {
            values.resize(values.len().max(at + 1), -1);
            values[at] = number;
        }
    }
    Ok(Sheet { path: path.to_path_buf(), columns })
}

/// The published file: a zip that holds a pickle of NumPy arrays under `clean_label`, `worse_label` and so on.
fn from_pt(path: &Path) -> Result<Sheet> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let arrays = pickle::arrays_of_pt(&bytes).map_err(|what| Error::data(path, what))?;
    let columns = arrays.into_iter().map(|(name, values)| {
        let short = match name.as_str() {
            "aggre_label" => "aggregate".to_owned(),
            "worse_label" => "worse".to_owned(),
            "clean_label" => "clean".to_owned(),
            "random_label1" => "random1".to_owned(),
            "random_label2" => "random2".to_owned(),
            "random_label3" => "random3".to_owned(),
            "noisy_label" => "noisy_fine".to_owned(),
            _ => name,
        };
        (short, values)
    });
    let mut columns: Vec<_> = columns.collect();
    // The file of CIFAR-100N calls its true fine labels `clean_label`.
    if columns.iter().any(|(name, _)| name == "noisy_fine") {
        for (name, _) in &mut columns {
            if name == "clean" {
                *name = "clean_fine".into();
            }
        }
    }
    Ok(Sheet { path: path.to_path_buf(), columns })
}
