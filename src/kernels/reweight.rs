//! Rules that reweight a gradient element by element, by groups of the ratio s / g.

use crate::family::zip;
use crate::par::{self, Shared};
use crate::simd::Level;
use crate::vector::{Loop, chunks, in_b, range, same_sign};

/// A group of elements by the ratio s / g.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// s/g ≥ 1.
    A,
    /// 0 < s/g < 1.
    B,
    /// The rest.
    C,
}

/// What is damped, and how much of it: elements of a mask are multiplied by `alpha + (1 − alpha)·soft(r)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// 0 < r < tau, all alike; `a` and `c` are the multipliers of the elements above and below.
    Groups { tau: f32, a: f32, c: f32 },
    /// 0 < r < tau, soft = (r/tau)^(p − 1).
    Power { tau: f32, p: f32 },
    /// 0 < r < tau, soft = exp(−rate·r).
    Exponential { tau: f32, rate: f32 },
    /// 0 < r < tau, soft = 0 below `split`, `upper` above.
    TwoLevel { tau: f32, split: f32, upper: f32 },
    /// r < tau, negative ones too.
    Below { tau: f32 },
    /// |r| < tau.
    Absolute { tau: f32 },
    /// r < border, whatever the sign.
    Under { border: f32 },
    /// A group, parted at tau instead of 1, from g, the others from s.
    Without { group: Group, tau: f32 },
    /// A group from s, the others from g.
    Only { group: Group, tau: f32 },
}

#[inline(always)]
fn in_group(group: Group, tau: f32, g: f32, s: f32) -> bool {
    match group {
        Group::A => same_sign(g, s) & (s.abs() >= g.abs() * tau),
        Group::B => in_b(g, s, tau),
        Group::C => !same_sign(g, s),
    }
}

/// The ratio of an element; where g is 0 it has none and is in no mask.
#[inline(always)]
fn ratio(g: f32, s: f32) -> f32 {
    if g == 0.0 { f32::INFINITY } else { s / g }
}

/// Reweights `s` into `out`, slot by slot: `slots` holds the end of each and its alpha.
///
/// # Panics
/// Lengths differ.
pub fn reweight(level: Level, rule: Rule, [g, s]: [&[f32]; 2], slots: &[(usize, f32)], out: &mut [f32]) {
    let mut begin = 0;
    for (end, alpha) in slots {
        let range = begin..*end;
        damp(level, rule, *alpha, [&g[range.clone()], &s[range.clone()]], &mut out[range]);
        begin = *end;
    }
}

fn damp(level: Level, rule: Rule, alpha: f32, both: [&[f32]; 2], out: &mut [f32]) {
    let rest = 1.0 - alpha;
    match rule {
        Rule::Groups { tau, a, c } => zip(level, both, out, |g, s| {
            let same = same_sign(g, s);
            let outside = if same { a } else { c };
            s * if in_b(g, s, tau) { alpha } else { outside }
        }),
        Rule::Power { tau, p } => {
            let whole = (p - 1.0) as i32;
            if (p - 1.0) == whole as f32 && whole <= 8 {
                zip(level, both, out, |g, s| {
                    let (r, mut soft) = (s / g / tau, 1.0);
                    for _ in 0..whole {
                        soft *= r;
                    }
                    if in_b(g, s, tau) { s * (alpha + rest * soft) } else { s }
                });
            } else {
                zip(level, both, out, |g, s| if in_b(g, s, tau) { s * (alpha + rest * (s / g / tau).powf(p - 1.0)) } else { s });
            }
        }
        Rule::Exponential { tau, rate } => {
            zip(level, both, out, |g, s| if in_b(g, s, tau) { s * (alpha + rest * (-rate * (s / g)).exp()) } else { s });
        }
        Rule::TwoLevel { tau, split, upper } => zip(level, both, out, |g, s| {
            let factor = if s.abs() < split * g.abs() { alpha } else { alpha + rest * upper };
            if in_b(g, s, tau) { s * factor } else { s }
        }),
        Rule::Below { tau } => zip(level, both, out, |g, s| s * if ratio(g, s) < tau { alpha } else { 1.0 }),
        Rule::Absolute { tau } => zip(level, both, out, |g, s| s * if s.abs() < tau * g.abs() { alpha } else { 1.0 }),
        Rule::Under { border } => zip(level, both, out, |g, s| s * if ratio(g, s) < border { alpha } else { 1.0 }),
        Rule::Without { group, tau } => zip(level, both, out, |g, s| if in_group(group, tau, g, s) { g } else { s }),
        Rule::Only { group, tau } => zip(level, both, out, |g, s| if in_group(group, tau, g, s) { s } else { g }),
    }
}

