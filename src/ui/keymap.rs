//! Keys to actions: the table's own, a preset's, and a person's `keymap.toml`; later wins.
//!
//! ```toml
//! preset = "vim"            # default, vim, emacs
//! [global]
//! "ctrl-x" = "run.checkpoint"
//! p = "unbind"
//! [charts]
//! z = "chart.zoom-in"
//! ```

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use saner_core::spec::nearest;
use toml::de::DeTable;

use crate::action::{ACTIONS, Action, CONTEXTS, Context, find};
use crate::format::line_of;

/// A key in a context.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding {
    context: Context,
    key: String,
    action: Action,
}

/// All keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// Keys of a preset.
type Preset = &'static [(Context, &'static str, Action)];

/// What presets have beside the table.
const PRESETS: [(&str, Preset); 3] = [
    ("default", &[]),
    (
        "vim",
        &[
            (Context::Global, "ctrl-f", Action::PageDown),
            (Context::Global, "ctrl-y", Action::PageUp),
            (Context::Global, "Z", Action::Leave),
            (Context::Global, "H", Action::CoarseLeft),
            (Context::Global, "M", Action::Mark),
        ],
    ),
    (
        "emacs",
        &[
            (Context::Global, "ctrl-n", Action::Down),
            (Context::Global, "ctrl-p", Action::Up),
            (Context::Global, "ctrl-f", Action::Right),
            (Context::Global, "ctrl-v", Action::PageDown),
            (Context::Global, "ctrl-g", Action::Back),
            (Context::Global, "ctrl-r", Action::Filter),
        ],
    ),
];

/// Keys that no file may bind to anything but leaving: a person must always get out.
const LAST_WAY_OUT: &str = "ctrl-c";

impl Default for Keymap {
    fn default() -> Self {
        let rows = ACTIONS.iter().flat_map(|row| row.keys.iter().map(|key| (row.context, *key, row.action)));
        Self { bindings: rows.map(|(context, key, action)| Binding { context, key: key.to_owned(), action }).collect() }
    }
}

impl Keymap {
    /// Reads a key file; every fault is told with its line, and what is right in the file is kept.
    pub fn read(text: &str) -> (Self, Vec<String>) {
        let mut keymap = Self::default();
        let mut faults = Vec::new();
        let line = |at: usize| line_of(text, at);
        let root = match DeTable::parse(text) {
            Ok(root) => root,
            Err(fault) => {
                let at = fault.span().map_or(1, |span| line(span.start));
                return (keymap, vec![format!("line {at}: {}", fault.message())]);
            }
        };
        let root = root.into_inner();
        // The preset lies below everything that the file itself says.
        if let Some((_, value)) = root.iter().find(|(key, _)| key.as_ref() == "preset") {
            let name = value.as_ref().as_str().unwrap_or_default();
            match PRESETS.iter().find(|(preset, _)| *preset == name) {
                Some((_, more)) => more.iter().for_each(|(context, key, action)| keymap.bind(*context, key, *action)),
                None => {
                    faults.push(format!("line {}: preset `{name}` is not known; write default, vim or emacs", line(value.span().start)))
                }
            }
        }
        for (name, value) in root.iter().filter(|(key, _)| key.as_ref() != "preset") {
            let at = line(name.span().start);
            let context = CONTEXTS.iter().find(|(_, context, _)| *context == name.as_ref());
            match (context, value.as_ref().as_table()) {
                (Some((context, ..)), Some(keys)) => keymap.read_context(*context, keys, &line, &mut faults),
                _ => {
                    let known: Vec<String> = CONTEXTS.iter().map(|(_, name, _)| format!("[{name}]")).collect();
                    faults.push(format!(
                        "line {at}: `{}` is not known; write preset = \"…\", or keys under {}",
                        name.as_ref(),
                        known.join(", ")
                    ));
                }
            }
        }
        (keymap, faults)
    }

