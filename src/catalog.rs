//! `list`: the tables of the program, one line a row.

use std::io::Write;

use saner_core::data::DATASETS;
use saner_core::noise::KINDS;
use saner_core::recipes::RECIPES;
use saner_core::spec::{MODELS, RULES, VARIANTS};

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
    let sourced = |help: &str, source: &str| if source == "-" { help.to_owned() } else { format!("{help}  [{source}]") };
    let rows: Vec<(&str, String)> = match what {
        What::Methods => {
            let variants = VARIANTS.iter().map(|row| (row.name, sourced(row.help, row.source)));
            let rules = RULES.iter().map(|row| (row.name, sourced(row.help, row.source)));
            let how = "any variant but sgd with any rule, as gsam+saner; a rule alone is of SAM".to_owned();
            variants.chain([("VARIANT+RULE", how)]).chain(rules).collect()
        }
        What::Models => MODELS.iter().map(|row| (row.name, sourced(row.help, row.source))).collect(),
        What::Datasets => DATASETS.iter().map(|row| (row.name, sourced(row.help, row.source))).collect(),
        What::Noise => KINDS.iter().map(|(name, help, source)| (*name, sourced(help, source))).collect(),
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
