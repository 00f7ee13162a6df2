//! Published sets of image files, in the folders and lists that their authors give out.

use std::path::{Path, PathBuf};

use super::files::{self, Listed, Listing};
use super::{Dataset, natural};
use crate::error::{Error, Result};
use crate::spec::DataSpec;

/// Classes of Mini-WebVision: the first of the 1,000. Source: Jiang et al. 2018; `method.md` 3.
const MINI: usize = 50;

/// Mean and deviation of ImageNet, as the authors' loaders take them for sets of its kind (`method.md` 3).
const IMAGENET: ([f32; 3], [f32; 3]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/// Those of Tiny-ImageNet, likewise.
const TINY: ([f32; 3], [f32; 3]) = ([0.4802, 0.4481, 0.3975], [0.2302, 0.2265, 0.2262]);

fn normalized(set: Dataset, (mean, std): ([f32; 3], [f32; 3])) -> Dataset {
    Dataset { mean, std, ..set }
}

/// Tiny-ImageNet: 200 classes, true labels.
///
/// # Errors
/// A part is missing.
pub fn tiny_imagenet(spec: &DataSpec, root: &Path) -> Result<Dataset> {
    let classes: Vec<String> = lines(&root.join("wnids.txt"))?.into_iter().map(|line| line.trim().to_owned()).collect();
    let of = |name: &str| classes.iter().position(|class| class == name);
    let mut train = Listing::default();
    for (label, class) in classes.iter().enumerate() {
        let folder = root.join("train").join(class).join("images");
        train.rows.extend(images(&folder)?.into_iter().map(|path| known(path, label)));
    }
    let annotations = root.join("val/val_annotations.txt");
    let row = |line: &String| {
        let mut words = line.split('\t');
        let (file, class) = (words.next()?, words.next()?);
        Some(known(root.join("val/images").join(file), of(class)?))
    };
    let test = listing(&annotations, lines(&annotations)?.iter().map(row))?;
    files::dataset(spec, train, test, classes).map(|set| normalized(set, TINY))
}

/// ANIMAL-10N: the label is the number before the underscore of a file's name.
///
/// # Errors
/// A part is missing, or a name is of another form.
pub fn animal10n(spec: &DataSpec, root: &Path) -> Result<Dataset> {
    const CLASSES: [&str; 10] = ["cat", "lynx", "wolf", "coyote", "cheetah", "jaguar", "chimpanzee", "orangutan", "hamster", "guinea pig"];
    let part = |name: &str| -> Result<Listing> {
        let folder = root.join(name);
        let row = |path: PathBuf| {
            let label = path.file_name()?.to_str()?.split('_').next()?.parse().ok().filter(|label| *label < CLASSES.len())?;
            Some(noisy(path, label))
        };
        listing(&folder, images(&folder)?.into_iter().map(row))
    };
    files::dataset(spec, part("training")?, part("testing")?, CLASSES.map(str::to_owned).to_vec()).map(|set| normalized(set, IMAGENET))
}

/// Clothing1M: lists of `path label`.
///
/// # Errors
/// A part is missing. The set needs a form of its authors, so a program cannot fetch it.
pub fn clothing1m(spec: &DataSpec, root: &Path) -> Result<Dataset> {
    let part = |name: &str| pairs(root, &root.join(name), 14);
    let classes = [
        "t-shirt",
        "shirt",
        "knitwear",
        "chiffon",
        "sweater",
        "hoodie",
        "windbreaker",
        "jacket",
        "downcoat",
        "suit",
        "shawl",
        "dress",
        "vest",
        "underwear",
    ];
    let (train, test) = (part("noisy_train_kv.txt")?, part("clean_test_kv.txt")?);
    files::dataset(spec, train, test, classes.map(str::to_owned).to_vec()).map(|set| normalized(set, IMAGENET))
}

/// Mini-WebVision: the first 50 classes of the Google part, tested on WebVision's own validation set.
///
/// # Errors
/// A part is missing.
pub fn mini_webvision(spec: &DataSpec, root: &Path) -> Result<Dataset> {
    let train = pairs(root, &root.join("info/train_filelist_google.txt"), MINI)?;
    let test = pairs(&root.join("val_images_256"), &root.join("info/val_filelist.txt"), MINI)?;
    files::dataset(spec, train, test, (0..MINI).map(|class| class.to_string()).collect()).map(|set| normalized(set, IMAGENET))
}

/// Lines `path label` of a list; those of classes from `n_classes` on are left out.
fn pairs(base: &Path, list: &Path, n_classes: usize) -> Result<Listing> {
    let row = |line: &String| {
        let (path, label) = line.trim().rsplit_once(char::is_whitespace)?;
        Some(noisy(base.join(path.trim()), label.parse().ok()?))
    };
    let mut found = listing(list, lines(list)?.iter().filter(|line| !line.trim().is_empty()).map(row))?;
    found.rows.retain(|row| row.label < n_classes);
    Ok(found)
}

fn known(path: PathBuf, label: usize) -> Listed {
    Listed { path, label, truth: Some(label) }
}

fn noisy(path: PathBuf, label: usize) -> Listed {
    Listed { path, label, truth: None }
}

fn listing(place: &Path, rows: impl Iterator<Item = Option<Listed>>) -> Result<Listing> {
    let rows: Option<Vec<Listed>> = rows.collect();
    rows.map(|rows| Listing { rows }).ok_or_else(|| Error::data(place, "holds a name or line of another form than the published set has"))
}

fn lines(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).map_err(|fault| {
        Error::data(path, format!("cannot be read ({fault}); `saner-tui data fetch` brings the published set or says whom to ask for it"))
    })?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn images(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|fault| {
        Error::data(folder, format!("cannot be read ({fault}); `saner-tui data fetch` brings the published set or says whom to ask for it"))
    })?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| files::is_image(path)).collect();
    paths.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(path: PathBuf) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::RgbImage::from_pixel(8, 8, image::Rgb([9, 9, 9])).save(path).unwrap();
    }

    fn spec() -> DataSpec {
        DataSpec { size: 16, ..DataSpec::default() }
    }

    #[test]
    fn tiny_imagenet_as_published() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::write(root.join("wnids.txt"), "n2\nn1\n").unwrap();
        for path in ["train/n1/images/n1_0.JPEG", "train/n2/images/n2_0.JPEG", "train/n2/images/n2_1.JPEG", "val/images/val_0.JPEG"] {
            picture(root.join(path));
        }
        std::fs::write(root.join("val/val_annotations.txt"), "val_0.JPEG\tn1\t0\t0\t9\t9\n").unwrap();
        let set = tiny_imagenet(&spec(), root).unwrap();
        assert_eq!((set.train.labels, set.test.labels, set.knows_truth), (vec![0, 0, 1], vec![1], true));
    }

    #[test]
    fn animal10n_as_published() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["training/0_2.jpg", "training/9_10.jpg", "testing/3_0.jpg"] {
            picture(dir.path().join(path));
        }
        let set = animal10n(&spec(), dir.path()).unwrap();
        assert_eq!((set.mean, set.std), IMAGENET);
        assert_eq!((set.train.labels, set.test.labels, set.knows_truth), (vec![0, 9], vec![3], false));
        picture(dir.path().join("training/cat.jpg"));
        assert!(animal10n(&spec(), dir.path()).unwrap_err().to_string().contains("another form"));
    }

    #[test]
    fn lists_of_paths_and_labels() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in ["google/q1/a.jpg", "google/q9/b.jpg", "val_images_256/v1.jpg", "images/0/x.jpg"] {
            picture(root.join(path));
        }
        std::fs::create_dir_all(root.join("info")).unwrap();
        std::fs::write(root.join("info/train_filelist_google.txt"), "google/q1/a.jpg 3\ngoogle/q9/b.jpg 77\n").unwrap();
        std::fs::write(root.join("info/val_filelist.txt"), "v1.jpg 49\n").unwrap();
        let set = mini_webvision(&spec(), root).unwrap();
        assert_eq!((set.train.labels, set.test.labels, set.classes.len()), (vec![3], vec![49], 50));
        std::fs::write(root.join("noisy_train_kv.txt"), "images/0/x.jpg 13\n").unwrap();
        std::fs::write(root.join("clean_test_kv.txt"), "images/0/x.jpg 2\n").unwrap();
        assert_eq!(clothing1m(&spec(), root).unwrap().train.labels, [13]);
        std::fs::remove_file(root.join("info/val_filelist.txt")).unwrap();
        assert!(mini_webvision(&spec(), root).unwrap_err().to_string().contains("val_filelist.txt"));
    }
}
