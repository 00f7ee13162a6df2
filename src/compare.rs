//! `compare`: runs side by side as a table or a figure.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use saner_core::compare::{Compared, html, table};
use saner_core::figure::{self, Curve};
use saner_core::raster;
use saner_core::rundir::RunDir;
use saner_core::{Error, Result};

/// Options of `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// Runs, or sweeps for all their runs
    #[arg(required = true, value_name = "RUN")]
    wanted: Vec<String>,
    /// table, markdown, latex, csv, svg, png or html
    #[arg(long, default_value = "table")]
    format: String,
    /// File to write; default: standard output
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// Compares and prints, or writes.
pub fn compare(args: &CompareArgs, runs: &Path) -> anyhow::Result<u8> {
    let found: Vec<_> = args.wanted.iter().map(|word| named(runs, word)).collect::<Result<Vec<_>>>()?.concat();
    let read: Vec<Compared> = found.iter().map(Compared::read).collect::<Result<_>>()?;
    let title = args.wanted.join(", ");
    let svg = || figure::svg(&title, &read, &[Curve::Noisy, Curve::Clean, Curve::Test]);
    let bytes = match args.format.as_str() {
        "svg" => svg()?.into_bytes(),
        "png" => raster::png(&svg()?, raster::SHARP)?,
        "html" => html(&title, &read)?.into_bytes(),
        form => table(&read)
            .render(form)
            .map_err(|_| {
                Error::Input(format!(
                    "--format {form}: not a form of a comparison; write one of table, markdown, latex, csv, svg, png, html"
                ))
            })?
            .into_bytes(),
    };
    match &args.out {
        Some(path) => {
            saner_core::export::write_new(path, &bytes)?;
            writeln!(std::io::stdout(), "{}", path.display())?;
        }
        None if args.format == "png" && std::io::stdout().is_terminal() => {
            anyhow::bail!(Error::Input("--format png: a picture is nothing for a terminal; write --out FILE".into()));
        }
        None => std::io::stdout().write_all(&bytes)?,
    }
    Ok(0)
}

/// All runs that a word of `compare` names: a run, or a sweep's folder or name.
fn named(runs: &Path, word: &str) -> Result<Vec<RunDir>> {
    let folders = [runs.join(format!("{word}.sweep")), runs.join(word), PathBuf::from(word)];
    for folder in folders {
        let ids = saner_core::rundir::ids(&folder);
        if !ids.is_empty() {
            return Ok(ids.into_iter().map(|id| RunDir { path: folder.join(id) }).collect());
        }
    }
    Ok(vec![RunDir::find(runs, word)?])
}
