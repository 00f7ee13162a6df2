//! The forward pass and the gradient of the input of a 3×3 convolution with stride 1 and padding 1 by Winograd's
//! F(2×2, 3×3): 16 products for four output pixels instead of 36.
//!
//! A tile of 2×2 outputs comes from 4×4 inputs: `Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A`, and ⊙ summed over channels is sixteen
//! matrix products. With the batch in the lanes both transforms are additions of whole registers. The factors are 0, ±1
//! and ½, so rounding stays that of a direct sum within a small factor (the larger forms F(4×4) lose digits).
//! Source: Lavin and Gray, arXiv 1509.09308.

pub(super) mod weight;

use pulp::{Simd, WithSimd};

use super::gather::{Cell, Direction};
use super::{Conv, Tap};
use crate::par::{self, Shared};
use crate::pool::Buffer;
use crate::simd::{Level, load, store};

/// Products of a tile.
pub(super) const PRODUCTS: usize = 16;
/// Values of the transformed input of a block, about: it stays in the second-level cache.
const BLOCK: usize = 1 << 16;
/// Values between products beyond what they need: steps of a power of two would share one cache line.
const STAGGER: usize = 16;
/// Fewest channels for which the transforms are worth their additions.
const CHANNELS: usize = 16;
/// Smallest side for which the tiles are worth transforming the weights.
const SIDE: usize = 8;

/// Whether this shape is done here.
pub(super) fn takes(conv: &Conv) -> bool {
    conv.kernel == [3, 3]
        && conv.stride == 1
        && conv.pad == [1, 1]
        && conv.c_in.min(conv.c_out) >= CHANNELS
        && conv.size[0].min(conv.size[1]) >= SIDE
}

/// `G g Gᵀ` of nine kernel values, each in `W` rows at once.
#[inline(always)]
fn transform_kernel<const W: usize>(g: &[[f32; W]; 9]) -> [[f32; W]; PRODUCTS] {
    let row = |a: [f32; W], b: [f32; W], c: [f32; W]| -> [[f32; W]; 4] {
        let half = |f: &dyn Fn(usize) -> f32| std::array::from_fn(|i| 0.5 * f(i));
        [a, half(&|i| a[i] + b[i] + c[i]), half(&|i| a[i] - b[i] + c[i]), c]
    };
    let columns: [[[f32; W]; 4]; 3] = std::array::from_fn(|x| row(g[x], g[3 + x], g[6 + x]));
    let mut out = [[0.0; W]; PRODUCTS];
    for y in 0..4 {
        let line = row(columns[0][y], columns[1][y], columns[2][y]);
        out[y * 4..y * 4 + 4].copy_from_slice(&line);
    }
    out
}

/// Transformed weights, `[product][tile of rows][term][row]`.
fn weights<const R: usize>(conv: &Conv, direction: Direction, weight: &[f32], out: &mut [f32]) {
    let (rows, terms) = direction.rows_and_terms(conv);
    let tiles = rows.div_ceil(R);
    let to = Shared::new(out);
    par::each(tiles, |tile| {
        for term in 0..terms {
            let g: [[f32; R]; 9] = std::array::from_fn(|position| {
                std::array::from_fn(|i| {
                    let row = tile * R + i;
                    if row >= rows {
                        return 0.0;
                    }
                    match direction {
                        Direction::Forward => weight[(row * terms + term) * 9 + position],
                        // The gradient meets the kernel turned by half a circle.
                        Direction::Backward => weight[(term * rows + row) * 9 + 8 - position],
                    }
                })
            });
            for (product, values) in transform_kernel(&g).iter().enumerate() {
                let at = ((product * tiles + tile) * terms + term) * R;
                // SAFETY: within the buffer of `PRODUCTS · tiles · terms · R`; a task owns its tile.
                unsafe { to.slice(at, R) }.copy_from_slice(values);
            }
        }
    });
}

