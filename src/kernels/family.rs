//! Passes of the SAM family over flat vectors: other directions of ascent, and AdamW.

use crate::par::{self, Shared};
use crate::simd::Level;
use crate::vector::{Loop, chunks, range, sum};

/// `out = f(x, y)`, element by element.
#[inline(always)]
pub(crate) fn zip(level: Level, [x, y]: [&[f32]; 2], out: &mut [f32], f: impl Fn(f32, f32) -> f32 + Sync) {
    assert_eq!([x.len(), y.len()], [out.len(); 2]);
    let len = out.len();
    let to = Shared::new(out);
    par::each(chunks(len), |at| {
        let range = range(at, len);
        // SAFETY: chunks are separate.
        let out = unsafe { to.slice(range.start, range.len()) };
        level.run(Loop(|| {
            for ((out, x), y) in out.iter_mut().zip(&x[range.clone()]).zip(&y[range.clone()]) {
                *out = f(*x, *y);
            }
        }));
    });
}

/// `out = a·x + b·y`.
///
/// # Panics
/// Lengths differ.
pub fn combine(level: Level, [x, y]: [&[f32]; 2], [a, b]: [f32; 2], out: &mut [f32]) {
    zip(level, [x, y], out, |x, y| x * a + y * b);
}

/// Inner products `[g·g, g·s, s·s]`, in f64.
///
/// # Panics
/// Lengths differ.
pub fn dots(level: Level, g: &[f32], s: &[f32]) -> [f64; 3] {
    assert_eq!(g.len(), s.len());
    let part = |g: &[f32], s: &[f32]| {
        let mut lanes = [[0.0f64; 8]; 3];
        let (g_body, g_tail) = g.as_chunks::<8>();
        let (s_body, s_tail) = s.as_chunks::<8>();
        for (g, s) in g_body.iter().zip(s_body) {
            for i in 0..8 {
                let (g, s) = (f64::from(g[i]), f64::from(s[i]));
                lanes[0][i] += g * g;
                lanes[1][i] += g * s;
                lanes[2][i] += s * s;
            }
        }
        let mut sums = lanes.map(|lane| lane.iter().sum::<f64>());
        for (g, s) in g_tail.iter().zip(s_tail) {
            let (g, s) = (f64::from(*g), f64::from(*s));
            sums = [sums[0] + g * g, sums[1] + g * s, sums[2] + s * s];
        }
        sums
    };
    let len = g.len();
    let parts = par::map(chunks(len), |at| level.run(Loop(|| part(&g[range(at, len)], &s[range(at, len)]))));
    parts.iter().fold([0.0; 3], |total, part| std::array::from_fn(|i| total[i] + part[i]))
}

/// `out = w + ρ·T²·g / (‖T·g‖ + guard)` with T = |w| + η where `scaled` says so, else 1. `slots` holds the end of each
/// slot and whether it is scaled.
///
/// # Panics
/// Lengths differ.
pub fn perturb_scaled(level: Level, [w, g]: [&[f32]; 2], slots: &[(usize, bool)], [rho, eta, guard]: [f64; 3], out: &mut [f32]) {
    let eta = eta as f32;
    let starts = || std::iter::once(0).chain(slots.iter().map(|slot| slot.0));
    let mut squares = 0.0;
    for (begin, (end, scaled)) in starts().zip(slots) {
        let (w, g) = (&w[begin..*end], &g[begin..*end]);
        squares += sum(level, w.len(), |range| {
            let mut lanes = [0.0f64; 8];
            for (i, (w, g)) in w[range.clone()].iter().zip(&g[range]).enumerate() {
                let t = if *scaled { w.abs() + eta } else { 1.0 };
                let x = f64::from(t * g);
                lanes[i % 8] += x * x;
            }
            lanes.iter().sum()
        });
    }
    let factor = (rho / (squares.sqrt() + guard)) as f32;
    for (begin, (end, scaled)) in starts().zip(slots) {
        let parts = [&w[begin..*end], &g[begin..*end]];
        if *scaled {
            zip(level, parts, &mut out[begin..*end], |w, g| {
                let t = w.abs() + eta;
                w + t * t * g * factor
            });
        } else {
            zip(level, parts, &mut out[begin..*end], |w, g| w + g * factor);
        }
    }
}

/// What AdamW needs beside vectors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub lr: f32,
    /// Decays of the two moments.
    pub betas: [f32; 2],
    /// Guard of the denominator.
    pub eps: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Corrections of the moments' start: 1 − β^t each.
    pub corrections: [f32; 2],
}

/// `m' = β₁m + (1 − β₁)d`, `v' = β₂v + (1 − β₂)d²`, `w' = w − lr·(λw + m̂/(√v̂ + eps))`. Returns whether all is finite.
///
/// # Panics
/// Lengths differ.
pub fn adamw(level: Level, rule: AdamW, [w, m, v, d]: [&[f32]; 4], [w_out, m_out, v_out]: [&mut [f32]; 3]) -> bool {
    let len = w.len();
    assert_eq!([m.len(), v.len(), d.len(), w_out.len(), m_out.len(), v_out.len()], [len; 6]);
    let to = [Shared::new(w_out), Shared::new(m_out), Shared::new(v_out)];
    let bad = sum(level, len, |range| {
        // SAFETY: chunks are separate.
        let [w_out, m_out, v_out] = to.map(|to| unsafe { to.slice(range.start, range.len()) });
        let [w, m, v, d] = [w, m, v, d].map(|x| &x[range.clone()]);
        let mut bad = 0u32;
        for i in 0..w.len() {
            let first = m[i] * rule.betas[0] + d[i] * (1.0 - rule.betas[0]);
            let second = v[i] * rule.betas[1] + d[i] * d[i] * (1.0 - rule.betas[1]);
            let turn = (first / rule.corrections[0]) / ((second / rule.corrections[1]).sqrt() + rule.eps);
            let moved = w[i] - (w[i] * rule.weight_decay + turn) * rule.lr;
            (w_out[i], m_out[i], v_out[i]) = (moved, first, second);
            bad |= u32::from(!first.is_finite()) | u32::from(!second.is_finite()) | u32::from(!moved.is_finite());
        }
        f64::from(bad)
    });
    bad == 0.0
}
