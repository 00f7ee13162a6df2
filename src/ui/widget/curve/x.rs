//! What x counts, and its labels.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::state::{Metric, RunState};
use serde::{Deserialize, Serialize};

use super::{Scene, across};
use crate::format::{clock_label, offset};
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
    /// Local time of the clock at which a step was made.
    Clock,
}

impl XAxis {
    /// The next one, for the key.
    pub fn next(self) -> Self {
        match self {
            Self::Epoch => Self::Step,
            Self::Step => Self::Time,
            Self::Time => Self::Clock,
            Self::Clock => Self::Epoch,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Step => "step",
            Self::Time => "time",
            Self::Clock => "clock",
        }
    }
}

/// The number of steps at which so many seconds were trained.
fn step_of(run: &RunState, secs: f64) -> f64 {
    let wall = run.curve(Metric::Wall);
    let at = wall.values.partition_point(|known| f64::from(*known) < secs);
    wall.steps.get(at).or(wall.steps.last()).map_or(0.0, |step| *step as f64)
}

/// The first number of steps within a window that was reached at a time of the clock.
fn step_at_clock(run: &RunState, window: (f64, f64), time: f64) -> f64 {
    let (mut low, mut high) = window;
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if run.clock(middle).is_some_and(|clock| clock < time) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Units of the clock, in seconds.
const UNITS: [f64; 18] =
    [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0];

/// Times of the clock with their steps, round in local time.
fn clock_marks(run: &RunState, window: (f64, f64), most: usize) -> Vec<(f64, String)> {
    let (Some(from), Some(to)) = (run.clock(window.0), run.clock(window.1.min(run.steps_done() as f64))) else { return Vec::new() };
    let fits = |unit: &f64| (to - from) / unit <= most as f64;
    let unit = UNITS.into_iter().find(fits).unwrap_or_else(|| 86_400.0 * ((to - from) / 86_400.0 / most as f64).ceil());
    let offset = offset(from);
    let first = ((from + offset) / unit).ceil() as i64;
    let times = (first..).map(|i| i as f64 * unit - offset).take_while(|time| *time <= to);
    times.take(most + 1).map(|time| (step_at_clock(run, window, time), clock_label(time, unit))).collect()
}

/// Places of labels within a window, at most about `most`: the step of each, and its text.
pub fn marks(run: &RunState, axis: XAxis, window: (f64, f64), most: usize) -> Vec<(f64, String)> {
    let plain = |unit: f64| {
        let marks = ticks(window.0 / unit, window.1 / unit, most);
        let step = if marks.len() > 1 { marks[1] - marks[0] } else { 1.0 };
        marks.into_iter().map(|value| (value * unit, label(value, step))).collect()
    };
    match axis {
        XAxis::Epoch => plain(run.steps_per_epoch() as f64),
        XAxis::Step => plain(1.0),
        XAxis::Clock => clock_marks(run, window, most),
        XAxis::Time => {
            let (from, to) = (run.trained(window.0), run.trained(window.1));
            // Steps of hours, minutes or seconds, so that the labels are round.
            let unit = [3600.0, 60.0, 1.0].into_iter().find(|unit| to - from >= 2.0 * unit).unwrap_or(1.0);
            let text = |value: f64| match unit as u32 {
                3600 => format!("{}h{:02.0}", value.floor(), 60.0 * value.fract()),
                60 => format!("{}m{:02.0}", value.floor(), 60.0 * value.fract()),
                _ => format!("{value}s"),
            };
            ticks(from / unit, to / unit, most).into_iter().map(|value| (step_of(run, value * unit), text(value))).collect()
        }
    }
}

/// Numbers below the plot.
pub fn labels(scene: &Scene<'_>, window: (f64, f64), area: Rect, plot: Rect, buf: &mut Buffer) {
    let style = scene.theme.style(Role::Muted);
    let most = (area.width as usize / 12).max(1);
    let mut free = plot.x;
    for (step, text) in marks(scene.run, scene.view.x, window, most) {
        let (x, width) = (plot.x + across(step, window, plot.width as usize) as u16, text.chars().count() as u16);
        // Of times that fall together, as around a pause, the first.
        if x >= free && x + width <= area.right() {
            buf.set_string(x, area.bottom() - 1, text, style);
            free = x + width + 1;
        }
    }
}
