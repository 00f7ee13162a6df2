//! Clicks, drags and the wheel. Nothing needs them: each does what a key does too.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use saner_core::state::RunState;

use crate::action::Action;
use crate::app::{App, Effect, Tab};
use crate::chart::{CHARTS, LIVE};
use crate::view::hit::{Hit, at};
use crate::widget::curve::step_at;

/// Part of the window that a turn of the wheel leaves.
const TURN: f64 = 0.8;
/// How soon the second click must follow the first, in milliseconds.
const DOUBLE_MS: u128 = 400;

/// What the mouse is at.
#[derive(Debug, Default)]
pub struct Mouse {
    /// Where a button went down: the chart's field, the column.
    pressed: Option<(Rect, usize, u16)>,
    /// When and where the last click was.
    clicked: Option<(std::time::Instant, u16, u16)>,
}

impl Mouse {
    /// One event of the mouse.
    pub fn event(&mut self, event: &MouseEvent, app: &mut App, run: &RunState, screen: Rect) -> Effect {
        if app.popup.is_some() {
            return Effect::Draw;
        }
        let (x, y) = (event.column, event.row);
        let hit = at(app, screen, x, y);
        match (event.kind, hit) {
            (MouseEventKind::Down(MouseButton::Left), Hit::Tab(tab)) => return self.tab(tab, app, run),
            (MouseEventKind::Down(MouseButton::Left), Hit::Chart(i, plot)) => {
                let second = self.clicked.is_some_and(|(then, ox, oy)| then.elapsed().as_millis() < DOUBLE_MS && (ox, oy) == (x, y));
                self.clicked = Some((std::time::Instant::now(), x, y));
                self.pressed = Some((plot, i, x));
                self.focus(i, app);
                if second {
                    return app.act(Action::ZoomReset, run);
                }
                if app.chart_view.cross.is_some() {
                    self.cross(i, plot, x, app, run);
                }
            }
            (MouseEventKind::Down(MouseButton::Left), Hit::Knobs(row)) => {
                app.focus = LIVE;
                app.knob = usize::from(row).min(saner_core::knob::KNOBS.len() - 1);
            }
            (MouseEventKind::Down(MouseButton::Left), Hit::Row(row)) => self.row(row, app, run),
            (MouseEventKind::Down(MouseButton::Right) | MouseEventKind::Drag(MouseButton::Right), Hit::Chart(i, plot)) => {
                self.cross(i, plot, x, app, run);
            }
            (MouseEventKind::Up(MouseButton::Left), _) => {
                if let Some((plot, i, from)) = self.pressed.take()
                    && from.abs_diff(x) > 1
                {
                    let window = app.chart_view.window(run, CHARTS[i].plan);
                    let ends = [from, x.clamp(plot.x, plot.right())].map(|x| step_at(x, window, plot) as f64);
                    app.show(ends[0].min(ends[1]), ends[0].max(ends[1]), run);
                }
            }
            (MouseEventKind::ScrollUp | MouseEventKind::ScrollDown, Hit::Chart(i, plot)) => {
                self.wheel(event.kind == MouseEventKind::ScrollUp, (i, plot), x, app, run);
            }
            (MouseEventKind::ScrollUp, Hit::Row(_)) => return app.act(Action::Up, run),
            (MouseEventKind::ScrollDown, Hit::Row(_)) => return app.act(Action::Down, run),
            _ => {}
        }
        Effect::Draw
    }

    fn tab(&self, tab: Tab, app: &mut App, run: &RunState) -> Effect {
        let action = match tab {
            Tab::Live => Action::TabLive,
            Tab::Charts => Action::TabCharts,
            Tab::Saner => Action::TabSaner,
            Tab::Runs => Action::TabRuns,
            Tab::Timeline => Action::TabTimeline,
            Tab::Logs => Action::TabLogs,
        };
        app.act(action, run)
    }

    fn focus(&self, chart: usize, app: &mut App) {
        match app.tab {
            Tab::Live => app.focus = chart,
            Tab::Charts => app.charts.cursor = chart,
            _ => {}
        }
    }

    fn cross(&self, chart: usize, plot: Rect, x: u16, app: &mut App, run: &RunState) {
        let window = app.chart_view.window(run, CHARTS[chart].plan);
        app.put_cross(step_at(x, window, plot).min(run.steps_done().saturating_sub(1)), run);
    }

    /// Zooms around the pointer; the newest point, once in view, stays at the right.
    fn wheel(&self, closer: bool, (chart, plot): (usize, Rect), x: u16, app: &mut App, run: &RunState) {
        let window = app.chart_view.window(run, CHARTS[chart].plan);
        let (span, pointer) = (window.1 - window.0, step_at(x, window, plot) as f64);
        let wanted = if closer { span * TURN } else { span / TURN };
        let newest = run.steps_done() as f64;
        if window.1 >= newest {
            app.show(window.1 - wanted, window.1, run);
        } else {
            let part = (pointer - window.0) / span;
            app.show(pointer - wanted * part, pointer + wanted * (1.0 - part), run);
        }
    }

    /// Chooses a row of a list by where it is drawn.
    fn row(&self, row: u16, app: &mut App, run: &RunState) {
        let row = usize::from(row);
        match app.tab {
            // The first line is the head; below it rows from the top, as long as the pointer is among the first.
            Tab::Runs => app.runs.cursor = row.saturating_sub(1).min(app.runs.shown().len().saturating_sub(1)),
            Tab::Timeline => {
                // Lines of detail stand under the chosen one.
                let behind = if row > app.timeline.cursor { row.saturating_sub(2).max(app.timeline.cursor) } else { row };
                app.timeline.cursor = behind.min(app.timeline.shown(run).len().saturating_sub(1));
            }
            _ => {}
        }
    }
}
