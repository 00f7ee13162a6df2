//! `labels.csv` of a run: index, true label, given label, flipped; true and flipped are empty where unknown.

use std::fmt::Write as _;
use std::path::Path;

use crate::data::Samples;
use crate::error::{Error, Result};
use crate::noise::Flips;

/// The ledger in the order of the training set.
pub fn text(samples: &Samples, flips: &Flips) -> String {
    let mut text = String::from("index,true,given,flipped\n");
    for i in 0..samples.len() {
        let _ = if flips.known {
            writeln!(text, "{},{},{},{}", samples.index[i], samples.labels[i], flips.given[i], u8::from(flips.flipped[i]))
        } else {
            writeln!(text, "{},,{},", samples.index[i], flips.given[i])
        };
    }
    text
}

/// Writes the ledger.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, samples: &Samples, flips: &Flips) -> Result<()> {
    std::fs::write(path, text(samples, flips)).map_err(Error::io("write", path))
}
