//! The gradient of the weights of a 3×3 convolution by Winograd's form: the transpose of the forward pass.
//!
//! `dg = Gᵀ[ Σ (Bᵀ d B) ⊙ (A dy Aᵀ) ]G`, summed over tiles and images: sixteen products instead of thirty-six. As in the
//! direct form both operands are turned first so that channels are innermost; the transforms are then sums of whole rows.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::super::Conv;
use super::super::outer::{COLUMNS, Outer, Stretch, parts_and_tiles};
use super::{PRODUCTS, STAGGER};
use crate::par::{self, Shared};
use crate::pool::Buffer;
use crate::simd::{Level, load, store};
use crate::turn;

/// Fewest channels for which this form is faster than the direct one.
pub(in super::super) const CHANNELS: usize = 32;
/// Transformed input values of a block for each product, about.
const BLOCK: usize = 1 << 14;
/// Parts into which the sum is cut, at most, and elements of all their sums, at most: a matter of shape alone.
const PARTS: usize = 8;
const PART_SUMS: usize = 1 << 19;

struct Plan<'a> {
    conv: &'a Conv,
    tiles: usize,
    parts: usize,
    padded: usize,
    /// Images of a block.
    images: usize,
    x: &'a [f32],
    dy: &'a [f32],
    sums: Shared,
}

/// See [`super::super::grad_weight`].
pub(in super::super) fn run<const R: usize>(level: Level, conv: &Conv, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let pixels = conv.size[0] * conv.size[1];
    let tiles = conv.c_out.div_ceil(R);
    let mut turned_x = Buffer::scratch(conv.input_len() + COLUMNS);
    let place = |pixel: usize| Some(pixel * conv.n * conv.c_in);
    turn::channels_innermost(level, x, [pixels, conv.c_in, conv.n], &mut turned_x, place, conv.c_in);
    let mut turned_dy = Buffer::scratch(tiles * pixels * conv.n * R + COLUMNS);
    let steps = [pixels * conv.n * R, conv.n * R, R];
    turn::channels_in_groups::<R>(level, dy, [pixels, conv.c_out, conv.n], &mut turned_dy, steps);
    let padded = conv.c_in.next_multiple_of(COLUMNS);
    let part_sums = PRODUCTS * tiles * R * padded;
    let rows = conv.size[0].div_ceil(2);
    let parts = (PART_SUMS / part_sums).min(rows).clamp(1, PARTS);
    let mut sums = Buffer::scratch(parts * part_sums);
    let images = (BLOCK / conv.c_in).clamp(16, 256).min(conv.n);
    let shared = Shared::new(&mut sums);
    let plan = Plan { conv, tiles, parts, padded, images, x: &turned_x, dy: &turned_dy, sums: shared };
    parts_and_tiles(parts, tiles, |part, tiles| level.run(Task::<R> { plan: &plan, part, tiles }));
    collect(&plan, tiles * R, &sums, dw);
}

struct Task<'a, const R: usize> {
    plan: &'a Plan<'a>,
    part: usize,
    tiles: Range<usize>,
}

impl<const R: usize> WithSimd for Task<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (plan, conv, lanes) = (self.plan, self.plan.conv, S::F32_LANES);
        let [h, w] = conv.size;
        let (down, across) = (h.div_ceil(2), w.div_ceil(2));
        let share = par::share(down, plan.parts, 1);
        let rows = (self.part * share).min(down)..((self.part + 1) * share).min(down);
        // Whole tiles in a block until it has as many terms as fit.
        let in_block = (BLOCK / (conv.c_in * plan.images)).clamp(1, across);
        let most = in_block * plan.images;
        let (x_step, dy_step) = (most * conv.c_in + STAGGER + COLUMNS, self.tiles.len() * most * R + STAGGER);
        let mut input = Buffer::scratch(PRODUCTS * x_step + COLUMNS);
        let mut slopes = Buffer::scratch(PRODUCTS * dy_step);
        let sums_at = |product: usize, tile: usize| ((self.part * PRODUCTS + product) * plan.tiles + tile) * R * plan.padded;
        let mut fresh = true;
        for (y, first) in rows.flat_map(|y| (0..across).step_by(in_block).map(move |x| (y, x))) {
            let block = first..(first + in_block).min(across);
            for image in (0..conv.n).step_by(plan.images) {
                let images = plan.images.min(conv.n - image);
                let terms = block.len() * images;
                for (at, x) in block.clone().enumerate() {
                    // SAFETY: addresses follow the shapes of the plan.
                    unsafe {
                        let run = images * conv.c_in;
                        let place = |pixel: usize| (pixel * conv.n + image) * conv.c_in;
                        transform_input(simd, plan, [2 * y, 2 * x], place, &mut input[at * run..], x_step, run);
                        for (slot, tile) in self.tiles.clone().enumerate() {
                            let place = |pixel: usize| ((tile * h * w + pixel) * conv.n + image) * R;
                            let to = &mut slopes[slot * most * R + at * images * R..];
                            transform_slope(simd, plan, [2 * y, 2 * x], place, to, dy_step, images * R);
                        }
                    }
                }
                for product in 0..PRODUCTS {
                    let outer = Outer {
                        x: &input[product * x_step..],
                        dy: &slopes[product * dy_step..],
                        terms,
                        step: conv.c_in,
                        sums: plan.sums,
                        padded: plan.padded,
                    };
                    for column in (0..conv.c_in).step_by(2 * lanes) {
                        for (slot, tile) in self.tiles.clone().enumerate() {
                            let (from, to) = (slot * most * R, sums_at(product, tile) + column);
                            let whole = &[Stretch { x: 0, dy: 0 }];
                            // SAFETY: the transformed block holds that many terms and a tile's width more; this task alone
                            // writes the sums of its part and tiles.
                            unsafe {
                                if column + lanes < conv.c_in {
                                    outer.add::<S, R, 2>(simd, whole, column, from, to, fresh);
                                } else {
                                    outer.add::<S, R, 1>(simd, whole, column, from, to, fresh);
                                }
                            }
                        }
                    }
                }
                fresh = false;
            }
        }
        if fresh {
            for (product, tile) in (0..PRODUCTS).flat_map(|product| self.tiles.clone().map(move |tile| (product, tile))) {
                // SAFETY: as above.
                unsafe { plan.sums.slice(sums_at(product, tile), R * plan.padded) }.fill(0.0);
            }
        }
    }
}

