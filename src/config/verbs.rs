//! `config`, `keys` and `themes`: what is set, where it comes from, and whether it is right.

use std::io::Write;

use clap::Subcommand;
use saner_core::{Error, Result};
use saner_ui::theme::{Depth, ROLES, check};
use serde_json::json;

use super::{Config, beside, environment, files, keymap, load, sentence, tables, text, themes, user_file};

/// What can be asked of the settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigVerb {
    /// Where the person's files are, or would be
    Path,
    /// Every key with its default, as a file to begin with
    PrintDefault,
    /// Whether all files are right; exit code 2 if not
    Check,
    /// The JSON schema of the settings, for editors
    Schema,
    /// Every value as it holds here
    Show {
        /// Each with where it comes from
        #[arg(long)]
        origin: bool,
    },
}

/// What can be asked of the keys.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum KeysVerb {
    /// Every key with its command
    Ls,
    /// Whether keymap.toml is right; exit code 2 if not
    Check,
}

/// What can be asked of the themes.
#[derive(Debug, Clone, Subcommand)]
pub enum ThemesVerb {
    /// Names of all themes
    Ls,
    /// Every role of a theme in its colours
    Show {
        /// Its name
        name: String,
    },
    /// Contrast, and colours that stay apart for every kind of sight; exit code 2 for a fault
    Check {
        /// Its name; without one all
        name: Option<String>,
    },
}

/// Does a verb of `config`.
pub fn config(verb: ConfigVerb) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    match verb {
        ConfigVerb::Path => {
            let all = [user_file(), Some("saner-tui.toml".into()), beside("keymap.toml"), beside("themes")];
            for path in all.into_iter().flatten() {
                writeln!(out, "{}{}", path.display(), if path.exists() { "" } else { "  (not there)" })?;
            }
        }
        ConfigVerb::PrintDefault => out.write_all(include_bytes!("../../config.default.toml"))?,
        ConfigVerb::Schema => writeln!(out, "{}", serde_json::to_string_pretty(&schemars::schema_for!(Config))?)?,
        ConfigVerb::Check => return Ok(checked(&mut out)?),
        ConfigVerb::Show { origin } => show(&mut out, origin)?,
    }
    Ok(0)
}

/// Says every fault of every file, and the number of them as an exit code.
fn checked(out: &mut impl Write) -> std::io::Result<u8> {
    let mut faults = Vec::new();
    for path in files() {
        match text(&path) {
            Ok(Some(text)) => {
                if let Err(fault) = toml::from_str::<Config>(&text) {
                    faults.push(format!("{}: {}", path.display(), sentence(&text, &fault)));
                }
            }
            Ok(None) => {}
            Err(fault) => faults.push(fault.to_string()),
        }
    }
    faults.extend(keymap().1);
    match load() {
        Ok(config) => {
            faults.extend(themes().load(if config.theme == "auto" { "dark" } else { &config.theme }, Depth::True).err());
            faults.extend(config.watch.iter().filter_map(|rule| rule.bound().err()).map(|fault| fault.to_string()));
        }
        Err(fault) if faults.is_empty() => faults.push(fault.to_string()),
        Err(_) => {}
    }
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    if faults.is_empty() {
        writeln!(out, "all right")?;
    }
    Ok(if faults.is_empty() { 0 } else { 2 })
}

fn show(out: &mut impl Write, origin: bool) -> anyhow::Result<()> {
    let tables = tables()?;
    let environment = environment();
    let all = toml::Table::try_from(load()?)?;
    let flat = flatten(&all);
    for (key, value) in &flat {
        let from = if flatten(&environment).iter().any(|(own, _)| own == key) {
            format!("SANER_TUI_{}", key.to_uppercase())
        } else {
            let file = tables.iter().rev().find(|(_, table)| flatten(table).iter().any(|(own, _)| own == key));
            file.map_or_else(|| "default".to_owned(), |(path, _)| path.display().to_string())
        };
        let value = serde_json::to_string(&json!(value))?;
        if origin { writeln!(out, "{key} = {value}    # {from}")? } else { writeln!(out, "{key} = {value}")? }
    }
    Ok(())
}

/// Keys with their sections, and values.
pub fn flatten(table: &toml::Table) -> Vec<(String, toml::Value)> {
    let inner = |(key, value): (&String, &toml::Value)| match value {
        toml::Value::Table(table) => table.iter().map(|(inner, value)| (format!("{key}.{inner}"), value.clone())).collect(),
        _ => vec![(key.clone(), value.clone())],
    };
    table.iter().flat_map(inner).collect()
}

/// Does a verb of `keys`.
pub fn keys(verb: KeysVerb) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    let (keymap, faults) = keymap();
    match verb {
        KeysVerb::Ls => {
            for (context, key, name) in keymap.all() {
                writeln!(out, "{context:<9} {key:<12} {name}")?;
            }
        }
        KeysVerb::Check if faults.is_empty() => writeln!(out, "all right")?,
        KeysVerb::Check => {}
    }
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    Ok(if faults.is_empty() { 0 } else { 2 })
}

/// Does a verb of `themes`.
pub fn themes_verb(verb: &ThemesVerb, depth: Option<Depth>) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    let themes = themes();
    let load = |name: &str, depth: Depth| -> Result<_> { themes.load(name, depth).map_err(Error::Input) };
    match verb {
        ThemesVerb::Ls => themes.names().iter().try_for_each(|name| writeln!(out, "{name}"))?,
        ThemesVerb::Show { name } => {
            let theme = load(name, depth.unwrap_or_else(Depth::detect))?;
            for (i, role) in ROLES.iter().enumerate() {
                let (ink, ground) = theme.ink(i);
                let ratio = if ink == [0; 3] { "   -".into() } else { format!("{:>4.1}", check::contrast(ink, ground)) };
                writeln!(out, "{role:<16} {ratio}  {}", saner_ui::print::styled("the quick brown fox 0123456789", theme.styles()[i]))?;
            }
        }
        ThemesVerb::Check { name } => {
            let names = name.clone().map_or_else(|| themes.names(), |name| vec![name]);
            let mut faults = 0;
            for name in names {
                for finding in check::check(&load(&name, Depth::True)?) {
                    faults += usize::from(finding.fault);
                    writeln!(out, "{name}: {}{}", if finding.fault { "" } else { "(letters make up for it) " }, finding.text)?;
                }
            }
            if faults > 0 {
                return Ok(2);
            }
        }
    }
    Ok(0)
}
