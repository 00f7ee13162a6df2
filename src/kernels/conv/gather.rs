//! The forward pass and the gradient of the input: every output pixel is a sum over taps and channels.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::{Conv, MAX_TAPS, Tap, pack, winograd};
use crate::par::{self, Shared};
use crate::pool::Buffer;
use crate::simd::{Level, load, store};

/// Bytes of the second-level cache that a block of the input may fill.
const INPUT_BLOCK: usize = 400 << 10;
/// Images in a block; a multiple of two registers of any machine.
const IMAGES: usize = 64;
/// Pixels in a block, about.
const PIXELS: usize = 16;
/// Multiplications that a task is worth.
const TASK: usize = 1 << 20;

/// Which of the two passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl Direction {
    /// Channels that come out, and channels that are summed over.
    pub(super) fn rows_and_terms(self, conv: &Conv) -> (usize, usize) {
        match self {
            Self::Forward => (conv.c_out, conv.c_in),
            Self::Backward => (conv.c_in, conv.c_out),
        }
    }

    /// Size of what is written, and of what is read.
    fn sizes(self, conv: &Conv) -> [[usize; 2]; 2] {
        match self {
            Self::Forward => [conv.out_size(), conv.size],
            Self::Backward => [conv.size, conv.out_size()],
        }
    }
}

/// Terms of the sum for one pixel.
#[derive(Clone, Copy)]
struct Taps {
    list: [Tap; MAX_TAPS],
    len: usize,
}

impl Taps {
    fn of(conv: &Conv, direction: Direction, pixel: usize) -> Self {
        let [to, from] = direction.sizes(conv);
        let (y, x) = (pixel / to[1], pixel % to[1]);
        let mut taps = Self { list: [Tap::default(); MAX_TAPS], len: 0 };
        for ky in 0..conv.kernel[0] {
            let Some(sy) = (match direction {
                Direction::Forward => conv.source(0, y, ky),
                Direction::Backward => conv.target(0, y, ky),
            }) else {
                continue;
            };
            for kx in 0..conv.kernel[1] {
                let sx = match direction {
                    Direction::Forward => conv.source(1, x, kx),
                    Direction::Backward => conv.target(1, x, kx),
                };
                if let Some(sx) = sx {
                    taps.list[taps.len] = Tap { pixel: sy * from[1] + sx, position: ky * conv.kernel[1] + kx };
                    taps.len += 1;
                }
            }
        }
        taps
    }
}

/// Everything that tasks share.
#[derive(Clone, Copy)]
struct Plan<'a> {
    conv: &'a Conv,
    direction: Direction,
    rows: usize,
    terms: usize,
    /// Terms in a part: the sum is cut so that what is read stays in the cache while all rows are made.
    part: usize,
    /// Pixels in a block.
    block: usize,
    x: &'a [f32],
    packed: &'a [f32],
    out: Shared,
    add: bool,
}

/// Runs one of the passes: eight rows in a tile where there are thirty-two registers, four where there are sixteen.
pub(super) fn run(level: Level, conv: &Conv, direction: Direction, x: &[f32], weight: &[f32], out: &mut [f32], add: bool) {
    if winograd::takes(conv) {
        return match level.lanes() {
            16 => winograd::run::<8>(level, conv, direction, x, weight, out, add),
            _ => winograd::run::<4>(level, conv, direction, x, weight, out, add),
        };
    }
    match level.lanes() {
        16 => tiled::<8>(level, conv, direction, x, weight, out, add),
        _ => tiled::<4>(level, conv, direction, x, weight, out, add),
    }
}

fn tiled<const R: usize>(level: Level, conv: &Conv, direction: Direction, x: &[f32], weight: &[f32], out: &mut [f32], add: bool) {
    assert!(conv.taps() <= MAX_TAPS, "a kernel of more than 7×7");
    let (rows, terms) = direction.rows_and_terms(conv);
    let [to, from] = direction.sizes(conv);
    let pixels = to[0] * to[1];
    let lines = PIXELS.div_ceil(to[1]).min(to[0]);
    let stride = if direction == Direction::Forward { conv.stride } else { 1 };
    let halo = ((lines - 1) * stride + conv.kernel[0]).min(from[0]);
    let term_bytes = 4 * halo * from[1] * conv.n.min(IMAGES);
    let parts = (terms * term_bytes).div_ceil(INPUT_BLOCK);
    let part = par::share(terms, parts, 8).min(terms);
    let tiles = rows.div_ceil(R);
    let mut packed = Buffer::scratch(tiles * R * terms * conv.taps());
    pack::weights(conv, direction, weight, R, part, &mut packed);
    let work = pixels * conv.n * rows * terms * conv.taps();
    let wanted = (work / TASK).clamp(1, 8 * par::threads());
    // Few pixels and many channels: tasks share out the channels, so that none reads all of the weights.
    let (tile_share, pixel_share) = if tiles >= wanted && pixels * conv.n <= 4096 {
        (par::share(tiles, wanted, 1), pixels)
    } else {
        (tiles, par::share(pixels, wanted, to[1]))
    };
    let plan = Plan { conv, direction, rows, terms, part, block: lines * to[1], x, packed: &packed, out: Shared::new(out), add };
    let across = pixels.div_ceil(pixel_share);
    par::each(across * tiles.div_ceil(tile_share), |task| {
        let (tile, pixel) = (task / across * tile_share, task % across * pixel_share);
        let tiles = tile..(tile + tile_share).min(tiles);
        let pixels = pixel..(pixel + pixel_share).min(pixels);
        level.run(Task::<R> { plan, tiles, pixels });
    });
}

