//! Batch normalization of feature maps `[pixels, channels, n]`, with the addition of a shortcut and the ReLU that follow
//! it in the same pass over memory.

mod backward;

pub use backward::{Sums, input as backward_input, sums as backward_sums};

use pulp::{Simd, WithSimd};

use crate::par::{self, Shared};
use crate::pool::Buffer;
use crate::simd::Level;

/// Values of a channel that one task reduces, about: a matter of shape alone, so that results do not depend on the
/// threads, and few, so that a lane sums no more than 64 of them in f32.
const CHUNK: usize = 1 << 10;

/// Mean and biased variance of each channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// `[channels]`.
    pub mean: Vec<f32>,
    /// `[channels]`, divided by the number of values.
    pub var: Vec<f32>,
}

fn chunk([pixels, _, n]: [usize; 3]) -> usize {
    CHUNK.div_ceil(n).clamp(1, pixels)
}

/// Mean and variance over pixels and images of `x`, `[pixels, channels, n]`.
///
/// Sums of differences from the channel's first value (no cancellation when a mean is far from 0), in f32 within a
/// register lane of a chunk and in f64 beyond.
///
/// # Panics
/// `x` has another length.
pub fn statistics(level: Level, x: &[f32], shape: [usize; 3]) -> Statistics {
    let [pixels, channels, n] = shape;
    assert_eq!(x.len(), pixels * channels * n);
    let count = (pixels * n) as f64;
    let shift: Vec<f32> = (0..channels).map(|channel| x[channel * n]).collect();
    let sums = two_sums(shape, |task, out| level.run(Moments { x: &x[task], shape, shift: &shift, out }));
    let [mut mean, mut var] = [vec![0.0; channels], vec![0.0; channels]];
    for channel in 0..channels {
        let [first, second] = sums[channel].map(|sum| sum / count);
        mean[channel] = (f64::from(shift[channel]) + first) as f32;
        var[channel] = (second - first * first).max(0.0) as f32;
    }
    Statistics { mean, var }
}

/// Two sums for each channel, taken chunk by chunk on all threads and added in order.
fn two_sums(shape: [usize; 3], task: impl Fn(std::ops::Range<usize>, &mut [f32]) + Sync) -> Vec<[f64; 2]> {
    let [pixels, channels, n] = shape;
    let chunk = chunk(shape);
    let chunks = pixels.div_ceil(chunk);
    let width = channels * 2 * LANES;
    let mut partial = Buffer::scratch(chunks * width);
    let out = Shared::new(&mut partial);
    par::each(chunks, |at| {
        let range = at * chunk * channels * n..((at + 1) * chunk).min(pixels) * channels * n;
        // SAFETY: a chunk owns its own sums.
        let sums = unsafe { out.slice(at * width, width) };
        sums.fill(0.0);
        task(range, sums);
    });
    let mut sums = vec![[0.0; 2]; channels];
    for part in partial.chunks_exact(width) {
        for (sum, lanes) in sums.iter_mut().zip(part.chunks_exact(2 * LANES)) {
            let add = |lanes: &[f32]| lanes.iter().map(|v| f64::from(*v)).sum::<f64>();
            sum[0] += add(&lanes[..LANES]);
            sum[1] += add(&lanes[LANES..]);
        }
    }
    sums
}

/// Lanes of the widest register: room for one partial sum each.
const LANES: usize = 16;

struct Moments<'a> {
    x: &'a [f32],
    shape: [usize; 3],
    shift: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Moments<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [_, channels, n] = self.shape;
        for (at, row) in self.x.chunks_exact(n).enumerate() {
            let channel = at % channels;
            let cell = &mut self.out[channel * 2 * LANES..(channel + 1) * 2 * LANES];
            let shift = simd.splat_f32s(self.shift[channel]);
            let (first, second) = cell.split_at_mut(LANES);
            let mut sum = simd.partial_load_f32s(&first[..S::F32_LANES]);
            let mut square = simd.partial_load_f32s(&second[..S::F32_LANES]);
            let (body, tail) = S::as_simd_f32s(row);
            for x in body {
                let x = simd.sub_f32s(*x, shift);
                sum = simd.add_f32s(sum, x);
                square = simd.mul_add_e_f32s(x, x, square);
            }
            simd.partial_store_f32s(&mut first[..S::F32_LANES], sum);
            simd.partial_store_f32s(&mut second[..S::F32_LANES], square);
            for (lane, x) in tail.iter().enumerate() {
                let x = x - self.shift[channel];
                first[lane] += x;
                second[lane] += x * x;
            }
        }
    }
}

