//! `data`: what lies in the data folder, how it comes there, whether it is sound, and what the noise does to it.

mod check;
mod download;
mod fetch;
mod noise;
mod unpack;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use saner_core::data::archive::{Get, LABELS};
use saner_core::data::{DATASETS, DatasetRow};
use saner_core::{Error, Result};

/// Verbs of `data`.
#[derive(Debug, Subcommand)]
pub enum DataVerb {
    /// Data sets and whether they lie in the data folder
    Ls,
    /// Bring a data set into the data folder: official files, resumed, checked
    Fetch(fetch::FetchArgs),
    /// Read a data set whole and say what is in it and what is wrong with it
    Check(check::CheckArgs),
    /// The noise of a recipe: which class became which, as a heat map and as CSV
    Noise(noise::NoiseArgs),
}

/// Does what was asked; `dir` is the data folder.
pub fn data(verb: &DataVerb, dir: &Path) -> anyhow::Result<u8> {
    match verb {
        DataVerb::Ls => ls(dir),
        DataVerb::Fetch(args) => fetch::fetch(args, dir),
        DataVerb::Check(args) => check::check(args, dir),
        DataVerb::Noise(args) => noise::noise(args, dir),
    }
}

/// The row of a data set, or the names that there are.
fn find(name: &str) -> Result<&'static DatasetRow> {
    DATASETS.iter().find(|row| row.name == name).ok_or_else(|| {
        let names: Vec<&str> = DATASETS.iter().map(|row| row.name).chain([LABELS.0]).collect();
        let near = saner_core::spec::nearest(name, names.iter().copied()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        Error::Input(format!("no data set `{name}`; {near}write one of {}", names.join(", ")))
    })
}

/// Where a set lies or would lie, and what is missing there.
fn place(get: &Get, dir: &Path) -> Option<(PathBuf, Vec<String>)> {
    let (folder, needs): (&str, Vec<&str>) = match get {
        Get::Nothing => return None,
        Get::Fetch(archive) => (archive.folder, Vec::new()),
        Get::Ask(placed) => (placed.folder, placed.needs.to_vec()),
    };
    let path = dir.join(folder);
    let missing = needs.into_iter().filter(|need| !path.join(need).exists()).map(str::to_owned).collect();
    Some((path, missing))
}

fn ls(dir: &Path) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", dir.display())?;
    let labels = (LABELS.0, Get::Fetch(LABELS.2));
    for (name, get) in DATASETS.iter().map(|row| (row.name, row.get)).chain([labels]) {
        let state = match (place(&get, dir), get) {
            (None, _) if name == "shapes" => "drawn by the program".to_owned(),
            (None, _) => own(dir),
            (Some((path, missing)), _) if path.is_dir() && missing.is_empty() => format!("here: {}", path.display()),
            (Some((path, missing)), _) if path.is_dir() => format!("incomplete: {} has no {}", path.display(), missing.join(", ")),
            (Some(_), Get::Ask(_)) => format!("absent; `saner-tui data fetch {name}` says whom to ask"),
            (Some(_), Get::Fetch(archive)) => format!("absent; `saner-tui data fetch {name}` ({})", size(archive.bytes())),
            (Some(_), Get::Nothing) => String::new(),
        };
        writeln!(out, "  {name:<16}{state}")?;
    }
    Ok(0)
}

/// Folders of images in the data folder that are of no published set.
fn own(dir: &Path) -> String {
    let known: Vec<PathBuf> = DATASETS.iter().filter_map(|row| Some(place(&row.get, dir)?.0)).collect();
    let is_set = |path: &PathBuf| ["train", "train.csv"].iter().any(|name| path.join(name).exists()) && !known.contains(path);
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(is_set)
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    if names.is_empty() { "your own images; see `saner-tui list datasets`".into() } else { format!("here: {}", names.join(", ")) }
}

/// `162 MiB`.
fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}
