//! Seeded randomness without state: every random number belongs to (seed, purpose, a, b).
//!
//! Because a stream is found again from its name alone, there is no generator state to save: the position in the run
//! is the random state, and a resumed run draws the same numbers as an unbroken one.

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// The generator of one purpose, for example `stream(42, "shuffle", epoch, 0)`.
pub fn stream(seed: u64, purpose: &str, a: u64, b: u64) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    for number in [seed, a, b] {
        hash.update(number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// Uniform in 0..1 with 24 bits, the same on every machine.
pub fn unit(rng: &mut impl RngCore) -> f32 {
    (rng.next_u32() >> 8) as f32 / 16_777_216.0
}

/// Uniform in `0..n` without bias.
pub fn below(rng: &mut impl RngCore, n: u32) -> u32 {
    let limit = u32::MAX - u32::MAX % n;
    loop {
        let draw = rng.next_u32();
        if draw < limit {
            return draw % n;
        }
    }
}

/// Fisher-Yates shuffle in place.
pub fn shuffle<T>(items: &mut [T], rng: &mut impl RngCore) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(rng, i as u32 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_named_by_all_their_parts() {
        let first = |s, p, a, b| stream(s, p, a, b).next_u64();
        let base = first(1, "x", 2, 3);
        assert_eq!(base, first(1, "x", 2, 3));
        for other in [first(2, "x", 2, 3), first(1, "y", 2, 3), first(1, "x", 3, 3), first(1, "x", 2, 4)] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn shuffle_is_a_permutation() {
        let mut items: Vec<u32> = (0..100).collect();
        shuffle(&mut items, &mut stream(1, "t", 0, 0));
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