/// Runs one of the passes.
pub(super) fn run<const R: usize>(level: Level, conv: &Conv, direction: Direction, x: &[f32], weight: &[f32], out: &mut [f32], add: bool) {
    let (rows, terms) = direction.rows_and_terms(conv);
    let tiles = rows.div_ceil(R);
    let mut transformed = Buffer::scratch(PRODUCTS * tiles * terms * R);
    weights::<R>(conv, direction, weight, &mut transformed);
    let width = 2 * level.lanes();
    let [h, w] = conv.size;
    let columns = h.div_ceil(2) * w.div_ceil(2) * conv.n.div_ceil(width);
    let block = (BLOCK / (PRODUCTS * terms * width)).clamp(1, 16);
    let share = par::share(columns, 4 * par::threads(), block);
    let plan = Plan { size: conv.size, n: conv.n, rows, terms, tiles, block, x, weights: &transformed, out: Shared::new(out), add };
    par::each(columns.div_ceil(share), |task| {
        let mine = task * share..((task + 1) * share).min(columns);
        level.run(Task::<R> { plan: &plan, columns: mine });
    });
}

struct Plan<'a> {
    size: [usize; 2],
    n: usize,
    rows: usize,
    terms: usize,
    tiles: usize,
    /// Columns in a block; a column is one tile of two registers of images.
    block: usize,
    x: &'a [f32],
    weights: &'a [f32],
    out: Shared,
    add: bool,
}

/// A tile and its images.
#[derive(Clone, Copy)]
struct Column {
    y: usize,
    x: usize,
    image: usize,
    images: usize,
}

struct Task<'a, const R: usize> {
    plan: &'a Plan<'a>,
    columns: std::ops::Range<usize>,
}

impl<const R: usize> WithSimd for Task<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let plan = self.plan;
        let width = 2 * S::F32_LANES;
        let (across, groups) = (plan.size[1].div_ceil(2), plan.n.div_ceil(width));
        let column = |at: usize| {
            let (tile, image) = (at / groups, at % groups * width);
            Column { y: tile / across * 2, x: tile % across * 2, image, images: width.min(plan.n - image) }
        };
        // The input and the products of a block: `[product][column][channel][2 registers]`.
        let (from_step, to_step) = (plan.block * plan.terms * width + STAGGER, plan.block * plan.tiles * R * width + STAGGER);
        let mut input = Buffer::scratch(PRODUCTS * from_step);
        let mut products = Buffer::scratch(PRODUCTS * to_step);
        let product_out = Shared::new(&mut products);
        for first in self.columns.clone().step_by(plan.block) {
            let block = first..(first + plan.block).min(self.columns.end);
            for (at, column) in block.clone().map(column).enumerate() {
                // SAFETY: addresses follow the shapes of the plan.
                unsafe { transform_input(simd, plan, column, &mut input[at * plan.terms * width..], from_step) };
            }
            for product in 0..PRODUCTS {
                for tile in 0..plan.tiles {
                    for at in 0..block.len() {
                        let cell = Cell::<R> {
                            taps: &[Tap { pixel: 0, position: 0 }],
                            x: input.as_ptr(),
                            tap_step: 0,
                            term_step: width,
                            len: plan.terms,
                            weights: plan.weights[(product * plan.tiles + tile) * plan.terms * R..].as_ptr(),
                            out: product_out,
                            rows: R,
                            add: false,
                        };
                        let to = product * to_step + (at * plan.tiles + tile) * R * width;
                        // SAFETY: within the two buffers of this task.
                        unsafe { cell.run::<S, 2>(simd, product * from_step + at * plan.terms * width, to, None) };
                    }
                }
            }
            for (at, column) in block.map(column).enumerate() {
                // SAFETY: addresses follow the shapes of the plan; a column is one task's.
                unsafe { transform_output(simd, plan, column, &products[at * plan.tiles * R * width..], to_step) };
            }
        }
    }
}

/// One register of a row of images: all of it, or its first `left` values and zeros.
///
/// # Safety
/// That many values can be read.
#[inline(always)]
unsafe fn read<S: Simd>(simd: S, from: *const f32, left: usize) -> S::f32s {
    // SAFETY: the caller's.
    unsafe {
        match left {
            0 => simd.splat_f32s(0.0),
            left if left >= S::F32_LANES => load::<S>(from),
            left => simd.mask_load_ptr_f32s(simd.mask_between_m32s(0, left as u32), from),
        }
    }
}

