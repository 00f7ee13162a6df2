//! What the screen takes notice of: events, the link to the run, answers to wishes, the passing of time.

use saner_core::event::{Event, Record};
use saner_core::feed::{Control, Link};
use saner_core::machine::Machine;

use super::{App, Popup, Tone};
use crate::settings::by_ground;
use crate::shell::Granted;
use crate::widget::cache::Cache;
use crate::widget::curve::{Overlay, overlay};

/// Ticks of a fifth of a second that a good message stays.
const MESSAGE_TICKS: u32 = 30;
/// Loads of the machine that are kept.
const LOADS: usize = 200;
/// Ticks between looks at the theme's file.
const THEME_TICKS: u32 = 5;

impl App {
    /// Takes notice of what happened since the last frame.
    pub fn notice(&mut self, news: &[Record]) {
        for record in news {
            match &record.event {
                Event::Rejected { reason, .. } => self.say(Tone::Error, format!("rejected: {reason}")),
                Event::SaveFailed { reason } | Event::Failed { reason } => self.say(Tone::Error, reason.clone()),
                Event::NonFinite { .. } => self.say(Tone::Error, saner_core::words::event(record)),
                // What the engine does by itself is told by the event line, not over an answer that a person waits for.
                Event::Saved(_) if record.by == "auto" => {}
                Event::Accepted { .. } | Event::Applied { .. } | Event::Saved(_) | Event::Note { .. } | Event::Evaluated { .. }
                    if !matches!(self.message, Some((Tone::Error, _))) =>
                {
                    self.say(Tone::Ok, saner_core::words::event(record));
                }
                _ => {}
            }
            match record.event {
                Event::Paused { .. } | Event::Resumed | Event::Finished { .. } | Event::Failed { .. } | Event::Rejected { .. } => {
                    self.asked = None
                }
                _ => {}
            }
            if matches!(record.event, Event::Finished { .. } | Event::Failed { .. } | Event::NonFinite { .. }) {
                self.alarm = Some(format!("{}: {}", self.title, saner_core::words::event(record)));
            }
        }
    }

    /// Takes notice of how the screen is joined to the run; returns whether something changed.
    pub fn joined(&mut self, link: Link, has_inbox: bool) -> bool {
        if link == self.link {
            return false;
        }
        if link.notice.0 != self.link.notice.0 {
            // Whatever was asked for is answered, or will never be.
            self.asked = None;
            let tone = if link.control == Control::Mine && self.link.control != Control::Mine { Tone::Ok } else { Tone::Error };
            self.say(tone, link.notice.1.clone());
        }
        self.steerable = has_inbox && link.control == Control::Mine;
        self.link = link;
        true
    }

    /// Takes notice of the machine's load; one that is told twice counts once.
    pub fn loaded(&mut self, machine: Option<Machine>) {
        if let Some(machine) = machine.as_ref().filter(|_| machine != self.machine) {
            self.loads.push_back(machine.clone());
            self.loads.drain(..self.loads.len().saturating_sub(LOADS));
        }
        self.machine = machine;
    }

    /// Takes what became of a wish.
    pub fn granted(&mut self, granted: Granted) {
        match granted {
            Granted::Runs(rows) => self.runs.rows = Some(rows),
            Granted::Overlays(runs) if runs.is_empty() => {}
            Granted::Overlays(runs) => {
                for (id, run) in runs {
                    self.overlays.retain(|known| known.id != id);
                    self.overlays.push(Overlay { id, run, cache: Cache::default() });
                }
                self.say(Tone::Ok, format!("behind the charts: {}; o takes the newest off", overlay::words(&self.overlays)));
            }
            Granted::Disputed(epoch, sheet) => self.sheet = Some((epoch, sheet)),
            Granted::Page(title, lines) => self.popup = Some(Popup::Page(title, lines, 0)),
            Granted::Said(Ok(text)) => self.say(Tone::Ok, text),
            Granted::Said(Err(reason)) => self.say(Tone::Error, reason),
        }
    }

    /// Sets the message line.
    pub fn say(&mut self, tone: Tone, text: String) {
        self.message = Some((tone, text));
        self.message_ticks = 0;
    }

    /// Time passes: a good message makes room for the event line, an error stays until a key is pressed. Returns whether
    /// something changed.
    pub fn tick(&mut self) -> bool {
        self.message_ticks = self.message_ticks.wrapping_add(1);
        let reloaded = self.message_ticks.is_multiple_of(THEME_TICKS) && self.reload_theme();
        let over = self.message_ticks > MESSAGE_TICKS && matches!(self.message, Some((Tone::Ok, _)));
        if over {
            self.message = None;
            self.theme_before = None;
        }
        over || reloaded
    }

    /// Takes notice of the terminal's ground: the theme that stands on it, unless the person has chosen another one.
    /// Returns whether something changed.
    pub fn stand_on(&mut self, light: bool) -> bool {
        let name = by_ground(light);
        let wanted = self.theme.name == self.settings.first_theme() && self.theme.name != name;
        match self.settings.themes.load(name, self.settings.depth) {
            Ok(theme) if wanted => {
                self.put_theme(theme);
                true
            }
            _ => false,
        }
    }

    /// Draws with the theme's file as it is now, if it has changed; whether it had.
    fn reload_theme(&mut self) -> bool {
        let changed = self.settings.themes.changed(&self.theme.name);
        if changed.is_none() || changed == self.theme_changed {
            return false;
        }
        self.theme_changed = changed;
        let name = self.theme.name.clone();
        self.choose_theme(&name);
        true
    }
}
