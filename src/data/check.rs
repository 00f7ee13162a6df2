//! `data check`: a set read whole, each file of it decoded.

use std::io::Write;
use std::path::Path;

use clap::Args;
use saner_core::data::{self, Samples};
use saner_core::spec::DataSpec;

use super::find;

/// Options of `data check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// A data set (`saner-tui data ls`)
    name: String,
    /// Its folder inside the data folder, where it is not the usual one (of `folder`: always)
    #[arg(long, value_name = "NAME", default_value = "")]
    folder: String,
}

impl CheckArgs {
    /// A set in its usual folder.
    pub fn of(name: &str) -> Self {
        Self { name: name.into(), folder: String::new() }
    }
}

/// Side to which files are decoded: only whether they can be is asked.
const SIDE: usize = 16;

/// Reads a set and says what is in it; damaged files are named, each on its line.
pub fn check(args: &CheckArgs, dir: &Path) -> anyhow::Result<u8> {
    let row = find(&args.name)?;
    let spec = DataSpec { name: row.name.into(), folder: args.folder.clone(), size: SIDE, max_damaged: usize::MAX, ..DataSpec::default() };
    let set = data::load(&spec, 0, dir)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}: {} training and {} test images, {} classes", row.name, set.train.len(), set.test.len(), set.classes.len())?;
    if let Some(note) = set.note.as_ref().filter(|_| set.damaged.is_empty()) {
        writeln!(out, "{note}")?;
    }
    let truth = if set.knows_truth { "known" } else { "unknown: the labels may be wrong, and nobody wrote down which" };
    writeln!(out, "true labels: {truth}")?;
    if !set.train.given.is_empty() {
        let wrong = set.train.given.iter().zip(&set.train.labels).filter(|(given, label)| given != label).count();
        writeln!(out, "given labels that are wrong: {wrong} ({:.2} percent)", 100.0 * wrong as f64 / set.train.len() as f64)?;
    }
    let of = |samples: &Samples| {
        let mut counts = vec![0usize; set.classes.len()];
        samples.labels.iter().for_each(|label| counts[usize::from(*label)] += 1);
        counts
    };
    let width = set.classes.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    writeln!(out, "{:<width$}  {:>8}  {:>8}", "class", "training", "test")?;
    for ((name, train), test) in set.classes.iter().zip(of(&set.train)).zip(of(&set.test)) {
        writeln!(out, "{name:<width$}  {train:>8}  {test:>8}")?;
    }
    for (path, why) in &set.damaged {
        writeln!(out, "damaged: {} ({why})", path.display())?;
    }
    if set.damaged.is_empty() {
        return Ok(0);
    }
    anyhow::bail!(saner_core::Error::data(
        dir,
        format!(
            "{} damaged files in {}; mend or remove them, or let {} be skipped with data.max_damaged",
            set.damaged.len(),
            row.name,
            set.damaged.len()
        )
    ))
}