/// What each channel is multiplied by and moved by, `[channels]` each.
#[derive(Debug, Clone, Copy)]
pub struct Factors<'a> {
    /// Taken off first: with it in `shift` a mean far from 0 would cost digits.
    pub mean: &'a [f32],
    /// Multiplied then.
    pub scale: &'a [f32],
    /// Added last.
    pub shift: &'a [f32],
}

/// `out = (x − mean) · scale + shift`, plus `residual` if there is one, cut off at 0 if `relu`.
///
/// # Panics
/// A slice has another length than the shape says.
pub fn apply(level: Level, x: &[f32], factors: Factors<'_>, residual: Option<&[f32]>, relu: bool, shape: [usize; 3], out: &mut [f32]) {
    let [pixels, channels, n] = shape;
    let len = pixels * channels * n;
    assert_eq!([x.len(), out.len(), residual.map_or(len, <[f32]>::len)], [len; 3]);
    assert_eq!([factors.mean.len(), factors.scale.len(), factors.shift.len()], [channels; 3]);
    let share = par::share(pixels, 4 * par::threads(), 1);
    let out = Shared::new(out);
    par::each(pixels.div_ceil(share), |task| {
        let range = task * share * channels * n..((task + 1) * share).min(pixels) * channels * n;
        // SAFETY: tasks own separate pixels.
        let out = unsafe { out.slice(range.start, range.len()) };
        level.run(Apply { x: &x[range.clone()], factors, residual: residual.map(|r| &r[range]), relu, n, out });
    });
}

struct Apply<'a> {
    x: &'a [f32],
    factors: Factors<'a>,
    residual: Option<&'a [f32]>,
    relu: bool,
    n: usize,
    out: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { factors: Factors { mean, scale, shift }, relu, n, .. } = self;
        let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
        let floors = simd.splat_f32s(floor);
        for (at, (row, out)) in self.x.chunks_exact(n).zip(self.out.chunks_exact_mut(n)).enumerate() {
            let channel = at % scale.len();
            let [centre, a, b] = [mean[channel], scale[channel], shift[channel]];
            let [centres, aa, bb] = [centre, a, b].map(|value| simd.splat_f32s(value));
            let (body, tail) = S::as_simd_f32s(row);
            let (out_body, out_tail) = S::as_mut_simd_f32s(out);
            // A NaN must come through a ReLU, so the value is the second operand of the maximum.
            match self.residual.map(|residual| S::as_simd_f32s(&residual[at * n..(at + 1) * n])) {
                None => {
                    for (out, x) in out_body.iter_mut().zip(body) {
                        *out = above(simd, floors, simd.mul_add_e_f32s(simd.sub_f32s(*x, centres), aa, bb));
                    }
                    for (out, x) in out_tail.iter_mut().zip(tail) {
                        *out = above_one(floor, (x - centre).mul_add(a, b));
                    }
                }
                Some((more, more_tail)) => {
                    for ((out, x), more) in out_body.iter_mut().zip(body).zip(more) {
                        *out = above(simd, floors, simd.add_f32s(simd.mul_add_e_f32s(simd.sub_f32s(*x, centres), aa, bb), *more));
                    }
                    for ((out, x), more) in out_tail.iter_mut().zip(tail).zip(more_tail) {
                        *out = above_one(floor, (x - centre).mul_add(a, b) + more);
                    }
                }
            }
        }
    }
}

/// The greater of floor and value; a NaN stays one.
#[inline(always)]
fn above<S: Simd>(simd: S, floor: S::f32s, value: S::f32s) -> S::f32s {
    simd.select_f32s(simd.less_than_f32s(value, floor), floor, value)
}

#[inline(always)]
fn above_one(floor: f32, value: f32) -> f32 {
    if value < floor { floor } else { value }
}
