//! A chart: axes, smooth and raw curves thinned by M4, other runs behind them, marks, rule line, alpha's plan,
//! cross-hair, last values at the line's end.

pub mod ahead;
mod cross;
mod held;
pub use cross::{place as cross_place, values as cross_values};
pub mod marks;
pub mod overlay;
pub mod range;
pub mod stack;
pub mod x;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use saner_core::knob::N_KNOBS;
use saner_core::series::Column;
use saner_core::state::RunState;

use super::axis::Axis;
use super::cache::Cache;
use super::grid::{Grid, Marker};
use crate::chart::{CHARTS, ChartSpec, CurveSpec};
use crate::theme::{Role, Theme};
pub use overlay::Overlay;
pub use x::XAxis;

/// Cells of the y labels with their tick.
const LEFT: u16 = 6;

/// How charts are shown, the same for all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartView {
    /// EMA weight of smoothed curves.
    pub smoothing: f64,
    /// Logarithmic y.
    pub log_y: bool,
    /// What x counts.
    pub x: XAxis,
    /// Raw points behind the smooth line.
    pub raw: bool,
    /// Dots.
    pub marker: Marker,
    /// Part shown: 1 all, 0.5 half, …
    pub zoom: f64,
    /// How far the window is moved back, in windows.
    pub back: f64,
    /// Step under the cross-hair.
    pub cross: Option<u64>,
    /// Whether y spans all values, or leaves the 5 % at either end out.
    pub inliers: bool,
    /// Ranges of y that a person has pinned, by chart.
    pub ranges: [Option<(f64, f64)>; CHARTS.len()],
}

impl Default for ChartView {
    fn default() -> Self {
        Self {
            smoothing: 0.9,
            log_y: false,
            x: XAxis::Epoch,
            raw: false,
            marker: Marker::Braille,
            zoom: 1.0,
            back: 0.0,
            cross: None,
            inliers: false,
            ranges: [None; CHARTS.len()],
        }
    }
}

/// What a chart is drawn from.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The run.
    pub run: &'a RunState,
    /// Its kept curves.
    pub cache: &'a Cache,
    /// Runs behind it.
    pub overlays: &'a [Overlay],
    /// How charts are shown.
    pub view: &'a ChartView,
    /// Values of the knobs that are staged.
    pub staged: &'a [Option<f64>; N_KNOBS],
    /// Styles.
    pub theme: &'a Theme,
}

impl ChartView {
    /// EMA weight of a curve.
    pub fn weight(&self, curve: &CurveSpec) -> f64 {
        if curve.smooth { self.smoothing } else { 0.0 }
    }

    /// Steps shown, from and to.
    pub fn window(&self, run: &RunState, with_plan: bool) -> (f64, f64) {
        let per_epoch = run.steps_per_epoch() as f64;
        let newest = run.steps_done().max(1) as f64;
        let ahead = run.plan.as_ref().filter(|_| with_plan).map_or(0.0, |plan| plan.end() * per_epoch * 1.1);
        let total = run.header.as_ref().map_or(f64::MAX, |header| header.total_steps as f64);
        let end = newest.max(ahead.min(total)).max(4.0);
        let span = (end * self.zoom).max(4.0);
        let right = (end - span * self.back).max(span);
        (right - span, right)
    }
}

/// The field of curves within a chart's inside, if it is large enough for one.
pub fn plot(area: Rect) -> Option<Rect> {
    (area.width >= LEFT + 4 && area.height >= 3).then(|| Rect {
        x: area.x + LEFT,
        y: area.y,
        width: area.width - LEFT,
        height: area.height - 1,
    })
}

