//! Samples with given and true labels, and the table of data sets.

pub mod archive;
pub mod augment;
pub mod cifar;
pub mod files;
pub mod folder;
pub mod hold;
pub mod idx;
pub mod lists;
mod natural;
pub mod order;
pub mod picture;
pub mod shapes;
pub mod subset;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;
use natural::natural;

use crate::error::{Error, Result};
use crate::spec::DataSpec;

/// One row of the data set table.
#[derive(Clone, Copy)]
pub struct DatasetRow {
    /// Name in recipes.
    pub name: &'static str,
    /// One line of help: what lies where in the data folder.
    pub help: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// How it comes into the data folder.
    pub get: archive::Get,
    /// Reads it.
    load: fn(&DataSpec, u64, &Path) -> Result<Dataset>,
}

/// Every data set.
pub const DATASETS: &[DatasetRow] = &[
    DatasetRow {
        name: "shapes",
        help: "ten classes of figures drawn by the program; no download",
        source: "-",
        get: archive::Get::Nothing,
        load: |spec, seed, _| shapes::dataset(spec, seed),
    },
    DatasetRow {
        name: "cifar10",
        help: "official binary files in DIR/cifar-10-batches-bin",
        source: "Krizhevsky 2009",
        get: archive::CIFAR10,
        load: |spec, _, dir| cifar::cifar10(&inside(spec, dir)),
    },
    DatasetRow {
        name: "cifar100",
        help: "official binary files in DIR/cifar-100-binary",
        source: "Krizhevsky 2009",
        get: archive::CIFAR100,
        load: |spec, _, dir| cifar::cifar100(&inside(spec, dir)),
    },
    DatasetRow {
        name: "mnist",
        help: "official IDX files, packed or not, in DIR/mnist",
        source: "LeCun et al. 1998",
        get: archive::MNIST,
        load: |spec, _, dir| idx::dataset(&place(spec, dir, "mnist"), idx::MNIST),
    },
    DatasetRow {
        name: "fashion-mnist",
        help: "official IDX files, packed or not, in DIR/fashion-mnist",
        source: "Xiao et al. 2017",
        get: archive::FASHION,
        load: |spec, _, dir| idx::dataset(&place(spec, dir, "fashion-mnist"), idx::FASHION),
    },
    DatasetRow {
        name: "tiny-imagenet",
        help: "DIR/tiny-imagenet-200 as published: train/CLASS/images, val/val_annotations.txt",
        source: "Stanford CS231n",
        get: archive::TINY_IMAGENET,
        load: |spec, _, dir| lists::tiny_imagenet(spec, &place(spec, dir, "tiny-imagenet-200")),
    },
    DatasetRow {
        name: "animal10n",
        help: "DIR/animal-10n as published: training and testing, LABEL_NUMBER.jpg; real noise",
        source: "Song et al. 2019",
        get: archive::ANIMAL10N,
        load: |spec, _, dir| lists::animal10n(spec, &place(spec, dir, "animal-10n")),
    },
    DatasetRow {
        name: "clothing1m",
        help: "DIR/clothing1m as published: noisy_train_kv.txt, clean_test_kv.txt, images; real noise",
        source: "Xiao et al. 2015",
        get: archive::CLOTHING1M,
        load: |spec, _, dir| lists::clothing1m(spec, &place(spec, dir, "clothing1m")),
    },
    DatasetRow {
        name: "mini-webvision",
        help: "DIR/webvision as published: info/train_filelist_google.txt, info/val_filelist.txt; the first 50 classes; real noise",
        source: "Li et al. 2017",
        get: archive::WEBVISION,
        load: |spec, _, dir| lists::mini_webvision(spec, &place(spec, dir, "webvision")),
    },
    DatasetRow {
        name: "folder",
        help: "JPEG and PNG in DIR/<data.folder>: train/CLASS/*, test/CLASS/*, or train.csv, test.csv (file,label[,true])",
        source: "-",
        get: archive::Get::Nothing,
        load: |spec, _, dir| folder::dataset(spec, dir),
    },
];

/// The data folder, or the one inside it that a recipe names.
fn inside(spec: &DataSpec, dir: &Path) -> PathBuf {
    if spec.folder.is_empty() { dir.to_path_buf() } else { dir.join(&spec.folder) }
}

/// Where a set lies: its usual folder, or the one that a recipe names.
fn place(spec: &DataSpec, dir: &Path, usual: &str) -> PathBuf {
    dir.join(if spec.folder.is_empty() { usual } else { &spec.folder })
}

