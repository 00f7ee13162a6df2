//! What x counts, and its labels.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::state::{Metric, RunState};
use serde::{Deserialize, Serialize};

use super::{Scene, across};
use crate::theme::Role;
use crate::widget::axis::{label, ticks};

/// What x counts; curves lie by steps whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum XAxis {
    /// Epochs.
    #[default]
    Epoch,
    /// Steps.
    Step,
    /// Time of training, pauses left out.
    Time,
}

impl XAxis {
    /// The next one, for the key.
    pub fn next(self) -> Self {
        match self {
            Self::Epoch => Self::Step,
            Self::Step => Self::Time,
            Self::Time => Self::Epoch,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Step => "step",
            Self::Time => "time",
        }
    }
}

/// Seconds of training at a step, between those that are known.
fn seconds(run: &RunState, step: f64) -> f64 {
    let wall = run.curve(Metric::Wall);
    let at = wall.steps.partition_point(|known| (*known as f64) < step);
    wall.values.get(at).or(wall.values.last()).map_or(0.0, |secs| f64::from(*secs))
}

/// The step at which so many seconds were trained.
fn step_of(run: &RunState, secs: f64) -> f64 {
    let wall = run.curve(Metric::Wall);
    let at = wall.values.partition_point(|known| f64::from(*known) < secs);
    wall.steps.get(at).or(wall.steps.last()).map_or(0.0, |step| *step as f64)
}

/// Numbers below the plot.
pub fn labels(scene: &Scene<'_>, window: (f64, f64), area: Rect, plot: Rect, buf: &mut Buffer) {
    let (run, style) = (scene.run, scene.theme.style(Role::Muted));
    let most = (area.width as usize / 12).max(1);
    let mut put = |step: f64, text: String| {
        let x = plot.x + across(step, window, plot.width as usize) as u16;
        if x + text.chars().count() as u16 <= area.right() {
            buf.set_string(x, area.bottom() - 1, text, style);
        }
    };
    let plain = |unit: f64| {
        let marks = ticks(window.0 / unit, window.1 / unit, most);
        let step = if marks.len() > 1 { marks[1] - marks[0] } else { 1.0 };
        marks.into_iter().map(move |value| (value * unit, label(value, step)))
    };
    match scene.view.x {
        XAxis::Epoch => plain(run.steps_per_epoch() as f64).for_each(|(step, text)| put(step, text)),
        XAxis::Step => plain(1.0).for_each(|(step, text)| put(step, text)),
        XAxis::Time => {
            let (from, to) = (seconds(run, window.0), seconds(run, window.1));
            // Steps of hours, minutes or seconds, so that the labels are round.
            let unit = [3600.0, 60.0, 1.0].into_iter().find(|unit| to - from >= 2.0 * unit).unwrap_or(1.0);
            for value in ticks(from / unit, to / unit, most) {
                let text = match unit as u32 {
                    3600 => format!("{}h{:02.0}", value.floor(), 60.0 * value.fract()),
                    60 => format!("{}m{:02.0}", value.floor(), 60.0 * value.fract()),
                    _ => format!("{value}s"),
                };
                put(step_of(run, value * unit), text);
            }
        }
    }
}
