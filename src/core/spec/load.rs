//! File < overrides, with faults that name file, line, key and remedy.

use toml::{Table, Value};

use super::{Method, Number, Spec};
use crate::error::{Error, Result};

/// One `--set section.key=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Dotted key.
    pub key: String,
    /// Value as typed.
    pub value: String,
}

impl std::str::FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`; write --set section.key=value"))?;
        Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
    }
}

impl Spec {
    /// Reads a recipe from TOML text and applies overrides; `origin` names the text in faults.
    ///
    /// # Errors
    /// Unknown keys (with the nearest known one), wrong types, values out of range.
    pub fn load(text: &str, origin: &str, overrides: &[Override]) -> Result<Self> {
        let mut table: Table = text.parse().map_err(|fault: toml::de::Error| at_line(text, origin, &fault))?;
        // A run's own `run.toml` carries a section about the run, so that a run repeats from its folder alone.
        let is_run = table.remove("run").is_some();
        let known = known_keys();
        if let Some(key) = unknown(&table, &known, "") {
            return Err(unknown_key(&key, &known, &format!("{origin}{}", line_of(text, &key))));
        }
        if !is_run {
            toml::from_str::<Self>(text).map_err(|fault| at_line(text, origin, &fault))?;
        }
        let spec = overlay(table, overrides, &known)?;
        spec.check().map_err(|(key, what)| {
            let place = match overrides.iter().rev().find(|over| over.key == key) {
                Some(over) => format!("--set {}={}", over.key, over.value),
                None => format!("{origin}{}: {key}", line_of(text, &key)),
            };
            Error::Input(format!("{place}: {what}"))
        })?;
        Ok(spec)
    }

    /// The recipe as TOML.
    ///
    /// # Errors
    /// None in practice; the serializer's answer is passed on.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|fault| Error::Failed(format!("cannot write the recipe as TOML: {fault}")))
    }
}

fn overlay(mut table: Table, overrides: &[Override], known: &[String]) -> Result<Spec> {
    for over in overrides {
        let place = format!("--set {}={}", over.key, over.value);
        if !known.contains(&over.key) {
            return Err(unknown_key(&over.key, known, &place));
        }
        let value = parse_value(&over.value);
        match over.key.split_once('.') {
            None => table.insert(over.key.clone(), value),
            Some((section, key)) => table
                .entry(section.to_owned())
                .or_insert_with(|| Value::Table(Table::new()))
                .as_table_mut()
                .ok_or_else(|| Error::Input(format!("{place}: `{section}` is not a section")))?
                .insert(key.to_owned(), value),
        };
        Spec::deserialize_table(&table).map_err(|what| Error::Input(format!("{place}: {what}")))?;
    }
    fill_preset(&mut table);
    Spec::deserialize_table(&table).map_err(Error::Input)
}

/// `preset = "original"`: numbers of the variant's own paper stand where the recipe names none.
fn fill_preset(table: &mut Table) {
    let Some(method) = table.get_mut("method").and_then(Value::as_table_mut) else { return };
    let name = method.get("name").and_then(Value::as_str).unwrap_or_default();
    let Some(found) = Method::find(name).filter(|_| method.get("preset").and_then(Value::as_str) == Some("original")) else { return };
    for (key, number) in found.variant.original {
        let value = match number {
            Number::Value(number) => Value::Float(*number),
            Number::Word(word) => Value::String((*word).to_owned()),
        };
        method.entry((*key).to_owned()).or_insert(value);
    }
}

impl Spec {
    fn deserialize_table(table: &Table) -> std::result::Result<Self, String> {
        Value::Table(table.clone()).try_into().map_err(|fault: toml::de::Error| fault.message().to_owned())
    }
}

/// A TOML value, or a bare word taken as text; whole numbers also stand for fractions.
fn parse_value(text: &str) -> Value {
    format!("v = {text}").parse::<Table>().ok().and_then(|mut t| t.remove("v")).unwrap_or_else(|| Value::String(text.to_owned()))
}

fn known_keys() -> Vec<String> {
    let mut keys = Vec::new();
    if let Ok(Value::Table(table)) = Value::try_from(Spec::default()) {
        for (name, value) in table {
            match value {
                Value::Table(section) => keys.extend(section.keys().map(|key| format!("{name}.{key}"))),
                _ => keys.push(name),
            }
        }
    }
    keys
}

fn unknown(table: &Table, known: &[String], prefix: &str) -> Option<String> {
    table.iter().find_map(|(name, value)| {
        let key = format!("{prefix}{name}");
        match value {
            Value::Table(inner) if prefix.is_empty() && known.iter().any(|k| k.starts_with(&format!("{name}."))) => {
                unknown(inner, known, &format!("{name}."))
            }
            _ => (!known.contains(&key)).then_some(key),
        }
    })
}

fn unknown_key(key: &str, known: &[String], place: &str) -> Error {
    let hint = nearest(key, known.iter().map(String::as_str)).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Error::Input(format!("{place}: unknown key `{key}`{hint}"))
}

/// The most similar name, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// `, line 12` of a dotted key, or nothing.
fn line_of(text: &str, key: &str) -> String {
    let (section, name) = key.split_once('.').unwrap_or(("", key));
    let mut current = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            current = header.trim().to_owned();
            if section.is_empty() && current == name {
                return format!(", line {}", index + 1);
            }
        } else if line.split('=').next().is_some_and(|left| left.trim() == name) && current == section
            || (!section.is_empty() && line.starts_with(section) && line.contains(name))
        {
            return format!(", line {}", index + 1);
        }
    }
    String::new()
}

fn at_line(text: &str, origin: &str, fault: &toml::de::Error) -> Error {
    let line =
        fault.span().map_or(String::new(), |span| format!(", line {}", text[..span.start.min(text.len())].matches('\n').count() + 1));
    Error::Input(format!("{origin}{line}: {}", fault.message().replace('\n', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Scope;

    fn fault(text: &str, sets: &[&str]) -> String {
        let overrides: Vec<Override> = sets.iter().map(|set| set.parse().unwrap()).collect();
        Spec::load(text, "r.toml", &overrides).unwrap_err().to_string()
    }

    #[test]
    fn unknown_keys_name_line_and_neighbour() {
        let message = fault("name = \"x\"\n[method]\nalhpa = 0.5\n", &[]);
        assert_eq!(message, "r.toml, line 3: unknown key `method.alhpa`; did you mean `method.alpha`?");
        assert!(fault("", &["method.alhpa=1"]).contains("did you mean `method.alpha`"));
        assert!(fault("[methods]\nalpha = 1\n", &[]).contains("line 1"));
    }

    #[test]
    fn wrong_values_name_line_and_range() {
        assert!(fault("[method]\nalpha = 2.5\n", &[]).starts_with("r.toml, line 2: method.alpha: must be from 0 to 2"));
        assert!(fault("[method]\nk = \"x\"\n", &[]).starts_with("r.toml, line 2: "));
        assert!(fault("", &["method.k=-1"]).starts_with("--set method.k=-1: must be"));
        assert!(fault("", &["method.ramp=hour"]).contains("epoch"));
        assert!(fault("", &["method.name=sanner"]).contains("saner"));
    }

    #[test]
    fn a_preset_fills_what_the_recipe_leaves_open() {
        let spec = Spec::load("[method]\nname = \"asam+saner\"\npreset = \"original\"\neta = 0.0\n", "r.toml", &[]).unwrap();
        assert_eq!((spec.method.rho, spec.method.eta, spec.method.scope), (0.5, 0.0, Scope::Weights));
        assert_eq!(Spec::load(&spec.to_toml().unwrap(), "copy", &[]).unwrap(), spec);
        let plain = Spec::load("[method]\nname = \"asam\"\n", "r.toml", &[]).unwrap();
        assert_eq!((plain.method.rho, plain.method.scope), (0.1, Scope::All));
    }

    #[test]
    fn overrides_win_and_the_recipe_survives_a_round_trip() {
        let overrides = ["schedule.max_steps=20", "method.name=sam", "method.k=3"].map(|s| s.parse().unwrap());
        let spec = Spec::load("[method]\nk = 7\n", "r.toml", &overrides).unwrap();
        assert_eq!((spec.schedule.max_steps, spec.method.name.as_str(), spec.method.k), (20, "sam", 3.0));
        assert_eq!(Spec::load(&spec.to_toml().unwrap(), "copy", &[]).unwrap(), spec);
    }
}
