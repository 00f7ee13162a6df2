//! `data fetch`: terms and size first, then the files, checked, then the folder, whole or not at all.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use saner_core::data::archive::{Archive, Form, Get, LABELS, Placed, Remote};
use saner_core::{Error, Result};

use super::{check, download, find, place, size, unpack};
use crate::config;

/// Options of `data fetch`.
#[derive(Debug, Clone, Args)]
pub struct FetchArgs {
    /// A data set (`saner-tui data ls`), or cifar-n for the human labels
    name: String,
    /// The official file, or the folder that holds the official files, fetched by other means
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// A place that is tried first and holds NAME/FILE; also `fetch.mirrors` in the settings
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    mirror: Vec<String>,
}

/// Where files come from.
struct Sources {
    /// A file or folder of the person's.
    from: Option<PathBuf>,
    mirrors: Vec<String>,
    patience: download::Patience,
}

/// Brings a set into the data folder.
pub fn fetch(args: &FetchArgs, dir: &Path) -> anyhow::Result<u8> {
    let name = args.name.as_str();
    let get = if name == LABELS.0 { Get::Fetch(LABELS.2) } else { find(name)?.get };
    let archive = match get {
        Get::Fetch(archive) => archive,
        Get::Ask(placed) => return ask(name, &placed, &get, dir),
        Get::Nothing if name == "shapes" => anyhow::bail!(Error::Input("shapes is drawn by the program; there is nothing to fetch".into())),
        Get::Nothing => anyhow::bail!(Error::Input("a folder of images is your own; put it into the data folder yourself".into())),
    };
    let settings = config::load()?.fetch;
    let sources = Sources {
        from: args.from.clone(),
        mirrors: args.mirror.iter().chain(&settings.mirrors).cloned().collect(),
        patience: download::Patience::new(settings.stall_s),
    };
    let mut out = std::io::stdout().lock();
    let target = dir.join(archive.folder);
    let missing = missing(&archive, &target);
    if missing.is_empty() {
        writeln!(out, "{name} lies in {} already; move it away to fetch it anew", target.display())?;
    } else {
        writeln!(out, "{name}: {}", archive.page)?;
        writeln!(out, "terms: {}", archive.licence)?;
        let bytes = missing.iter().map(|file| file.bytes).sum();
        writeln!(out, "size: {} to fetch, {} in {}", size(bytes), size(archive.unpacked), target.display())?;
        out.flush()?;
        bring(name, &archive, &missing, dir, &sources)?;
        writeln!(out, "{}", target.display())?;
    }
    drop(out);
    if name == LABELS.0 { Ok(0) } else { check::check(&check::CheckArgs::of(name), dir) }
}

/// What to do about a set that cannot be fetched, and what of it is there.
fn ask(name: &str, placed: &Placed, get: &Get, dir: &Path) -> anyhow::Result<u8> {
    let Some((path, missing)) = place(get, dir) else { return Ok(0) };
    if missing.is_empty() {
        return check::check(&check::CheckArgs::of(name), dir);
    }
    anyhow::bail!(Error::Input(format!(
        "{name} cannot be fetched by a program: {}; its place is {}; missing there: {}",
        placed.how,
        path.display(),
        missing.join(", ")
    )))
}

/// The files of an archive that are still to come.
fn missing(archive: &Archive, target: &Path) -> Vec<Remote> {
    let here = |file: &&Remote| match archive.form {
        Form::Plain => target.join(file.name).exists() || target.join(file.name.trim_end_matches(".gz")).exists(),
        Form::TarGz | Form::Zip => target.exists(),
    };
    archive.files.iter().filter(|file| !here(file)).copied().collect()
}

fn bring(name: &str, archive: &Archive, missing: &[Remote], dir: &Path, sources: &Sources) -> Result<()> {
    let work = dir.join(".fetch");
    std::fs::create_dir_all(&work).map_err(Error::io("create", &work))?;
    let target = dir.join(archive.folder);
    room(archive, missing, &work, sources.from.is_some())?;
    let bar = bar();
    let mut files = Vec::new();
    for remote in missing {
        let path = match &sources.from {
            Some(from) => given(from, remote)?,
            None => {
                let part = work.join(format!("{name}-{}.part", remote.name));
                let mirrors = sources.mirrors.iter().map(|base| format!("{}/{name}/{}", base.trim_end_matches('/'), remote.name));
                let urls: Vec<String> = mirrors.chain([remote.url.to_owned()]).collect();
                download::download(remote, &urls, &part, sources.patience, &bar)?;
                part
            }
        };
        files.push((remote, path));
    }
    bar.finish_and_clear();
    match archive.form {
        Form::Plain => {
            std::fs::create_dir_all(&target).map_err(Error::io("create", &target))?;
            for (remote, path) in &files {
                settle(path, &target.join(remote.name), sources.from.is_some())?;
            }
        }
        form => {
            for (_, path) in &files {
                unpack::unpack(path, form, archive.folder, &work.join(format!("{name}.unpacked")), &target)?;
            }
        }
    }
    if sources.from.is_none() {
        // The archive has done its work. A file that cannot be removed is only in the way.
        files.iter().for_each(|(_, path)| drop(std::fs::remove_file(path)));
    }
    let _ = std::fs::remove_dir(&work);
    Ok(())
}

/// A file gets its name when it is whole.
fn settle(path: &Path, to: &Path, copy: bool) -> Result<()> {
    if !copy {
        return std::fs::rename(path, to).map_err(Error::io("create", to));
    }
    let beside = to.with_extension("copying");
    std::fs::copy(path, &beside).map_err(Error::io("write", &beside))?;
    std::fs::rename(&beside, to).map_err(Error::io("create", to))
}

/// The person's own copy of an official file.
fn given(from: &Path, remote: &Remote) -> Result<PathBuf> {
    let path = if from.is_dir() { from.join(remote.name) } else { from.to_path_buf() };
    let mut file = std::fs::File::open(&path).map_err(|fault| {
        Error::data(&path, format!("cannot be read ({fault}); --from takes {}, or the folder that holds it", remote.name))
    })?;
    let found = download::md5(&mut file).map_err(Error::io("read", &path))?;
    if found != remote.md5 {
        let what = format!("its MD5 is {found}, and that of the official {} is {}; it is another file or damaged", remote.name, remote.md5);
        return Err(Error::data(&path, what));
    }
    Ok(path)
}

/// Refuses before the download what would fill the disk.
fn room(archive: &Archive, missing: &[Remote], work: &Path, local: bool) -> Result<()> {
    let fetched: u64 = if local { 0 } else { missing.iter().map(|file| file.bytes).sum() };
    let needed = fetched + if archive.form == Form::Plain && !local { 0 } else { archive.unpacked };
    let Ok(disk) = rustix::fs::statvfs(work) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < needed {
        let what =
            format!("{} are free and {} are needed; free some space, or choose another disk with --data DIR", size(free), size(needed));
        return Err(Error::data(work, what));
    }
    Ok(())
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:24} {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let target = if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    ProgressBar::with_draw_target(None, target).with_style(style)
}

#[cfg(test)]
mod tests;
