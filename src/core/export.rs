//! Exports of a run: CSV, JSON lines, tables, curves, weights. One format, one row.

mod columns;
mod csv;
mod html;
mod jsonl;
#[cfg(feature = "parquet")]
mod parquet;
mod pgfplots;
mod report;
mod tensorboard;
mod weights;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::raster::{SHARP, png};
use crate::rundir::RunDir;

/// What to export.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Name of a format.
    pub format: String,
    /// Where to; default `export/` in the run's folder.
    pub out: Option<PathBuf>,
    /// Which checkpoint, for weights; default the newest.
    pub checkpoint: Option<String>,
}

struct Format {
    name: &'static str,
    help: &'static str,
    file: &'static str,
    write: fn(&RunDir, &Request) -> Result<Vec<u8>>,
}

const FORMATS: &[Format] = &[
    Format { name: "csv", help: "numbers of every step", file: "metrics.csv", write: csv::encode },
    Format { name: "jsonl", help: "numbers and events, a JSON object a line", file: "run.jsonl", write: jsonl::encode },
    Format { name: "markdown", help: "a table of the run", file: "table.md", write: report::markdown },
    Format { name: "latex", help: "the same for a paper", file: "table.tex", write: report::latex },
    Format { name: "svg", help: "curves over epochs with axes and legend", file: "curves.svg", write: report::svg },
    Format { name: "png", help: "the same as dots, for slides", file: "curves.png", write: report::png },
    Format { name: "html", help: "a report in one file, for a browser", file: "report.html", write: html::encode },
    #[cfg(feature = "parquet")]
    Format { name: "parquet", help: "numbers of every step as columns", file: "metrics.parquet", write: parquet::encode },
    Format { name: "pgfplots", help: "curves over epochs for LaTeX", file: "curves.tex", write: pgfplots::encode },
    Format {
        name: "tensorboard",
        help: "an event file; tensorboard --logdir its folder",
        file: "events.out.tfevents.saner-tui",
        write: tensorboard::encode,
    },
    Format {
        name: "safetensors",
        help: "weights of a checkpoint, with PyTorch's names",
        file: "weights.safetensors",
        write: weights::encode,
    },
];

/// Names of the formats, with a word on each.
pub fn formats() -> Vec<(&'static str, &'static str)> {
    FORMATS.iter().map(|format| (format.name, format.help)).collect()
}

/// Writes one export and returns its path.
///
/// # Errors
/// Unknown format, a file that exists, nothing to export.
pub fn export(run: &RunDir, request: &Request) -> Result<PathBuf> {
    let format = FORMATS.iter().find(|format| format.name == request.format).ok_or_else(|| {
        if request.format == "parquet" {
            return Error::Input("--format parquet: not in this build; build the program with --features parquet".into());
        }
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        Error::Input(format!("--format {}: not a format of this version; write one of {}", request.format, names.join(", ")))
    })?;
    let bytes = (format.write)(run, request)?;
    let path = match &request.out {
        Some(out) if out.is_dir() => out.join(format.file),
        Some(out) => out.clone(),
        None => place(run, format.file)?,
    };
    write_new(&path, &bytes)?;
    Ok(path)
}

/// Writes a picture that a screen has drawn, as the ending of `file` has it (`svg` or `png`), into the run's `export/`.
///
/// # Errors
/// It cannot be drawn or written.
pub fn picture(run: &RunDir, file: &str, svg: &str) -> Result<PathBuf> {
    let bytes = if file.ends_with(".png") { png(svg, SHARP)? } else { svg.as_bytes().to_vec() };
    let path = place(run, file)?;
    write_new(&path, &bytes)?;
    Ok(path)
}

/// A path in the run's `export/` that nothing has.
fn place(run: &RunDir, file: &str) -> Result<PathBuf> {
    std::fs::create_dir_all(run.export()).map_err(Error::io("create", run.export()))?;
    Ok(free_name(&run.export().join(file)))
}

/// Writes a file that must not exist.
///
/// # Errors
/// It exists, or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = std::fs::File::create_new(path).map_err(|fault| match fault.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::Input(format!("{} exists and is not overwritten; choose another --out", path.display()))
        }
        _ => Error::io("create", path)(fault),
    })?;
    std::io::Write::write_all(&mut file, bytes).map_err(Error::io("write", path))
}

/// `metrics.csv`, then `metrics-2.csv`, and so on.
fn free_name(path: &Path) -> PathBuf {
    let (stem, end) = (path.file_stem().unwrap_or_default().to_string_lossy(), path.extension().unwrap_or_default().to_string_lossy());
    std::iter::once(path.to_path_buf())
        .chain((2..).map(|n| path.with_file_name(format!("{stem}-{n}.{end}"))))
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| path.to_path_buf())
}
