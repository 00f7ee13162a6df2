//! Running means over an epoch: loss and accuracy on all, clean and noisy samples.

use serde::{Deserialize, Serialize};

/// Result of one batch (or of a whole test pass).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct BatchScore {
    /// Sum of the per-sample losses.
    pub loss_sum: f64,
    /// Samples, and how many of them were predicted as their given label.
    pub n: u64,
    /// Correct with respect to the given label.
    pub correct: u64,
    /// Unflipped samples.
    pub clean: u64,
    /// Correct among the unflipped.
    pub clean_correct: u64,
    /// Flipped samples.
    pub noisy: u64,
    /// "Correct" among the flipped: predicted as their wrong given label, so memorised.
    pub noisy_correct: u64,
}

impl BatchScore {
    /// Adds another score, for the epoch's means.
    pub fn add(&mut self, other: &Self) {
        self.loss_sum += other.loss_sum;
        self.n += other.n;
        self.correct += other.correct;
        self.clean += other.clean;
        self.clean_correct += other.clean_correct;
        self.noisy += other.noisy;
        self.noisy_correct += other.noisy_correct;
    }

    /// Mean loss.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.n.max(1) as f64
    }

    /// Accuracy on all samples, 0..=1.
    pub fn acc(&self) -> f64 {
        self.correct as f64 / self.n.max(1) as f64
    }

    /// Accuracy on unflipped samples, 0..=1; absent where there is none.
    pub fn clean_acc(&self) -> Option<f64> {
        ratio(self.clean_correct, self.clean)
    }

    /// Accuracy on flipped samples, 0..=1: the memorised share; absent where there is none.
    pub fn noisy_acc(&self) -> Option<f64> {
        ratio(self.noisy_correct, self.noisy)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
