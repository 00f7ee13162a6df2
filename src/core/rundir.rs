//! Names and layout of a run's folder (`decisions.md` 7). Nothing that exists is ever overwritten.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::spec::Spec;

/// Number of the folder's format; another one cannot be resumed.
pub const FORMAT: u32 = 1;

/// A run's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    /// The folder.
    pub path: PathBuf,
}

/// The `[run]` section of `run.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Format of the folder.
    pub format: u32,
    /// Version of the program that made it.
    pub version: String,
    /// Device it started on.
    pub device: String,
    /// UTC time of the start, RFC 3339.
    pub created: String,
    /// Folder the data was read from, for resuming.
    #[serde(default)]
    pub data: String,
    /// Run and checkpoint from which it was forked, as `RUN@CHECKPOINT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

impl RunDir {
    /// Makes `RUNS/<stamp>-<slug>` with its subfolders; a taken name gets a number.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn create(runs: &Path, stamp: &str, name: &str) -> Result<Self> {
        std::fs::create_dir_all(runs).map_err(Error::io("create", runs))?;
        let base = format!("{stamp}-{}", slug(name));
        for number in 1..1000 {
            let id = if number == 1 { base.clone() } else { format!("{base}-{number}") };
            let path = runs.join(id);
            match std::fs::create_dir(&path) {
                Ok(()) => {
                    let run = Self { path };
                    std::fs::create_dir(run.checkpoints()).map_err(Error::io("create", run.checkpoints()))?;
                    return Ok(run);
                }
                Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(fault) => return Err(Error::io("create", &path)(fault)),
            }
        }
        Err(Error::Input(format!("{base} exists a thousand times in {}; choose another --name", runs.display())))
    }

    /// Finds a run by id, unique prefix, name, path or `last`.
    ///
    /// # Errors
    /// No run, or more than one, fits.
    pub fn find(runs: &Path, wanted: &str) -> Result<Self> {
        let direct = Path::new(wanted);
        if wanted.contains('/') && direct.join("run.toml").is_file() {
            return Ok(Self { path: direct.to_path_buf() });
        }
        let ids = ids(runs);
        let newest = || ids.last().cloned();
        if ids.is_empty() {
            return Err(Error::NoRun(format!(
                "no runs in {}; start one with `saner-tui run`, or name another folder with --runs DIR",
                runs.display()
            )));
        }
        let exact = || ids.iter().find(|id| *id == wanted).cloned();
        let fits = |test: &dyn Fn(&str) -> bool| ids.iter().filter(|id| test(id)).cloned().collect::<Vec<_>>();
        let id = match wanted {
            "last" => newest(),
            _ => exact()
                .map(Ok)
                .or_else(|| {
                    let mut found = fits(&|id| id.starts_with(wanted));
                    if found.is_empty() {
                        // A name is the part after the time stamp; of several runs of one name the newest is meant.
                        found = fits(&|id| id.splitn(3, '-').nth(2) == Some(&slug(wanted))).pop().into_iter().collect();
                    }
                    match found.len() {
                        0 => None,
                        1 => found.pop().map(Ok),
                        _ => Some(Err(Error::NoRun(format!(
                            "`{wanted}` fits {} runs: {}; write more of the id",
                            found.len(),
                            found.join(", ")
                        )))),
                    }
                })
                .transpose()?,
        };
        id.map(|id| Self { path: runs.join(id) }).ok_or_else(|| {
            let near =
                crate::spec::nearest(wanted, ids.iter().map(String::as_str)).map_or(String::new(), |id| format!("; did you mean {id}?"));
            Error::NoRun(format!("no run `{wanted}` in {}{near}", runs.display()))
        })
    }

    /// The run's id: the folder's name.
    pub fn id(&self) -> String {
        self.path.file_name().map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// Effective recipe.
    pub fn run_toml(&self) -> PathBuf {
        self.path.join("run.toml")
    }

    /// Step and epoch lines.
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// Event lines.
    pub fn events(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    /// Ledger of labels.
    pub fn labels(&self) -> PathBuf {
        self.path.join("labels.csv")
    }

    /// Text log.
    pub fn engine_log(&self) -> PathBuf {
        self.path.join("engine.log")
    }

    /// Checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// Exports.
    pub fn export(&self) -> PathBuf {
        self.path.join("export")
    }

    /// Event files for TensorBoard, written while the run trains.
    pub fn tensorboard(&self) -> PathBuf {
        self.path.join("tensorboard")
    }

    /// Live changes of another run that are made again in this one.
    pub fn interventions(&self) -> PathBuf {
        self.path.join("interventions.jsonl")
    }

    /// What the network thinks of each training sample, as of the newest look.
    pub fn samples(&self) -> PathBuf {
        self.path.join("samples.csv")
    }

    /// Log lines and checkpoints that a run which began again replaced.
    pub fn superseded(&self) -> PathBuf {
        self.path.join("superseded")
    }

    /// Writes `run.toml`.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn write_spec(&self, spec: &Spec, info: &RunInfo) -> Result<()> {
        let head = toml::to_string(&std::collections::BTreeMap::from([("run", info)]))
            .map_err(|fault| Error::Failed(format!("cannot write run.toml: {fault}")))?;
        let path = self.run_toml();
        let mut file = std::fs::File::create_new(&path).map_err(Error::io("create", &path))?;
        std::io::Write::write_all(&mut file, format!("{}\n{head}", spec.to_toml()?).as_bytes()).map_err(Error::io("write", &path))
    }

    /// Reads `run.toml`.
    ///
    /// # Errors
    /// It is missing, damaged, or of another format.
    pub fn read_spec(&self) -> Result<(Spec, RunInfo)> {
        let path = self.run_toml();
        let text = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let bad = |what: String| Error::Input(format!("{}: {what}", path.display()));
        let table: toml::Table = text.parse().map_err(|fault: toml::de::Error| bad(fault.message().to_owned()))?;
        let info: RunInfo = table
            .get("run")
            .cloned()
            .ok_or_else(|| bad("has no [run] section; this is not a run's recipe".into()))?
            .try_into()
            .map_err(|fault: toml::de::Error| bad(fault.message().to_owned()))?;
        if info.format != FORMAT {
            return Err(bad(format!(
                "format {} of version {}, but this program ({}) reads format {FORMAT}; use the program that made the run",
                info.format,
                info.version,
                env!("CARGO_PKG_VERSION")
            )));
        }
        Ok((Spec::load(&text, &path.display().to_string(), &[])?, info))
    }
}

