//! CIFAR-10 and CIFAR-100 from the official binary files, whole or a part.

use std::path::Path;

use super::{Dataset, Samples};
use crate::error::{Error, Result};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;

/// Same mean and deviation for both sets, as in the authors' code (`method.md` 3).
const MEAN: [f32; 3] = [0.4914, 0.4822, 0.4465];
const STD: [f32; 3] = [0.2023, 0.1994, 0.2010];

/// One official layout.
struct Layout {
    name: &'static str,
    folder: &'static str,
    train: &'static [&'static str],
    test: &'static str,
    /// Label bytes before the pixels; the last one counts.
    labels: usize,
    /// Records of one official training file, and of the test file.
    records: (usize, usize),
    n_classes: usize,
    meta: &'static str,
}

const CIFAR10: Layout = Layout {
    name: "cifar10",
    folder: "cifar-10-batches-bin",
    train: &["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
    test: "test_batch.bin",
    labels: 1,
    records: (10_000, 10_000),
    n_classes: 10,
    meta: "batches.meta.txt",
};

const CIFAR100: Layout = Layout {
    name: "cifar100",
    folder: "cifar-100-binary",
    train: &["train.bin"],
    test: "test.bin",
    labels: 2,
    records: (50_000, 10_000),
    n_classes: 100,
    meta: "fine_label_names.txt",
};

/// CIFAR-10 from `dir/cifar-10-batches-bin` (or from `dir` itself, if the files lie there).
///
/// # Errors
/// Missing or corrupt files.
pub fn cifar10(dir: &Path) -> Result<Dataset> {
    read(dir, &CIFAR10)
}

/// CIFAR-100 (fine labels) from `dir/cifar-100-binary`.
///
/// # Errors
/// Missing or corrupt files.
pub fn cifar100(dir: &Path) -> Result<Dataset> {
    read(dir, &CIFAR100)
}

fn read(dir: &Path, layout: &Layout) -> Result<Dataset> {
    let inner = dir.join(layout.folder);
    let folder = if inner.is_dir() || !dir.join(layout.test).is_file() { inner } else { dir.to_path_buf() };
    let mut train = Samples::empty(SIDE);
    for (number, file) in layout.train.iter().enumerate() {
        append(&mut train, &folder.join(file), layout, layout.records.0, number * layout.records.0)?;
    }
    let mut test = Samples::empty(SIDE);
    append(&mut test, &folder.join(layout.test), layout, layout.records.1, 0)?;
    let whole = layout.train.len() * layout.records.0;
    let note = (train.len() < whole || test.len() < layout.records.1).then(|| {
        format!(
            "a part: {} of {} training records and {} of {} test records",
            thousands(train.len()),
            thousands(whole),
            thousands(test.len()),
            thousands(layout.records.1)
        )
    });
    let classes = class_names(&folder, layout);
    Ok(Dataset { train, test, classes, mean: MEAN, std: STD, knows_truth: true, note, ..Dataset::default() })
}

fn append(samples: &mut Samples, path: &Path, layout: &Layout, official: usize, first: usize) -> Result<()> {
    let bytes = std::fs::read(path).map_err(|fault| {
        if fault.kind() == std::io::ErrorKind::NotFound {
            Error::data(
                path,
                format!(
                    "no such file; run `saner-tui data fetch {}`, or point --data at the folder that holds {}",
                    layout.name, layout.folder
                ),
            )
        } else {
            Error::data(path, format!("cannot be read: {fault}"))
        }
    })?;
    let record = layout.labels + PIXELS;
    let found = bytes.len() / record;
    if bytes.is_empty() || bytes.len() % record != 0 {
        return Err(Error::data(
            path,
            format!(
                "{} bytes are not a whole number of records of {record} bytes; the file is cut or corrupt, fetch it again",
                bytes.len()
            ),
        ));
    }
    if found > official {
        return Err(Error::data(path, format!("{found} records, more than the official {official}; this is not the official file")));
    }
    for (i, chunk) in bytes.chunks_exact(record).enumerate() {
        let label = chunk[layout.labels - 1];
        if usize::from(label) >= layout.n_classes {
            return Err(Error::data(
                path,
                format!("record {i}: label {label} is not below {}; the file is corrupt, fetch it again", layout.n_classes),
            ));
        }
        samples.labels.push(label);
        samples.images.extend_from_slice(&chunk[layout.labels..]);
        samples.index.push((first + i) as u32);
    }
    Ok(())
}

fn class_names(folder: &Path, layout: &Layout) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(layout.meta)).unwrap_or_default();
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if names.len() == layout.n_classes { names } else { (0..layout.n_classes).map(|i| i.to_string()).collect() }
}

/// `50,000`.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, records: usize, label: u8) {
        let mut bytes = Vec::new();
        for _ in 0..records {
            bytes.push(label);
            bytes.extend(std::iter::repeat_n(7u8, PIXELS));
        }
        std::fs::write(dir.join(name), bytes).unwrap();
    }

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in CIFAR10.train.iter().chain([&CIFAR10.test]) {
            write(dir.path(), file, 2, 3);
        }
        dir
    }

    #[test]
    fn a_part_is_read_with_official_indices() {
        let set = cifar10(folder().path()).unwrap();
        assert_eq!(set.train.index, [0, 1, 10_000, 10_001, 20_000, 20_001, 30_000, 30_001, 40_000, 40_001]);
        assert_eq!(set.note.as_deref(), Some("a part: 10 of 50,000 training records and 2 of 10,000 test records"));
    }

    #[test]
    fn short_corrupt_and_missing_files_are_named() {
        let dir = folder();
        std::fs::write(dir.path().join("data_batch_2.bin"), [0u8; 3072]).unwrap();
        let message = cifar10(dir.path()).unwrap_err().to_string();
        assert!(message.contains("data_batch_2.bin") && message.contains("3072 bytes"), "{message}");
        write(dir.path(), "data_batch_2.bin", 1, 11);
        let message = cifar10(dir.path()).unwrap_err().to_string();
        assert!(message.contains("record 0: label 11"), "{message}");
        std::fs::remove_file(dir.path().join("data_batch_2.bin")).unwrap();
        assert!(cifar10(dir.path()).unwrap_err().to_string().contains("no such file"));
    }
}
