//! Symmetric noise: uniform over the other classes, true class excluded. Source: authors' `dataloader`.

use crate::rng;

/// Given labels after flipping the `drawn` samples.
pub fn flip(labels: &[u8], n_classes: u8, drawn: &[usize], seed: u64) -> Vec<u8> {
    let mut given = labels.to_vec();
    let mut rng = rng::stream(seed, "noise-symmetric", 0, 0);
    for &i in drawn {
        let other = rng::below(&mut rng, u32::from(n_classes) - 1) as u8;
        given[i] = if other < labels[i] { other } else { other + 1 };
    }
    given
}
