//! The gradient of the weights: one matrix product for each kernel position (or row of positions), summed over all
//! images and pixels.
//!
//! Here the sum runs over the batch, so the batch must not lie in the lanes: both operands are turned first, the input
//! so that its channels are innermost, the gradient so that eight of its channels stand together.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::outer::{COLUMNS, Outer, Stretch, parts_and_tiles};
use super::{Conv, MAX_TAPS, winograd};
use crate::par::{self, Shared};
use crate::pool::Buffer;
use crate::simd::Level;
use crate::turn;

/// Below so many input channels a row of kernel positions is one product: `[x - 1, x, x + 1]` times channels are
/// neighbours in memory once channels are innermost, and fill a register that one position would not.
const MERGE_BELOW: usize = 16;
/// Terms of one block of the sum, about: all products are made of a block while it is in the cache.
const BLOCK: usize = 256;
/// Values between one image and the next beyond what they need: steps of a power of two would share one cache line.
const STAGGER: usize = 16;
/// Elements of the sums of one part, at most, for a sum to be cut into parts.
const PART_SUMS: usize = 1 << 18;
/// Parts into which a small layer's sum is cut, at most; a matter of shape alone, so that results do not depend on
/// the number of threads.
const PARTS: usize = 8;

/// How the sum is laid out.
struct Plan<'a> {
    conv: &'a Conv,
    merged: bool,
    /// Kernel positions, or rows of them.
    products: usize,
    /// Columns of a product: input channels, or positions of a row times input channels.
    columns: usize,
    /// Of the whole sum: output rows of all images if merged, else output pixels.
    stretches: usize,
    parts: usize,
    tiles: usize,
    /// From one image to the next in the turned input and gradient, and from one tile to the next.
    steps: [usize; 3],
    outer: Outer<'a>,
}

/// Gradient of the weights, `[c_out, c_in, kh, kw]`, from the input `[h, w, c_in, n]` and the gradient of the output
/// `[h', w', c_out, n]`.
///
/// # Panics
/// A slice has another length than the shape says.
pub fn grad_weight(level: Level, conv: &Conv, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    assert_eq!([x.len(), dw.len(), dy.len()], [conv.input_len(), conv.weight_len(), conv.output_len()]);
    if winograd::takes(conv) && conv.c_in.min(conv.c_out) >= winograd::weight::CHANNELS {
        return match level.lanes() {
            16 => winograd::weight::run::<8>(level, conv, x, dy, dw),
            _ => winograd::weight::run::<4>(level, conv, x, dy, dw),
        };
    }
    match level.lanes() {
        16 => tiled::<8>(level, conv, x, dy, dw),
        _ => tiled::<4>(level, conv, x, dy, dw),
    }
}

fn tiled<const R: usize>(level: Level, conv: &Conv, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let [h, w] = conv.size;
    let [ho, wo] = conv.out_size();
    let merged = conv.c_in < MERGE_BELOW && conv.kernel[1] > 1;
    let tiles = conv.c_out.div_ceil(R);
    let padded_w = w + 2 * conv.pad[1];
    let x_image = if merged { h * padded_w * conv.c_in + STAGGER } else { conv.c_in };
    let dy_image = if merged { ho * wo * R + STAGGER } else { R };
    let tile_step = if merged { conv.n * dy_image } else { ho * wo * conv.n * R };
    let (terms, step, products, columns) = if merged {
        (wo, conv.stride * conv.c_in, conv.kernel[0], conv.kernel[1] * conv.c_in)
    } else {
        (conv.n, conv.c_in, conv.taps(), conv.c_in)
    };
    let turned_x = if merged {
        let mut out = Buffer::scratch(conv.n * x_image + COLUMNS);
        clear_sides(&mut out, conv, padded_w, x_image);
        let place = |pixel: usize| Some((pixel / w * padded_w + pixel % w + conv.pad[1]) * conv.c_in);
        turn::channels_innermost(level, x, [h * w, conv.c_in, conv.n], &mut out, place, x_image);
        out
    } else {
        let mut out = Buffer::scratch(conv.input_len() + COLUMNS);
        let met = |axis: usize, at: usize| (0..conv.kernel[axis]).any(|position| conv.target(axis, at, position).is_some());
        let place = |pixel: usize| (met(0, pixel / w) && met(1, pixel % w)).then_some(pixel * conv.n * conv.c_in);
        turn::channels_innermost(level, x, [h * w, conv.c_in, conv.n], &mut out, place, x_image);
        out
    };
    let mut turned_dy = Buffer::scratch(tiles * tile_step);
    let pixel_step = if merged { R } else { conv.n * R };
    turn::channels_in_groups::<R>(level, dy, [ho * wo, conv.c_out, conv.n], &mut turned_dy, [tile_step, pixel_step, dy_image]);

    let padded = columns.next_multiple_of(COLUMNS);
    let part_sums = products * tiles * R * padded;
    let stretches = if merged { ho * conv.n } else { ho * wo };
    let parts = (PART_SUMS / part_sums).min(stretches / 4).clamp(1, PARTS);
    let mut sums = Buffer::scratch(parts * part_sums);
    let shared = Shared::new(&mut sums);
    let plan = Plan {
        conv,
        merged,
        products,
        columns,
        stretches,
        parts,
        tiles,
        steps: [x_image, dy_image, tile_step],
        outer: Outer { x: &turned_x, dy: &turned_dy, terms, step, sums: shared, padded },
    };
    parts_and_tiles(parts, tiles, |part, tiles| level.run(Task::<R> { plan: &plan, part, tiles }));
    collect(&plan, tiles * R, &sums, dw);
}

