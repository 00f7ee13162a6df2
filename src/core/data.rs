//! Samples with given and true labels, and the table of data sets.

pub mod augment;
pub mod cifar;
pub mod hold;
pub mod order;
pub mod shapes;
pub mod subset;

use std::path::Path;

use crate::error::{Error, Result};
use crate::spec::DataSpec;

/// One row of the data set table.
#[derive(Debug, Clone, Copy)]
pub struct DatasetRow {
    /// Name in recipes.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
}

/// Every data set.
pub const DATASETS: &[DatasetRow] = &[
    DatasetRow { name: "shapes", help: "ten classes of figures drawn by the program; no download" },
    DatasetRow { name: "cifar10", help: "official binary files in DIR/cifar-10-batches-bin" },
    DatasetRow { name: "cifar100", help: "official binary files in DIR/cifar-100-binary" },
];

/// Images as bytes with one label each.
#[derive(Debug, Clone)]
pub struct Samples {
    /// Pixels, `[n, 3, side, side]`.
    pub images: Vec<u8>,
    /// True labels, `[n]`.
    pub labels: Vec<u8>,
    /// Index of each sample in the official order.
    pub index: Vec<u32>,
    /// Side of an image in pixels.
    pub side: usize,
}

/// A data set: two parts, class names, normalization.
#[derive(Debug, Clone)]
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
    /// Samples held out of the training part, with their given labels.
    pub held: Option<Held>,
    /// What a person should know, for example `a part: 5,000 of 50,000 records`.
    pub note: Option<String>,
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

    /// Pixels of sample `i`, `[3, side, side]`.
    pub fn image(&self, i: usize) -> &[u8] {
        let size = self.image_bytes();
        &self.images[i * size..(i + 1) * size]
    }

    /// The samples at `keep`, in that order.
    pub fn pick(&self, keep: &[usize]) -> Self {
        Self {
            images: keep.iter().flat_map(|&i| self.image(i).iter().copied()).collect(),
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
    let mut set = match spec.name.as_str() {
        "cifar10" => cifar::cifar10(dir)?,
        "cifar100" => cifar::cifar100(dir)?,
        _ => return shapes::dataset(spec, seed),
    };
    set.train = subset::stratified(&set.train, spec.train_size, set.classes.len(), "data.train_size")?;
    set.test = subset::stratified(&set.test, spec.test_size, set.classes.len(), "data.test_size")?;
    Ok(set)
}
