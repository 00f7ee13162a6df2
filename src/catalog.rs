//! `list`: the tables of the program, one line a row.

use std::io::Write;

use saner_core::data::DATASETS;
use saner_core::noise::KINDS;
use saner_core::recipes::RECIPES;
use saner_core::spec::{METHODS, MODELS};

/// A table.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum What {
    /// Optimization methods.
    Methods,
    /// Architectures.
    Models,
    /// Data sets.
    Datasets,
    /// Kinds of label noise.
    Noise,
    /// Built-in recipes.
    Recipes,
}

/// Prints a table.
pub fn list(what: What) -> anyhow::Result<u8> {
    let rows: Vec<(&str, String)> = match what {
        What::Methods => METHODS.iter().map(|row| (row.name, row.help.to_owned())).collect(),
        What::Models => MODELS.iter().map(|row| (row.name, row.help.to_owned())).collect(),
        What::Datasets => DATASETS.iter().map(|row| (row.name, row.help.to_owned())).collect(),
        What::Noise => KINDS.iter().map(|row| (row.0, row.1.to_owned())).collect(),
        What::Recipes => RECIPES
            .iter()
            .map(|(name, text)| (*name, text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned()))
            .collect(),
    };
    let mut out = std::io::stdout().lock();
    for (name, help) in rows {
        writeln!(out, "{name:<24}{help}")?;
    }
    Ok(0)
}
