//! A person's settings: `config.toml` of the user, then `saner-tui.toml` of the folder one stands in, then `SANER_TUI_…`,
//! then options; later wins. The program writes none of them by itself, only when `:write-config` asks for it.

pub mod verbs;
pub mod write;

use std::path::PathBuf;

use clap::Args;
use saner_core::{Error, Result};
use saner_ui::keymap::Keymap;
use saner_ui::settings::{ChartSettings, Draw, Layout, Settings};
use saner_ui::theme::{Depth, Themes};
use saner_ui::widget::grid::Marker;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All settings; what a file does not name keeps its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Name of a theme, or auto.
    pub theme: String,
    /// Plan of the Live tab.
    pub layout: Layout,
    /// Dots of the charts.
    pub marker: Marker,
    /// Whether clicks and the wheel are heard.
    pub mouse: bool,
    /// Whether values may be copied into the terminal's clipboard.
    pub copy: bool,
    /// Whether a first run is shown with a tour.
    pub tour: bool,
    /// Whether every run writes an event file for TensorBoard while it trains.
    pub tensorboard: bool,
    /// Frames a second.
    pub draw: Draw,
    /// How charts begin.
    pub chart: ChartSettings,
    /// How a person is told.
    pub notify: Notify,
    /// Downloads.
    pub fetch: Fetch,
    /// Rules that watch a run.
    pub watch: Vec<crate::rule::Rule>,
}

/// Section `[notify]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Program and arguments, with `{run}` and `{what}`: for rules with `do = ["notify"]`.
    pub command: Vec<String>,
    /// Whether the screen rings its bell when a run ends or a value is not finite.
    pub bell: bool,
    /// Whether the terminal is asked to show a message then (OSC 9: iTerm2, WezTerm, kitty, Windows Terminal).
    pub osc9: bool,
}

/// Section `[fetch]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Fetch {
    /// Places that are tried before the official one; each holds `NAME/FILE`, as `cifar10/cifar-10-binary.tar.gz`.
    pub mirrors: Vec<String>,
    /// Seconds without a byte after which a connection counts as broken.
    pub stall_s: u64,
}

/// Options of the screen.
#[derive(Debug, Clone, Default, Args)]
pub struct Looks {
    /// Theme of the screen
    #[arg(long, global = true, value_name = "NAME")]
    theme: Option<String>,
    /// Colours of the terminal: never, 16, 256 or truecolor
    #[arg(long, global = true, value_name = "DEPTH", value_parser = depth)]
    pub color: Option<Depth>,
    /// Nothing but ASCII on the screen
    #[arg(long, global = true)]
    ascii: bool,
}

fn depth(text: &str) -> std::result::Result<Depth, String> {
    match text {
        "never" => Ok(Depth::None),
        "16" => Ok(Depth::Ansi16),
        "256" => Ok(Depth::Indexed256),
        "truecolor" => Ok(Depth::True),
        _ => Err("write never, 16, 256 or truecolor".into()),
    }
}

impl Default for Config {
    fn default() -> Self {
        let draw = Draw::default();
        Self {
            theme: "auto".into(),
            layout: Layout::Auto,
            marker: Marker::Braille,
            mouse: true,
            copy: true,
            tour: true,
            tensorboard: false,
            draw,
            chart: ChartSettings::default(),
            notify: Notify::default(),
            fetch: Fetch::default(),
            watch: Vec::new(),
        }
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self { command: Vec::new(), bell: true, osc9: false }
    }
}

impl Default for Fetch {
    fn default() -> Self {
        Self { mirrors: Vec::new(), stall_s: 30 }
    }
}

/// The person's file, whether it is there or not.
pub fn user_file() -> Option<PathBuf> {
    let named = std::env::var_os("SANER_TUI_CONFIG").map(PathBuf::from);
    named.or_else(|| directories::ProjectDirs::from("", "", "saner-tui").map(|dirs| dirs.config_dir().join("config.toml")))
}

/// The files that are read, in their order.
fn files() -> Vec<PathBuf> {
    user_file().into_iter().chain([PathBuf::from("saner-tui.toml")]).collect()
}

/// A file beside the person's settings: `keymap.toml`, or the folder of themes.
pub fn beside(name: &str) -> Option<PathBuf> {
    user_file().and_then(|file| file.parent().map(|folder| folder.join(name)))
}

/// Text of a file, if it is there.
fn text(path: &std::path::Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(Error::io("read", path)(fault)),
    }
}

