//! Any folder of images, so that people train on their own data.
//!
//! ```text
//! FOLDER/train/CLASS/*.jpg|png     class folders, or
//! FOLDER/train.csv                 file,label[,true]  with paths relative to FOLDER; its order is the order of the set
//! FOLDER/test/…  or  FOLDER/test.csv, likewise
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::{self, Listed, Listing};
use super::{Dataset, natural};
use crate::error::{Error, Result};
use crate::spec::DataSpec;

/// Reads the folder of a recipe.
///
/// # Errors
/// No such folder, no class, a class that the training part does not have, more damaged files than allowed.
pub fn dataset(spec: &DataSpec, dir: &Path) -> Result<Dataset> {
    if spec.folder.is_empty() {
        return Err(Error::Input("data.folder: write the name of the folder of images inside --data DIR".into()));
    }
    let root = dir.join(&spec.folder);
    let train = split(&root, &["train"])?;
    let test = split(&root, &["test", "val"])?;
    let mut classes: Vec<String> = train.iter().map(|row| row.class.clone()).collect();
    classes.sort_by(|a, b| natural(a, b));
    classes.dedup();
    let number = |rows: Vec<Row>| -> Result<Listing> {
        let rows = rows.into_iter().map(|row| {
            let of = |class: &str| {
                classes.iter().position(|name| name == class).ok_or_else(|| {
                    Error::data(&row.path, format!("class `{class}` has no training image; its classes are {}", classes.join(", ")))
                })
            };
            let truth = row.truth.as_deref().map(of).transpose()?;
            Ok(Listed { label: of(&row.class)?, truth, path: row.path.clone() })
        });
        Ok(Listing { rows: rows.collect::<Result<_>>()? })
    };
    let (train, test) = (number(train)?, number(test)?);
    files::dataset(spec, train, test, classes)
}

/// A file as the folder tells of it.
struct Row {
    path: PathBuf,
    class: String,
    truth: Option<String>,
}

fn split(root: &Path, names: &[&str]) -> Result<Vec<Row>> {
    for name in names {
        let list = root.join(format!("{name}.csv"));
        if list.is_file() {
            return listed(root, &list);
        }
        let folder = root.join(name);
        if folder.is_dir() {
            return in_class_folders(&folder);
        }
    }
    Err(Error::data(
        root,
        format!("has neither {0}.csv (file,label) nor a folder {0} of class folders; see `saner-tui list datasets`", names[0]),
    ))
}

fn listed(root: &Path, list: &Path) -> Result<Vec<Row>> {
    let text = std::fs::read_to_string(list).map_err(Error::io("read", list))?;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().map_err(|fault| Error::data(list, fault.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|cell| cell.trim() == name);
    let (Some(file), Some(label)) = (column("file"), column("label")) else {
        return Err(Error::data(list, "needs the columns `file` and `label`; write them in the first line"));
    };
    let truth = column("true");
    let mut found = Vec::new();
    for (line, row) in rows.records().enumerate() {
        let row = row.map_err(|fault| Error::data(list, fault.to_string()))?;
        let cell = |at: usize| row.get(at).unwrap_or_default().trim().to_owned();
        if cell(file).is_empty() || cell(label).is_empty() {
            return Err(Error::data(list, format!("line {}: an empty cell", line + 2)));
        }
        let truth = truth.map(cell).filter(|truth| !truth.is_empty());
        found.push(Row { path: root.join(cell(file)), class: cell(label), truth });
    }
    Ok(found)
}

fn in_class_folders(folder: &Path) -> Result<Vec<Row>> {
    let mut by_class: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in entries(folder)? {
        if entry.is_dir() {
            let class = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            by_class.insert(class, entries(&entry)?.into_iter().filter(|path| files::is_image(path)).collect());
        }
    }
    if by_class.values().all(Vec::is_empty) {
        return Err(Error::data(folder, "holds no folder of JPEG or PNG images; write one folder for each class"));
    }
    let rows =
        by_class.into_iter().flat_map(|(class, paths)| paths.into_iter().map(move |path| Row { path, class: class.clone(), truth: None }));
    Ok(rows.collect())
}

/// What a folder holds, in natural order.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let found = std::fs::read_dir(folder).map_err(Error::io("read", folder))?;
    let mut paths: Vec<PathBuf> = found.flatten().map(|entry| entry.path()).collect();
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort_by(|a, b| natural(&name(a), &name(b)));
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(folder: &str) -> DataSpec {
        DataSpec { name: "folder".into(), folder: folder.into(), size: 16, batch: 1, ..DataSpec::default() }
    }

    fn picture(path: &Path, grey: u8) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::RgbImage::from_pixel(20, 24, image::Rgb([grey, 10, 200])).save(path).unwrap();
    }

    #[test]
    fn class_folders_in_natural_order() {
        let dir = tempfile::tempdir().unwrap();
        for (name, grey) in [("train/cat/2.png", 20), ("train/cat/10.png", 30), ("train/ant/1.jpg", 10), ("test/cat/1.png", 40)] {
            picture(&dir.path().join("own").join(name), grey);
        }
        let set = dataset(&spec("own"), dir.path()).unwrap();
        assert_eq!((set.classes, set.train.labels), (vec!["ant".to_owned(), "cat".to_owned()], vec![0, 1, 1]));
        assert_eq!((set.train.side, set.test.len()), (16, 1));
        assert!((i32::from(set_pixel(&dir, 1)) - 20).abs() <= 1 && (i32::from(set_pixel(&dir, 2)) - 30).abs() <= 1);
        assert!(!set.knows_truth, "nobody said that these labels are right");
    }

    fn set_pixel(dir: &tempfile::TempDir, i: usize) -> u8 {
        dataset(&spec("own"), dir.path()).unwrap().train.image(i).unwrap()[0]
    }

    #[test]
    fn a_list_gives_order_labels_and_truth() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("own");
        for (name, grey) in [("a.png", 10), ("b.png", 20), ("c.png", 30)] {
            picture(&root.join(name), grey);
        }
        std::fs::write(root.join("train.csv"), "file,label,true\nb.png,dog,cat\na.png,cat,cat\n").unwrap();
        std::fs::write(root.join("test.csv"), "file,label\nc.png,dog\n").unwrap();
        let set = dataset(&spec("own"), dir.path()).unwrap();
        assert_eq!((&set.train.labels[..], &set.train.given[..]), (&[0u8, 0][..], &[1u8, 0][..]), "cat is 0, dog is 1");
        assert!(set.knows_truth);
    }

    #[test]
    fn damaged_files_are_named_and_skipped_up_to_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("own");
        for name in ["train/a/1.png", "train/b/1.png", "test/a/1.png"] {
            picture(&root.join(name), 50);
        }
        std::fs::write(root.join("train/a/2.png"), b"no picture").unwrap();
        let fault = dataset(&spec("own"), dir.path()).unwrap_err().to_string();
        assert!(fault.contains("a/2.png") && fault.contains("max_damaged"), "{fault}");
        let set = dataset(&DataSpec { max_damaged: 1, ..spec("own") }, dir.path()).unwrap();
        assert_eq!(set.train.len(), 2);
        assert!(set.note.unwrap().contains("1 damaged file skipped: "));
    }

    #[test]
    fn missing_parts_are_said() {
        let dir = tempfile::tempdir().unwrap();
        let fault = |folder: &str| dataset(&spec(folder), dir.path()).unwrap_err().to_string();
        assert!(fault("").contains("data.folder"));
        assert!(fault("none").contains("train.csv"));
    }
}
