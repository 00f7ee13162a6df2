//! What the screen remembers, and `update`: a key and the run's state in, an effect out. Pure; nothing is drawn here.

mod act;
mod charts;
mod dialog;
pub mod filter;
mod knobs;
pub mod lists;
mod notice;
pub mod palette;

use std::collections::VecDeque;

use saner_core::command::Verb;
use saner_core::feed::Link;
use saner_core::knob::{Knob, N_KNOBS};
use saner_core::machine::Machine;
use saner_core::sheet::Sheet;
use saner_core::state::RunState;

use crate::action::Context;
use crate::chart::LIVE;
use crate::input::Field;
use crate::print::PICTURES;
use crate::settings::{AUTO, ChartSettings, Settings, Shown, by_ground};
use crate::shell::Wish;
use crate::theme::{Theme, Themes};
use crate::widget::cache::Cache;
use crate::widget::curve::{ChartView, Overlay, Scene};
use lists::{ChartsTab, LogsTab, RunsTab, TimelineTab};

/// A tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Curves and knobs.
    Live,
    /// Every metric.
    Charts,
    /// What the method does.
    Saner,
    /// All runs of the folder.
    Runs,
    /// What happened.
    Timeline,
    /// Text lines.
    Logs,
}

/// Tabs with their names, in order.
pub const TABS: [(Tab, &str); 6] = [
    (Tab::Live, "1 Live"),
    (Tab::Charts, "2 Charts"),
    (Tab::Saner, "3 SANER"),
    (Tab::Runs, "4 Runs"),
    (Tab::Timeline, "5 Timeline"),
    (Tab::Logs, "6 Logs"),
];

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq)]
pub enum Popup {
    /// Keys, scrolled down by so many rows.
    Help(u16),
    /// Leave dialog.
    Leave,
    /// A line of text.
    Field(Field),
    /// Something that needs a second key: what it says, and what it does.
    Confirm(Vec<String>, Box<Effect>),
    /// Lines to read, with a title, scrolled.
    Page(String, Vec<String>, u16),
    /// Formats of exports, and the one under the pointer.
    Export(usize),
    /// A card of the tour.
    Tour(usize),
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
    /// Something that takes its time, on another thread.
    Wish(Wish),
    /// The checkpoint before a step is looked for: to fork from it, or to take the run back to it.
    Checkpoint {
        /// The step.
        step: u64,
        /// Whether the run itself goes back.
        rollback: bool,
    },
    /// Into the terminal's clipboard.
    Copy(String),
    /// Mouse on or off.
    Mouse(bool),
    /// A picture of what is shown, by its place in [`crate::print::PICTURES`].
    Picture(usize),
}

/// The screen's memory.
pub struct App {
    /// Title.
    pub title: String,
    /// Whether commands can be sent.
    pub steerable: bool,
    /// How this screen is joined to the run.
    pub link: Link,
    /// Settings.
    pub settings: Settings,
    /// Tab.
    pub tab: Tab,
    /// Pane of the Live tab in focus: charts by index, then the knobs.
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
    /// Kept curves of the run.
    pub cache: Cache,
    /// Pictures of the samples that were disputed at the end of an epoch, or that there are none.
    pub sheet: Option<(u32, Option<Sheet>)>,
    /// Runs that lie behind the charts.
    pub overlays: Vec<Overlay>,
    /// Charts tab.
    pub charts: ChartsTab,
    /// Runs tab.
    pub runs: RunsTab,
    /// Timeline tab.
    pub timeline: TimelineTab,
    /// Logs tab.
    pub logs: LogsTab,
    /// Disputed label under the pointer.
    pub disputed: usize,
    /// Whether the SANER tab shows single samples, where it cannot show both.
    pub samples_page: bool,
    /// Theme.
    pub theme: Theme,
    /// The theme before the one that is being looked at, as long as the message about it stands.
    theme_before: Option<Theme>,
    /// When its file was changed last, if it is a person's own.
    theme_changed: Option<std::time::SystemTime>,
    /// One line above the footer.
    pub message: Option<(Tone, String)>,
    message_ticks: u32,
    /// What was asked for and not yet answered, for the state line.
    pub asked: Option<&'static str>,
    /// Time at which the display was frozen.
    pub frozen: Option<String>,
    /// Whether the screen leaves when the run has ended.
    pub leaving: bool,
    /// A sentence that the person should hear of also when they look elsewhere.
    pub alarm: Option<String>,
    /// Load of the machine that trains, where it is told.
    pub machine: Option<Machine>,
    /// Its loads so far, newest last.
    pub loads: VecDeque<Machine>,
    /// Formats of the run's exports, with a word on each.
    pub formats: Vec<(&'static str, &'static str)>,
}

