//! The experiments of the paper: a sweep and what its figure shows, each with a small twin that ends in minutes.

use crate::figure::Curve;

/// One experiment.
#[derive(Debug, Clone, Copy)]
pub struct Experiment {
    /// Name on the command line.
    pub name: &'static str,
    /// Its sweep with the paper's settings, and the small one.
    pub sweeps: [&'static str; 2],
    /// Panels of its figure.
    pub curves: &'static [Curve],
    /// What it is.
    pub help: &'static str,
}

macro_rules! experiments {
    ($($name:literal, $curves:expr, $help:literal;)+) => {
        /// Every experiment.
        pub const EXPERIMENTS: &[Experiment] = &[$(Experiment {
            name: $name,
            sweeps: [
                include_str!(concat!("../../configs/paper/", $name, ".toml")),
                include_str!(concat!("../../configs/paper/", $name, "-small.toml")),
            ],
            curves: $curves,
            help: $help,
        }),+];
    };
}

use Curve::{Clean, Gap, Groups, Noisy, Parts, Pr, Test};

experiments! {
    "fig1", &[Noisy, Gap, Test], "SGD, SAM, SANER: noisy accuracy, gap, test accuracy";
    "fig2", &[Groups], "shares of Groups A, B, C under SAM";
    "fig3", &[Noisy, Test], "hybrids: one group of SAM's gradient taken from SGD, or from SAM alone";
    "fig4", &[Parts, Pr], "p_noise, p_clean and p_r of Group B under SAM";
    "fig5", &[Noisy, Clean, Test], "alpha from 0.25 to 2";
    "fig5c", &[Clean, Noisy, Test], "length k of the ramp: 0, 25, 50, 75";
    "variants", &[Noisy, Test], "SAM's variants alone and with SANER";
    "noises", &[Noisy, Test], "SGD, SAM, SANER under other kinds of noise";
    "width", &[Noisy, Test], "SGD, SAM, SANER at width 1, 1.5, 2";
    "no-augment", &[Noisy, Test], "SGD, SAM, SANER without augmentation";
    "small-data", &[Noisy, Test], "SGD, SAM, SANER on a part of the data";
    "architectures", &[Noisy, Test, Pr], "SGD, SAM, SANER on other nets; the small one asks a transformer and a mixer too";
    "webvision", &[Test], "SGD, SAM, SANER on Mini-WebVision, real noise";
    "controls", &[Noisy, Test], "what SANER's effect is not: random masks, a shorter step, every other rule";
}

impl Experiment {
    /// Finds an experiment by name.
    pub fn find(name: &str) -> Option<&'static Self> {
        EXPERIMENTS.iter().find(|experiment| experiment.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipes;
    use crate::sweep::Sweep;

    #[test]
    fn every_sweep_has_right_cells() {
        for experiment in EXPERIMENTS {
            for (text, suffix) in experiment.sweeps.iter().zip(["", "-small"]) {
                let origin = format!("{}{suffix}", experiment.name);
                let sweep = Sweep::load(text, &origin).unwrap_or_else(|fault| panic!("{fault}"));
                assert_eq!(sweep.name, origin);
                let recipe = recipes::find(&sweep.recipe).unwrap_or_else(|| panic!("{origin}: {}", sweep.recipe));
                let cells = sweep.cells(recipe).unwrap_or_else(|fault| panic!("{origin}: {fault}"));
                assert!(!cells.is_empty() && cells.len() < 150, "{origin}: {}", cells.len());
            }
        }
    }
}
