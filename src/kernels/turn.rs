//! Turning feature maps `[pixels, channels, n]` so that channels are innermost.

use crate::par::{self, Shared};
use crate::simd::Level;

/// Rows and columns of a block that is turned in registers.
const SIDE: usize = 8;

/// Turns a block of eight rows and columns; the arguments are the first element and the step between rows, twice.
///
/// # Safety
/// Eight values from each of eight rows can be read and written.
type Block = unsafe fn(*const f32, usize, *mut f32, usize);

fn block_of(level: Level) -> Block {
    #[cfg(target_arch = "x86_64")]
    if level.lanes() >= 8 {
        return avx;
    }
    let _ = level;
    plain
}

/// # Safety
/// See [`Block`].
unsafe fn plain(from: *const f32, from_step: usize, to: *mut f32, to_step: usize) {
    for row in 0..SIDE {
        for column in 0..SIDE {
            // SAFETY: the caller's.
            unsafe { *to.add(column * to_step + row) = *from.add(row * from_step + column) };
        }
    }
}

/// # Safety
/// See [`Block`]; the machine has AVX.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
unsafe fn avx(from: *const f32, from_step: usize, to: *mut f32, to_step: usize) {
    use std::arch::x86_64::*;
    // SAFETY: the caller's.
    let r: [__m256; 8] = std::array::from_fn(|row| unsafe { _mm256_loadu_ps(from.add(row * from_step)) });
    // Pairs, then fours, then halves.
    let pairs = |a, b| [_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b)];
    let [a, b, c, d] = [pairs(r[0], r[1]), pairs(r[2], r[3]), pairs(r[4], r[5]), pairs(r[6], r[7])];
    let fours = |a, b| [_mm256_shuffle_ps::<0x44>(a, b), _mm256_shuffle_ps::<0xEE>(a, b)];
    let [e, f] = [fours(a[0], b[0]), fours(a[1], b[1])];
    let [g, h] = [fours(c[0], d[0]), fours(c[1], d[1])];
    let (upper, lower) = ([e[0], e[1], f[0], f[1]], [g[0], g[1], h[0], h[1]]);
    for i in 0..4 {
        // SAFETY: the caller's.
        unsafe {
            _mm256_storeu_ps(to.add(i * to_step), _mm256_permute2f128_ps::<0x20>(upper[i], lower[i]));
            _mm256_storeu_ps(to.add((i + 4) * to_step), _mm256_permute2f128_ps::<0x31>(upper[i], lower[i]));
        }
    }
}

/// Turns `[rows, columns]` (rows in one piece) into rows of `rows` values at `to + column · to_step`.
///
/// # Safety
/// Those places lie within one allocation and are this call's alone.
unsafe fn matrix(block: Block, from: &[f32], rows: usize, columns: usize, to: *mut f32, to_step: usize) {
    let (whole_rows, whole_columns) = (rows / SIDE * SIDE, columns / SIDE * SIDE);
    for row in (0..whole_rows).step_by(SIDE) {
        for column in (0..whole_columns).step_by(SIDE) {
            // SAFETY: the block lies within both.
            unsafe { block(from.as_ptr().add(row * columns + column), columns, to.add(column * to_step + row), to_step) };
        }
    }
    for row in 0..rows {
        let first = if row < whole_rows { whole_columns } else { 0 };
        for column in first..columns {
            // SAFETY: the caller's.
            unsafe { *to.add(column * to_step + row) = from[row * columns + column] };
        }
    }
}

/// Writes the channels of pixel p and image i, side by side, to `out[place(p) + i · image_step..]`; pixels without a
/// place are left out.
///
/// # Panics
/// A place lies outside of `out`.
pub(crate) fn channels_innermost(
    level: Level,
    x: &[f32],
    [pixels, channels, n]: [usize; 3],
    out: &mut [f32],
    place: impl Fn(usize) -> Option<usize> + Sync,
    image_step: usize,
) {
    let last = (0..pixels).filter_map(&place).max().unwrap_or(0) + (n - 1) * image_step + channels;
    assert!(last <= out.len(), "a pixel's place lies outside");
    let (out, block) = (Shared::new(out), block_of(level));
    let share = par::share(pixels, 4 * par::threads(), 1);
    par::each(pixels.div_ceil(share), |task| {
        for pixel in task * share..((task + 1) * share).min(pixels) {
            let Some(to) = place(pixel) else { continue };
            let from = &x[pixel * channels * n..(pixel + 1) * channels * n];
            // SAFETY: within `out`, checked above; each pixel is one task's.
            unsafe { matrix(block, from, channels, n, out.at(to), image_step) };
        }
    });
}

/// Writes `R` channels side by side: group g of pixel p and image i to
/// `out[g · group_step + p · pixel_step + i · image_step..]`; channels beyond the last are 0.
///
/// # Panics
/// The steps leave `out`.
pub(crate) fn channels_in_groups<const R: usize>(
    level: Level,
    x: &[f32],
    [pixels, channels, n]: [usize; 3],
    out: &mut [f32],
    [group_step, pixel_step, image_step]: [usize; 3],
) {
    let groups = channels.div_ceil(R);
    assert!((groups - 1) * group_step + (pixels - 1) * pixel_step + (n - 1) * image_step + R <= out.len());
    let (out, block) = (Shared::new(out), block_of(level));
    let share = par::share(pixels, 4 * par::threads(), 1);
    par::each(pixels.div_ceil(share), |task| {
        for pixel in task * share..((task + 1) * share).min(pixels) {
            for group in 0..groups {
                let width = R.min(channels - group * R);
                let from = &x[(pixel * channels + group * R) * n..][..width * n];
                // SAFETY: within `out`, checked above; each pixel is one task's.
                unsafe {
                    let to = out.at(group * group_step + pixel * pixel_step);
                    matrix(block, from, width, n, to, image_step);
                    for image in 0..if width < R { n } else { 0 } {
                        std::slice::from_raw_parts_mut(to.add(image * image_step + width), R - width).fill(0.0);
                    }
                }
            }
        }
    });
}
