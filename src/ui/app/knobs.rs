//! Arrows, staged values, undo.

use saner_core::command::Verb;
use saner_core::event::Event;
use saner_core::knob::{KNOBS, Knob, N_KNOBS};
use saner_core::state::RunState;

use super::{App, Effect, Tab, Tone};
use crate::action::Action;
use crate::chart::LIVE;

impl App {
    pub(super) fn arrow(&mut self, action: Action, run: &RunState) {
        let forward = matches!(action, Action::Down | Action::Right | Action::CoarseRight);
        let coarse = matches!(action, Action::CoarseLeft | Action::CoarseRight);
        match action {
            Action::Up | Action::Down => {
                self.focus = LIVE;
                self.knob = (self.knob + if forward { 1 } else { KNOBS.len() - 1 }) % KNOBS.len();
            }
            _ if self.chart_view.cross.is_some() => {
                self.move_cross(if coarse { 10 } else { 1 } * if forward { 1 } else { -1 }, run);
            }
            Action::Left | Action::Right if !self.knobs_focused() && self.chart_view.zoom < 1.0 => {
                self.chart_view.back =
                    (self.chart_view.back + if forward { -0.25 } else { 0.25 }).clamp(0.0, 1.0 / self.chart_view.zoom - 1.0);
            }
            _ if self.tab != Tab::Live => {}
            _ => {
                self.focus = LIVE;
                let row = &KNOBS[self.knob];
                let size = if coarse { row.nudge.1 } else { row.nudge.0 };
                let from = self.staged[self.knob].unwrap_or_else(|| run.knob(row.knob));
                let value = from + if forward { size } else { -size };
                // Rounded to the fine step's digits, so that ten steps of 0.01 are 0.1.
                let value = (value * 1e4).round() / 1e4;
                self.stage(row.knob, value.clamp(row.range.0, row.range.1), run);
            }
        }
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
        let last = run.last_applied(|_| true).and_then(|record| match record.event {
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
