//! What may be changed while a run trains, its range, and why the rest is locked.

use serde::{Deserialize, Serialize};

use crate::spec::{Method, MethodSpec};

/// A live-tunable value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Knob {
    /// Target multiplier on Group B; 1 = SAM.
    Alpha,
    /// Length of the alpha ramp in epochs.
    K,
    /// Radius of the perturbation.
    Rho,
    /// Factor on the scheduled learning rate.
    LrScale,
    /// Multiplier on Group A; 1 = SAM.
    AlphaA,
    /// Multiplier on Group C; 1 = SAM.
    AlphaC,
}

/// Number of knobs.
pub const N_KNOBS: usize = 6;

/// One row of the knob table.
pub struct KnobRow {
    /// The knob.
    pub knob: Knob,
    /// Name in commands and logs.
    pub name: &'static str,
    /// Letter of its marks on the charts.
    pub mark: char,
    /// Least and greatest value.
    pub range: (f64, f64),
    /// Fine and coarse step of the arrow keys.
    pub nudge: (f64, f64),
    /// One line of help.
    pub help: &'static str,
}

/// Every knob.
pub const KNOBS: [KnobRow; N_KNOBS] = [
    KnobRow {
        knob: Knob::Alpha,
        name: "alpha",
        mark: 'a',
        range: (0.0, 2.0),
        nudge: (0.01, 0.05),
        help: "target multiplier on Group B: 1 = SAM, 0 = Group B dropped",
    },
    KnobRow { knob: Knob::K, name: "k", mark: 'k', range: (0.0, 100_000.0), nudge: (1.0, 5.0), help: "epochs of the alpha ramp" },
    KnobRow { knob: Knob::Rho, name: "rho", mark: 'r', range: (0.0, 10.0), nudge: (0.005, 0.05), help: "radius of the perturbation" },
    KnobRow {
        knob: Knob::LrScale,
        name: "lr_scale",
        mark: 'l',
        range: (0.0, 100.0),
        nudge: (0.05, 0.5),
        help: "factor on the scheduled learning rate",
    },
    KnobRow {
        knob: Knob::AlphaA,
        name: "alpha_a",
        mark: 'A',
        range: (0.0, 2.0),
        nudge: (0.01, 0.05),
        help: "multiplier on Group A, without a ramp: 1 = SAM",
    },
    KnobRow {
        knob: Knob::AlphaC,
        name: "alpha_c",
        mark: 'c',
        range: (0.0, 2.0),
        nudge: (0.01, 0.05),
        help: "multiplier on Group C, without a ramp: 1 = SAM",
    },
];

/// Values of all knobs where a recipe begins, in the order of [`KNOBS`].
pub fn begin(method: &MethodSpec) -> [f64; N_KNOBS] {
    [method.alpha, method.k, method.rho, 1.0, method.alpha_a, method.alpha_c]
}

/// Keys a person may try that are fixed while a run goes on, with the reason.
const LOCKED: &[(&str, &str)] = &[
    ("momentum", "the momentum buffer was built with it"),
    ("weight_decay", "a change would mix two penalties in one run"),
    ("lr", "the schedule owns it; set lr_scale instead"),
    ("batch", "the order of the samples depends on it"),
    ("seed", "start a new run with --seed instead"),
    ("model", "the weights have its shape; start a new run instead"),
    ("noise", "the labels were flipped before the first step; start a new run instead"),
    ("method", "start a new run with --set method.name=… instead"),
];

impl Knob {
    /// The knob's row.
    pub fn row(self) -> &'static KnobRow {
        &KNOBS[self as usize]
    }

    /// Finds a knob by name; `alpha_target` and `method.alpha` are taken as well.
    ///
    /// # Errors
    /// A sentence: the key is locked (and why) or unknown (and the nearest name).
    pub fn parse(name: &str) -> Result<Self, String> {
        let short = name.trim().trim_start_matches("method.").trim_start_matches("schedule.").trim_end_matches("_target");
        if let Some(row) = KNOBS.iter().find(|row| row.name == short) {
            return Ok(row.knob);
        }
        if let Some((key, why)) = LOCKED.iter().find(|(key, _)| *key == short) {
            return Err(format!("{key} is locked in a running run: {why}"));
        }
        let names = || KNOBS.iter().map(|row| row.name);
        let nearest = crate::spec::nearest(short, names());
        Err(format!("no knob is called {name}; write {}", nearest.map_or_else(|| names().collect::<Vec<_>>().join(", "), str::to_owned)))
    }

    /// Whether it does anything under a method.
    pub fn acts(self, method: &Method) -> bool {
        match self {
            Self::LrScale => true,
            Self::Rho => method.ascent().is_some(),
            Self::Alpha | Self::K => method.damps(),
            Self::AlphaA | Self::AlphaC => method.has_others(),
        }
    }

    /// Checks a value against the range.
    ///
    /// # Errors
    /// A sentence with the range.
    pub fn check(self, value: f64) -> Result<f64, String> {
        let row = self.row();
        let (low, high) = row.range;
        if !(low..=high).contains(&value) {
            return Err(format!("{} must be from {low} to {high}, not {value}", row.name));
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_enum() {
        for row in &KNOBS {
            assert_eq!(row.knob.row().name, row.name);
        }
    }

    #[test]
    fn bad_keys_and_values_are_answered_with_a_sentence() {
        assert!(Knob::parse("momentum").unwrap_err().contains("locked"));
        assert!(Knob::parse("alhpa").unwrap_err().contains("alpha"));
        assert!(Knob::Alpha.check(2.5).unwrap_err().contains("0 to 2"));
        assert!(Knob::K.check(-1.0).is_err());
        assert!(Knob::Alpha.check(f64::NAN).is_err());
    }
}