/// The sentence of a fault in a file: line, what, and the nearest key where one is unknown.
fn sentence(text: &str, fault: &toml::de::Error) -> String {
    let line = fault.span().map_or(1, |span| saner_ui::format::line_of(text, span.start));
    let what = fault.message().trim().replace('\n', " ");
    let near = what.strip_prefix("unknown field `").and_then(|rest| {
        let (key, known) = rest.split_once('`')?;
        let near = saner_core::spec::nearest(key, known.split('`').skip(1).step_by(2))?;
        Some(format!("; did you mean {near}?"))
    });
    format!("line {line}: {what}{}", near.unwrap_or_default())
}

/// Tables of the files that are there, each checked alone, so that a fault is told with its own file and line.
fn tables() -> Result<Vec<(PathBuf, toml::Table)>> {
    let mut tables = Vec::new();
    for path in files() {
        let Some(text) = text(&path)? else { continue };
        let bad = |fault: toml::de::Error| Error::data(&path, sentence(&text, &fault));
        toml::from_str::<Config>(&text).map_err(bad)?;
        let table = toml::from_str(&text).map_err(bad)?;
        tables.push((path, table));
    }
    Ok(tables)
}

/// What the environment sets.
fn environment() -> toml::Table {
    let mut table = toml::Table::new();
    for key in ["theme", "layout", "marker", "mouse", "tour"] {
        let value = std::env::var(format!("SANER_TUI_{}", key.to_uppercase())).ok().filter(|value| !value.is_empty());
        if let Some(value) = value {
            let value = value.parse::<bool>().map_or(toml::Value::String(value), toml::Value::Boolean);
            table.insert(key.into(), value);
        }
    }
    table
}

/// Reads the settings.
///
/// # Errors
/// A file that is there but cannot be read, an unknown key, a wrong value.
pub fn load() -> Result<Config> {
    let mut all = toml::Table::new();
    tables()?.into_iter().for_each(|(_, table)| merge(&mut all, table));
    merge(&mut all, environment());
    all.try_into().map_err(|fault: toml::de::Error| Error::Input(format!("settings: {}", fault.message().trim().replace('\n', " "))))
}

/// Settings of the screen; what is wrong in a file is told on it, and the screen begins all the same. `first`: the person
/// has no other run yet.
pub fn screen(looks: &Looks, first: bool) -> Settings {
    let mut complaints = Vec::new();
    let config = load().unwrap_or_else(|fault| {
        complaints.push(fault.to_string());
        Config::default()
    });
    let (keymap, faults) = keymap();
    complaints.extend(faults);
    let marker = if looks.ascii { Marker::Ascii } else { config.marker };
    Settings {
        theme: looks.theme.clone().unwrap_or(config.theme),
        themes: themes(),
        depth: looks.color.unwrap_or_else(Depth::detect),
        layout: config.layout,
        mouse: config.mouse,
        chart: config.chart.view(marker),
        draw: config.draw,
        keymap,
        bell: config.notify.bell,
        osc9: config.notify.osc9,
        copy: config.copy,
        tour: config.tour && first,
        complaints,
    }
}

/// The program's themes and those of the person's folder.
pub fn themes() -> Themes {
    Themes::new(beside("themes"))
}

/// The keys, and what is wrong in the person's file.
pub fn keymap() -> (Keymap, Vec<String>) {
    let Some(path) = beside("keymap.toml") else { return (Keymap::default(), Vec::new()) };
    match text(&path) {
        Ok(None) => (Keymap::default(), Vec::new()),
        Ok(Some(text)) => {
            let (keymap, faults) = Keymap::read(&text);
            // By its name alone: the line where this is told is short, and `config path` names the folder.
            (keymap, faults.into_iter().map(|fault| format!("keymap.toml: {fault}")).collect())
        }
        Err(fault) => (Keymap::default(), vec![fault.to_string()]),
    }
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
    }

    #[test]
    fn a_fault_is_told_with_its_line_and_the_nearest_key() {
        let text = "theme = \"dark\"\n\n[chart]\nsmothing = 0.5\n";
        let fault = toml::from_str::<Config>(text).unwrap_err();
        let said = sentence(text, &fault);
        assert!(said.starts_with("line 4: unknown field `smothing`") && said.ends_with("did you mean smoothing?"), "{said}");
    }

    #[test]
    fn the_file_of_defaults_holds_the_defaults_and_every_key() {
        let text = include_str!("../config.default.toml");
        assert_eq!(toml::from_str::<Config>(text).unwrap(), Config::default());
        let keys = |table: &toml::Table| -> Vec<String> {
            let inner = |(key, value): (&String, &toml::Value)| match value {
                toml::Value::Table(table) => table.keys().map(|inner| format!("{key}.{inner}")).collect(),
                _ => vec![key.clone()],
            };
            table.iter().flat_map(inner).collect()
        };
        let written: toml::Table = toml::from_str(text).unwrap();
        let mut all: toml::Table = toml::Table::try_from(Config::default()).unwrap();
        all.remove("watch");
        assert_eq!(keys(&written), keys(&all));
    }
}