impl App {
    /// A fresh screen.
    pub fn new(title: String, steerable: bool, settings: Settings) -> Self {
        let loaded = settings.themes.load(&settings.first_theme(), settings.depth);
        let mut app = Self {
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
            chart_view: settings.chart,
            cache: Cache::default(),
            sheet: None,
            overlays: Vec::new(),
            charts: ChartsTab::default(),
            runs: RunsTab::default(),
            timeline: TimelineTab::default(),
            logs: LogsTab::default(),
            disputed: 0,
            samples_page: false,
            theme: Themes::fallback(settings.depth),
            theme_before: None,
            theme_changed: settings.themes.changed(&settings.first_theme()),
            message: None,
            message_ticks: 0,
            asked: None,
            frozen: None,
            leaving: false,
            alarm: None,
            machine: None,
            loads: VecDeque::new(),
            formats: Vec::new(),
            settings,
        };
        app.popup = app.settings.tour.then_some(Popup::Tour(0));
        match loaded {
            Ok(theme) => app.theme = theme,
            Err(reason) => app.say(Tone::Error, reason),
        }
        if let Some(first) = app.settings.complaints.first().cloned() {
            let more = match app.settings.complaints.len() {
                1 => String::new(),
                n => format!(" (and {} more: saner-tui config check)", n - 1),
            };
            app.say(Tone::Error, format!("{first}{more}"));
        }
        app
    }

    /// What charts are drawn from.
    pub fn scene<'a>(&'a self, run: &'a RunState) -> Scene<'a> {
        Scene { run, cache: &self.cache, overlays: &self.overlays, view: &self.chart_view, staged: &self.staged, theme: &self.theme }
    }

    /// What is set now and may be kept as settings.
    pub fn shown(&self) -> Shown {
        let view = &self.chart_view;
        let by_itself = self.settings.theme == AUTO && [true, false].map(by_ground).contains(&self.theme.name.as_str());
        Shown {
            theme: if by_itself { AUTO.into() } else { self.theme.name.clone() },
            layout: self.settings.layout,
            marker: view.marker,
            mouse: self.settings.mouse,
            chart: ChartSettings { smoothing: view.smoothing, x: view.x, log_y: view.log_y, raw: view.raw },
        }
    }

    /// Everything that can be written: pictures of what is shown, then the run's exports; nothing where there is no folder.
    pub fn exports(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let pictures = if self.formats.is_empty() { &[][..] } else { &PICTURES[..] };
        pictures.iter().copied().chain(self.formats.iter().copied())
    }

    /// Whether the knobs have the focus.
    pub fn knobs_focused(&self) -> bool {
        self.tab == Tab::Live && self.focus == LIVE
    }

    /// Number of staged values.
    pub fn staged_count(&self) -> usize {
        self.staged.iter().flatten().count()
    }

    /// Where keys mean something now, the nearest first.
    pub fn contexts(&self) -> &'static [Context] {
        match self.tab {
            Tab::Live => &[Context::Knobs, Context::Charts],
            Tab::Charts | Tab::Saner => &[Context::Charts, Context::Knobs],
            Tab::Runs => &[Context::Runs, Context::Charts],
            Tab::Timeline => &[Context::Timeline, Context::Charts, Context::Knobs],
            Tab::Logs => &[Context::Logs],
        }
    }
}

#[cfg(test)]
mod tests;
