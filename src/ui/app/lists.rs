//! Rows, lines and tiles: what is chosen on the tabs that are lists, and the keys there.

use std::collections::VecDeque;

use saner_core::event::Record;
use saner_core::logline::{LEVELS, Level, LogLine};
use saner_core::state::RunState;
use saner_core::words;

use super::filter::Filter;
use super::{App, Effect, Tab, Tone};
use crate::action::Action;
use crate::chart::{CHARTS, LIVE};
use crate::shell::{RunRow, Wish};

/// Rows of a page.
const PAGE: usize = 10;
/// Lines of the text log that are kept.
const LINES: usize = 5_000;

/// The Charts tab.
#[derive(Debug, Default)]
pub struct ChartsTab {
    /// Chart in focus, by its place in the table.
    pub cursor: usize,
    /// Which charts are shown.
    pub filter: Filter,
    /// Charts that stand first.
    pub pins: Vec<usize>,
    /// Rows and columns, where a person has set them.
    pub grid: Option<(u16, u16)>,
}

/// The Runs tab.
#[derive(Debug, Default)]
pub struct RunsTab {
    /// Rows; absent until they are read.
    pub rows: Option<Vec<RunRow>>,
    /// Row under the pointer, among those that pass.
    pub cursor: usize,
    /// Which are shown.
    pub filter: Filter,
}

/// The Timeline tab.
#[derive(Debug, Default)]
pub struct TimelineTab {
    /// Rows from the newest one down.
    pub cursor: usize,
    /// Which are shown.
    pub filter: Filter,
}

/// The Logs tab.
#[derive(Debug)]
pub struct LogsTab {
    /// Lines, newest last.
    pub lines: VecDeque<LogLine>,
    /// Lines that are scrolled up from the newest.
    pub back: usize,
    /// Least level.
    pub level: Level,
    /// Whether long lines are wrapped.
    pub wrap: bool,
    /// Which lines are shown.
    pub filter: Filter,
}

impl Default for LogsTab {
    fn default() -> Self {
        Self { lines: VecDeque::new(), back: 0, level: Level::Info, wrap: false, filter: Filter::default() }
    }
}

impl LogsTab {
    /// Takes new lines; returns whether there were any.
    pub fn take(&mut self, lines: VecDeque<LogLine>) -> bool {
        let came = !lines.is_empty();
        self.lines.extend(lines);
        let over = self.lines.len().saturating_sub(LINES);
        self.lines.drain(..over);
        came
    }

    /// Lines that pass, newest first.
    pub fn shown(&self) -> impl Iterator<Item = &LogLine> {
        let passes = |line: &&LogLine| line.level >= self.level && (self.filter.passes(&line.text) || self.filter.passes(&line.target));
        self.lines.iter().rev().filter(passes)
    }
}

impl ChartsTab {
    /// Charts that are shown, in their order.
    pub fn shown(&self) -> Vec<usize> {
        let passes = |i: &usize| self.filter.passes(CHARTS[*i].title);
        let (mut first, rest): (Vec<usize>, Vec<usize>) = (0..CHARTS.len()).filter(passes).partition(|i| self.pins.contains(i));
        first.extend(rest);
        first
    }
}

impl RunsTab {
    /// Rows that pass.
    pub fn shown(&self) -> Vec<&RunRow> {
        let passes = |row: &&RunRow| self.filter.accepts(|| format!("{} {} {}", row.id, row.state, row.method));
        self.rows.iter().flatten().filter(passes).collect()
    }

    /// The row under the pointer.
    pub fn chosen(&self) -> Option<&RunRow> {
        let shown = self.shown();
        shown.get(self.cursor.min(shown.len().saturating_sub(1))).copied()
    }
}

impl TimelineTab {
    /// Events that pass, newest first.
    pub fn shown<'a>(&self, run: &'a RunState) -> Vec<&'a Record> {
        run.events.iter().rev().filter(|record| self.filter.accepts(|| words::event(record))).collect()
    }

    /// The event under the pointer.
    pub fn chosen<'a>(&self, run: &'a RunState) -> Option<&'a Record> {
        let shown = self.shown(run);
        shown.get(self.cursor.min(shown.len().saturating_sub(1))).copied()
    }
}

impl App {
    /// The filter of the tab.
    pub fn filter(&self) -> &Filter {
        match self.tab {
            Tab::Runs => &self.runs.filter,
            Tab::Timeline => &self.timeline.filter,
            Tab::Logs => &self.logs.filter,
            Tab::Live | Tab::Charts | Tab::Saner => &self.charts.filter,
        }
    }

    pub(super) fn filter_mut(&mut self) -> &mut Filter {
        match self.tab {
            Tab::Runs => &mut self.runs.filter,
            Tab::Timeline => &mut self.timeline.filter,
            Tab::Logs => &mut self.logs.filter,
            Tab::Live | Tab::Charts | Tab::Saner => &mut self.charts.filter,
        }
    }

