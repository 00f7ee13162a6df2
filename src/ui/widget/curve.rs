//! A chart: axes, smooth and raw curves thinned by M4, marks, rule line, alpha's plan, last values at the line's end.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::series::{Series, m4};
use saner_core::state::{Mark, RunState};

use super::axis::{Axis, label, ticks};
use super::grid::{Grid, Marker};
use crate::chart::ChartSpec;
use crate::theme::{Role, Theme};

/// Cells of the y labels with their tick.
const LEFT: u16 = 6;

/// How charts are shown, the same for all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartView {
    /// EMA weight of smoothed curves.
    pub smoothing: f64,
    /// Logarithmic y.
    pub log_y: bool,
    /// x labels in epochs, else in steps.
    pub epochs: bool,
    /// Raw points behind the smooth line.
    pub raw: bool,
    /// Dots.
    pub marker: Marker,
    /// Newest part shown: 1 all, 0.5 the newer half, …
    pub zoom: f64,
    /// How far the window is moved back, in windows.
    pub back: f64,
}

impl Default for ChartView {
    fn default() -> Self {
        Self { smoothing: 0.9, log_y: false, epochs: true, raw: false, marker: Marker::Braille, zoom: 1.0, back: 0.0 }
    }
}

impl ChartView {
    /// Steps shown, from and to.
    pub fn window(&self, run: &RunState, with_plan: bool) -> (f64, f64) {
        let per_epoch = steps_per_epoch(run);
        let newest = run.steps_done().max(1) as f64;
        let ahead = run.plan.as_ref().filter(|_| with_plan).map_or(0.0, |plan| plan.end() * per_epoch * 1.1);
        let total = run.header.as_ref().map_or(f64::MAX, |header| header.total_steps as f64);
        let end = newest.max(ahead.min(total)).max(4.0);
        let span = (end * self.zoom).max(4.0);
        let right = (end - span * self.back).max(span);
        (right - span, right)
    }
}

fn steps_per_epoch(run: &RunState) -> f64 {
    run.header.as_ref().map_or(1, |header| header.steps_per_epoch.max(1)) as f64
}

/// Draws the inside of a chart's frame.
pub fn render(spec: &ChartSpec, run: &RunState, view: &ChartView, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if area.width < LEFT + 4 || area.height < 3 {
        return;
    }
    let window = view.window(run, spec.plan);
    let smooth: Vec<Vec<f32>> = spec
        .curves
        .iter()
        .map(|c| {
            let series = run.curve(c.metric);
            if c.smooth && view.smoothing > 0.0 { series.ema(view.smoothing) } else { series.values.clone() }
        })
        .collect();
    let Some(axis) = axis(spec, run, view, window, &smooth) else {
        empty(spec, run, theme, area, buf);
        return;
    };
    let plot = Rect { x: area.x + LEFT, y: area.y, width: area.width - LEFT, height: area.height - 1 };
    let mut grid = Grid::new(view.marker, plot.width as usize, plot.height as usize);
    let mut styles = Vec::new();
    mark_lines(run, window, theme, plot, buf);
    rule(spec, &axis, theme, plot, buf);
    if view.raw {
        for curve in spec.curves.iter().filter(|curve| curve.smooth) {
            styles.push(theme.style(Role::Raw));
            points(run.curve(curve.metric), spec.scale, &axis, window, &mut grid, styles.len() as u8);
        }
    }
    if spec.plan {
        styles.push(theme.style(Role::Muted));
        plan(run, &axis, window, &mut grid, styles.len() as u8);
    }
    for (curve, values) in spec.curves.iter().zip(&smooth) {
        styles.push(theme.style(curve.role));
        trace(&run.curve(curve.metric).steps, values, spec.scale, &axis, window, &mut grid, styles.len() as u8);
    }
    grid.render(plot, buf, &styles);
    mark_labels(run, window, theme, plot, buf);
    letters(spec, &smooth, &axis, theme, plot, buf);
    labels(&axis, view, run, window, theme, area, buf);
}

