//! What the screen remembers, and `update`: a key and the run's state in, an effect out. Pure; nothing is drawn here.

use crossterm::event::KeyEvent;
use saner_core::command::Verb;
use saner_core::event::{Event, Record};
use saner_core::knob::{KNOBS, Knob};
use saner_core::state::{Phase, RunState};
use tui_logger::{TuiWidgetEvent, TuiWidgetState};

use crate::action::{self, Action};
use crate::chart::CHARTS;
use crate::input::{Field, Purpose};
use crate::theme::{Depth, Theme};
use crate::widget::curve::ChartView;

/// Weights of the smoothing key.
const SMOOTHINGS: [f64; 5] = [0.0, 0.6, 0.9, 0.98, 0.99];

/// A tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Curves and knobs.
    Live,
    /// Text lines.
    Logs,
}

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq)]
pub enum Popup {
    /// Keys, scrolled down by so many rows.
    Help(u16),
    /// Leave dialog.
    Leave,
    /// A line of text.
    Field(Field),
}

/// Kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something went well.
    Ok,
    /// Something did not.
    Error,
}

/// What must be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Nothing but a new frame.
    Draw,
    /// Ask the engine.
    Send(Verb),
    /// Leave the screen.
    Quit,
    /// Leave without waiting for the engine.
    Kill,
    /// Suspend the process.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Keep the present state on the screen, or follow again.
    Freeze(bool),
}

/// The screen's memory.
pub struct App {
    /// Title.
    pub title: String,
    /// Whether leaving ends the run.
    pub own_engine: bool,
    /// Whether commands can be sent.
    pub steerable: bool,
    /// Tab.
    pub tab: Tab,
    /// Pane in focus: charts by index, then the knobs.
    pub focus: usize,
    /// Whether the chart in focus fills the screen.
    pub expanded: bool,
    /// What lies over the panes.
    pub popup: Option<Popup>,
    /// Knob under the pointer.
    pub knob: usize,
    /// Values that are not yet sent.
    pub staged: [Option<f64>; 4],
    /// Changes that were undone, newest last.
    undone: Vec<(Knob, f64)>,
    /// How charts are shown.
    pub chart_view: ChartView,
    /// Theme.
    pub theme: Theme,
    theme_index: usize,
    depth: Depth,
    /// One line above the footer.
    pub message: Option<(Tone, String)>,
    /// What was asked for and not yet answered, for the state line.
    pub asked: Option<&'static str>,
    /// Time at which the display was frozen.
    pub frozen: Option<String>,
    /// State of the Logs tab.
    pub logs: TuiWidgetState,
    /// Whether the screen leaves when the run has ended.
    pub leaving: bool,
}

impl App {
    /// A fresh screen.
    pub fn new(title: String, own_engine: bool, steerable: bool, depth: Depth) -> Self {
        Self {
            title, own_engine, steerable,
            tab: Tab::Live,
            focus: 0,
            expanded: false,
            popup: None,
            knob: 0,
            staged: [None; 4],
            undone: Vec::new(),
            chart_view: ChartView::default(),
            theme: Theme::load(0, depth),
            theme_index: 0,
            depth,
            message: None,
            asked: None,
            frozen: None,
            logs: TuiWidgetState::new(),
            leaving: false,
        }
    }

    /// Whether the knobs have the focus.
    pub fn knobs_focused(&self) -> bool {
        self.focus == CHARTS.len()
    }

    /// Number of staged values.
    pub fn staged_count(&self) -> usize {
        self.staged.iter().flatten().count()
    }

