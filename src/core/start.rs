//! Rules that begin the ramp of alpha by what an epoch showed, with or without true labels.
//!
//! The open question "what k?" of the paper (`method.md` 7.3): the phase in which a net memorises does not begin at a
//! fixed epoch.

use serde::{Deserialize, Serialize};

use crate::spec::{MethodSpec, StartRule};

/// What a finished epoch showed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seen {
    /// p_noise / p_clean of the epoch.
    pub p_r: Option<f64>,
    /// Training accuracy against given labels.
    pub train_acc: f64,
    /// Accuracy on the validation set with noisy labels.
    pub val_acc: Option<f64>,
    /// Distance of the two components of the per-sample losses.
    pub separation: Option<f64>,
}

/// What a rule remembers from epoch to epoch.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Starter {
    /// Epochs in a row for which the rule held.
    pub held: u32,
    /// Greatest value so far of what must pass a peak.
    pub peak: Option<f64>,
}

impl Starter {
    /// Takes a finished epoch (from 0); the reason, if the rule fires.
    pub fn observe(&mut self, spec: &MethodSpec, noise_rate: f64, epoch: u32, seen: Seen) -> Option<String> {
        let (holds, why) = match spec.start {
            StartRule::Epoch => return None,
            StartRule::Pr => {
                let p_r = seen.p_r?;
                (p_r > 1.0, format!("p_r {p_r:.3} is above 1"))
            }
            StartRule::TrainAcc => {
                let wrong = if spec.noise_estimate > 0.0 { spec.noise_estimate } else { noise_rate };
                let (acc, border) = (seen.train_acc, 1.0 - wrong);
                (acc > border, format!("training accuracy {acc:.3} is above 1 - {wrong:.2} wrong labels = {border:.3}"))
            }
            StartRule::Mixture => self.below_peak(seen.separation?, "distance of the two components of the losses"),
            StartRule::NoisyVal => self.below_peak(seen.val_acc?, "accuracy on the noisy validation set"),
        };
        self.held = if holds { self.held + 1 } else { 0 };
        let fires = self.held >= spec.patience && f64::from(epoch) + 1.0 >= spec.start_epoch;
        fires.then(|| format!("{why}, for {} epochs in a row", self.held))
    }

    fn below_peak(&mut self, value: f64, what: &str) -> (bool, String) {
        let peak = self.peak.map_or(value, |peak| peak.max(value));
        self.peak = Some(peak);
        (value < peak, format!("{what} {value:.3} is below its peak {peak:.3}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(rule: StartRule, patience: u32, values: &[f64]) -> Option<usize> {
        let spec = MethodSpec { start: rule, patience, ..MethodSpec::default() };
        let mut starter = Starter::default();
        values.iter().enumerate().position(|(epoch, &value)| {
            let seen = Seen { p_r: Some(value), train_acc: value, val_acc: Some(value), separation: Some(value) };
            starter.observe(&spec, 0.25, epoch as u32, seen).is_some()
        })
    }

    #[test]
    fn p_r_must_stay_above_one() {
        assert_eq!(fired(StartRule::Pr, 3, &[0.9, 1.1, 1.2, 0.99, 1.1, 1.2, 1.3]), Some(6));
        assert_eq!(fired(StartRule::Pr, 1, &[0.5, 0.9]), None);
    }

    #[test]
    fn training_accuracy_passes_the_clean_share() {
        assert_eq!(fired(StartRule::TrainAcc, 1, &[0.5, 0.74, 0.76]), Some(2));
    }

    #[test]
    fn peaks_are_left_behind() {
        for rule in [StartRule::Mixture, StartRule::NoisyVal] {
            assert_eq!(fired(rule, 2, &[0.1, 0.3, 0.2, 0.4, 0.3, 0.35]), Some(5));
        }
    }

    #[test]
    fn no_rule_fires_before_the_earliest_epoch_or_without_its_value() {
        let spec = MethodSpec { start: StartRule::Pr, patience: 1, start_epoch: 3.0, ..MethodSpec::default() };
        let mut starter = Starter::default();
        let seen = Seen { p_r: Some(2.0), ..Seen::default() };
        let at = (0..9).position(|epoch| starter.observe(&spec, 0.25, epoch, seen).is_some());
        assert_eq!(at, Some(2), "the ramp then starts at epoch 3");
        assert_eq!(starter.observe(&spec, 0.25, 9, Seen::default()), None);
    }
}
