//! Label noise: given labels and the ledger of flips, made once, before training.
//!
//! Synthetic kinds draw exactly floor(rate · n) samples without replacement over the whole set (not per class), as the
//! authors' loaders do (`method.md` 3).

mod asymmetric;
mod human;
mod instance;
mod matrix;
mod pickle;
mod symmetric;
mod table;

use std::path::Path;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::rng;
use crate::spec::{NoiseKind, Spec};

/// A row of the kinds: name, help, source.
pub const KINDS: &[(&str, &str, &str)] = &[
    ("none", "labels as they are", "-"),
    ("symmetric", "floor(rate·n) labels, uniform over the other classes", "SANER authors' loaders"),
    ("asymmetric", "floor(rate·n) drawn; to a fixed partner class (some classes map to themselves)", "SANER authors' loaders"),
    ("pair-flip", "floor(rate·n) labels, to the next class", "Han et al. 2018"),
    ("instance", "floor(rate·n) labels, chosen by the look of the image", "SANER authors' loaders"),
    ("part-dependent", "each sample with its own rate around `rate`, chosen by its look", "Xia et al. 2020"),
    ("matrix", "each label drawn from its row of noise.file", "-"),
    ("human", "CIFAR-10N / 100N: real annotators' labels, noise.set names which", "Wei et al. 2022"),
    ("csv", "given labels from noise.file: index,given", "-"),
];

/// Given labels beside the true ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flips {
    /// Labels the model is trained on.
    pub given: Vec<u8>,
    /// Whether the given label is not the true one.
    pub flipped: Vec<bool>,
    /// Whether the true labels are known; where they are not, no label is called wrong.
    pub known: bool,
}

impl Flips {
    fn from_given(given: Vec<u8>, labels: &[u8]) -> Self {
        let flipped = given.iter().zip(labels).map(|(given, label)| given != label).collect();
        Self { given, flipped, known: true }
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
        NoiseKind::None if !set.train.given.is_empty() => set.train.given.clone(),
        NoiseKind::None => labels.clone(),
        NoiseKind::Symmetric => symmetric::flip(labels, n_classes, &drawn(), spec.seed),
        NoiseKind::Asymmetric => asymmetric::flip(labels, n_classes, &drawn()),
        NoiseKind::PairFlip => asymmetric::next(labels, n_classes, &drawn()),
        NoiseKind::Instance => instance::flip(set, &drawn(), spec.seed),
        NoiseKind::PartDependent => instance::flip_by_rates(set, spec.noise.rate, spec.seed),
        NoiseKind::Matrix => matrix::flip(labels, &matrix::read(&dir.join(&spec.noise.file), usize::from(n_classes))?, spec.seed),
        NoiseKind::Human => human::labels(spec, set, dir)?,
        NoiseKind::Csv => table::labels(&dir.join(&spec.noise.file), set)?,
    };
    if let Some(bad) = given.iter().find(|label| **label >= n_classes) {
        return Err(Error::Input(format!("noise.kind: a given label {bad} is not below {n_classes}")));
    }
    // Noise that was made here was made of labels that are taken as true.
    Ok(Flips { known: set.knows_truth || spec.noise.kind != NoiseKind::None, ..Flips::from_given(given, labels) })
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

/// The class at which the cumulative weights pass the part `u` of their sum; never `excluded`.
fn draw_class(weights: &[f64], excluded: Option<usize>, u: f64) -> usize {
    let mut left = u * weights.iter().sum::<f64>();
    let mut chosen = usize::from(excluded == Some(0));
    for (class, weight) in weights.iter().enumerate() {
        if Some(class) == excluded || *weight == 0.0 {
            continue;
        }
        chosen = class;
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    chosen
}

/// How many samples of each true class (row) carry each given label (column).
pub fn transitions(labels: &[u8], given: &[u8], n_classes: usize) -> Vec<Vec<u64>> {
    let mut counts = vec![vec![0; n_classes]; n_classes];
    for (label, given) in labels.iter().zip(given) {
        counts[usize::from(*label)][usize::from(*given)] += 1;
    }
    counts
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
    fn rates_of_single_samples_scatter_around_the_rate() {
        let set = set(4000);
        let flips = flip(&spec(NoiseKind::PartDependent, 0.3, 2), &set, Path::new("")).unwrap();
        let share = flips.count() as f64 / 4000.0;
        assert!((share - 0.3).abs() < 0.03 && flips.count() != 1200, "{share}");
        let pair = flip(&spec(NoiseKind::PairFlip, 0.3, 2), &set, Path::new("")).unwrap();
        assert_eq!(pair.count(), 1200);
        let counts = transitions(&set.train.labels, &pair.given, 10);
        assert!((0..10).all(|row| (0..10).all(|column| counts[row][column] == 0 || column == row || column == (row + 1) % 10)));
    }

    #[test]
    fn none_is_the_identity() {
        let set = set(50);
        let flips = flip(&spec(NoiseKind::None, 0.0, 1), &set, Path::new("")).unwrap();
        assert_eq!((flips.count(), &flips.given), (0, &set.train.labels));
    }
}
