//! A single line of text: while it is open, only Esc, Enter, Ctrl+C and editing keys are special.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use saner_core::knob::Knob;

/// Longest text.
const LIMIT: usize = 200;

/// What the text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A value of a knob.
    Knob(Knob),
    /// The note of a checkpoint.
    Checkpoint,
    /// A note on the charts.
    Note,
    /// A command.
    Command,
    /// A regular expression.
    Filter,
}

/// A text field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is for.
    pub purpose: Purpose,
    /// What was typed.
    pub text: String,
}

/// What a key did to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Still open.
    Open,
    /// Closed without a result.
    Dropped,
    /// Closed with one.
    Done(String),
}

impl Field {
    /// An empty field.
    pub fn new(purpose: Purpose) -> Self {
        Self { purpose, text: String::new() }
    }

    /// What to ask.
    pub fn prompt(&self) -> String {
        match self.purpose {
            Purpose::Knob(knob) => {
                let row = knob.row();
                format!("{} ({} to {})", row.name, row.range.0, row.range.1)
            }
            Purpose::Checkpoint => "checkpoint, note".into(),
            Purpose::Note => "note".into(),
            Purpose::Command => "command".into(),
            Purpose::Filter => "filter, a regular expression; empty shows all".into(),
        }
    }

    /// One key.
    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Answer::Done(std::mem::take(&mut self.text)),
            KeyCode::Esc => return Answer::Dropped,
            KeyCode::Char('c') if control => return Answer::Dropped,
            KeyCode::Char('u') if control => self.text.clear(),
            KeyCode::Char(c) if !control => self.insert(&c.to_string()),
            KeyCode::Backspace => {
                self.text.pop();
            }
            _ => {}
        }
        Answer::Open
    }

    /// Typed or pasted text; control characters are left out.
    pub fn insert(&mut self, text: &str) {
        self.text.extend(text.chars().filter(|c| !c.is_control()).take(LIMIT.saturating_sub(self.text.chars().count())));
    }
}
