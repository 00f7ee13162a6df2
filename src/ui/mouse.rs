//! Clicks, drags and the wheel. Nothing needs them: each does what a key does too.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use saner_core::state::{Mark, RunState};

use crate::action::Action;
use crate::app::filter::Filter;
use crate::app::{App, Effect, Tab};
use crate::chart::{CHARTS, LIVE};
use crate::tab::{runs, timeline};
use crate::view::hit::{Hit, at};
use crate::widget::curve::{marks, step_at};

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
                if y == plot.y && self.mark(i, plot, x, app, run) {
                    return Effect::Draw;
                }
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
            (MouseEventKind::Down(MouseButton::Left), Hit::Row(row, lines)) => self.row(row, lines, app, run),
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
            (MouseEventKind::ScrollUp, Hit::Row(..)) => return app.act(Action::Up, run),
            (MouseEventKind::ScrollDown, Hit::Row(..)) => return app.act(Action::Down, run),
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

    /// Opens the event whose name on the chart's top row was hit, if one was.
    fn mark(&mut self, chart: usize, plot: Rect, x: u16, app: &mut App, run: &RunState) -> bool {
        let window = app.chart_view.window(run, CHARTS[chart].plan);
        let hit = |(from, mark): &(u16, Mark)| (*from..*from + mark.label.chars().count() as u16).contains(&x);
        let Some((_, mark)) = marks::placed(run, window, plot).into_iter().find(hit) else { return false };
        app.timeline.filter = Filter::default();
        let Some(place) = app.timeline.shown(run).iter().position(|record| marks::tells_of(record, &mark)) else { return false };
        (app.tab, app.timeline.cursor, self.pressed) = (Tab::Timeline, place, None);
        true
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

    /// Chooses a row of a list by where it is drawn, in a list of so many lines.
    fn row(&self, row: u16, lines: u16, app: &mut App, run: &RunState) {
        match app.tab {
            Tab::Runs => app.runs.cursor = runs::row_at(app, row, lines),
            Tab::Timeline => app.timeline.cursor = timeline::row_at(run, app, row, lines),
            _ => {}
        }
    }
}
