//! The gradient of batch normalization and of the ReLU behind it: one pass that sums, one that writes.

use pulp::{Simd, WithSimd};

use super::{LANES, two_sums};
use crate::par::{self, Shared};
use crate::simd::Level;

/// Sums over pixels and images that the gradient needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    /// Of the gradient of the output (behind the ReLU): the gradient of the bias, `[channels]`.
    pub dy: Vec<f32>,
    /// Of that times the normalized input: the gradient of the weight, `[channels]`.
    pub dy_x: Vec<f32>,
}

/// First half of the gradient: cuts `dy` off where the ReLU did (`y` ≤ 0), in place, and sums it.
///
/// `mean` and `inv` (1 / √(variance + eps)) are those of the forward pass.
///
/// # Panics
/// A slice has another length than the shape says.
pub fn sums(level: Level, dy: &mut [f32], y: Option<&[f32]>, x: &[f32], [mean, inv]: [&[f32]; 2], shape: [usize; 3]) -> Sums {
    let [pixels, channels, n] = shape;
    let len = pixels * channels * n;
    assert_eq!([x.len(), dy.len(), y.map_or(len, <[f32]>::len)], [len; 3]);
    let dy = Shared::new(dy);
    let sums = two_sums(shape, |task, out| {
        // SAFETY: chunks are separate.
        let dy = unsafe { dy.slice(task.start, task.len()) };
        level.run(Backward { dy, y: y.map(|y| &y[task.clone()]), x: &x[task], mean, n, out });
    });
    Sums {
        dy: sums.iter().map(|sum| sum[0] as f32).collect(),
        dy_x: sums.iter().zip(inv).map(|(sum, inv)| (sum[1] * f64::from(*inv)) as f32).collect(),
    }
}

struct Backward<'a> {
    dy: &'a mut [f32],
    y: Option<&'a [f32]>,
    x: &'a [f32],
    mean: &'a [f32],
    n: usize,
    out: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { mean, n, .. } = self;
        let zero = simd.splat_f32s(0.0);
        for (at, (row, dy)) in self.x.chunks_exact(n).zip(self.dy.chunks_exact_mut(n)).enumerate() {
            let channel = at % mean.len();
            let centre = simd.splat_f32s(mean[channel]);
            let (first, second) = self.out[channel * 2 * LANES..(channel + 1) * 2 * LANES].split_at_mut(LANES);
            let mut sum = simd.partial_load_f32s(&first[..S::F32_LANES]);
            let mut product = simd.partial_load_f32s(&second[..S::F32_LANES]);
            let (body, tail) = S::as_simd_f32s(row);
            let (dy_body, dy_tail) = S::as_mut_simd_f32s(dy);
            let y = self.y.map(|y| S::as_simd_f32s(&y[at * n..(at + 1) * n]));
            if let Some((y, y_tail)) = y {
                for (dy, y) in dy_body.iter_mut().zip(y) {
                    *dy = simd.select_f32s(simd.less_than_f32s(zero, *y), *dy, zero);
                }
                for (dy, y) in dy_tail.iter_mut().zip(y_tail) {
                    *dy = if *y > 0.0 { *dy } else { 0.0 };
                }
            }
            for (dy, x) in dy_body.iter().zip(body) {
                sum = simd.add_f32s(sum, *dy);
                product = simd.mul_add_e_f32s(*dy, simd.sub_f32s(*x, centre), product);
            }
            simd.partial_store_f32s(&mut first[..S::F32_LANES], sum);
            simd.partial_store_f32s(&mut second[..S::F32_LANES], product);
            for (lane, (dy, x)) in dy_tail.iter().zip(tail).enumerate() {
                first[lane] += dy;
                second[lane] += dy * (x - mean[channel]);
            }
        }
    }
}

/// Second half: gradient of the input, `weight · inv · (dy − mean(dy) − x̂ · mean(dy · x̂))`.
///
/// # Panics
/// A slice has another length than the shape says.
pub fn input(level: Level, dy: &[f32], x: &[f32], [mean, inv, weight]: [&[f32]; 3], sums: &Sums, shape: [usize; 3], dx: &mut [f32]) {
    let [pixels, channels, n] = shape;
    assert_eq!([x.len(), dy.len(), dx.len()], [pixels * channels * n; 3]);
    let count = (pixels * n) as f32;
    // dx = a·dy + b·(x − mean) + c
    let a: Vec<f32> = weight.iter().zip(inv).map(|(weight, inv)| weight * inv).collect();
    let b: Vec<f32> = (0..channels).map(|i| -a[i] * inv[i] * sums.dy_x[i] / count).collect();
    let c: Vec<f32> = (0..channels).map(|i| -a[i] * sums.dy[i] / count).collect();
    let out = Shared::new(dx);
    let share = par::share(pixels, 4 * par::threads(), 1);
    par::each(pixels.div_ceil(share), |task| {
        let range = task * share * channels * n..((task + 1) * share).min(pixels) * channels * n;
        // SAFETY: tasks own separate pixels.
        let out = unsafe { out.slice(range.start, range.len()) };
        level.run(Input { dy: &dy[range.clone()], x: &x[range], factors: [&a, &b, &c, mean], n, out });
    });
}

struct Input<'a> {
    dy: &'a [f32],
    x: &'a [f32],
    factors: [&'a [f32]; 4],
    n: usize,
    out: &'a mut [f32],
}

impl WithSimd for Input<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let n = self.n;
        for (at, ((dy, x), out)) in self.dy.chunks_exact(n).zip(self.x.chunks_exact(n)).zip(self.out.chunks_exact_mut(n)).enumerate() {
            let [a, b, c, mean] = self.factors.map(|factor| factor[at % factor.len()]);
            let [va, vb, vc, vmean] = [a, b, c, mean].map(|value| simd.splat_f32s(value));
            let ((dy, dy_tail), (x, x_tail)) = (S::as_simd_f32s(dy), S::as_simd_f32s(x));
            let (out, out_tail) = S::as_mut_simd_f32s(out);
            for ((out, dy), x) in out.iter_mut().zip(dy).zip(x) {
                *out = simd.mul_add_e_f32s(*dy, va, simd.mul_add_e_f32s(simd.sub_f32s(*x, vmean), vb, vc));
            }
            for ((out, dy), x) in out_tail.iter_mut().zip(dy_tail).zip(x_tail) {
                *out = dy.mul_add(a, (x - mean).mul_add(b, c));
            }
        }
    }
}