fn axis(spec: &ChartSpec, run: &RunState, view: &ChartView, window: (f64, f64), smooth: &[Vec<f32>]) -> Option<Axis> {
    let mut range: Option<(f64, f64)> = None;
    let mut take = |value: f64| {
        if value.is_finite() && !(view.log_y && value <= 0.0) {
            range = Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))));
        }
    };
    for (curve, values) in spec.curves.iter().zip(smooth) {
        let series = run.curve(curve.metric);
        for column in m4(&series.steps, values, window, 256) {
            take(spec.scale * f64::from(column.min));
            take(spec.scale * f64::from(column.max));
        }
    }
    let (low, high) = range?;
    if let (Some((low, high)), false) = (spec.range, view.log_y) {
        return Some(Axis { low, high, log: false });
    }
    let with_rule = spec.rule.map_or((low, high), |rule| (low.min(rule), high.max(rule)));
    let (low, high) = match (&run.plan, spec.plan) {
        (Some(plan), true) => (with_rule.0.min(plan.target), with_rule.1.max(plan.target)),
        _ => with_rule,
    };
    Some(Axis::around(low, high, view.log_y))
}

/// Dot column of a step.
fn across(step: f64, window: (f64, f64), columns: usize) -> usize {
    (((step - window.0) / (window.1 - window.0) * columns as f64) as usize).min(columns.saturating_sub(1))
}

