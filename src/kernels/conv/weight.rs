//! The gradient of the weights: one matrix product for each kernel position (or row of positions), summed over all
//! images and pixels.
//!
//! Here the sum runs over the batch, so the batch must not lie in the lanes: both operands are turned first, the input
//! so that its channels are innermost, the gradient so that eight of its channels stand together.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::Conv;
use crate::par::{self, Shared};
use crate::pool::Buffer;
use crate::simd::{Level, load, store};
use crate::turn;

/// Below so many input channels a row of kernel positions is one product: `[x - 1, x, x + 1]` times channels are
/// neighbours in memory once channels are innermost, and fill a register that one position would not.
const MERGE_BELOW: usize = 16;
/// Products of one block of the sum, about: what is read stays in the first-level cache.
const BLOCK: usize = 256;
/// Parts into which a small layer's sum is cut, at most; a matter of shape alone, so that results do not depend on
/// the number of threads.
const PARTS: usize = 8;
/// Columns are padded to this: two registers of any machine.
const COLUMNS: usize = 32;

/// Where one stretch of the sum begins in the turned input and gradient.
#[derive(Clone, Copy)]
struct Stretch {
    x: usize,
    dy: usize,
}

/// How the sum is laid out.
struct Plan<'a> {
    conv: &'a Conv,
    merged: bool,
    /// Kernel positions, or rows of them.
    products: usize,
    /// Columns of a product: input channels, or positions of a row times input channels.
    columns: usize,
    padded: usize,
    /// Terms in a stretch, and what lies between two of them in the input.
    terms: usize,
    step: usize,
    parts: usize,
    tiles: usize,
    x: &'a [f32],
    dy: &'a [f32],
    sums: Shared,
}

/// Gradient of the weights, `[c_out, c_in, kh, kw]`, from the input `[h, w, c_in, n]` and the gradient of the output
/// `[h', w', c_out, n]`.
///
/// # Panics
/// A slice has another length than the shape says.
pub fn grad_weight(level: Level, conv: &Conv, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    assert_eq!([x.len(), dw.len(), dy.len()], [conv.input_len(), conv.weight_len(), conv.output_len()]);
    match level.lanes() {
        16 => tiled::<8>(level, conv, x, dy, dw),
        _ => tiled::<4>(level, conv, x, dy, dw),
    }
}

fn tiled<const R: usize>(level: Level, conv: &Conv, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let [h, w] = conv.size;
    let [ho, wo] = conv.out_size();
    let merged = conv.c_in < MERGE_BELOW;
    let tiles = conv.c_out.div_ceil(R);
    let (turned_x, terms, step, products, columns) = if merged {
        let padded_w = w + 2 * conv.pad[1];
        let mut out = Buffer::zeros(conv.n * h * padded_w * conv.c_in + COLUMNS);
        let place = |pixel: usize| (pixel / w * padded_w + pixel % w + conv.pad[1]) * conv.c_in;
        turn::channels_innermost(level, x, [h * w, conv.c_in, conv.n], &mut out, place, h * padded_w * conv.c_in);
        (out, wo, conv.stride * conv.c_in, conv.kernel[0], conv.kernel[1] * conv.c_in)
    } else {
        let mut out = Buffer::take(conv.input_len() + COLUMNS);
        turn::channels_innermost(level, x, [h * w, conv.c_in, conv.n], &mut out, |pixel| pixel * conv.n * conv.c_in, conv.c_in);
        (out, conv.n, conv.c_in, conv.taps(), conv.c_in)
    };
    let mut turned_dy = Buffer::take(tiles * R * ho * wo * conv.n);
    let (pixel_step, image_step) = if merged { (R, ho * wo * R) } else { (conv.n * R, R) };
    turn::channels_in_groups::<R>(level, dy, [ho * wo, conv.c_out, conv.n], &mut turned_dy, pixel_step, image_step);

    let parts = 32usize.div_ceil(conv.c_out.div_ceil(8) * products).clamp(1, PARTS);
    let padded = columns.next_multiple_of(COLUMNS);
    let mut sums = Buffer::zeros(parts * products * tiles * R * padded);
    let shared = Shared::new(&mut sums);
    let plan = Plan { conv, merged, products, columns, padded, terms, step, parts, tiles, x: &turned_x, dy: &turned_dy, sums: shared };
    let groups = (4 * par::threads()).div_ceil(parts * products).clamp(1, tiles);
    let group = par::share(tiles, groups, 1);
    let groups = tiles.div_ceil(group);
    par::each(parts * products * groups, |task| {
        let (part, product, group_at) = (task / groups / products, task / groups % products, task % groups);
        let tiles = group_at * group..((group_at + 1) * group).min(tiles);
        level.run(Task::<R> { plan: &plan, part, product, tiles });
    });
    collect(&plan, tiles * R, &sums, dw);
}

