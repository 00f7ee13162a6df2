//! Turning `[pixels, channels, n]` so that channels are innermost.

use crate::par::{self, Shared};
use crate::simd::Level;

/// Channels and images of a block that is turned in the first-level cache.
const SIDE: usize = 16;

/// Writes the channels of pixel p and image i, side by side, to `out[place(p) + i · image_step..]`.
///
/// # Panics
/// A place lies outside of `out`.
pub(crate) fn channels_innermost(
    _level: Level,
    x: &[f32],
    [pixels, channels, n]: [usize; 3],
    out: &mut [f32],
    place: impl Fn(usize) -> usize + Sync,
    image_step: usize,
) {
    let last = (0..pixels).map(&place).max().unwrap_or(0) + (n - 1) * image_step + channels;
    assert!(last <= out.len(), "a pixel's place lies outside");
    let out = Shared::new(out);
    let share = par::share(pixels, 4 * par::threads(), 1);
    par::each(pixels.div_ceil(share), |task| {
        for pixel in task * share..((task + 1) * share).min(pixels) {
            let from = &x[pixel * channels * n..(pixel + 1) * channels * n];
            let to = place(pixel);
            for channel in (0..channels).step_by(SIDE) {
                let width = SIDE.min(channels - channel);
                for image in 0..n {
                    // SAFETY: within `out`, checked above; each pixel and image is one task's.
                    let cell = unsafe { std::slice::from_raw_parts_mut(out.at(to + image * image_step + channel), width) };
                    for (i, cell) in cell.iter_mut().enumerate() {
                        *cell = from[(channel + i) * n + image];
                    }
                }
            }
        }
    });
}

/// Writes `R` channels side by side: group g of pixel p and image i to
/// `out[g · pixels · n · R + p · pixel_step + i · image_step..]`; channels beyond the last are 0.
///
/// # Panics
/// The steps leave `out`.
pub(crate) fn channels_in_groups<const R: usize>(
    _level: Level,
    x: &[f32],
    [pixels, channels, n]: [usize; 3],
    out: &mut [f32],
    pixel_step: usize,
    image_step: usize,
) {
    let groups = channels.div_ceil(R);
    assert!((groups - 1) * pixels * n * R + (pixels - 1) * pixel_step + (n - 1) * image_step + R <= out.len());
    let out = Shared::new(out);
    let share = par::share(pixels, 4 * par::threads(), 1);
    par::each(pixels.div_ceil(share), |task| {
        for pixel in task * share..((task + 1) * share).min(pixels) {
            for group in 0..groups {
                let width = R.min(channels - group * R);
                let from = &x[(pixel * channels + group * R) * n..][..width * n];
                let to = group * pixels * n * R + pixel * pixel_step;
                for image in 0..n {
                    // SAFETY: within `out`, checked above; each pixel is one task's.
                    let cell = unsafe { std::slice::from_raw_parts_mut(out.at(to + image * image_step), R) };
                    for (i, cell) in cell.iter_mut().enumerate() {
                        *cell = if i < width { from[i * n + image] } else { 0.0 };
                    }
                }
            }
        }
    });
}
