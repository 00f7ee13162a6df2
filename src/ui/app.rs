//! What the screen remembers, and `update`: a key and the run's state in, an effect out. Pure; nothing is drawn here.

mod dialog;
mod knobs;

use crossterm::event::KeyEvent;
use saner_core::command::Verb;
use saner_core::event::{Event, Record};
use saner_core::feed::{Control, Link};
use saner_core::knob::{KNOBS, Knob, N_KNOBS};
use saner_core::state::{Phase, RunState};
use tui_logger::TuiWidgetState;

use crate::action::{self, Action};
use crate::chart::CHARTS;
use crate::input::{Field, Purpose};
use crate::theme::{Depth, Theme};
use crate::widget::curve::ChartView;

/// Weights of the smoothing key.
const SMOOTHINGS: [f64; 5] = [0.0, 0.6, 0.9, 0.98, 0.99];

/// Ticks of a fifth of a second that a good message stays.
const MESSAGE_TICKS: u32 = 30;

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
    /// Take control of a run in another process.
    Take,
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
    /// Whether commands can be sent.
    pub steerable: bool,
    /// How this screen is joined to the run.
    pub link: Link,
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
    pub staged: [Option<f64>; N_KNOBS],
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
    message_ticks: u32,
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
    pub fn new(title: String, steerable: bool, depth: Depth) -> Self {
        Self {
            title,
            steerable,
            link: Link::default(),
            tab: Tab::Live,
            focus: 0,
            expanded: false,
            popup: None,
            knob: 0,
            staged: [None; N_KNOBS],
            undone: Vec::new(),
            chart_view: ChartView::default(),
            theme: Theme::load(0, depth),
            theme_index: 0,
            depth,
            message: None,
            message_ticks: 0,
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
        let open = run.unanswered();
        let waits = |record: &Record| matches!(record.event, Event::Accepted { id, knob: of, .. } if of == knob && open.iter().any(|(wanted, _)| *wanted == id));
        if !open.is_empty() && run.events.iter().rev().any(waits) {
            return "accepted".into();
        }
        run.last_applied(|of| of == knob).map_or_else(String::new, |record| format!("=applied @{}", record.step))
    }

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

    /// Sets the message line.
    pub fn say(&mut self, tone: Tone, text: String) {
        self.message = Some((tone, text));
        self.message_ticks = 0;
    }

    /// Time passes: a good message makes room for the event line, an error stays until a key is pressed. Returns whether
    /// something changed.
    pub fn tick(&mut self) -> bool {
        self.message_ticks += 1;
        let over = self.message_ticks > MESSAGE_TICKS && matches!(self.message, Some((Tone::Ok, _)));
        if over {
            self.message = None;
        }
        over
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

    fn act(&mut self, action: Action, run: &RunState) -> Effect {
        let panes = CHARTS.len() + 1;
        match action {
            Action::Leave if (self.steerable || self.link.apart) && run.is_active() => self.popup = Some(Popup::Leave),
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
            Action::Back if self.staged_count() > 0 => self.staged = [None; N_KNOBS],
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
}

#[cfg(test)]
mod tests;