    /// The newest answer about a knob, beside its value: `accepted`, `=applied @812`, …
    pub fn answer_of(&self, knob: Knob, run: &RunState) -> String {
        run.events
            .iter()
            .rev()
            .find_map(|record| match record.event {
                Event::Applied { knob: of, .. } if of == knob => Some(format!("=applied @{}", record.step)),
                Event::Accepted { knob: of, .. } if of == knob => Some("accepted".into()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// Takes notice of what happened since the last frame.
    pub fn notice(&mut self, news: &[Record]) {
        for record in news {
            match &record.event {
                Event::Rejected { reason, .. } => self.say(Tone::Error, format!("rejected: {reason}")),
                Event::SaveFailed { reason } | Event::Failed { reason } => self.say(Tone::Error, reason.clone()),
                Event::NonFinite { .. } => self.say(Tone::Error, saner_core::words::event(record)),
                Event::Accepted { .. } | Event::Applied { .. } | Event::Saved(_) | Event::Note { .. } | Event::Evaluated { .. } => {
                    self.say(Tone::Ok, saner_core::words::event(record));
                }
                _ => {}
            }
            match record.event {
                Event::Paused { .. } | Event::Resumed | Event::Finished { .. } | Event::Failed { .. } | Event::Rejected { .. } => self.asked = None,
                _ => {}
            }
        }
    }

    /// Sets the message line.
    pub fn say(&mut self, tone: Tone, text: String) {
        self.message = Some((tone, text));
    }

    /// One key.
    pub fn update(&mut self, key: &KeyEvent, run: &RunState) -> Effect {
        if let Some((Tone::Error, _)) = self.message {
            self.message = None;
        }
        if let Some(popup) = self.popup.take() {
            return self.in_popup(popup, key, run);
        }
        match action::of_key(key) {
            Some(action) => self.act(action, run),
            None => Effect::Draw,
        }
    }

    fn in_popup(&mut self, popup: Popup, key: &KeyEvent, run: &RunState) -> Effect {
        use crossterm::event::KeyCode::{Char, Down, Enter, Esc, Up};
        match (popup, key.code) {
            (Popup::Field(mut field), _) => match field.key(key) {
                crate::input::Answer::Open => self.popup = Some(Popup::Field(field)),
                crate::input::Answer::Dropped => {}
                crate::input::Answer::Done(text) => return self.typed(field.purpose, text.trim(), run),
            },
            (Popup::Help(at), Down | Char('j')) => self.popup = Some(Popup::Help(at.saturating_add(1))),
            (Popup::Help(at), Up | Char('k')) => self.popup = Some(Popup::Help(at.saturating_sub(1))),
            (Popup::Help(_), _) | (Popup::Leave, Esc) => {}
            (Popup::Leave, _) if !(self.steerable && run.is_active()) => return Effect::Quit,
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
        let verb = match purpose {
            Purpose::Knob(knob) => {
                match text.trim_start_matches(['×', 'x']).parse().map_err(|_| format!("`{text}` is not a number")).and_then(|v| knob.check(v)) {
                    Ok(value) => self.stage(knob, value, run),
                    Err(reason) => self.say(Tone::Error, reason),
                }
                return Effect::Draw;
            }
            Purpose::Checkpoint => Ok(Verb::Checkpoint { note: (!text.is_empty()).then(|| text.to_owned()) }),
            Purpose::Note if text.is_empty() => return Effect::Draw,
            Purpose::Note => Ok(Verb::Note(text.to_owned())),
            Purpose::Command if text.is_empty() => return Effect::Draw,
            // `:alpha 0.3` is short for `:set alpha 0.3`.
            Purpose::Command => Verb::parse(text).or_else(|reason| if text.split_whitespace().count() == 2 { Verb::parse(&format!("set {text}")) } else { Err(reason) }),
        };
        match verb {
            Ok(verb) => self.send(verb),
            Err(reason) => {
                self.say(Tone::Error, reason);
                Effect::Draw
            }
        }
    }

    fn send(&mut self, verb: Verb) -> Effect {
        if !self.steerable {
            self.say(Tone::Error, "this run is only being read; nothing can be changed".into());
            return Effect::Draw;
        }
        Effect::Send(verb)
    }

    fn act(&mut self, action: Action, run: &RunState) -> Effect {
        let panes = CHARTS.len() + 1;
        match action {
            Action::Leave if self.steerable && run.is_active() => self.popup = Some(Popup::Leave),
            Action::Leave => return Effect::Quit,
            Action::Suspend => return Effect::Suspend,
            Action::Redraw => return Effect::Redraw,
            Action::Help => self.popup = Some(Popup::Help(0)),
            Action::Palette => self.popup = Some(Popup::Field(Field::new(Purpose::Command))),
            Action::TabLive => self.tab = Tab::Live,
            Action::TabLogs => self.tab = Tab::Logs,
            Action::NextPane => self.focus = (self.focus + 1) % panes,
            Action::PreviousPane => self.focus = (self.focus + panes - 1) % panes,
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
            Action::Enter if !self.knobs_focused() => self.expanded = !self.expanded,
            Action::Edit => {
                self.focus = CHARTS.len();
                self.popup = Some(Popup::Field(Field::new(Purpose::Knob(KNOBS[self.knob].knob))));
            }
            Action::Back if self.staged_count() > 0 => self.staged = [None; 4],
            Action::Back if self.chart_view.zoom < 1.0 => self.zoom(1.0),
            Action::Back => self.expanded = false,
            Action::Undo => self.undo(run),
            Action::Redo => {
                if let Some((knob, value)) = self.undone.pop() {
                    self.stage(knob, value, run);
                }
            }
            Action::Theme => {
                self.theme_index += 1;
                self.theme = Theme::load(self.theme_index, self.depth);
                self.say(Tone::Ok, format!("theme {}", self.theme.name));
            }
            Action::Up | Action::Down | Action::Left | Action::Right | Action::CoarseLeft | Action::CoarseRight => self.arrow(action, run),
            _ => self.chart_key(action),
        }
        Effect::Draw
    }

    fn arrow(&mut self, action: Action, run: &RunState) {
        let down = matches!(action, Action::Down | Action::Right | Action::CoarseRight);
        match action {
            Action::Up | Action::Down if self.tab == Tab::Logs => {
                self.logs.transition(if down { TuiWidgetEvent::NextPageKey } else { TuiWidgetEvent::PrevPageKey });
            }
            Action::Up | Action::Down => {
                self.focus = CHARTS.len();
                self.knob = (self.knob + if down { 1 } else { KNOBS.len() - 1 }) % KNOBS.len();
            }
            Action::Left | Action::Right if !self.knobs_focused() && self.chart_view.zoom < 1.0 => {
                self.chart_view.back = (self.chart_view.back + if down { -0.25 } else { 0.25 }).clamp(0.0, 1.0 / self.chart_view.zoom - 1.0);
            }
            _ => {
                self.focus = CHARTS.len();
                let row = &KNOBS[self.knob];
                let size = if matches!(action, Action::CoarseLeft | Action::CoarseRight) { row.nudge.1 } else { row.nudge.0 };
                let from = self.staged[self.knob].unwrap_or_else(|| run.knob(row.knob));
                let value = from + if down { size } else { -size };
                // Rounded to the fine step's digits, so that ten steps of 0.01 are 0.1.
                let value = (value * 1e4).round() / 1e4;
                self.stage(row.knob, value.clamp(row.range.0, row.range.1), run);
            }
        }
    }

    fn chart_key(&mut self, action: Action) {
        let at = SMOOTHINGS.iter().position(|w| *w >= self.chart_view.smoothing).unwrap_or(0);
        let view = &mut self.chart_view;
        match action {
            Action::LogY => view.log_y = !view.log_y,
            Action::XAxis => view.epochs = !view.epochs,
            Action::SmoothUp => view.smoothing = SMOOTHINGS[(at + 1).min(SMOOTHINGS.len() - 1)],
            Action::SmoothDown => view.smoothing = SMOOTHINGS[at.saturating_sub(1)],
            Action::Raw => view.raw = !view.raw,
            Action::Marker => view.marker = view.marker.next(),
            Action::ZoomIn => self.zoom((self.chart_view.zoom / 2.0).max(1.0 / 64.0)),
            Action::ZoomOut => self.zoom((self.chart_view.zoom * 2.0).min(1.0)),
            Action::ZoomReset => self.zoom(1.0),
            _ => {}
        }
    }

    fn zoom(&mut self, zoom: f64) {
        self.chart_view.zoom = zoom;
        self.chart_view.back = self.chart_view.back.min(1.0 / zoom - 1.0);
    }

    fn stage(&mut self, knob: Knob, value: f64, run: &RunState) {
        let same = (value - run.knob(knob)).abs() < 1e-12;
        self.staged[knob as usize] = (!same).then_some(value);
        if !same {
            self.say(Tone::Ok, format!("{} {} staged: Enter applies at the next step, Esc drops it", knob.row().name, saner_core::words::value(knob, value)));
        }
    }

    fn apply_staged(&mut self) -> Effect {
        let changes = KNOBS.iter().filter_map(|row| self.staged[row.knob as usize].map(|value| (row.knob, value))).collect();
        if self.steerable {
            self.staged = [None; 4];
        }
        self.send(Verb::Set(changes))
    }

    /// Stages the value before the newest applied change: a new change, never a rewrite of history.
    fn undo(&mut self, run: &RunState) {
        let last = run.events.iter().rev().find_map(|record| match record.event {
            Event::Applied { knob, from, to, .. } => Some((knob, from, to)),
            _ => None,
        });
        match last {
            Some((knob, from, to)) => {
                self.undone.push((knob, to));
                self.stage(knob, from, run);
            }
            None => self.say(Tone::Error, "nothing to undo: no change was applied yet".into()),
        }
    }
}

#[cfg(test)]
mod tests;
