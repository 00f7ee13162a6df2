//! Keys that change how charts are shown, and the cross-hair.

use saner_core::event::Event;
use saner_core::state::RunState;

use super::{App, Effect, Tab, Tone};
use crate::action::Action;
use crate::chart::{CHARTS, LIVE};
use crate::shell::Wish;
use crate::widget::curve::{ChartView, cross_place, cross_values};

/// Weights of the smoothing key.
const SMOOTHINGS: [f64; 5] = [0.0, 0.6, 0.9, 0.98, 0.99];
/// The smallest part of a run that a zoom shows.
const SMALLEST: f64 = 1.0 / 4096.0;

impl App {
    /// The chart that keys are about.
    pub fn chart_in_focus(&self) -> usize {
        match self.tab {
            Tab::Charts => self.charts.cursor.min(CHARTS.len() - 1),
            Tab::Saner => 2,
            _ => self.focus.min(LIVE - 1),
        }
    }

    pub(super) fn chart_key(&mut self, action: Action, run: &RunState) -> Effect {
        let at = SMOOTHINGS.iter().position(|w| *w >= self.chart_view.smoothing).unwrap_or(0);
        let view = &mut self.chart_view;
        match action {
            Action::LogY => view.log_y = !view.log_y,
            Action::XAxis => view.x = view.x.next(),
            Action::SmoothUp => view.smoothing = SMOOTHINGS[(at + 1).min(SMOOTHINGS.len() - 1)],
            Action::SmoothDown => view.smoothing = SMOOTHINGS[at.saturating_sub(1)],
            Action::Raw => view.raw = !view.raw,
            Action::Outliers => view.inliers = !view.inliers,
            Action::Marker => view.marker = view.marker.next(),
            Action::ZoomIn => self.zoom((self.chart_view.zoom / 2.0).max(SMALLEST)),
            Action::ZoomOut => self.zoom((self.chart_view.zoom * 2.0).min(1.0)),
            Action::ZoomReset => self.zoom(1.0),
            Action::CrossHair => {
                view.cross = match view.cross {
                    Some(_) => None,
                    None => {
                        let (from, to) = view.window(run, false);
                        Some(((from + to) / 2.0) as u64)
                    }
                };
            }
            Action::NextEvent | Action::PreviousEvent => self.seek_mark(action == Action::NextEvent, run),
            Action::Overlay => {
                if self.overlays.pop().is_some() {
                    self.say(Tone::Ok, format!("{} runs lie behind the charts", self.overlays.len()));
                } else {
                    self.tab = Tab::Runs;
                    self.say(Tone::Ok, "Space on a run lays it behind the charts".into());
                    return Effect::Wish(Wish::Runs);
                }
            }
            Action::Copy => return self.copy(run),
            _ => {}
        }
        Effect::Draw
    }

    /// Shows a part of the run; with a cross-hair around it, else its newest part.
    pub fn zoom(&mut self, zoom: f64) {
        self.chart_view.zoom = zoom;
        self.chart_view.back = self.chart_view.back.min(1.0 / zoom - 1.0);
    }

    /// Shows the steps from one to another, as after a drag.
    pub fn show(&mut self, from: f64, to: f64, run: &RunState) {
        let whole = ChartView { zoom: 1.0, back: 0.0, ..self.chart_view }.window(run, false).1;
        let span = (to - from).max(4.0).min(whole);
        self.chart_view.zoom = (span / whole).clamp(SMALLEST, 1.0);
        self.chart_view.back = ((whole - to) / span).clamp(0.0, 1.0 / self.chart_view.zoom - 1.0);
    }

    /// Moves the cross-hair by cells of the window; the window follows.
    pub(super) fn move_cross(&mut self, cells: i64, run: &RunState) {
        let Some(cross) = self.chart_view.cross else { return };
        let (from, to) = self.chart_view.window(run, false);
        let cell = ((to - from) / 100.0).max(1.0) as i64;
        let last = run.steps_done().saturating_sub(1);
        self.put_cross((cross as i64 + cells * cell).clamp(0, last as i64) as u64, run);
    }

    /// Puts the cross-hair on a step, and the window where it is seen.
    pub fn put_cross(&mut self, step: u64, run: &RunState) {
        self.chart_view.cross = Some(step);
        let (from, to) = self.chart_view.window(run, false);
        let step = step as f64;
        if step < from || step > to {
            let half = (to - from) / 2.0;
            self.show(step - half, step + half, run);
        }
    }

    fn seek_mark(&mut self, next: bool, run: &RunState) {
        let now = self.chart_view.cross.unwrap_or(if next { 0 } else { u64::MAX });
        let mut steps: Vec<u64> = run.marks.iter().map(|mark| mark.step).collect();
        steps.sort_unstable();
        let on = self.chart_view.cross.is_some();
        let found = if next {
            steps.iter().find(|step| **step > now || (!on && **step == now))
        } else {
            steps.iter().rev().find(|step| **step < now)
        };
        match found.copied() {
            Some(step) => self.put_cross(step, run),
            None => self.say(Tone::Error, if next { "no later mark".into() } else { "no earlier mark".into() }),
        }
    }

    /// The values under the cross-hair, or the line that makes the last change again.
    fn copy(&mut self, run: &RunState) -> Effect {
        if !self.settings.copy {
            self.say(Tone::Error, "copying is off in the settings (copy = true)".into());
            return Effect::Draw;
        }
        let text = match self.chart_view.cross {
            Some(step) => {
                let spec = &CHARTS[self.chart_in_focus()];
                let values = cross_values(spec, &self.scene(run), step).join("  ");
                format!("{} {}: {values}", spec.title, cross_place(run, step))
            }
            None => match run.last_applied(|_| true).map(|record| &record.event) {
                Some(Event::Applied { knob, to, .. }) => format!("saner-tui ctl {} set {} {to}", self.title, knob.row().name),
                _ => {
                    self.say(Tone::Error, "nothing to copy: i sets a cross-hair; a change that was applied has its ctl line".into());
                    return Effect::Draw;
                }
            },
        };
        self.say(Tone::Ok, format!("copied: {text}"));
        Effect::Copy(text)
    }
}
