//! Arrows, staged values, undo, and the keys that change how charts are shown.

use saner_core::command::Verb;
use saner_core::event::Event;
use saner_core::knob::{KNOBS, Knob, N_KNOBS};
use saner_core::state::RunState;
use tui_logger::TuiWidgetEvent;

use super::{App, Effect, SMOOTHINGS, Tab, Tone};
use crate::action::Action;
use crate::chart::CHARTS;

impl App {
    pub(super) fn arrow(&mut self, action: Action, run: &RunState) {
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
                self.chart_view.back =
                    (self.chart_view.back + if down { -0.25 } else { 0.25 }).clamp(0.0, 1.0 / self.chart_view.zoom - 1.0);
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

    pub(super) fn chart_key(&mut self, action: Action) {
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

    pub(super) fn zoom(&mut self, zoom: f64) {
        self.chart_view.zoom = zoom;
        self.chart_view.back = self.chart_view.back.min(1.0 / zoom - 1.0);
    }

    pub(super) fn stage(&mut self, knob: Knob, value: f64, run: &RunState) {
        let same = (value - run.knob(knob)).abs() < 1e-12;
        self.staged[knob as usize] = (!same).then_some(value);
        if !same {
            self.say(
                Tone::Ok,
                format!(
                    "{} {} staged: Enter applies at the next step, Esc drops it",
                    knob.row().name,
                    saner_core::words::value(knob, value)
                ),
            );
        }
    }

    pub(super) fn apply_staged(&mut self) -> Effect {
        let changes = KNOBS.iter().filter_map(|row| self.staged[row.knob as usize].map(|value| (row.knob, value))).collect();
        if self.steerable {
            self.staged = [None; N_KNOBS];
        }
        self.send(Verb::Set(changes))
    }

    /// Stages the value before the newest applied change: a new change, never a rewrite of history.
    pub(super) fn undo(&mut self, run: &RunState) {
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