/// The ratio below which `count` elements lie (ties aside): the one at that place in ascending order. A radix search:
/// three passes that count.
///
/// # Panics
/// Lengths differ, or there is no element at `count`.
pub fn ratio_at(level: Level, [g, s]: [&[f32]; 2], count: usize) -> f32 {
    let len = g.len();
    assert!(s.len() == len && count < len);
    let (mut prefix, mut left) = (0u32, count as u64);
    for (shift, bits) in [(21u32, 11u32), (10, 11), (0, 10)] {
        let tasks = par::threads() * 2;
        let each = par::share(len, tasks, 8);
        let parts = par::map(len.div_ceil(each), |task| {
            let range = task * each..((task + 1) * each).min(len);
            level.run(Loop(|| {
                let mut counts = vec![0u64; 1 << bits];
                for (g, s) in g[range.clone()].iter().zip(&s[range.clone()]) {
                    let key = order_key(ratio(*g, *s));
                    if u64::from(key) >> (shift + bits) == u64::from(prefix) >> (shift + bits) {
                        counts[(key >> shift) as usize & ((1 << bits) - 1)] += 1;
                    }
                }
                counts
            }))
        });
        let bucket = (0..1usize << bits)
            .find(|bucket| {
                let here: u64 = parts.iter().map(|counts| counts[*bucket]).sum();
                let found = left < here;
                left -= if found { 0 } else { here };
                found
            })
            .unwrap_or((1 << bits) - 1);
        prefix |= (bucket as u32) << shift;
    }
    from_order_key(prefix)
}

/// A whole number in the order of the floats.
#[inline(always)]
fn order_key(x: f32) -> u32 {
    let bits = x.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

fn from_order_key(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}

/// Elements in Group B for `hold` steps in a row are multiplied by alpha; `held` counts, up to `hold`.
///
/// # Panics
/// Lengths differ.
pub fn persistent(
    level: Level,
    [g, s, held]: [&[f32]; 3],
    (tau, hold): (f32, f32),
    slots: &[(usize, f32)],
    [held_out, out]: [&mut [f32]; 2],
) {
    let counts = {
        let mut inside = vec![0.0f32; g.len()];
        zip(level, [g, s], &mut inside, |g, s| f32::from(u8::from(in_b(g, s, tau))));
        inside
    };
    zip(level, [&counts, held], held_out, |inside, held| inside * (held + 1.0).min(hold));
    let mut begin = 0;
    for (end, alpha) in slots {
        zip(level, [&held_out[begin..*end], &s[begin..*end]], &mut out[begin..*end], |held, s| s * if held >= hold { *alpha } else { 1.0 });
        begin = *end;
    }
}

/// The places of a random permutation of `0..n`, as `(step, first)`: place i goes to `(first + i·step) mod n`. Cheap, and
/// where an element goes says nothing about its own value.
pub fn permutation(key: u64, n: usize) -> (usize, usize) {
    let mix = |x: u64| {
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    };
    if n < 2 {
        return (0, 0);
    }
    let common = |mut a: usize, mut b: usize| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let wanted = 1 + (mix(key) % (n as u64 - 1)) as usize;
    let step = (wanted..n).chain(1..wanted).find(|step| common(*step, n) == 1).unwrap_or(1);
    (step, (mix(key ^ 0x9E37_79B9_7F4A_7C15) % n as u64) as usize)
}

/// As many elements of each slot as are in Group B, at random places, times alpha: the control of the method. `key`
/// names the draw.
///
/// # Panics
/// Lengths differ.
pub fn random(level: Level, key: u64, tau: f32, [g, s]: [&[f32]; 2], slots: &[(usize, f32)], out: &mut [f32]) {
    let mut begin = 0;
    for (slot, (end, alpha)) in slots.iter().enumerate() {
        let (g, s, out) = (&g[begin..*end], &s[begin..*end], &mut out[begin..*end]);
        let n = g.len();
        let (step, first) = permutation(slot_key(key, slot), n);
        let to = Shared::new(out);
        par::each(chunks(n), |at| {
            let range = range(at, n);
            // SAFETY: chunks are separate.
            let out = unsafe { to.slice(range.start, range.len()) };
            let mut from = ((first as u128 + range.start as u128 * step as u128) % n as u128) as usize;
            level.run(Loop(|| {
                for (out, own) in out.iter_mut().zip(&s[range.clone()]) {
                    *out = own * if in_b(g[from], s[from], tau) { *alpha } else { 1.0 };
                    from += step;
                    from -= if from >= n { n } else { 0 };
                }
            }));
        });
        begin = *end;
    }
}

/// The draw of one slot.
pub fn slot_key(key: u64, slot: usize) -> u64 {
    key.wrapping_add((slot as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03))
}
