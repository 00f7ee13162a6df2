//! Lists of image files: decoded on all cores, kept in memory where they fit, else decoded again whenever they are used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;
use rayon::prelude::*;

use super::{Dataset, Samples, picture};
use crate::error::{Error, Result};
use crate::spec::DataSpec;

/// Images whose channels are averaged for the normalization.
const MEASURED: usize = 10_000;
/// Classes that a label can tell apart.
const MAX_CLASSES: usize = 256;

/// A file with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The image.
    pub path: PathBuf,
    /// Given label.
    pub label: usize,
    /// True one, where it is known.
    pub truth: Option<usize>,
}

/// Files in the order of the set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The files.
    pub rows: Vec<Listed>,
}

/// Whether a file is one of the kinds that are read, by its name.
pub fn is_image(path: &Path) -> bool {
    let end = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["jpg", "jpeg", "png"].contains(&end.as_str())
}

/// The set of two lists; every image becomes a square of `spec.size`.
///
/// # Errors
/// An empty list, too many classes, more damaged files than allowed (the first are named).
pub fn dataset(spec: &DataSpec, train: Listing, test: Listing, classes: Vec<String>) -> Result<Dataset> {
    if train.rows.is_empty() || test.rows.is_empty() {
        return Err(Error::Input(format!(
            "data.folder: {} training and {} test images; both parts are needed",
            train.rows.len(),
            test.rows.len()
        )));
    }
    if classes.len() > MAX_CLASSES || classes.len() < 2 {
        return Err(Error::Input(format!("data.folder: {} classes; from 2 to {MAX_CLASSES} can be trained", classes.len())));
    }
    let keep = keep(spec, [&train, &test]);
    let mut damaged = Vec::new();
    let (mut train, kept) = read(&train, spec.size, keep, &mut damaged);
    let (test, _) = read(&test, spec.size, keep, &mut damaged);
    if damaged.len() > spec.max_damaged {
        let first: Vec<String> = damaged.iter().take(3).map(|(path, why)| format!("{} ({why})", path.display())).collect();
        return Err(Error::Input(format!(
            "{} damaged image files, more than data.max_damaged = {}: {}; mend or remove them, or raise the limit",
            damaged.len(),
            spec.max_damaged,
            first.join(", ")
        )));
    }
    let knows_truth = kept.iter().all(|row| row.truth.is_some());
    if knows_truth {
        train.given = kept.iter().map(|row| row.label as u8).collect();
    }
    let (mean, std) = measure(&train);
    let mut notes = Vec::new();
    if let Some((path, _)) = damaged.first() {
        let files = if damaged.len() == 1 { "file" } else { "files" };
        notes.push(format!("{} damaged {files} skipped: {}", damaged.len(), path.display()));
    }
    if keep == Keep::Files {
        let why = if spec.cache { "the images do not fit in memory" } else { "data.cache = false" };
        notes.push(format!("decoded when used: {why}"));
    }
    let note = (!notes.is_empty()).then(|| notes.join(", "));
    Ok(Dataset { train, test, classes, mean, std, held: None, knows_truth, damaged, note })
}

/// Whether so many bytes fit in half of the free memory.
fn fits(bytes: u64) -> bool {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = text.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.split_whitespace().next()?.parse::<u64>().ok());
    free.is_none_or(|kib| bytes < kib * 512)
}

/// How the images of a set are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// As squares of the side of the set.
    Squares,
    /// At their own size, for crops.
    Whole,
    /// On the disk. They are only looked at: their first bytes must be those of an image.
    Files,
}

enum Found {
    Square(Vec<u8>),
    Whole(RgbImage),
    File,
}

/// Samples of a list without its damaged files, and the rows that are left.
fn read(listing: &Listing, side: usize, keep: Keep, damaged: &mut Vec<(PathBuf, String)>) -> (Samples, Vec<Listed>) {
    let look = |row: &Listed| match keep {
        Keep::Squares => picture::open(&row.path).map(|image| Found::Square(picture::square(&image, side))),
        Keep::Whole => picture::open(&row.path).map(Found::Whole),
        Keep::Files => image::image_dimensions(&row.path).map(|_| Found::File).map_err(|fault| fault.to_string()),
    };
    let looked: Vec<_> = listing.rows.par_iter().map(look).collect();
    let mut samples = Samples::empty(side);
    let mut kept = Vec::new();
    for (at, (row, found)) in listing.rows.iter().zip(looked).enumerate() {
        match found {
            Ok(Found::Square(pixels)) => samples.images.extend_from_slice(&pixels),
            Ok(Found::Whole(image)) => samples.whole.push(Arc::new(image)),
            Ok(Found::File) => samples.files.push(row.path.clone()),
            Err(why) => {
                damaged.push((row.path.clone(), why));
                continue;
            }
        }
        samples.labels.push(row.truth.unwrap_or(row.label) as u8);
        samples.index.push(at as u32);
        kept.push(row.clone());
    }
    (samples, kept)
}

/// How a set is kept: as squares where no crop needs more, in memory where that has room.
fn keep(spec: &DataSpec, lists: [&Listing; 2]) -> Keep {
    if !spec.cache {
        return Keep::Files;
    }
    let rows = || lists.into_iter().flat_map(|list| &list.rows);
    if !spec.crops_whole_images() {
        let bytes = rows().count() as u64 * (3 * spec.size * spec.size) as u64;
        return if fits(bytes) { Keep::Squares } else { Keep::Files };
    }
    let size = |row: &Listed| image::image_dimensions(&row.path).map_or(0, |(width, height)| 3 * u64::from(width) * u64::from(height));
    let all: Vec<&Listed> = rows().collect();
    if fits(all.into_par_iter().map(size).sum()) { Keep::Whole } else { Keep::Files }
}

/// Mean and deviation of each channel over the first images.
pub(super) fn measure(samples: &Samples) -> ([f32; 3], [f32; 3]) {
    let count = samples.len().min(if samples.is_packed() { 500 } else { MEASURED });
    let plane = samples.side * samples.side;
    let of_one = |i: usize| {
        let (mut sums, mut squares) = ([0u64; 3], [0u64; 3]);
        if let Ok(image) = samples.image(i) {
            for (channel, values) in image.chunks_exact(plane).enumerate() {
                sums[channel] = values.iter().map(|v| u64::from(*v)).sum();
                squares[channel] = values.iter().map(|v| u64::from(*v).pow(2)).sum();
            }
        }
        (sums, squares)
    };
    let add = |a: [u64; 3], b: [u64; 3]| std::array::from_fn(|c| a[c] + b[c]);
    let zero = || ([0; 3], [0; 3]);
    let (sums, squares) = (0..count).into_par_iter().map(of_one).reduce(zero, |a, b| (add(a.0, b.0), add(a.1, b.1)));
    let n = (count * plane).max(1) as f64;
    let mean = sums.map(|sum| sum as f64 / n / 255.0);
    let std = std::array::from_fn(|c| (squares[c] as f64 / n / 65_025.0 - mean[c] * mean[c]).max(1e-6).sqrt() as f32);
    (mean.map(|m| m as f32), std)
}