/// `Bᵀ d B` of all channels of a column.
///
/// # Safety
/// The column lies within the plan's shape, and `out` holds sixteen parts `step` values apart.
#[inline(always)]
unsafe fn transform_input<S: Simd>(simd: S, plan: &Plan<'_>, column: Column, out: &mut [f32], step: usize) {
    let lanes = S::F32_LANES;
    let [h, w] = plan.size;
    // Where the sixteen pixels lie; padding has none.
    let mut places = [usize::MAX; PRODUCTS];
    for (at, place) in places.iter_mut().enumerate() {
        let (y, x) = ((column.y + at / 4).wrapping_sub(1), (column.x + at % 4).wrapping_sub(1));
        if y < h && x < w {
            *place = (y * w + x) * plan.terms * plan.n + column.image;
        }
    }
    let inner = !places.contains(&usize::MAX) && column.images == 2 * lanes;
    for term in 0..plan.terms {
        for v in 0..2 {
            let left = column.images.saturating_sub(v * lanes);
            let d: [S::f32s; PRODUCTS] = std::array::from_fn(|at| {
                let place = places[at].wrapping_add(term * plan.n + v * lanes);
                // SAFETY: a place lies within the input; `left` images are there.
                unsafe {
                    match inner {
                        true => load::<S>(plan.x.as_ptr().add(place)),
                        false if places[at] == usize::MAX => simd.splat_f32s(0.0),
                        false => read(simd, plan.x.as_ptr().wrapping_add(place), left),
                    }
                }
            });
            input_of(simd, d, |product, value| {
                let at = product * step + term * 2 * lanes + v * lanes;
                // SAFETY: within the sixteen parts.
                unsafe { store::<S>(out.as_mut_ptr().add(at), value) };
            });
        }
    }
}

/// `Bᵀ d B` of one register of each of the sixteen pixels.
#[inline(always)]
fn input_of<S: Simd>(simd: S, d: [S::f32s; PRODUCTS], mut put: impl FnMut(usize, S::f32s)) {
    let line = |a: S::f32s, b: S::f32s, c: S::f32s, d: S::f32s| {
        [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
    };
    let columns: [[S::f32s; 4]; 4] = std::array::from_fn(|x| line(d[x], d[4 + x], d[8 + x], d[12 + x]));
    for y in 0..4 {
        let row = line(columns[0][y], columns[1][y], columns[2][y], columns[3][y]);
        for (x, value) in row.into_iter().enumerate() {
            put(y * 4 + x, value);
        }
    }
}

/// `Aᵀ m A` of all rows of a column, into the output.
///
/// # Safety
/// The column lies within the plan's shape and is this task's, and `products` holds sixteen parts `step` values apart.
#[inline(always)]
unsafe fn transform_output<S: Simd>(simd: S, plan: &Plan<'_>, column: Column, products: &[f32], step: usize) {
    let lanes = S::F32_LANES;
    let [h, w] = plan.size;
    for row in 0..plan.rows {
        for v in 0..2 {
            let left = column.images.saturating_sub(v * lanes);
            if left == 0 {
                continue;
            }
            let m: [S::f32s; PRODUCTS] = std::array::from_fn(|at| {
                // SAFETY: within the sixteen parts.
                unsafe { load::<S>(products.as_ptr().add(at * step + row * 2 * lanes + v * lanes)) }
            });
            let line = |a: S::f32s, b: S::f32s, c: S::f32s, d: S::f32s| {
                [simd.add_f32s(simd.add_f32s(a, b), c), simd.sub_f32s(simd.sub_f32s(b, c), d)]
            };
            let columns: [[S::f32s; 2]; 4] = std::array::from_fn(|x| line(m[x], m[4 + x], m[8 + x], m[12 + x]));
            for y in 0..2 {
                let values = line(columns[0][y], columns[1][y], columns[2][y], columns[3][y]);
                for (x, value) in values.into_iter().enumerate() {
                    if column.y + y >= h || column.x + x >= w {
                        continue;
                    }
                    let pixel = (column.y + y) * w + column.x + x;
                    // SAFETY: the pixel and `left` images are within the output.
                    unsafe {
                        let to = plan.out.at((pixel * plan.rows + row) * plan.n + column.image + v * lanes);
                        let value = if plan.add { simd.add_f32s(value, read(simd, to, left)) } else { value };
                        if left >= lanes {
                            store::<S>(to, value);
                        } else {
                            simd.mask_store_ptr_f32s(simd.mask_between_m32s(0, left as u32), to, value);
                        }
                    }
                }
            }
        }
    }
}