struct Task<'a, const R: usize> {
    plan: Plan<'a>,
    tiles: Range<usize>,
    pixels: Range<usize>,
}

impl<const R: usize> WithSimd for Task<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Plan { conv, terms, part, .. } = self.plan;
        let taps_n = conv.taps();
        let mut taps = Vec::with_capacity(self.plan.block);
        for first in self.pixels.clone().step_by(self.plan.block) {
            let block = first..(first + self.plan.block).min(self.pixels.end);
            taps.clear();
            taps.extend(block.clone().map(|pixel| Taps::of(conv, self.plan.direction, pixel)));
            for image in (0..conv.n).step_by(IMAGES) {
                let images = image..(image + IMAGES).min(conv.n);
                for begin in (0..terms).step_by(part) {
                    let len = part.min(terms - begin);
                    for tile in self.tiles.clone() {
                        let weights = (tile * terms + begin) * taps_n * R;
                        for (pixel, taps) in block.clone().zip(&taps) {
                            // SAFETY: offsets follow the shapes that the slices were checked against; a task owns the
                            // rows of its tiles at its pixels.
                            unsafe { self.pixel(simd, pixel, taps, tile, begin, len, weights, images.clone()) };
                        }
                    }
                }
            }
        }
    }
}

impl<const R: usize> Task<'_, R> {
    /// All images of one pixel and one tile, terms `begin..begin + len`.
    ///
    /// # Safety
    /// All ranges lie within the shapes of the plan, and this task alone writes the rows of `tile` at `pixel`.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    unsafe fn pixel<S: Simd>(
        &self,
        simd: S,
        pixel: usize,
        taps: &Taps,
        tile: usize,
        begin: usize,
        len: usize,
        weights: usize,
        images: Range<usize>,
    ) {
        let plan = &self.plan;
        let n = plan.conv.n;
        let rows = R.min(plan.rows - tile * R);
        let lanes = S::F32_LANES;
        let cell = Cell::<R> {
            taps: &taps.list[..taps.len],
            x: plan.x.as_ptr(),
            tap_step: plan.terms * n,
            term_step: n,
            len,
            // SAFETY: the tile's weights lie within the packed ones.
            weights: unsafe { plan.packed.as_ptr().add(weights) },
            out: plan.out,
            rows,
            add: plan.add || begin > 0,
        };
        let mut at = images.start;
        let to = (pixel * plan.rows + tile * R) * n;
        let from = begin * n;
        // SAFETY: every register read or written lies within `images` of the pixel, by the bounds of each loop.
        unsafe {
            while at + 2 * lanes <= images.end {
                cell.run::<S, 2>(simd, from + at, to + at, None);
                at += 2 * lanes;
            }
            while at + lanes <= images.end {
                cell.run::<S, 1>(simd, from + at, to + at, None);
                at += lanes;
            }
            if at < images.end {
                cell.run::<S, 1>(simd, from + at, to + at, Some(images.end - at));
            }
        }
    }
}

/// The innermost sum: `R` rows times `V` registers of images, held in registers throughout.
pub(super) struct Cell<'a, const R: usize> {
    pub taps: &'a [Tap],
    pub x: *const f32,
    /// From one pixel to the next in `x`.
    pub tap_step: usize,
    /// From one channel to the next, in `x` and in `out`.
    pub term_step: usize,
    /// Channels summed over.
    pub len: usize,
    /// `[position][channel][R]`.
    pub weights: *const f32,
    pub out: Shared,
    /// Rows that are written.
    pub rows: usize,
    /// Whether the sum goes on from what `out` holds.
    pub add: bool,
}

impl<const R: usize> Cell<'_, R> {
    /// # Safety
    /// `V` registers from `x + from` on at every tap and term, and from `out + to` on for every row, are in bounds; with
    /// `tail`, that many values of one register.
    #[inline(always)]
    pub(super) unsafe fn run<S: Simd, const V: usize>(&self, simd: S, from: usize, to: usize, tail: Option<usize>) {
        let lanes = S::F32_LANES;
        let mask = simd.mask_between_m32s(0, tail.unwrap_or(lanes) as u32);
        // SAFETY: the caller's, here and below.
        let read = |at: *const f32| unsafe {
            match tail {
                None => load::<S>(at),
                Some(_) => simd.mask_load_ptr_f32s(mask, at),
            }
        };
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        if self.add {
            for (row, sums) in sums.iter_mut().enumerate().take(self.rows) {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = read(unsafe { self.out.at(to + row * self.term_step + v * lanes) });
                }
            }
        }
        for tap in self.taps {
            let mut x = unsafe { self.x.add(tap.pixel * self.tap_step + from) };
            let mut w = unsafe { self.weights.add(tap.position * self.len * R) };
            for _ in 0..self.len {
                let values: [S::f32s; V] = std::array::from_fn(|v| read(unsafe { x.add(v * lanes) }));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let weight = simd.splat_f32s(unsafe { *w.add(row) });
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = simd.mul_add_e_f32s(weight, value, *sum);
                    }
                }
                x = x.wrapping_add(self.term_step);
                w = w.wrapping_add(R);
            }
        }
        for (row, sums) in sums.iter().enumerate().take(self.rows) {
            for (v, sum) in sums.iter().enumerate() {
                let at = unsafe { self.out.at(to + row * self.term_step + v * lanes) };
                match tail {
                    None => unsafe { store::<S>(at, *sum) },
                    Some(_) => unsafe { simd.mask_store_ptr_f32s(mask, at, *sum) },
                }
            }
        }
    }
}