/// Puts new bytes in the place of a file, which at every moment is whole: the one or the other.
///
/// # Errors
/// The disk refuses; the file is then as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    std::fs::write(&fresh, bytes).and_then(|()| std::fs::rename(&fresh, path)).map_err(Error::io("write", path))
}

/// Ids of all runs, oldest first: by the second in their names, within it by when their recipe was written.
pub fn ids(runs: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(runs) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let recipe = entry.path().join("run.toml").metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((entry.file_name().to_string_lossy().into_owned(), recipe.modified().ok()))
        })
        .collect();
    let second = |id: &str| id.get(..15).unwrap_or(id).to_owned();
    found.sort_by(|(a, at), (b, bt)| (second(a), at, a).cmp(&(second(b), bt, b)));
    found.into_iter().map(|(id, _)| id).collect()
}

/// A name that is safe in a path: letters, digits, dot, dash, underscore.
pub fn slug(name: &str) -> String {
    let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' }).take(60).collect();
    let safe = safe.trim_matches(['-', '.']).to_owned();
    if safe.is_empty() { "run".into() } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> RunInfo {
        RunInfo { format: FORMAT, version: "0".into(), device: "cpu".into(), created: "t".into(), data: String::new(), parent: None }
    }

    #[test]
    fn runs_are_found_by_id_prefix_name_and_last() {
        let dir = tempfile::tempdir().unwrap();
        for (stamp, name) in [("20260101-000000", "a"), ("20260102-000000", "b/../x"), ("20260102-000000", "b/../x")] {
            RunDir::create(dir.path(), stamp, name).unwrap().write_spec(&Spec::default(), &info()).unwrap();
        }
        let find = |wanted| RunDir::find(dir.path(), wanted).map(|run| run.id());
        assert_eq!(find("last").unwrap(), "20260102-000000-b-..-x-2");
        assert_eq!(find("20260101").unwrap(), "20260101-000000-a");
        assert_eq!(find("a").unwrap(), "20260101-000000-a");
        std::thread::sleep(std::time::Duration::from_millis(20));
        RunDir::create(dir.path(), "20260102-000000", "a").unwrap().write_spec(&Spec::default(), &info()).unwrap();
        assert_eq!(find("last").unwrap(), "20260102-000000-a", "the newest within a second, whatever its name");
        std::fs::remove_dir_all(dir.path().join("20260102-000000-a")).unwrap();
        assert!(find("20260102").unwrap_err().to_string().contains("fits 2 runs"));
        assert_eq!(find("nothing").unwrap_err().exit_code(), 3);
    }

    #[test]
    fn the_recipe_is_read_back_and_another_format_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir::create(dir.path(), "s", "n").unwrap();
        run.write_spec(&Spec::default(), &info()).unwrap();
        assert_eq!(run.read_spec().unwrap().0, Spec::default());
        assert!(run.write_spec(&Spec::default(), &info()).is_err(), "never overwritten");
        let text = std::fs::read_to_string(run.run_toml()).unwrap().replace("format = 1", "format = 9");
        std::fs::write(run.run_toml(), text).unwrap();
        let fault = run.read_spec().unwrap_err();
        assert!(fault.to_string().contains("format 9"), "{fault}");
        assert_eq!(fault.exit_code(), 2);
    }
}
