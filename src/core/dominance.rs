//! p_noise, p_clean and p_r of Group B from counts (`method.md` 2.3).

use serde::{Deserialize, Serialize};

/// Counts over all parameters of one sampled batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DominanceCounts {
    /// |N|: the clean and the flipped gradient disagree in sign and the flipped one is larger.
    pub noise: u64,
    /// |B and N|.
    pub noise_in_b: u64,
    /// |K|: they disagree and the clean one is larger.
    pub clean: u64,
    /// |B and K|.
    pub clean_in_b: u64,
}

/// The fractions of one measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dominance {
    /// |B and N| / |N|, 0..=1.
    pub p_noise: f64,
    /// |B and K| / |K|, 0..=1.
    pub p_clean: f64,
}

impl DominanceCounts {
    /// The two fractions, or `None` where a set is empty (a quotient of nothing is not zero).
    pub fn fractions(self) -> Option<Dominance> {
        (self.noise > 0 && self.clean > 0)
            .then(|| Dominance { p_noise: self.noise_in_b as f64 / self.noise as f64, p_clean: self.clean_in_b as f64 / self.clean as f64 })
    }
}

impl Dominance {
    /// p_r = p_noise / p_clean; above 1, Group B holds more of what the noise drives.
    pub fn p_r(self) -> Option<f64> {
        (self.p_clean > 0.0).then(|| self.p_noise / self.p_clean)
    }
}

/// Mean over the sampled batches of an epoch; p_r of an epoch is the quotient of the means, as in the paper's figure.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DominanceMean {
    n: u64,
    p_noise: f64,
    p_clean: f64,
}

impl DominanceMean {
    /// Adds one measurement.
    pub fn push(&mut self, one: Dominance) {
        self.n += 1;
        self.p_noise += one.p_noise;
        self.p_clean += one.p_clean;
    }

    /// The means, or `None` before the first measurement.
    pub fn mean(&self) -> Option<Dominance> {
        (self.n > 0).then(|| Dominance { p_noise: self.p_noise / self.n as f64, p_clean: self.p_clean / self.n as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients() {
        let counts = DominanceCounts { noise: 10, noise_in_b: 6, clean: 20, clean_in_b: 6 };
        let fractions = counts.fractions().unwrap();
        assert_eq!(fractions.p_noise, 0.6);
        assert_eq!(fractions.p_r(), Some(2.0));
        assert_eq!(DominanceCounts::default().fractions(), None);
    }
}
