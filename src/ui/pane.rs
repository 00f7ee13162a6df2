//! Panes: one file each, drawn from the run's state; a frame around each, by the view.

pub mod chart;
pub mod disputed;
pub mod events;
pub mod knobs;
pub mod layers;
pub mod now;
pub mod samples;
pub mod values;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::state::RunState;

use crate::app::App;

/// A pane of the Live tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// A row of [`crate::chart::CHARTS`].
    Chart(usize),
    /// Live-tunable values.
    Knobs,
    /// Shares, norms, accuracies.
    Now,
    /// What happened.
    Events,
    /// Group B of each layer.
    Layers,
    /// Three lines of values, without a frame.
    Values,
}

impl Pane {
    /// Title and bottom line of the frame.
    pub fn titles(self, run: &RunState, app: &App) -> (String, String) {
        match self {
            Self::Chart(i) => chart::titles(i, run, app),
            Self::Knobs => knobs::titles(app),
            Self::Now => ("Now".into(), String::new()),
            Self::Events => ("Events".into(), "m note".into()),
            Self::Layers => ("Group B by layer (share of elements with 0 < r < 1, %)".into(), String::new()),
            Self::Values => (String::new(), String::new()),
        }
    }

    /// Draws the inside.
    pub fn draw(self, run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
        match self {
            Self::Chart(i) => chart::draw(i, run, app, area, buf),
            Self::Knobs => knobs::draw(run, app, area, buf),
            Self::Now => now::draw(run, app, area, buf),
            Self::Events => events::draw(run, app, area, buf),
            Self::Layers => layers::draw(run, app, area, buf),
            Self::Values => values::draw(run, app, area, buf),
        }
    }
}
