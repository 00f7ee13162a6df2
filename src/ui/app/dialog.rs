//! Keys while a dialog is open, and what typed text becomes.

use crossterm::event::KeyEvent;
use saner_core::command::Verb;
use saner_core::feed::Control;
use saner_core::state::RunState;

use super::filter::Filter;
use super::palette::complete;
use super::{App, Effect, Popup, Tone};
use crate::input::{Answer, Purpose};
use crate::popup::tour;
use crate::print::PICTURES;
use crate::shell::Wish;

impl App {
    pub(super) fn in_popup(&mut self, popup: Popup, key: &KeyEvent, run: &RunState) -> Effect {
        use crossterm::event::KeyCode::{Char, Down, Enter, Esc, Left, Right, Tab, Up};
        match (popup, key.code) {
            (Popup::Field(mut field), Tab) if field.purpose == Purpose::Command => {
                field.text = complete(self, &field.text);
                self.popup = Some(Popup::Field(field));
            }
            (Popup::Field(mut field), _) => match field.key(key) {
                Answer::Open => self.popup = Some(Popup::Field(field)),
                Answer::Dropped => {}
                Answer::Done(text) => return self.typed(field.purpose, text.trim(), run),
            },
            (Popup::Help(at), Down | Char('j')) => self.popup = Some(Popup::Help(at.saturating_add(1))),
            (Popup::Help(at), Up | Char('k')) => self.popup = Some(Popup::Help(at.saturating_sub(1))),
            (Popup::Page(title, lines, at), Down | Char('j')) => self.popup = Some(Popup::Page(title, lines, at.saturating_add(1))),
            (Popup::Page(title, lines, at), Up | Char('k')) => self.popup = Some(Popup::Page(title, lines, at.saturating_sub(1))),
            (Popup::Tour(at), Enter | Char(' ') | Right) => self.popup = (at + 1 < tour::N).then_some(Popup::Tour(at + 1)),
            (Popup::Tour(at), Left) => self.popup = Some(Popup::Tour(at.saturating_sub(1))),
            (Popup::Tour(_), Esc) => {}
            // Who knows what to do is not held up.
            (Popup::Tour(_), _) => return self.update(key, run),
            (Popup::Export(at), Down | Char('j')) => {
                self.popup = Some(Popup::Export((at + 1).min(self.exports().count().saturating_sub(1))))
            }
            (Popup::Export(at), Up | Char('k')) => self.popup = Some(Popup::Export(at.saturating_sub(1))),
            (Popup::Export(at), Enter) => {
                if let Some((format, _)) = self.exports().nth(at) {
                    return self.export(format);
                }
            }
            (Popup::Confirm(_, effect), Enter | Char('y')) => {
                return match *effect {
                    Effect::Send(verb) => self.send(verb),
                    other => other,
                };
            }
            (Popup::Help(_) | Popup::Page(..) | Popup::Export(_), _) | (Popup::Leave | Popup::Confirm(..), Esc) => {}
            (Popup::Confirm(lines, effect), code) if !matches!(code, Char('n' | 'q')) => self.popup = Some(Popup::Confirm(lines, effect)),
            (Popup::Confirm(..), _) => {}
            (Popup::Leave, _) if !run.is_active() || !(self.steerable || self.link.apart) => return Effect::Quit,
            // A run in a process of its own goes on: the safe way out, by Enter or by a second Ctrl+C too.
            (Popup::Leave, Char('d') | Enter) if self.link.apart => return Effect::Quit,
            (Popup::Leave, Char('c')) if self.link.apart && key.modifiers.contains(crossterm::event::KeyModifiers::CONTROL) => {
                return Effect::Quit;
            }
            (Popup::Leave, Char('s' | 'k')) if !self.steerable => {
                self.say(Tone::Error, "somebody else has control; `:take` takes it".into());
            }
            (Popup::Leave, Char('s') | Enter) => {
                self.leaving = true;
                self.asked = Some("STOPPING");
                return Effect::Send(Verb::Stop);
            }
            (Popup::Leave, Char('k')) => return Effect::Kill,
            // The second Ctrl+C within the dialog is the safe way out: stop with a checkpoint.
            (Popup::Leave, Char('c')) if key.modifiers.contains(crossterm::event::KeyModifiers::CONTROL) => {
                self.leaving = true;
                self.asked = Some("STOPPING");
                return Effect::Send(Verb::Stop);
            }
            (Popup::Leave, _) => self.popup = Some(Popup::Leave),
        }
        Effect::Draw
    }

    fn typed(&mut self, purpose: Purpose, text: &str, run: &RunState) -> Effect {
        let verb: Result<Verb, String> = match purpose {
            Purpose::Knob(knob) => {
                match text
                    .trim_start_matches(['×', 'x'])
                    .parse()
                    .map_err(|_| format!("`{text}` is not a number"))
                    .and_then(|v| knob.check(v))
                {
                    Ok(value) => self.stage(knob, value, run),
                    Err(reason) => self.say(Tone::Error, reason),
                }
                return Effect::Draw;
            }
            Purpose::Checkpoint => Ok(Verb::Checkpoint { note: (!text.is_empty()).then(|| text.to_owned()) }),
            Purpose::Note if text.is_empty() => return Effect::Draw,
            Purpose::Note => Ok(Verb::Note(text.to_owned())),
            Purpose::Filter => {
                match Filter::read(text) {
                    Ok(filter) => *self.filter_mut() = filter,
                    Err(reason) => self.say(Tone::Error, reason),
                }
                return Effect::Draw;
            }
            Purpose::Command if text.is_empty() => return Effect::Draw,
            Purpose::Command => return self.command(text, run),
        };
        match verb {
            Ok(verb) => self.send(verb),
            Err(reason) => {
                self.say(Tone::Error, reason);
                Effect::Draw
            }
        }
    }

    /// Writes an export by its name.
    pub(super) fn export(&self, name: &str) -> Effect {
        match PICTURES.iter().position(|(picture, _)| *picture == name) {
            Some(place) => Effect::Picture(place),
            None => Effect::Wish(Wish::Export(name.to_owned())),
        }
    }

    pub(super) fn send(&mut self, verb: Verb) -> Effect {
        if !self.steerable {
            let why = match &self.link.control {
                Control::Of(name) if self.link.apart => format!("{name} has control; `:take` takes it"),
                Control::Free if self.link.apart => "nobody has control; `:take` takes it".to_owned(),
                _ => "this run is only being read; nothing can be changed".to_owned(),
            };
            self.say(Tone::Error, why);
            return Effect::Draw;
        }
        Effect::Send(verb)
    }
}
