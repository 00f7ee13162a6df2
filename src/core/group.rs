//! The three groups of gradient elements and their shares.

use serde::{Deserialize, Serialize};

/// Group of an element by its ratio r = s / g (`method.md` 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Group {
    /// r >= 1: same sign, amplified by SAM.
    A,
    /// 0 < r < 1: same sign, damped by SAM.
    B,
    /// r <= 0: sign reversed, or one of the two exactly zero.
    C,
}

/// Group of one element. Signs are compared, not multiplied: a product of two tiny gradients can underflow.
///
/// Differs from the authors' `s / (g + 1e-8)` only where |g| is of order 1e-8 (`method.md` 1.1).
pub fn group(g: f32, s: f32) -> Group {
    let same_sign = (g > 0.0 && s > 0.0) || (g < 0.0 && s < 0.0);
    match (same_sign, s.abs() < g.abs()) {
        (true, true) => Group::B,
        (true, false) => Group::A,
        (false, _) => Group::C,
    }
}

/// Parts of all elements in each group, 0..=1; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Shares {
    /// Amplified.
    pub a: f32,
    /// Damped.
    pub b: f32,
    /// Reversed.
    pub c: f32,
}

impl Shares {
    /// Shares from the counts of A and B among `n` elements; C is the rest, so the three always partition.
    pub fn from_counts(a: u64, b: u64, n: u64) -> Self {
        let part = |count: u64| if n == 0 { 0.0 } else { (count as f64 / n as f64) as f32 };
        Self { a: part(a), b: part(b), c: part(n.saturating_sub(a + b)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges() {
        assert_eq!(group(1.0, 1.0), Group::A);
        assert_eq!(group(1.0, 0.5), Group::B);
        assert_eq!(group(-1.0, -0.5), Group::B);
        assert_eq!(group(1.0, -0.5), Group::C);
        assert_eq!(group(0.0, 1.0), Group::C);
        assert_eq!(group(1.0, 0.0), Group::C);
        assert_eq!(group(1e-30, 1e-31), Group::B, "the product would underflow to zero");
    }

    proptest! {
        #[test]
        fn shares_partition(a in 0u64..1000, b in 0u64..1000, c in 0u64..1000) {
            let n = a + b + c;
            let shares = Shares::from_counts(a, b, n);
            if n > 0 {
                prop_assert!((shares.a + shares.b + shares.c - 1.0).abs() < 1e-6);
            }
        }
    }
}
