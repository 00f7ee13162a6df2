//! Lists of image files: decoded on all cores, kept in memory where they fit, else decoded again whenever they are used.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Dataset, Samples};
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
    let in_memory = fits((train.rows.len() + test.rows.len()) as u64 * (3 * spec.size * spec.size) as u64);
    let mut damaged = Vec::new();
    let (mut train, kept) = read(&train, spec.size, in_memory, &mut damaged);
    let (test, _) = read(&test, spec.size, in_memory, &mut damaged);
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
    if !in_memory {
        notes.push("decoded when used: the images do not fit in memory".to_owned());
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

/// Samples of a list without its damaged files, and the rows that are left. Files that stay on the disk are only looked
/// at: their first bytes must be those of an image.
fn read(listing: &Listing, side: usize, in_memory: bool, damaged: &mut Vec<(PathBuf, String)>) -> (Samples, Vec<Listed>) {
    let look = |row: &Listed| -> std::result::Result<Vec<u8>, String> {
        if in_memory {
            decode(&row.path, side)
        } else {
            image::image_dimensions(&row.path).map(|_| Vec::new()).map_err(|fault| fault.to_string())
        }
    };
    let looked: Vec<_> = listing.rows.par_iter().map(look).collect();
    let mut samples = Samples::empty(side);
    let mut kept = Vec::new();
    for (at, (row, found)) in listing.rows.iter().zip(looked).enumerate() {
        match found {
            Ok(pixels) => {
                samples.images.extend_from_slice(&pixels);
                samples.labels.push(row.truth.unwrap_or(row.label) as u8);
                samples.index.push(at as u32);
                if !in_memory {
                    samples.files.push(row.path.clone());
                }
                kept.push(row.clone());
            }
            Err(why) => damaged.push((row.path.clone(), why)),
        }
    }
    (samples, kept)
}

/// Pixels of a file as a square, `[3, side, side]`: the short side is what is stretched, as by PyTorch's `Resize` to a
/// pair of equal sides.
///
/// # Errors
/// What is wrong with the file.
pub fn decode(path: &Path, side: usize) -> std::result::Result<Vec<u8>, String> {
    let reader = image::ImageReader::open(path).map_err(|fault| fault.to_string())?;
    let reader = reader.with_guessed_format().map_err(|fault| fault.to_string())?;
    let image = reader.decode().map_err(|fault| fault.to_string())?.into_rgb8();
    let wanted = side as u32;
    let image = if image.dimensions() == (wanted, wanted) {
        image
    } else {
        image::imageops::resize(&image, wanted, wanted, image::imageops::FilterType::Triangle)
    };
    let mut planes = vec![0; 3 * side * side];
    for (at, pixel) in image.pixels().enumerate() {
        for (channel, value) in pixel.0.iter().enumerate() {
            planes[channel * side * side + at] = *value;
        }
    }
    Ok(planes)
}

/// Mean and deviation of each channel over the first images.
pub(super) fn measure(samples: &Samples) -> ([f32; 3], [f32; 3]) {
    let (mut sums, mut squares) = ([0.0f64; 3], [0.0f64; 3]);
    let count = samples.len().min(if samples.files.is_empty() { MEASURED } else { 500 });
    let plane = samples.side * samples.side;
    for i in 0..count {
        for (channel, values) in samples.image(i).chunks_exact(plane).enumerate() {
            sums[channel] += values.iter().map(|v| f64::from(*v)).sum::<f64>();
            squares[channel] += values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        }
    }
    let n = (count * plane).max(1) as f64;
    let mean = sums.map(|sum| sum / n / 255.0);
    let std = std::array::from_fn(|c| (squares[c] / n / 65_025.0 - mean[c] * mean[c]).max(1e-6).sqrt() as f32);
    (mean.map(|m| m as f32), std)
}