    /// Keys of the tabs that are lists.
    pub(super) fn in_list(&mut self, action: Action, run: &RunState) -> Effect {
        match (self.tab, action) {
            (Tab::Charts, Action::Enter) => self.expanded = !self.expanded,
            (Tab::Charts, Action::Mark) => {
                let at = self.charts.cursor;
                match self.charts.pins.iter().position(|pin| *pin == at) {
                    Some(place) => drop(self.charts.pins.remove(place)),
                    None => self.charts.pins.push(at),
                }
            }
            (Tab::Charts, _) => self.move_chart(action),
            (Tab::Saner, _) => {
                let n = run.samples.as_ref().map_or(0, |(_, stats)| stats.disputed.len());
                step_through(&mut self.disputed, n, action);
            }
            (Tab::Timeline, Action::Enter) => {
                if let Some(step) = self.timeline.chosen(run).map(|record| record.step) {
                    self.tab = Tab::Live;
                    self.put_cross(step, run);
                }
            }
            (Tab::Timeline, Action::Fork | Action::Rollback) => {
                if let Some(step) = self.timeline.chosen(run).map(|record| record.step) {
                    return Effect::Checkpoint { step, rollback: action == Action::Rollback };
                }
            }
            (_, Action::Fork | Action::Rollback) => {
                return Effect::Checkpoint { step: run.steps_done(), rollback: action == Action::Rollback };
            }
            (Tab::Timeline, _) => step_through(&mut self.timeline.cursor, run.events.len(), action),
            (Tab::Runs, Action::Mark | Action::Enter) => return self.lay_over(),
            (Tab::Runs, Action::Diff) => {
                if let Some(row) = self.runs.chosen() {
                    return Effect::Wish(Wish::Diff(row.id.clone()));
                }
            }
            (Tab::Runs, _) => {
                let n = self.runs.shown().len();
                step_through(&mut self.runs.cursor, n, action);
            }
            (Tab::Logs, Action::Wrap) => self.logs.wrap = !self.logs.wrap,
            (Tab::Logs, Action::Level) => {
                self.logs.level = LEVELS[(self.logs.level as usize + 1) % LEVELS.len()].0;
                self.logs.back = 0;
            }
            (Tab::Logs, _) => {
                let n = self.logs.shown().count();
                // Its newest line is the last, not the first.
                let turned = match action {
                    Action::Up => Action::Down,
                    Action::Down => Action::Up,
                    Action::PageUp => Action::PageDown,
                    Action::PageDown => Action::PageUp,
                    Action::First => Action::Last,
                    Action::Last => Action::First,
                    other => other,
                };
                step_through(&mut self.logs.back, n, turned);
            }
            (Tab::Live, _) => {}
        }
        Effect::Draw
    }

    /// Lays the chosen run behind the charts, or takes it off.
    fn lay_over(&mut self) -> Effect {
        let Some(row) = self.runs.chosen() else { return Effect::Draw };
        let id = row.id.clone();
        if id == self.title {
            self.say(Tone::Error, "that is the run that is shown".into());
            return Effect::Draw;
        }
        if let Some(at) = self.overlays.iter().position(|overlay| overlay.id == id) {
            self.overlays.remove(at);
            return Effect::Draw;
        }
        Effect::Wish(Wish::Overlay(id))
    }

    fn move_chart(&mut self, action: Action) {
        let shown = self.charts.shown();
        if let Some(mut at) = shown.iter().position(|i| *i == self.charts.cursor).or((!shown.is_empty()).then_some(0)) {
            step_through(&mut at, shown.len(), action);
            self.charts.cursor = shown[at];
        }
    }

    pub(super) fn next_pane(&mut self, forward: bool, run: &RunState) {
        let step = |at: usize, n: usize| (at + if forward { 1 } else { n - 1 }) % n;
        match self.tab {
            Tab::Live => self.focus = step(self.focus, LIVE + 1),
            Tab::Saner => self.samples_page = !self.samples_page,
            Tab::Charts => {
                let shown = self.charts.shown();
                let at = shown.iter().position(|i| *i == self.charts.cursor).unwrap_or(0);
                if !shown.is_empty() {
                    self.charts.cursor = shown[step(at, shown.len())];
                }
            }
            Tab::Runs | Tab::Timeline | Tab::Logs => {
                drop(self.in_list(if forward { Action::Down } else { Action::Up }, run));
            }
        }
    }
}

/// Moves a pointer over so many rows.
fn step_through(at: &mut usize, n: usize, action: Action) {
    let last = n.saturating_sub(1);
    *at = match action {
        Action::Down => *at + 1,
        Action::Up => at.saturating_sub(1),
        Action::PageDown => *at + PAGE,
        Action::PageUp => at.saturating_sub(PAGE),
        Action::First => 0,
        Action::Last => last,
        _ => *at,
    }
    .min(last);
}