/// The line: each column from its least to its greatest value, joined to the next.
fn trace(steps: &[u64], values: &[f32], scale: f64, axis: &Axis, window: (f64, f64), grid: &mut Grid, owner: u8) {
    let (columns, rows) = grid.size();
    let mut before: Option<(usize, usize)> = None;
    for column in m4(steps, values, window, columns) {
        let dot = |value: f32| axis.dot(scale * f64::from(value), rows);
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
fn points(series: &Series, scale: f64, axis: &Axis, window: (f64, f64), grid: &mut Grid, owner: u8) {
    let (columns, rows) = grid.size();
    for column in m4(&series.steps, &series.values, window, columns) {
        for value in [column.min, column.max] {
            if let Some(y) = axis.dot(scale * f64::from(value), rows) {
                grid.set(column.x, y, owner);
            }
        }
    }
}

/// Alpha's plan from now on, as sparse dots.
fn plan(run: &RunState, axis: &Axis, window: (f64, f64), grid: &mut Grid, owner: u8) {
    let Some(plan) = &run.plan else { return };
    let (columns, rows) = grid.size();
    let now = run.steps_done() as f64;
    for x in (0..columns).step_by(3) {
        let step = window.0 + (x as f64 + 0.5) / columns as f64 * (window.1 - window.0);
        if step >= now
            && let Some(y) = axis.dot(plan.at(step / steps_per_epoch(run)), rows)
        {
            grid.set(x, y, owner);
        }
    }
}

/// Lines through the chart where a person changed something; checkpoints come often and say little, so they have none.
fn mark_lines(run: &RunState, window: (f64, f64), theme: &Theme, plot: Rect, buf: &mut Buffer) {
    for mark in run.marks.iter().filter(|mark| role_of(&mark.label) != Role::CheckpointMark) {
        if let Some(x) = mark_column(mark.step, window, plot) {
            for y in plot.y..plot.bottom() {
                buf[(x, y)].set_char('┊').set_style(theme.style(role_of(&mark.label)));
            }
        }
    }
}

/// Labels on the top row: a person's first, then newer checkpoints before older ones, each only where there is room.
fn mark_labels(run: &RunState, window: (f64, f64), theme: &Theme, plot: Rect, buf: &mut Buffer) {
    let mut taken = vec![false; plot.width as usize + 1];
    let by_person = |mark: &&Mark| role_of(&mark.label) != Role::CheckpointMark;
    let (first, second): (Vec<&Mark>, Vec<&Mark>) = run.marks.iter().rev().partition(by_person);
    for mark in first.into_iter().chain(second) {
        let Some(x) = mark_column(mark.step, window, plot) else { continue };
        let long = mark.label.chars().count().min(plot.width as usize);
        let from = ((x - plot.x) as usize).min(plot.width as usize - long);
        let to = from + long;
        if !taken[from.saturating_sub(1)..=to].contains(&true) {
            taken[from..to].fill(true);
            buf.set_string(plot.x + from as u16, plot.y, &mark.label, theme.style(role_of(&mark.label)));
        }
    }
}

fn mark_column(step: u64, window: (f64, f64), plot: Rect) -> Option<u16> {
    let step = step as f64;
    (step >= window.0 && step <= window.1).then(|| plot.x + across(step, window, plot.width as usize) as u16)
}

fn role_of(label: &str) -> Role {
    match label.chars().next() {
        Some('C') => Role::CheckpointMark,
        Some('✗') => Role::Error,
        _ => Role::KnobMark,
    }
}

fn rule(spec: &ChartSpec, axis: &Axis, theme: &Theme, plot: Rect, buf: &mut Buffer) {
    if let Some(y) = spec.rule.and_then(|value| axis.dot(value, plot.height as usize)) {
        for x in (plot.x..plot.right()).step_by(2) {
            buf[(x, plot.y + y as u16)].set_char('╌').set_style(theme.style(Role::Muted));
        }
    }
}

/// Letters at the right end, so that curves can be told apart without colour.
fn letters(spec: &ChartSpec, smooth: &[Vec<f32>], axis: &Axis, theme: &Theme, plot: Rect, buf: &mut Buffer) {
    for (curve, values) in spec.curves.iter().zip(smooth) {
        let last = values.iter().rev().find(|value| value.is_finite());
        if curve.letter != ' '
            && let Some(y) = last.and_then(|value| axis.dot(spec.scale * f64::from(*value), plot.height as usize))
        {
            buf[(plot.right() - 1, plot.y + y as u16)].set_char(curve.letter).set_style(theme.style(curve.role));
        }
    }
}

fn labels(axis: &Axis, view: &ChartView, run: &RunState, window: (f64, f64), theme: &Theme, area: Rect, buf: &mut Buffer) {
    let style = theme.style(Role::Muted);
    let rows = area.height - 1;
    for y in 0..rows {
        buf[(area.x + LEFT - 1, area.y + y)].set_char('│').set_style(style);
    }
    let marks = axis.ticks((rows as usize / 2).clamp(1, 6));
    let step = if marks.len() > 1 { (marks[1] - marks[0]).abs() } else { marks.first().map_or(1.0, |v| v.abs().max(0.01)) };
    for value in marks {
        if let Some(y) = axis.dot(value, rows as usize) {
            let text = label(value, if axis.log { value } else { step });
            buf.set_string(area.x, area.y + y as u16, format!("{text:>5}┤"), style);
        }
    }
    let unit = if view.epochs { steps_per_epoch(run) } else { 1.0 };
    let marks = ticks(window.0 / unit, window.1 / unit, (area.width as usize / 12).max(1));
    let step = if marks.len() > 1 { marks[1] - marks[0] } else { 1.0 };
    for value in marks {
        let x = area.x + LEFT + across(value * unit, window, (area.width - LEFT) as usize) as u16;
        let text = label(value, step);
        if x + text.len() as u16 <= area.right() {
            buf.set_string(x, area.bottom() - 1, text, style);
        }
    }
}

fn empty(spec: &ChartSpec, run: &RunState, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let nan = spec.curves.iter().flat_map(|c| &run.curve(c.metric).values).filter(|value| !value.is_finite()).count();
    let text = if nan > 0 { format!("no finite values ({nan} NaN)") } else { format!("waiting for {}", spec.waits_for) };
    buf.set_stringn(area.x + 1, area.y + area.height / 2, text, area.width.saturating_sub(2) as usize, theme.style(Role::Muted));
}
