//! Horizontal flip, padded crop and normalization, seeded per (seed, epoch, sample).

use super::{Dataset, Samples};
use crate::rng;

/// Where a crop starts in the padded image, and whether it is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Mirror left and right, before the crop.
    pub flip: bool,
    /// Row offset in the padded image; equal to the padding for the untouched image.
    pub top: usize,
    /// Column offset, likewise.
    pub left: usize,
    /// Zero pixels on each side.
    pub pad: usize,
}

impl View {
    /// The image as it is.
    pub const PLAIN: Self = Self { flip: false, top: 0, left: 0, pad: 0 };

    /// A random view: flip with probability one half, then a crop with padding side / 8 (4 at 32 pixels).
    pub fn random(seed: u64, epoch: u32, sample: u32, side: usize) -> Self {
        let mut rng = rng::stream(seed, "augment", u64::from(epoch), u64::from(sample));
        let pad = side / 8;
        let flip = rng::below(&mut rng, 2) == 1;
        let mut offset = || rng::below(&mut rng, 2 * pad as u32 + 1) as usize;
        Self { flip, top: offset(), left: offset(), pad }
    }
}

/// Writes one normalized view into `out`, `[3, side, side]`; padding is black before normalization, as in the
/// authors' loader.
pub fn write_view(samples: &Samples, i: usize, view: View, set: &Dataset, out: &mut [f32]) {
    let side = samples.side;
    let image = samples.image(i);
    for channel in 0..3 {
        let scale = 1.0 / (255.0 * set.std[channel]);
        let shift = -set.mean[channel] / set.std[channel];
        for row in 0..side {
            let line = &mut out[(channel * side + row) * side..][..side];
            let source_row = (row + view.top).checked_sub(view.pad).filter(|&r| r < side);
            for (column, cell) in line.iter_mut().enumerate() {
                let source = (column + view.left).checked_sub(view.pad).filter(|&c| c < side);
                let byte = match (source_row, source) {
                    (Some(r), Some(c)) => {
                        let c = if view.flip { side - 1 - c } else { c };
                        image[(channel * side + r) * side + c]
                    }
                    _ => 0,
                };
                *cell = f32::from(byte) * scale + shift;
            }
        }
    }
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
        write_view(&set.train, 0, View::PLAIN, &set, &mut out);
        assert!((out[5] * 255.0 - 5.0).abs() < 1e-4);
        write_view(&set.train, 0, View { flip: true, ..View::PLAIN }, &set, &mut out);
        assert!((out[0] * 255.0 - 3.0).abs() < 1e-4);
        write_view(&set.train, 0, View { flip: false, top: 0, left: 2, pad: 1 }, &set, &mut out);
        assert_eq!(out[0], 0.0, "first row is padding");
        assert!((out[4] * 255.0 - 1.0).abs() < 1e-4, "second row starts one to the right");
    }
}
