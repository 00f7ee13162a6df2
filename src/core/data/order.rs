//! The order of samples in an epoch: a pure function of (seed, epoch), so a position alone finds the next batch again.

use crate::rng;

/// Sample indices of one epoch, cut to whole batches (drop last).
pub fn epoch_order(n: usize, batch: usize, shuffle: bool, seed: u64, epoch: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    if shuffle {
        rng::shuffle(&mut order, &mut rng::stream(seed, "shuffle", u64::from(epoch), 0));
    }
    order.truncate(n / batch * batch);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_batches_without_repeats() {
        let order = epoch_order(103, 10, true, 1, 3);
        assert_eq!(order.len(), 100);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), 100);
        assert_ne!(order, epoch_order(103, 10, true, 1, 4));
        assert_eq!(epoch_order(20, 10, false, 1, 9), (0..20).collect::<Vec<_>>());
    }
}