    fn read_context(&mut self, context: Context, keys: &DeTable<'_>, line: &impl Fn(usize) -> usize, faults: &mut Vec<String>) {
        let names = ACTIONS.iter().map(|row| row.name).chain(["unbind"]);
        let mut seen: Vec<(String, usize)> = Vec::new();
        for (key, wanted) in keys {
            let at = line(key.span().start);
            let name = wanted.as_ref().as_str().unwrap_or_default();
            let Some(key) = canonical(key.as_ref()) else {
                let key = key.as_ref();
                faults.push(format!("line {at}: `{key}` is no key; write for example x, X, ctrl-x, shift-left, f5, space, pageup"));
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == key) {
                faults.push(format!("line {at}: `{key}` is bound on line {first} already"));
                continue;
            }
            seen.push((key.clone(), at));
            match (name, find(name)) {
                (_, _) if key == LAST_WAY_OUT && name != "leave" => {
                    faults.push(format!("line {at}: ctrl-c stays `leave`, so that there is always a way out"));
                }
                ("unbind", _) => self.bindings.retain(|binding| binding.context != context || binding.key != key),
                (_, Some(action)) => self.bind(context, &key, action),
                (_, None) => {
                    let near = nearest(name, names.clone()).map_or(String::new(), |near| format!("; did you mean {near}?"));
                    faults.push(format!("line {at}: `{name}` is no command{near}"));
                }
            }
        }
    }

    fn bind(&mut self, context: Context, key: &str, action: Action) {
        self.bindings.retain(|binding| binding.context != context || binding.key != key);
        self.bindings.push(Binding { context, key: key.to_owned(), action });
    }

    /// Action of a key where these contexts are on, the nearest first; then everywhere, then wherever it means something.
    pub fn action(&self, key: &KeyEvent, contexts: &[Context]) -> Option<Action> {
        let name = key_name(key)?;
        let of = |context: Context| self.bindings.iter().find(|binding| binding.context == context && binding.key == name);
        contexts.iter().copied().chain([Context::Global]).find_map(of).map(|binding| binding.action)
    }

    /// Keys of an action, the shortest way first.
    pub fn keys(&self, action: Action) -> Vec<&str> {
        self.bindings.iter().filter(|binding| binding.action == action).map(|binding| binding.key.as_str()).collect()
    }

    /// First key of an action, for footers.
    pub fn key(&self, action: Action) -> &str {
        self.keys(action).first().copied().unwrap_or("")
    }

    /// Every binding: context, key, name of the action.
    pub fn all(&self) -> Vec<(&'static str, &str, &'static str)> {
        let name = |action| crate::action::row_of(action).map_or("", |row| row.name);
        let context = |wanted: Context| CONTEXTS.iter().find(|(context, ..)| *context == wanted).map_or("", |(_, name, _)| *name);
        self.bindings.iter().map(|binding| (context(binding.context), binding.key.as_str(), name(binding.action))).collect()
    }
}

/// A key's name as the table writes it; `None` for what is no key.
fn canonical(text: &str) -> Option<String> {
    const NAMED: [&str; 15] = [
        "enter",
        "esc",
        "tab",
        "backtab",
        "up",
        "down",
        "left",
        "right",
        "pageup",
        "pagedown",
        "home",
        "end",
        "space",
        "backspace",
        "delete",
    ];
    let (prefix, base) = match text.split_once('-') {
        Some(("ctrl", base)) if !base.is_empty() => ("ctrl-", base),
        Some(("shift", base)) if NAMED.contains(&base) => ("shift-", base),
        _ => ("", text),
    };
    let function = base.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()).is_some_and(|n| (1..=12).contains(&n));
    let one = base.chars().count() == 1 && !base.chars().any(|c| c.is_control() || c.is_whitespace());
    (NAMED.contains(&base) || function || one)
        .then(|| format!("{prefix}{}", if prefix == "ctrl-" { base.to_lowercase() } else { base.into() }))
}

/// Name of a key as written in the table.
pub fn key_name(key: &KeyEvent) -> Option<String> {
    let base = match key.code {
        KeyCode::Char(' ') => "space".into(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".into(),
        KeyCode::Esc => "esc".into(),
        KeyCode::Tab => "tab".into(),
        KeyCode::BackTab => return Some("backtab".into()),
        KeyCode::Backspace => "backspace".into(),
        KeyCode::Delete => "delete".into(),
        KeyCode::Up => "up".into(),
        KeyCode::Down => "down".into(),
        KeyCode::Left => "left".into(),
        KeyCode::Right => "right".into(),
        KeyCode::PageUp => "pageup".into(),
        KeyCode::PageDown => "pagedown".into(),
        KeyCode::Home => "home".into(),
        KeyCode::End => "end".into(),
        KeyCode::F(n) => format!("f{n}"),
        _ => return None,
    };
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return Some(format!("ctrl-{}", base.to_lowercase()));
    }
    // A shifted letter already comes as its capital.
    let shifted = key.modifiers.contains(KeyModifiers::SHIFT) && !matches!(key.code, KeyCode::Char(_));
    Some(if shifted { format!("shift-{base}") } else { base })
}

#[cfg(test)]
mod tests;
