//! `:write-config`: what was set on the screen goes into the person's file, and nothing else of it changes.

use std::path::PathBuf;

use saner_core::rundir::replace;
use saner_core::{Error, Result};
use saner_ui::settings::Shown;
use toml_edit::{DocumentMut, Item, Table, Value};

use super::{load, text, user_file};

/// Writes the settings that differ from those that hold; returns the file and their names.
///
/// # Errors
/// No place for the file, one that has a fault, a disk that refuses.
pub fn write(shown: &Shown) -> Result<(PathBuf, Vec<String>)> {
    let path = user_file().ok_or_else(|| Error::Failed("there is no folder for settings here; SANER_TUI_CONFIG names a file".into()))?;
    let holds = table(&load()?)?;
    let wanted = table(shown)?;
    let old = text(&path)?.unwrap_or_default();
    let (new, names) = edited(&old, &wanted, &holds).map_err(|fault| Error::data(&path, fault))?;
    if !names.is_empty() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        replace(&path, new.as_bytes())?;
    }
    Ok((path, names))
}

fn table(settings: &impl serde::Serialize) -> Result<toml::Table> {
    toml::Table::try_from(settings).map_err(|fault| Error::Failed(format!("settings cannot be written as TOML: {fault}")))
}

/// The text with the wanted values where they are not what holds; comments and everything else stay.
fn edited(text: &str, wanted: &toml::Table, holds: &toml::Table) -> std::result::Result<(String, Vec<String>), String> {
    let mut document: DocumentMut = text.parse().map_err(|fault: toml_edit::TomlError| fault.message().to_owned())?;
    let mut names = Vec::new();
    for (key, value) in wanted {
        match value {
            toml::Value::Table(section) => {
                for (inner, value) in section {
                    if holds.get(key).and_then(|own| own.get(inner)) != Some(value) {
                        let place = document.entry(key).or_insert_with(|| Item::Table(Table::new()));
                        let place = place.as_table_like_mut().ok_or_else(|| format!("`{key}` is no section"))?;
                        set(place, inner, value);
                        names.push(format!("{key}.{inner}"));
                    }
                }
            }
            value if holds.get(key) != Some(value) => {
                set(document.as_table_mut(), key, value);
                names.push(key.clone());
            }
            _ => {}
        }
    }
    Ok((document.to_string(), names))
}

/// Sets a value; comments before it and behind it stay.
fn set(table: &mut dyn toml_edit::TableLike, key: &str, value: &toml::Value) {
    let mut new = match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Boolean(on) => Value::from(*on),
        toml::Value::Integer(n) => Value::from(*n),
        toml::Value::Float(x) => Value::from(*x),
        // There are no others among what a screen can set.
        _ => return,
    };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        None => drop(table.insert(key, Item::Value(new))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_written_and_comments_stay() {
        let old = "# mine\ntheme = \"dark\"   # at night\n\n[chart]\nsmoothing = 0.9 # all\n[[watch]]\nwhen = \"end\"\ndo = [\"note\"]\n";
        let table = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        let wanted = table("theme = \"light\"\nmouse = true\n[chart]\nsmoothing = 0.97\nlog_y = true");
        let holds = table("theme = \"dark\"\nmouse = true\n[chart]\nsmoothing = 0.9\nlog_y = false");
        let (new, names) = edited(old, &wanted, &holds).unwrap();
        assert_eq!(names, ["chart.log_y", "chart.smoothing", "theme"]);
        let expected = old.replace("\"dark\"", "\"light\"").replace("0.9 #", "0.97 #").replace("# all\n", "# all\nlog_y = true\n");
        assert_eq!(new, expected);
        let (same, names) = edited(&new, &wanted, &wanted).unwrap();
        assert_eq!((same, names.len()), (new, 0));
        assert!(edited("theme = ", &wanted, &holds).is_err() && edited("chart = 3", &wanted, &holds).is_err());
    }
}