/// Images as bytes with one label each.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// Pixels, `[n, 3, side, side]`; empty where the images are decoded when they are used.
    pub images: Vec<u8>,
    /// Files, where the images are decoded when they are used; else empty.
    pub files: Vec<PathBuf>,
    /// Images at their own size, where crops are taken of them and they fit in memory; else empty.
    pub whole: Vec<Arc<RgbImage>>,
    /// True labels, `[n]`; where nobody knows them, the given ones.
    pub labels: Vec<u8>,
    /// Labels that the set itself gives beside the true ones, `[n]` or empty.
    pub given: Vec<u8>,
    /// Index of each sample in the official order.
    pub index: Vec<u32>,
    /// Side of an image in pixels.
    pub side: usize,
}

/// A data set: two parts, class names, normalization.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// Training part.
    pub train: Samples,
    /// Test part; its labels stay clean.
    pub test: Samples,
    /// Class names, or numbers.
    pub classes: Vec<String>,
    /// Mean of each channel, 0..=1.
    pub mean: [f32; 3],
    /// Deviation of each channel.
    pub std: [f32; 3],
    /// Whether the true labels are known. Where they are not, nothing is said of flips.
    pub knows_truth: bool,
    /// Samples held out of the training part, with their given labels.
    pub held: Option<Held>,
    /// Files that were skipped, and why.
    pub damaged: Vec<(PathBuf, String)>,
    /// What a person should know, for example `a part: 5,000 of 50,000 records`.
    pub note: Option<String>,
}

/// A file that cannot be decoded any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// A validation set whose labels are as noisy as those of the training part.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its samples, with their true labels.
    pub samples: Samples,
    /// Given labels.
    pub given: Vec<u8>,
}

impl Samples {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes of one image.
    pub fn image_bytes(&self) -> usize {
        3 * self.side * self.side
    }

    /// No sample yet, of images of a side.
    pub fn empty(side: usize) -> Self {
        Self { side, ..Self::default() }
    }

    /// Pixels of sample `i`, `[3, side, side]`.
    ///
    /// # Errors
    /// A file that was whole when the set was read is not any more.
    pub fn image(&self, i: usize) -> std::result::Result<Cow<'_, [u8]>, Broken> {
        let size = self.image_bytes();
        if self.images.is_empty() {
            return self.whole(i).map(|image| Cow::Owned(picture::square(&image, self.side)));
        }
        Ok(Cow::Borrowed(&self.images[i * size..(i + 1) * size]))
    }

    /// Sample `i` at its own size.
    ///
    /// # Errors
    /// As of [`Self::image`].
    pub fn whole(&self, i: usize) -> std::result::Result<Arc<RgbImage>, Broken> {
        if let Some(image) = self.whole.get(i) {
            return Ok(image.clone());
        }
        if let Some(path) = self.files.get(i) {
            let broken = |why| Broken { path: path.clone(), why };
            return picture::open(path).map(Arc::new).map_err(broken);
        }
        let size = self.image_bytes();
        Ok(Arc::new(picture::from_planes(&self.images[i * size..(i + 1) * size], self.side)))
    }

    /// Whether an image costs time before it can be used.
    pub fn is_packed(&self) -> bool {
        self.images.is_empty()
    }

    /// The samples at `keep`, in that order.
    pub fn pick(&self, keep: &[usize]) -> Self {
        let size = self.image_bytes();
        let images = if self.is_packed() { &[] } else { keep };
        Self {
            images: images.iter().flat_map(|&i| self.images[i * size..(i + 1) * size].iter().copied()).collect(),
            files: keep.iter().filter_map(|&i| self.files.get(i).cloned()).collect(),
            whole: keep.iter().filter_map(|&i| self.whole.get(i).cloned()).collect(),
            given: keep.iter().filter_map(|&i| self.given.get(i).copied()).collect(),
            labels: keep.iter().map(|&i| self.labels[i]).collect(),
            index: keep.iter().map(|&i| self.index[i]).collect(),
            side: self.side,
        }
    }
}

/// Refuses a batch that is larger than the training part.
///
/// # Errors
/// It is.
pub fn check_batch(batch: usize, samples: usize) -> Result<()> {
    if samples < batch {
        return Err(Error::Input(format!("data.batch: {batch} is more than the {samples} training samples; write a smaller batch")));
    }
    Ok(())
}

/// Loads what a recipe names; `dir` is the data folder, which `shapes` does not need.
///
/// # Errors
/// Missing, short or corrupt files; a subset larger than the set.
pub fn load(spec: &DataSpec, seed: u64, dir: &Path) -> Result<Dataset> {
    // The name was checked.
    let row = DATASETS.iter().find(|row| row.name == spec.name).unwrap_or(&DATASETS[0]);
    let mut set = (row.load)(spec, seed, dir)?;
    if spec.name == "shapes" {
        return Ok(set);
    }
    set.train = subset::stratified(&set.train, spec.train_size, set.classes.len(), "data.train_size")?;
    set.test = subset::stratified(&set.test, spec.test_size, set.classes.len(), "data.test_size")?;
    Ok(set)
}