/// `Bᵀ d B` of a run of values that lie side by side for each of the sixteen pixels.
///
/// # Safety
/// `place` gives runs within the turned input, and `out` holds sixteen runs `step` apart, a register longer.
#[inline(always)]
unsafe fn transform_input<S: Simd>(
    simd: S,
    plan: &Plan<'_>,
    [y, x]: [usize; 2],
    place: impl Fn(usize) -> usize,
    out: &mut [f32],
    step: usize,
    run: usize,
) {
    let [h, w] = plan.conv.size;
    let places: [Option<usize>; PRODUCTS] = std::array::from_fn(|at| {
        let (y, x) = ((y + at / 4).wrapping_sub(1), (x + at % 4).wrapping_sub(1));
        (y < h && x < w).then(|| place(y * w + x))
    });
    for i in (0..run).step_by(S::F32_LANES) {
        // SAFETY: the caller's; the last register may run over the end, whose padding is as wide.
        let d: [S::f32s; PRODUCTS] =
            std::array::from_fn(|at| places[at].map_or(simd.splat_f32s(0.0), |place| unsafe { load::<S>(plan.x.as_ptr().add(place + i)) }));
        super::input_of(simd, d, |product, value| unsafe { store::<S>(out.as_mut_ptr().add(product * step + i), value) });
    }
}

/// `A dy Aᵀ` of a run of values that lie side by side for each of the four pixels.
///
/// # Safety
/// As [`transform_input`], for the turned gradient.
#[inline(always)]
unsafe fn transform_slope<S: Simd>(
    simd: S,
    plan: &Plan<'_>,
    [y, x]: [usize; 2],
    place: impl Fn(usize) -> usize,
    out: &mut [f32],
    step: usize,
    run: usize,
) {
    let [h, w] = plan.conv.size;
    let places: [Option<usize>; 4] = std::array::from_fn(|at| {
        let (y, x) = (y + at / 2, x + at % 2);
        (y < h && x < w).then(|| place(y * w + x))
    });
    let line = |a: S::f32s, b: S::f32s| [a, simd.add_f32s(a, b), simd.sub_f32s(a, b), simd.neg_f32s(b)];
    let lanes = S::F32_LANES;
    for i in (0..run).step_by(lanes) {
        // SAFETY: the caller's; a run is whole registers of eight values at least, or the end is padded.
        let d: [S::f32s; 4] = std::array::from_fn(|at| {
            places[at].map_or(simd.splat_f32s(0.0), |place| unsafe { load::<S>(plan.dy.as_ptr().add(place + i)) })
        });
        let columns: [[S::f32s; 4]; 2] = [line(d[0], d[2]), line(d[1], d[3])];
        let mask = simd.mask_between_m32s(0, (run - i).min(lanes) as u32);
        for y in 0..4 {
            for (x, value) in line(columns[0][y], columns[1][y]).into_iter().enumerate() {
                // SAFETY: within the sixteen runs.
                unsafe {
                    let to = out.as_mut_ptr().add((y * 4 + x) * step + i);
                    if run - i >= lanes { store::<S>(to, value) } else { simd.mask_store_ptr_f32s(mask, to, value) }
                }
            }
        }
    }
}

/// Adds the parts in order, `Gᵀ u G`, and puts the numbers where PyTorch has them.
fn collect(plan: &Plan<'_>, rows: usize, sums: &[f32], dw: &mut [f32]) {
    let conv = plan.conv;
    let out = Shared::new(dw);
    let line = |u: [f32; 4]| [u[0] + 0.5 * (u[1] + u[2]), 0.5 * (u[1] - u[2]), 0.5 * (u[1] + u[2]) + u[3]];
    par::each(conv.c_out, |row| {
        // SAFETY: a task owns the weights of its output channel.
        let cell = unsafe { out.slice(row * conv.c_in * 9, conv.c_in * 9) };
        for (term, cell) in cell.chunks_exact_mut(9).enumerate() {
            let u: [f32; PRODUCTS] = std::array::from_fn(|product| {
                let at = |part: usize| sums[((part * PRODUCTS + product) * rows + row) * plan.padded + term];
                (1..plan.parts).fold(at(0), |sum, part| sum + at(part))
            });
            let columns: [[f32; 3]; 4] = std::array::from_fn(|x| line([u[x], u[4 + x], u[8 + x], u[12 + x]]));
            for y in 0..3 {
                cell[y * 3..y * 3 + 3].copy_from_slice(&line(std::array::from_fn(|x| columns[x][y])));
            }
        }
    });
}
