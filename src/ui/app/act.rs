//! `update`: a key and the run's state in, an effect out.

use crossterm::event::KeyEvent;
use saner_core::command::Verb;
use saner_core::knob::{KNOBS, N_KNOBS};
use saner_core::state::{Phase, RunState};

use super::filter::Filter;
use super::{App, Effect, Popup, Tab, Tone};
use crate::action::Action;
use crate::chart::LIVE;
use crate::input::{Field, Purpose};
use crate::shell::Wish;
use crate::theme::Theme;

impl App {
    /// One key.
    pub fn update(&mut self, key: &KeyEvent, run: &RunState) -> Effect {
        if let Some((Tone::Error, _)) = self.message {
            self.message = None;
        }
        if let Some(popup) = self.popup.take() {
            return self.in_popup(popup, key, run);
        }
        match self.settings.keymap.action(key, self.contexts()) {
            Some(action) => self.act(action, run),
            None => Effect::Draw,
        }
    }

    /// One action, whatever asked for it: a key, the palette, the mouse.
    pub fn act(&mut self, action: Action, run: &RunState) -> Effect {
        match action {
            Action::Leave if (self.steerable || self.link.apart) && run.is_active() => self.popup = Some(Popup::Leave),
            Action::Leave => return Effect::Quit,
            Action::Suspend => return Effect::Suspend,
            Action::Redraw => return Effect::Redraw,
            Action::Tour => self.popup = Some(Popup::Tour(0)),
            Action::Help => self.popup = Some(Popup::Help(0)),
            Action::Palette => self.popup = Some(Popup::Field(Field::new(Purpose::Command))),
            Action::TabLive => self.tab = Tab::Live,
            Action::TabCharts => self.tab = Tab::Charts,
            Action::TabSaner => self.tab = Tab::Saner,
            Action::TabTimeline => self.tab = Tab::Timeline,
            Action::TabLogs => self.tab = Tab::Logs,
            Action::TabRuns => {
                self.tab = Tab::Runs;
                return Effect::Wish(Wish::Runs);
            }
            Action::TogglePause => {
                let paused = matches!(run.phase, Phase::Paused(_));
                self.asked = self.steerable.then_some(if paused { "RESUMING" } else { "PAUSING" });
                return self.send(if paused { Verb::Resume } else { Verb::Pause });
            }
            Action::Checkpoint => return self.send(Verb::Checkpoint { note: None }),
            Action::CheckpointNote => self.popup = Some(Popup::Field(Field::new(Purpose::Checkpoint))),
            Action::Note => self.popup = Some(Popup::Field(Field::new(Purpose::Note))),
            Action::Freeze => return Effect::Freeze(self.frozen.is_none()),
            Action::Enter if self.staged_count() > 0 => return self.apply_staged(),
            Action::Edit => {
                (self.tab, self.focus) = (Tab::Live, LIVE);
                self.popup = Some(Popup::Field(Field::new(Purpose::Knob(KNOBS[self.knob].knob))));
            }
            Action::Back => self.back(),
            Action::Undo => self.undo(run),
            Action::Redo => {
                if let Some((knob, value)) = self.undone.pop() {
                    self.stage(knob, value, run);
                }
            }
            Action::Theme => self.next_theme(),
            Action::Mouse => {
                self.settings.mouse = !self.settings.mouse;
                self.say(Tone::Ok, format!("mouse {}", if self.settings.mouse { "on" } else { "off" }));
                return Effect::Mouse(self.settings.mouse);
            }
            Action::Export => self.popup = Some(Popup::Export(0)),
            Action::Filter => self.popup = Some(Popup::Field(Field::new(Purpose::Filter))),
            Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::First | Action::Last | Action::Enter | Action::Mark
                if self.tab != Tab::Live =>
            {
                return self.in_list(action, run);
            }
            Action::NextPane | Action::PreviousPane => self.next_pane(action == Action::NextPane, run),
            Action::Enter if !self.knobs_focused() => self.expanded = !self.expanded,
            Action::Up | Action::Down | Action::Left | Action::Right | Action::CoarseLeft | Action::CoarseRight => self.arrow(action, run),
            Action::Fork | Action::Rollback | Action::Diff | Action::Wrap | Action::Level => return self.in_list(action, run),
            _ => return self.chart_key(action, run),
        }
        Effect::Draw
    }

    /// Back from where one is, one thing at a time.
    fn back(&mut self) {
        if let Some(before) = self.theme_before.take() {
            self.say(Tone::Ok, format!("theme {}", before.name));
            self.put_theme(before);
        } else if self.staged_count() > 0 {
            self.staged = [None; N_KNOBS];
        } else if self.chart_view.cross.take().is_some() {
        } else if self.filter().text().is_some() {
            *self.filter_mut() = Filter::default();
        } else if self.chart_view.zoom < 1.0 {
            self.zoom(1.0);
        } else {
            self.expanded = false;
        }
    }

    fn next_theme(&mut self) {
        let names = self.settings.themes.names();
        let at = names.iter().position(|name| *name == self.theme.name).unwrap_or(0);
        let name = names[(at + 1) % names.len()].clone();
        let before = self.theme_before.take().unwrap_or_else(|| self.theme.clone());
        self.choose_theme(&name);
        if self.theme.name == name {
            self.say(Tone::Ok, format!("theme {name}; Esc takes {} back", before.name));
            self.theme_before = Some(before);
        }
    }

    /// Draws with a theme from now on.
    pub(super) fn put_theme(&mut self, theme: Theme) {
        self.theme_changed = self.settings.themes.changed(&theme.name);
        self.theme = theme;
    }

    /// Draws with another theme; a faulty one is told and leaves things as they are.
    pub fn choose_theme(&mut self, name: &str) {
        match self.settings.themes.load(name, self.settings.depth) {
            Ok(theme) => {
                self.say(Tone::Ok, format!("theme {}", theme.name));
                self.put_theme(theme);
            }
            Err(reason) => self.say(Tone::Error, reason),
        }
    }
}
