//! A validation set with noisy labels, held out of the training part behind the noise.

use super::{Dataset, Held};
use crate::noise::Flips;
use crate::rng;

/// Moves `floor(part · n)` samples, drawn over the whole training part, with their given labels into `set.held`.
pub fn out(set: &mut Dataset, flips: Flips, part: f64, seed: u64) -> Flips {
    let n = set.train.len();
    let count = (part * n as f64) as usize;
    if count == 0 {
        return flips;
    }
    let mut order: Vec<usize> = (0..n).collect();
    rng::shuffle(&mut order, &mut rng::stream(seed, "validation", 0, 0));
    let (held, kept) = order.split_at_mut(count);
    held.sort_unstable();
    kept.sort_unstable();
    set.held = Some(Held { samples: set.train.pick(held), given: held.iter().map(|&i| flips.given[i]).collect() });
    set.train = set.train.pick(kept);
    let (given, flipped) = kept.iter().map(|&i| (flips.given[i], flips.flipped[i])).unzip();
    Flips { given, flipped, known: flips.known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_together_are_the_set() {
        let mut spec = crate::spec::Spec::default();
        (spec.data.train_size, spec.data.test_size, spec.data.batch) = (100, 10, 10);
        (spec.noise.kind, spec.noise.rate) = (crate::spec::NoiseKind::Symmetric, 0.4);
        let whole = crate::data::shapes::dataset(&spec.data, 1).unwrap();
        let flips = crate::noise::flip(&spec, &whole, std::path::Path::new("")).unwrap();
        let mut set = whole.clone();
        let kept = out(&mut set, flips.clone(), 0.25, 3);
        let held = set.held.unwrap();
        assert_eq!((set.train.len(), held.samples.len(), kept.given.len()), (75, 25, 75));
        let mut all: Vec<(u32, u8)> = set.train.index.iter().copied().zip(kept.given).collect();
        all.extend(held.samples.index.iter().copied().zip(held.given));
        all.sort_unstable();
        assert_eq!(all, whole.train.index.iter().copied().zip(flips.given).collect::<Vec<_>>());
    }
}
