//! Passes over flat vectors of all parameters: norm, perturbation, update, counts. Each reads and writes memory once.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::par::{self, Shared};
use crate::simd::Level;

/// Values of one task; sums are cut here, whatever the number of threads.
const CHUNK: usize = 1 << 15;

pub(crate) fn chunks(len: usize) -> usize {
    len.div_ceil(CHUNK)
}

pub(crate) fn range(at: usize, len: usize) -> Range<usize> {
    at * CHUNK..((at + 1) * CHUNK).min(len)
}

/// A plain loop, compiled for the instructions of a level: what it does is simple enough for the compiler to spread over
/// lanes.
pub(crate) struct Loop<F>(pub(crate) F);

impl<T, F: FnOnce() -> T> WithSimd for Loop<F> {
    type Output = T;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> T {
        (self.0)()
    }
}

/// Sums one number over chunks, in order.
pub(crate) fn sum(level: Level, len: usize, of: impl Fn(Range<usize>) -> f64 + Sync) -> f64 {
    par::map(chunks(len), |at| level.run(Loop(|| of(range(at, len))))).iter().sum()
}

/// Sum of squares, in f64, eight lanes side by side.
pub fn sum_of_squares(level: Level, v: &[f32]) -> f64 {
    sum(level, v.len(), |range| {
        let mut lanes = [0.0f64; 8];
        let (body, tail) = v[range].as_chunks::<8>();
        for eight in body {
            for (lane, x) in lanes.iter_mut().zip(eight) {
                let x = f64::from(*x);
                *lane += x * x;
            }
        }
        lanes.iter().sum::<f64>() + tail.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>()
    })
}

/// `out = w + factor · g`.
///
/// # Panics
/// Lengths differ.
pub fn add_scaled(level: Level, w: &[f32], g: &[f32], factor: f32, out: &mut [f32]) {
    assert_eq!([w.len(), g.len()], [out.len(); 2]);
    let len = out.len();
    let to = Shared::new(out);
    par::each(chunks(len), |at| {
        let range = range(at, len);
        // SAFETY: chunks are separate.
        let out = unsafe { to.slice(range.start, range.len()) };
        level.run(Loop(|| {
            for ((out, w), g) in out.iter_mut().zip(&w[range.clone()]).zip(&g[range.clone()]) {
                *out = w + g * factor;
            }
        }));
    });
}

/// What an update needs beside vectors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// Learning rate.
    pub lr: f32,
    /// Momentum.
    pub momentum: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Multiplier on elements with 0 < s/g < 1; none: all are taken as they are.
    pub alpha: Option<f32>,
}

/// Whether both are above 0 or both below.
#[inline(always)]
pub(crate) fn same_sign(g: f32, s: f32) -> bool {
    ((s > 0.0) & (g > 0.0)) | ((s < 0.0) & (g < 0.0))
}

/// Element of Group B: 0 < s/g < tau, without a division. Zero in either is never in B.
#[inline(always)]
pub(crate) fn in_b(g: f32, s: f32, tau: f32) -> bool {
    (s.abs() < g.abs() * tau) & same_sign(g, s)
}

/// `d = s`, times alpha in Group B; `b' = momentum·b + (d + weight_decay·w)`; `w' = w − lr·b'`. Returns whether all of
/// what came out is finite.
///
/// # Panics
/// Lengths differ.
pub fn update(level: Level, rule: Update, [w, b, g, s]: [&[f32]; 4], w_out: &mut [f32], b_out: &mut [f32]) -> bool {
    let len = w.len();
    assert_eq!([b.len(), g.len(), s.len(), w_out.len(), b_out.len()], [len; 5]);
    let (w_to, b_to) = (Shared::new(w_out), Shared::new(b_out));
    let bad = sum(level, len, |range| {
        // SAFETY: chunks are separate.
        let (w_out, b_out) = unsafe {
            let cell = |to: Shared| to.slice(range.start, range.len());
            (cell(w_to), cell(b_to))
        };
        let [w, b, g, s] = [w, b, g, s].map(|v| &v[range.clone()]);
        let alpha = rule.alpha.unwrap_or(1.0);
        let mut bad = 0u32;
        for i in 0..w.len() {
            let d = if rule.alpha.is_some() && in_b(g[i], s[i], 1.0) { s[i] * alpha } else { s[i] };
            let momentum = b[i] * rule.momentum + (d + w[i] * rule.weight_decay);
            let moved = w[i] - momentum * rule.lr;
            b_out[i] = momentum;
            w_out[i] = moved;
            bad |= u32::from(!momentum.is_finite()) | u32::from(!moved.is_finite());
        }
        f64::from(bad)
    });
    bad == 0.0
}

/// Elements of groups A (s/g ≥ 1) and B (0 < s/g < 1) in each of the ranges that `ends` closes.
///
/// # Panics
/// Lengths differ, or a range ends beyond them.
pub fn group_counts(level: Level, g: &[f32], s: &[f32], ends: &[usize]) -> Vec<[u64; 2]> {
    assert_eq!(g.len(), s.len());
    par::map(ends.len(), |at| {
        let begin = if at == 0 { 0 } else { ends[at - 1] };
        level.run(Loop(|| {
            let (mut a, mut b) = (0u64, 0u64);
            for (g, s) in g[begin..ends[at]].iter().zip(&s[begin..ends[at]]) {
                a += u64::from(same_sign(*g, *s) & (s.abs() >= g.abs()));
                b += u64::from(in_b(*g, *s, 1.0));
            }
            [a, b]
        }))
    })
}

/// Sizes of the sets in which flipped or clean samples dominate, alone and within Group B: noise, noise in B, clean,
/// clean in B.
///
/// `flipped` is the summed gradient of the flipped samples, `n · g − flipped` that of the clean ones.
///
/// # Panics
/// Lengths differ.
pub fn dominance_counts(level: Level, [g, s, flipped]: [&[f32]; 3], n: f32) -> [u64; 4] {
    assert_eq!([s.len(), flipped.len()], [g.len(); 2]);
    let len = g.len();
    let counts = par::map(chunks(len), |at| {
        let range = range(at, len);
        level.run(Loop(|| {
            let mut found = [0u64; 4];
            for ((g, s), flipped) in g[range.clone()].iter().zip(&s[range.clone()]).zip(&flipped[range.clone()]) {
                let clean = g * n - flipped;
                let disagree = ((clean > 0.0) & (*flipped < 0.0)) | ((clean < 0.0) & (*flipped > 0.0));
                let (noise, clean) = (disagree & (clean.abs() < flipped.abs()), disagree & (flipped.abs() < clean.abs()));
                let b = in_b(*g, *s, 1.0);
                for (count, holds) in found.iter_mut().zip([noise, noise & b, clean, clean & b]) {
                    *count += u64::from(holds);
                }
            }
            found
        }))
    });
    counts.iter().fold([0; 4], |sum, part| std::array::from_fn(|i| sum[i] + part[i]))
}

/// Joins slices into one vector, on all threads.
///
/// # Panics
/// `out` is not as long as all parts together.
pub fn join(parts: &[&[f32]], out: &mut [f32]) {
    let mut starts = Vec::with_capacity(parts.len());
    let total = parts.iter().fold(0, |at, part| {
        starts.push(at);
        at + part.len()
    });
    assert_eq!(total, out.len());
    let to = Shared::new(out);
    par::each(parts.len(), |at| {
        // SAFETY: parts are separate, and their lengths sum to that of `out`.
        let out = unsafe { to.slice(starts[at], parts[at].len()) };
        out.copy_from_slice(parts[at]);
    });
}
