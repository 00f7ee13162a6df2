//! `data noise`: which class became which under the noise of a recipe.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use saner_core::spec::{NoiseKind, Override};
use saner_core::table::Table;
use saner_core::{Error, noise as labels};
use saner_ui::theme::{Depth, Themes};
use saner_ui::widget::heat::HeatMap;

use crate::recipe;

/// Options of `data noise`.
#[derive(Debug, Clone, Args)]
pub struct NoiseArgs {
    /// Built-in recipe or TOML file
    #[arg(value_name = "RECIPE|FILE")]
    recipe: Option<String>,
    /// Override one value of the recipe
    #[arg(long = "set", value_name = "section.key=value")]
    sets: Vec<Override>,
    /// Counts instead of the heat map: rows are true classes, columns given ones
    #[arg(long)]
    csv: bool,
    /// File for the counts, beside the heat map
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Makes the labels of a recipe as a run would, and shows them.
pub fn noise(args: &NoiseArgs, dir: &Path) -> anyhow::Result<u8> {
    let spec = recipe::load(args.recipe.as_deref(), &args.sets)?;
    let (set, flips) = recipe::samples(&spec, dir)?;
    if !flips.known {
        anyhow::bail!(Error::Input(format!(
            "data.name: the true labels of {} are unknown, so nobody can say which label became which",
            spec.data.name
        )));
    }
    let counts = labels::transitions(&set.train.labels, &flips.given, set.classes.len());
    let table = table(&set.classes, &counts).render("csv")?;
    if let Some(path) = &args.out {
        if path.exists() {
            anyhow::bail!(Error::data(path, "is there already; name another file"));
        }
        std::fs::write(path, &table).map_err(Error::io("write", path))?;
    }
    let mut out = std::io::stdout().lock();
    if args.csv {
        write!(out, "{table}")?;
        return Ok(0);
    }
    let (n, wrong) = (set.train.len(), flips.count());
    let kind = labels::KINDS[spec.noise.kind as usize].0;
    let asked = match spec.noise.kind {
        NoiseKind::None => String::new(),
        NoiseKind::Human => format!(" ({})", spec.noise.set),
        NoiseKind::Matrix | NoiseKind::Csv => format!(" ({})", spec.noise.file),
        _ => format!(", rate {}", spec.noise.rate),
    };
    writeln!(out, "{}: {kind} noise{asked}, seed {}", spec.data.name, spec.seed)?;
    writeln!(
        out,
        "{wrong} of {n} given labels are wrong ({:.2} percent); rows: true class, columns: given class, percent of the row",
        100.0 * wrong as f64 / n as f64
    )?;
    let rows: Vec<Vec<f64>> = counts.iter().map(|row| shares(row)).collect();
    let map = HeatMap { rows: &rows, names: &set.classes, agreement: true };
    let coloured = std::io::stdout().is_terminal();
    let width = if coloured { rustix::termios::tcgetwinsize(std::io::stdout()).map_or(80, |size| size.ws_col) } else { 80 };
    let (w, h) = map.size(width);
    let area = saner_ui::Rect::new(0, 0, w, h);
    let mut buffer = saner_ui::Buffer::empty(area);
    map.render(area, &mut buffer, &Themes::nth(0, if coloured { Depth::detect() } else { Depth::None }));
    write!(out, "{}", saner_ui::print::text(&buffer, coloured))?;
    let by = map.merged(width);
    if by > 1 {
        writeln!(out, "each place is the greatest of {by} x {by} classes; --csv has every number")?;
    }
    Ok(0)
}

/// Parts of a row; of an empty one, none.
fn shares(row: &[u64]) -> Vec<f64> {
    let sum: u64 = row.iter().sum();
    row.iter().map(|count| if sum == 0 { f64::NAN } else { *count as f64 / sum as f64 }).collect()
}

/// Counts under the names of the given classes, each row under its true one.
fn table(classes: &[String], counts: &[Vec<u64>]) -> Table {
    let row = |(name, row): (&String, &Vec<u64>)| std::iter::once(name.clone()).chain(row.iter().map(u64::to_string)).collect();
    Table {
        header: std::iter::once("true".to_owned()).chain(classes.iter().cloned()).collect(),
        rows: classes.iter().zip(counts).map(row).collect(),
    }
}