/// Zeros left and right of every row of the turned input, where the padding is.
fn clear_sides(turned: &mut [f32], conv: &Conv, padded_w: usize, image_step: usize) {
    let (row, side) = (padded_w * conv.c_in, conv.pad[1] * conv.c_in);
    if side == 0 {
        return;
    }
    let out = Shared::new(turned);
    par::each(conv.n, |image| {
        for y in 0..conv.size[0] {
            let at = image * image_step + y * row;
            // SAFETY: rows are separate and lie within the buffer.
            unsafe {
                out.slice(at, side).fill(0.0);
                out.slice(at + row - side, side).fill(0.0);
            }
        }
    });
}

impl Plan<'_> {
    /// Those of `range` whose input is no padding for a product.
    #[inline(always)]
    fn collect(&self, range: Range<usize>, product: usize, group: usize, into: &mut Vec<Stretch>) {
        let conv = self.conv;
        let ([h, w], [ho, wo]) = (conv.size, conv.out_size());
        let [x_image, dy_image, _] = self.steps;
        let inner = if self.merged { ho } else { wo };
        let (mut outer, mut at) = (range.start / inner, range.start % inner);
        let (ky, kx) = (product / conv.kernel[1], product % conv.kernel[1]);
        into.clear();
        for _ in range {
            if self.merged {
                let from = (at * conv.stride + product).wrapping_sub(conv.pad[0]);
                if from < h {
                    let x = outer * x_image + from * (w + 2 * conv.pad[1]) * conv.c_in;
                    into.push(Stretch { x, dy: outer * dy_image + at * wo * group });
                }
            } else {
                let from_y = (outer * conv.stride + ky).wrapping_sub(conv.pad[0]);
                let from_x = (at * conv.stride + kx).wrapping_sub(conv.pad[1]);
                if from_y < h && from_x < w {
                    let x = (from_y * w + from_x) * conv.n * conv.c_in;
                    into.push(Stretch { x, dy: (outer * wo + at) * conv.n * group });
                }
            }
            at += 1;
            if at == inner {
                (outer, at) = (outer + 1, 0);
            }
        }
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
            let cell = unsafe { out.slice(row * per_row, per_row) };
            for product in 0..plan.products {
                for part in 0..plan.parts {
                    let from = ((part * plan.products + product) * rows + row) * plan.outer.padded;
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
    tiles: Range<usize>,
}

impl<const R: usize> WithSimd for Task<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let plan = self.plan;
        let lanes = S::F32_LANES;
        let all = plan.stretches;
        let share = par::share(all, plan.parts, 1);
        let mine = (self.part * share).min(all)..((self.part + 1) * share).min(all);
        let per_block = BLOCK.div_ceil(plan.outer.terms);
        let mut block = Vec::with_capacity(per_block);
        let mut fresh = [true; MAX_TAPS];
        let sums = |product: usize, tile: usize| ((self.part * plan.products + product) * plan.tiles + tile) * R * plan.outer.padded;
        for first in mine.clone().step_by(per_block) {
            for (product, fresh) in fresh.iter_mut().enumerate().take(plan.products) {
                plan.collect(first..(first + per_block).min(mine.end), product, R, &mut block);
                if block.is_empty() {
                    continue;
                }
                for column in (0..plan.columns).step_by(2 * lanes) {
                    for tile in self.tiles.clone() {
                        let (from, to) = (tile * plan.steps[2], sums(product, tile) + column);
                        // SAFETY: stretches lie within the turned tensors, whose ends are padded by a tile's width; this
                        // task alone writes the sums of its part and tiles.
                        unsafe {
                            if column + lanes < plan.columns {
                                plan.outer.add::<S, R, 2>(simd, &block, column, from, to, *fresh);
                            } else {
                                plan.outer.add::<S, R, 1>(simd, &block, column, from, to, *fresh);
                            }
                        }
                    }
                }
                *fresh = false;
            }
        }
        for product in (0..plan.products).filter(|product| fresh[*product]) {
            for tile in self.tiles.clone() {
                // SAFETY: as above.
                unsafe { plan.outer.sums.slice(sums(product, tile), R * plan.outer.padded) }.fill(0.0);
            }
        }
    }
}