/// Draws the inside of a chart's frame.
pub fn render(spec: &ChartSpec, scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let Some(plot) = plot(area) else { return };
    let Scene { run, view, theme, .. } = *scene;
    let window = view.window(run, spec.plan);
    let mut grid = Grid::new(view.marker, plot.width as usize, plot.height as usize);
    let (columns, _) = grid.size();
    let lines: Vec<_> = spec.curves.iter().map(|c| scene.cache.columns(run, c.metric, view.weight(c), window, columns)).collect();
    let behind = overlay::columns(spec, scene, window, columns);
    let Some(axis) = range::axis(spec, scene, lines.iter().chain(behind.iter().flatten())) else {
        empty(spec, run, theme, area, buf);
        return;
    };
    let mut styles: Vec<Style> = Vec::new();
    marks::lines(run, window, theme, plot, buf);
    rule(spec, &axis, theme, plot, buf);
    styles.push(theme.style(Role::Overlay));
    behind.iter().for_each(|own| overlay::draw(own, spec.scale, &axis, &mut grid, styles.len() as u8));
    if view.raw && !spec.stacked {
        for curve in spec.curves.iter().filter(|curve| curve.smooth) {
            styles.push(theme.style(Role::Raw));
            points(&scene.cache.columns(run, curve.metric, 0.0, window, columns), spec.scale, &axis, &mut grid, styles.len() as u8);
        }
    }
    if spec.plan {
        for (plan, role) in ahead::plans(run, scene.staged) {
            styles.push(theme.style(role));
            let every = if role == Role::Muted { 4 } else { 2 };
            ahead::draw(run, &plan, &axis, window, &mut grid, (styles.len() as u8, every));
        }
    }
    let first = styles.len() as u8 + 1;
    styles.extend(spec.curves.iter().map(|curve| theme.style(curve.role)));
    let owners: Vec<u8> = (first..=styles.len() as u8).collect();
    if spec.stacked {
        stack::draw(&lines, spec.scale, &axis, &mut grid, &owners);
    } else {
        lines.iter().zip(&owners).for_each(|(columns, owner)| trace(columns, spec.scale, &axis, &mut grid, *owner));
    }
    grid.render(plot, buf, &styles);
    marks::labels(run, window, theme, plot, buf);
    let letters = if spec.stacked { stack::letters } else { marks::letters };
    letters(spec, &lines, &axis, theme, plot, buf);
    y_labels(&axis, theme, area, buf);
    x::labels(scene, window, area, plot, buf);
    cross::draw(spec, scene, window, plot, buf);
}

/// Dot column of a step.
pub(super) fn across(step: f64, window: (f64, f64), columns: usize) -> usize {
    (((step - window.0) / (window.1 - window.0) * columns as f64).max(0.0) as usize).min(columns.saturating_sub(1))
}

/// Step of a cell of the plot.
pub fn step_at(x: u16, window: (f64, f64), plot: Rect) -> u64 {
    let part = (f64::from(x.saturating_sub(plot.x)) + 0.5) / f64::from(plot.width.max(1));
    (window.0 + part * (window.1 - window.0)).max(0.0) as u64
}

/// The line: each column from its least to its greatest value, joined to the next.
fn trace(columns: &[Column], scale: f64, axis: &Axis, grid: &mut Grid, owner: u8) {
    let (_, rows) = grid.size();
    let mut before: Option<(usize, usize)> = None;
    for column in columns {
        if !axis.meets(scale * f64::from(column.min), scale * f64::from(column.max)) {
            before = None;
            continue;
        }
        let dot = |value: f32| axis.nearest_dot(scale * f64::from(value), rows);
        if let (Some(from), Some(first)) = (before, dot(column.first)) {
            grid.line(from, (column.x, first), owner);
        }
        if let (Some(low), Some(high)) = (dot(column.min), dot(column.max)) {
            grid.column(column.x, high, low, owner);
        }
        before = dot(column.last).map(|y| (column.x, y));
    }
}

/// Raw values, as the range of each column.
fn points(columns: &[Column], scale: f64, axis: &Axis, grid: &mut Grid, owner: u8) {
    let (_, rows) = grid.size();
    for column in columns {
        for value in [column.min, column.max] {
            if let Some(y) = axis.dot(scale * f64::from(value), rows) {
                grid.set(column.x, y, owner);
            }
        }
    }
}

fn rule(spec: &ChartSpec, axis: &Axis, theme: &Theme, plot: Rect, buf: &mut Buffer) {
    if let Some(y) = spec.rule.and_then(|value| axis.dot(value, plot.height as usize)) {
        for x in (plot.x..plot.right()).step_by(2) {
            buf[(x, plot.y + y as u16)].set_char('╌').set_style(theme.style(Role::Muted));
        }
    }
}

fn y_labels(axis: &Axis, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let style = theme.style(Role::Muted);
    let rows = area.height - 1;
    for y in 0..rows {
        buf[(area.x + LEFT - 1, area.y + y)].set_char('│').set_style(style);
    }
    for (value, text) in axis.labels((rows as usize / 2).clamp(1, 6)) {
        if let Some(y) = axis.dot(value, rows as usize) {
            buf.set_string(area.x, area.y + y as u16, format!("{text:>5}┤"), style);
        }
    }
}

fn empty(spec: &ChartSpec, run: &RunState, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let values = || spec.curves.iter().flat_map(|c| &run.curve(c.metric).values);
    let nan = values().filter(|value| !value.is_finite()).count();
    let text = match nan {
        0 if values().next().is_some() => "no value here; a logarithmic axis shows only those above 0 (y, 0)".into(),
        0 => format!("waiting for {}", spec.waits_for),
        _ => format!("no finite values ({nan} NaN)"),
    };
    buf.set_stringn(area.x + 1, area.y + area.height / 2, text, area.width.saturating_sub(2) as usize, theme.style(Role::Muted));
}