impl Plan<'_> {
    /// Stretches of one product, in order.
    fn stretches(&self, product: usize, group: usize) -> Vec<Stretch> {
        let conv = self.conv;
        let [ho, wo] = conv.out_size();
        let [h, w] = conv.size;
        if self.merged {
            let row = (w + 2 * conv.pad[1]) * conv.c_in;
            let rows = |image| (0..ho).filter_map(move |y| conv.source(0, y, product).map(|from| (image, y, from)));
            let all = (0..conv.n).flat_map(rows);
            return all.map(|(image, y, from)| Stretch { x: (image * h + from) * row, dy: (image * ho + y) * wo * group }).collect();
        }
        let (ky, kx) = (product / conv.kernel[1], product % conv.kernel[1]);
        let mut all = Vec::with_capacity(ho * wo);
        for y in 0..ho {
            for x in 0..wo {
                if let (Some(sy), Some(sx)) = (conv.source(0, y, ky), conv.source(1, x, kx)) {
                    all.push(Stretch { x: (sy * w + sx) * conv.n * conv.c_in, dy: (y * wo + x) * conv.n * group });
                }
            }
        }
        all
    }
}

/// Adds the parts in order and puts the numbers where PyTorch has them.
fn collect(plan: &Plan<'_>, rows: usize, sums: &[f32], dw: &mut [f32]) {
    let conv = plan.conv;
    let per_row = conv.c_in * conv.taps();
    let out = Shared::new(dw);
    par::each(conv.c_out.div_ceil(8), |group| {
        for row in group * 8..(group * 8 + 8).min(conv.c_out) {
            // SAFETY: a task owns the weights of its eight output channels.
            let cell = unsafe { std::slice::from_raw_parts_mut(out.at(row * per_row), per_row) };
            for product in 0..plan.products {
                for part in 0..plan.parts {
                    let from = ((part * plan.products + product) * rows + row) * plan.padded;
                    for (column, sum) in sums[from..from + plan.columns].iter().enumerate() {
                        let position = if plan.merged { product * conv.kernel[1] + column / conv.c_in } else { product };
                        let place = &mut cell[column % conv.c_in * conv.taps() + position];
                        *place = if part == 0 { *sum } else { *place + sum };
                    }
                }
            }
        }
    });
}

struct Task<'a, const R: usize> {
    plan: &'a Plan<'a>,
    part: usize,
    product: usize,
    tiles: Range<usize>,
}

impl<const R: usize> WithSimd for Task<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let plan = self.plan;
        let lanes = S::F32_LANES;
        let all = plan.stretches(self.product, R);
        let share = par::share(all.len(), plan.parts, 1);
        let mine = &all[(self.part * share).min(all.len())..((self.part + 1) * share).min(all.len())];
        let [ho, wo] = plan.conv.out_size();
        let tile_step = ho * wo * plan.conv.n * R;
        let base = (self.part * plan.products + self.product) * plan.tiles;
        for block in mine.chunks(BLOCK.div_ceil(plan.terms)) {
            for column in (0..plan.columns).step_by(2 * lanes) {
                for tile in self.tiles.clone() {
                    let to = (base + tile) * R * plan.padded + column;
                    // SAFETY: stretches lie within the turned tensors, whose ends are padded by a tile's width; this task
                    // alone writes the sums of its part, product and tiles.
                    unsafe {
                        if column + lanes < plan.columns {
                            cell::<S, R, 2>(simd, plan, block, column, tile * tile_step, to);
                        } else {
                            cell::<S, R, 1>(simd, plan, block, column, tile * tile_step, to);
                        }
                    }
                }
            }
        }
    }
}

/// Adds a block of the sum for `R` output channels and `V` registers of columns.
///
/// # Safety
/// All stretches lie within the plan's tensors, and no other task writes the sums at `to`.
#[inline(always)]
unsafe fn cell<S: Simd, const R: usize, const V: usize>(
    simd: S,
    plan: &Plan<'_>,
    block: &[Stretch],
    column: usize,
    tile: usize,
    to: usize,
) {
    let lanes = S::F32_LANES;
    // SAFETY: the caller's, here and below.
    let place = |row: usize, v: usize| unsafe { plan.sums.at(to + row * plan.padded + v * lanes) };
    // A block is summed from 0 and then added: the rounding of a sum grows with its length.
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    for stretch in block {
        let mut x = unsafe { plan.x.as_ptr().add(stretch.x + column) };
        let mut dy = unsafe { plan.dy.as_ptr().add(tile + stretch.dy) };
        for _ in 0..plan.terms {
            let values: [S::f32s; V] = std::array::from_fn(|v| unsafe { load::<S>(x.add(v * lanes)) });
            for (row, sums) in sums.iter_mut().enumerate() {
                let slope = simd.splat_f32s(unsafe { *dy.add(row) });
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum = simd.mul_add_e_f32s(slope, value, *sum);
                }
            }
            x = x.wrapping_add(plan.step);
            dy = dy.wrapping_add(R);
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            let at = place(row, v);
            unsafe { store::<S>(at, simd.add_f32s(load::<S>(at), *sum)) };
        }
    }
}
