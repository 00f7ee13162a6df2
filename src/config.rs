//! A person's settings: `config.toml` of the user, then `saner-tui.toml` of the folder one stands in; later wins.

use std::path::PathBuf;

use saner_core::{Error, Result};
use serde::Deserialize;

/// All settings; what a file does not name keeps its default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Downloads.
    pub fetch: Fetch,
    /// Rules that watch a run.
    #[cfg(feature = "engine")]
    pub watch: Vec<crate::watch::Rule>,
    /// How a person is told.
    #[cfg(feature = "engine")]
    pub notify: Notify,
    /// Read by builds that train.
    #[cfg(not(feature = "engine"))]
    #[serde(rename = "watch")]
    _watch: serde::de::IgnoredAny,
    /// Likewise.
    #[cfg(not(feature = "engine"))]
    #[serde(rename = "notify")]
    _notify: serde::de::IgnoredAny,
}

/// Section `[notify]`.
#[cfg(feature = "engine")]
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Program and arguments, with `{run}` and `{what}`.
    pub command: Vec<String>,
}

/// Section `[fetch]`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fetch {
    /// Places that are tried before the official one; each holds `NAME/FILE`, as `cifar10/cifar-10-binary.tar.gz`.
    pub mirrors: Vec<String>,
    /// Seconds without a byte after which a connection counts as broken.
    pub stall_s: u64,
}

impl Default for Fetch {
    fn default() -> Self {
        Self { mirrors: Vec::new(), stall_s: 30 }
    }
}

/// The files that are read, in their order.
fn files() -> Vec<PathBuf> {
    let user = std::env::var_os("SANER_TUI_CONFIG")
        .map(PathBuf::from)
        .or_else(|| directories::ProjectDirs::from("", "", "saner-tui").map(|dirs| dirs.config_dir().join("config.toml")));
    user.into_iter().chain([PathBuf::from("saner-tui.toml")]).collect()
}

/// Reads the settings.
///
/// # Errors
/// A file that is there but cannot be read, an unknown key, a wrong value.
pub fn load() -> Result<Config> {
    let mut all = toml::Table::new();
    for path in files() {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => continue,
            Err(fault) => return Err(Error::io("read", &path)(fault)),
        };
        let bad = |fault: toml::de::Error| Error::data(&path, fault.to_string().trim().replace('\n', " "));
        // Each file alone first, so that a fault is told with its own file and line.
        toml::from_str::<Config>(&text).map_err(bad)?;
        merge(&mut all, toml::from_str(&text).map_err(bad)?);
    }
    all.try_into().map_err(|fault| Error::Input(format!("settings: {fault}")))
}

/// Lays one table over another, section by section.
fn merge(below: &mut toml::Table, above: toml::Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => merge(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_file_wins_key_by_key() {
        let mut all: toml::Table = toml::from_str("[fetch]\nmirrors = [\"a\"]\nstall_s = 5").unwrap();
        merge(&mut all, toml::from_str("[fetch]\nstall_s = 7").unwrap());
        let config: Config = all.try_into().unwrap();
        assert_eq!((config.fetch.mirrors, config.fetch.stall_s), (vec!["a".to_owned()], 7));
        assert!(toml::from_str::<Config>("[fetch]\nmirror = 1").is_err());
    }
}
