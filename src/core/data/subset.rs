//! A stratified part of a set, the same for every seed of a run.

use super::Samples;
use crate::error::{Error, Result};
use crate::rng;

/// The authors' fixed random state for reduced data (`method.md` 3): seeds compare on the same part.
const STATE: u64 = 42;

/// Keeps `size` samples (0: all) with each class in proportion (largest remainders first), in the official order.
///
/// # Errors
/// `size` above the number of samples; `key` names the setting.
pub fn stratified(samples: &Samples, size: usize, n_classes: usize, key: &str) -> Result<Samples> {
    let n = samples.len();
    if size > n {
        return Err(Error::Input(format!("{key}: {size} is more than the {n} samples at hand; write at most {n}")));
    }
    if size == 0 || size == n {
        return Ok(samples.clone());
    }
    let mut of_class = vec![Vec::new(); n_classes];
    for (i, &label) in samples.labels.iter().enumerate() {
        of_class[label as usize].push(i);
    }
    let mut quota: Vec<usize> = of_class.iter().map(|members| members.len() * size / n).collect();
    let mut by_remainder: Vec<usize> = (0..n_classes).collect();
    by_remainder.sort_by_key(|&class| (std::cmp::Reverse(of_class[class].len() * size % n), class));
    let missing = size - quota.iter().sum::<usize>();
    for &class in by_remainder.iter().take(missing) {
        quota[class] += 1;
    }
    let mut keep = Vec::with_capacity(size);
    for (class, members) in of_class.iter_mut().enumerate() {
        rng::shuffle(members, &mut rng::stream(STATE, "subset", class as u64, 0));
        keep.extend(members.iter().take(quota[class]));
    }
    keep.sort_unstable();
    Ok(samples.pick(&keep))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_keep_their_proportion() {
        let labels: Vec<u8> = (0..100).map(|i| if i < 60 { 0 } else { 1 }).collect();
        let all = Samples { images: vec![0; 300], index: (0..100).collect(), labels, ..Samples::empty(1) };
        let part = stratified(&all, 25, 2, "data.train_size").unwrap();
        assert_eq!(part.len(), 25);
        assert_eq!(part.labels.iter().filter(|&&l| l == 0).count(), 15);
        assert!(part.index.is_sorted());
        assert!(stratified(&all, 101, 2, "data.train_size").is_err());
    }
}
