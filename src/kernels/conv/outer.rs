//! The innermost loop of a gradient of weights: sums of outer products, held in registers over a stretch.

use std::ops::Range;

use pulp::Simd;

use crate::par::{self, Shared};
use crate::simd::{load, store};

/// Columns of the sums are padded to this, and what is read may run so far beyond its end: two registers of any machine.
pub(super) const COLUMNS: usize = 32;

/// Where one stretch of a sum begins in the turned input and gradient.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    pub x: usize,
    pub dy: usize,
}

/// What is multiplied: rows of columns in `x`, rows of `R` values in `dy`.
#[derive(Clone, Copy)]
pub(super) struct Outer<'a> {
    pub x: &'a [f32],
    pub dy: &'a [f32],
    /// Terms of a stretch, and what lies between two of them in `x`.
    pub terms: usize,
    pub step: usize,
    pub sums: Shared,
    /// From one row of the sums to the next.
    pub padded: usize,
}

/// Runs `task(part, tiles)` for all parts of a sum and groups of tiles: parts are cut by shape, groups by threads.
pub(super) fn parts_and_tiles(parts: usize, tiles: usize, task: impl Fn(usize, Range<usize>) + Sync) {
    let groups = (4 * par::threads()).div_ceil(parts).clamp(1, tiles);
    let group = par::share(tiles, groups, 1);
    let groups = tiles.div_ceil(group);
    par::each(parts * groups, |at| {
        let first = at % groups * group;
        task(at / groups, first..(first + group).min(tiles));
    });
}

impl Outer<'_> {
    /// Adds a block of stretches to the sums at `to`, `R` rows of `V` registers; `fresh` starts them.
    ///
    /// # Safety
    /// All stretches lie within `x` (from `column` on, `V` registers wide) and `dy` (from `tile` on), and no other task
    /// writes the sums.
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "offsets into three arrays")]
    pub(super) unsafe fn add<S: Simd, const R: usize, const V: usize>(
        &self,
        simd: S,
        block: &[Stretch],
        column: usize,
        tile: usize,
        to: usize,
        fresh: bool,
    ) {
        let lanes = S::F32_LANES;
        // A block is summed from 0 and then added: the rounding of a sum grows with its length.
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        for stretch in block {
            // SAFETY: the caller's, here and below.
            let mut x = unsafe { self.x.as_ptr().add(stretch.x + column) };
            let mut dy = unsafe { self.dy.as_ptr().add(tile + stretch.dy) };
            for _ in 0..self.terms {
                let values: [S::f32s; V] = std::array::from_fn(|v| unsafe { load::<S>(x.add(v * lanes)) });
                for (row, sums) in sums.iter_mut().enumerate() {
                    let slope = simd.splat_f32s(unsafe { *dy.add(row) });
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = simd.mul_add_e_f32s(slope, value, *sum);
                    }
                }
                x = x.wrapping_add(self.step);
                dy = dy.wrapping_add(R);
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                unsafe {
                    let at = self.sums.at(to + row * self.padded + v * lanes);
                    store::<S>(at, if fresh { *sum } else { simd.add_f32s(load::<S>(at), *sum) });
                }
            }
        }
    }
}
