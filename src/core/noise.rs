//! Label noise: given labels and the ledger of flips, made once, before training.
//!
//! Synthetic kinds draw exactly floor(rate · n) samples without replacement over the whole set (not per class), as the
//! authors' loaders do (`method.md` 3).

mod asymmetric;
mod human;
mod instance;
mod symmetric;

use std::path::Path;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::rng;
use crate::spec::{NoiseKind, Spec};

/// Every kind with one line of help, for lists.
pub const KINDS: &[(&str, &str)] = &[
    ("none", "labels as they are"),
    ("symmetric", "floor(rate·n) labels, uniform over the other classes"),
    ("asymmetric", "floor(rate·n) drawn; to a fixed partner class (some classes map to themselves)"),
    ("instance", "floor(rate·n) labels, chosen by the look of the image"),
    ("human", "CIFAR-10N / 100N: real annotators' labels, noise.set names which"),
];

/// Given labels beside the true ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flips {
    /// Labels the model is trained on.
    pub given: Vec<u8>,
    /// Whether the given label is not the true one.
    pub flipped: Vec<bool>,
}

impl Flips {
    fn from_given(given: Vec<u8>, labels: &[u8]) -> Self {
        let flipped = given.iter().zip(labels).map(|(given, label)| given != label).collect();
        Self { given, flipped }
    }

    /// Number of wrong labels.
    pub fn count(&self) -> usize {
        self.flipped.iter().filter(|flip| **flip).count()
    }
}

/// Makes the given labels of a recipe's training set; `dir` holds the human labels.
///
/// # Errors
/// Human label files that are missing or do not match the data set.
pub fn flip(spec: &Spec, set: &Dataset, dir: &Path) -> Result<Flips> {
    let labels = &set.train.labels;
    let n_classes = set.classes.len() as u8;
    let drawn = || draw(labels.len(), spec.noise.rate, spec.seed);
    let given = match spec.noise.kind {
        NoiseKind::None => labels.clone(),
        NoiseKind::Symmetric => symmetric::flip(labels, n_classes, &drawn(), spec.seed),
        NoiseKind::Asymmetric => asymmetric::flip(labels, n_classes, &drawn()),
        NoiseKind::Instance => instance::flip(set, &drawn(), spec.seed),
        NoiseKind::Human => human::labels(spec, set, dir)?,
    };
    if let Some(bad) = given.iter().find(|label| **label >= n_classes) {
        return Err(Error::Input(format!("noise.kind: a given label {bad} is not below {n_classes}")));
    }
    Ok(Flips::from_given(given, labels))
}

/// Exactly floor(rate · n) indices without replacement, in ascending order.
fn draw(n: usize, rate: f64, seed: u64) -> Vec<usize> {
    let count = (rate * n as f64 + 1e-9).floor() as usize;
    let mut order: Vec<usize> = (0..n).collect();
    rng::shuffle(&mut order, &mut rng::stream(seed, "noise-draw", 0, 0));
    order.truncate(count);
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;
    use proptest::prelude::*;

    fn spec(kind: NoiseKind, rate: f64, seed: u64) -> Spec {
        let mut spec = Spec { seed, ..Spec::default() };
        spec.noise.kind = kind;
        spec.noise.rate = rate;
        spec.data.batch = 1;
        spec.data.test_size = 10;
        spec
    }

    fn set(n: usize) -> Dataset {
        let mut data = Spec::default().data;
        (data.train_size, data.test_size, data.batch) = (n, 10, 1);
        crate::data::shapes::dataset(&data, 1).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn counts_are_exact_and_never_the_true_class(n in 10usize..200, rate in 0.01f64..0.9, seed in 0u64..9) {
            let set = set(n);
            for kind in [NoiseKind::Symmetric, NoiseKind::Instance] {
                let flips = flip(&spec(kind, rate, seed), &set, Path::new("")).unwrap();
                prop_assert_eq!(flips.count(), (rate * n as f64 + 1e-9).floor() as usize);
                prop_assert_eq!(&flips, &flip(&spec(kind, rate, seed), &set, Path::new("")).unwrap());
            }
        }
    }

    #[test]
    fn official_counts() {
        assert_eq!(draw(5_000, 0.25, 42).len(), 1_250);
        assert_eq!(draw(50_000, 0.25, 42).len(), 12_500);
        assert_eq!(draw(50_000, 0.29, 42).len(), 14_500, "no rounding loss at the edge");
    }

    #[test]
    fn none_is_the_identity() {
        let set = set(50);
        let flips = flip(&spec(NoiseKind::None, 0.0, 1), &set, Path::new("")).unwrap();
        assert_eq!((flips.count(), &flips.given), (0, &set.train.labels));
    }
}
