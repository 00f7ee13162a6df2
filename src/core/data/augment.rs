//! Horizontal flip, crop and normalization, seeded per (seed, epoch, sample).

use super::picture::{self, Part};
use super::{Broken, Dataset, Samples};
use crate::rng;
use crate::spec::DataSpec;

/// How a sample is seen once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Mirror left and right, before the crop.
    pub flip: bool,
    /// What of the image is seen.
    pub crop: Crop,
}

/// What of an image is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crop {
    /// A square of the image's side, out of the image with zero pixels around it.
    Padded {
        /// Row offset in the padded image; equal to the padding for the untouched image.
        top: usize,
        /// Column offset, likewise.
        left: usize,
        /// Zero pixels on each side.
        pad: usize,
    },
    /// A random part, stretched to the side. Which one depends on the image's own size, so only its stream is named.
    Resized {
        /// Seed of the run.
        seed: u64,
        /// Epoch.
        epoch: u32,
        /// Sample.
        sample: u32,
    },
}

impl View {
    /// The image as it is.
    pub const PLAIN: Self = Self { flip: false, crop: Crop::Padded { top: 0, left: 0, pad: 0 } };

    /// A random view: flip with probability one half, then a crop with padding side / 8 (4 at 32 pixels), or of a random
    /// part, as the recipe says.
    pub fn random(spec: &DataSpec, seed: u64, epoch: u32, sample: u32, side: usize) -> Self {
        let mut rng = rng::stream(seed, "augment", u64::from(epoch), u64::from(sample));
        let flip = rng::below(&mut rng, 2) == 1;
        if spec.crops_whole_images() {
            return Self { flip, crop: Crop::Resized { seed, epoch, sample } };
        }
        let pad = side / 8;
        let mut offset = || rng::below(&mut rng, 2 * pad as u32 + 1) as usize;
        Self { flip, crop: Crop::Padded { top: offset(), left: offset(), pad } }
    }
}

impl View {
    /// How sample `i` is seen, for a device that holds the pixels: index, rows and columns by which the image is moved up
    /// and left, and 1 if it is mirrored. None for parts that are stretched.
    pub fn moves(self, i: usize) -> Option<[i32; 4]> {
        match self.crop {
            Crop::Padded { top, left, pad } => {
                let moved = |by: usize| by as i32 - pad as i32;
                Some([i as i32, moved(top), moved(left), i32::from(self.flip)])
            }
            Crop::Resized { .. } => None,
        }
    }
}

/// What each byte becomes in each channel: normalization as a table, bit for bit what [`write_view`] writes.
pub fn levels(set: &Dataset) -> [[f32; 256]; 3] {
    std::array::from_fn(|channel| {
        let (scale, shift) = normalization(set, channel);
        std::array::from_fn(|byte| byte as f32 * scale + shift)
    })
}

/// Factor and shift of a byte.
fn normalization(set: &Dataset, channel: usize) -> (f32, f32) {
    (1.0 / (255.0 * set.std[channel]), -set.mean[channel] / set.std[channel])
}

/// Writes one normalized view into `out`, `[3, side, side]`; padding is black before normalization, as in the
/// authors' loader.
///
/// # Errors
/// A file that cannot be decoded any more; `out` is a black image then.
pub fn write_view(samples: &Samples, i: usize, view: View, set: &Dataset, out: &mut [f32]) -> Result<(), Broken> {
    let side = samples.side;
    let (seen, top, left, pad) = match view.crop {
        Crop::Padded { top, left, pad } => (samples.image(i), top, left, pad),
        Crop::Resized { seed, epoch, sample } => {
            let cut = |image: std::sync::Arc<image::RgbImage>| {
                let mut rng = rng::stream(seed, "crop", u64::from(epoch), u64::from(sample));
                picture::cut(&image, Part::random(image.width(), image.height(), &mut rng), side).into()
            };
            (samples.whole(i).map(cut), 0, 0, 0)
        }
    };
    let (pixels, broken) = seen.map_or_else(|broken| (vec![0; samples.image_bytes()].into(), Err(broken)), |pixels| (pixels, Ok(())));
    for channel in 0..3 {
        let (scale, shift) = normalization(set, channel);
        for row in 0..side {
            let line = &mut out[(channel * side + row) * side..][..side];
            let source_row = (row + top).checked_sub(pad).filter(|&r| r < side);
            for (column, cell) in line.iter_mut().enumerate() {
                let source = (column + left).checked_sub(pad).filter(|&c| c < side);
                let byte = match (source_row, source) {
                    (Some(r), Some(c)) => {
                        let c = if view.flip { side - 1 - c } else { c };
                        pixels[(channel * side + r) * side + c]
                    }
                    _ => 0,
                };
                *cell = f32::from(byte) * scale + shift;
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toy() -> Dataset {
        let samples = Samples { images: (0..48).collect(), labels: vec![0], index: vec![0], ..Samples::empty(4) };
        Dataset { train: samples.clone(), test: samples, std: [1.0; 3], knows_truth: true, ..Dataset::default() }
    }

    #[test]
    fn plain_flip_and_crop() {
        let set = toy();
        let mut out = vec![0.0; 48];
        write_view(&set.train, 0, View::PLAIN, &set, &mut out).unwrap();
        assert!((out[5] * 255.0 - 5.0).abs() < 1e-4);
        write_view(&set.train, 0, View { flip: true, ..View::PLAIN }, &set, &mut out).unwrap();
        assert!((out[0] * 255.0 - 3.0).abs() < 1e-4);
        let crop = Crop::Padded { top: 0, left: 2, pad: 1 };
        write_view(&set.train, 0, View { flip: false, crop }, &set, &mut out).unwrap();
        assert_eq!(out[0], 0.0, "first row is padding");
        assert!((out[4] * 255.0 - 1.0).abs() < 1e-4, "second row starts one to the right");
    }

    #[test]
    fn a_resized_crop_is_of_the_image_and_of_its_stream() {
        let set = toy();
        let spec = DataSpec { crop: crate::spec::CropKind::Resized, ..DataSpec::default() };
        let seen = |epoch: u32| {
            let mut out = vec![0.0; 48];
            let view = View { flip: false, ..View::random(&spec, 1, epoch, 0, 4) };
            write_view(&set.train, 0, view, &set, &mut out).unwrap();
            out
        };
        assert_eq!(seen(3), seen(3));
        assert!((0..9).any(|epoch| seen(epoch) != seen(9)));
        assert!(seen(3)[..16].iter().all(|value| (0.0..15.01 / 255.0).contains(value)), "red stays red");
    }

    #[test]
    fn a_file_that_broke_gives_black_and_says_so() {
        let samples = Samples { files: vec!["/nowhere.png".into()], labels: vec![0], index: vec![0], ..Samples::empty(4) };
        let mut out = vec![9.0; 48];
        let broken = write_view(&samples, 0, View::PLAIN, &toy(), &mut out).unwrap_err();
        assert_eq!((broken.path.to_str(), out[7]), (Some("/nowhere.png"), 0.0));
    }
}
