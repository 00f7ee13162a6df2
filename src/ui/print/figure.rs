//! The charts of a tab as a figure for a paper: vector curves with axes, legend and marks, of the part and in the way in
//! which they are shown on the screen.

use std::fmt::Write;
use std::rc::Rc;

use saner_core::series::Column;
use saner_core::state::RunState;

use super::svg::hex;
use crate::app::App;
use crate::chart::{CHARTS, ChartSpec};
use crate::format::number;
use crate::theme::{Depth, Role, Theme, Themes};
use crate::widget::axis::Axis;
use crate::widget::curve::{ahead, cross_place, marks, overlay, range, stack, x};

/// Size of a panel, and of the parts of it: left of, right of, above and below the field of curves.
const PANEL: (f64, f64) = (480.0, 320.0);
const LEFT: f64 = 56.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 70.0;
/// Size of the field.
const FIELD: (f64, f64) = (PANEL.0 - LEFT - RIGHT, PANEL.1 - TOP - BOTTOM);
/// Columns to which curves are thinned: two for each unit, each with its extremes.
const COLUMNS: usize = 2 * FIELD.0 as usize;

/// A figure of charts by their places in the table.
pub fn page(run: &RunState, app: &App, charts: &[usize]) -> String {
    // On paper, whatever the screen's ground is.
    let theme = app.settings.themes.load("light", Depth::True).unwrap_or_else(|_| Themes::fallback(Depth::True));
    let across = match charts.len() {
        0 | 1 => 1,
        2..=4 => 2,
        _ => 3,
    };
    let down = charts.len().max(1).div_ceil(across);
    let (width, height) = (PANEL.0 * across as f64, PANEL.1 * down as f64 + 24.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    let mut title = app.title.clone();
    if run.tuned > 0 {
        title += &format!("  (tuned by hand ×{})", run.tuned);
    }
    text(&mut out, (8.0, 16.0), "start", "#1a1a1a", &title);
    for (at, i) in charts.iter().enumerate() {
        let (x, y) = (PANEL.0 * (at % across) as f64, 24.0 + PANEL.1 * (at / across) as f64);
        let _ = writeln!(out, "<g transform=\"translate({x} {y})\">");
        panel(run, app, &theme, &CHARTS[*i], &mut out);
        out += "</g>\n";
    }
    out + "</svg>\n"
}

/// Where values and steps lie in a panel.
struct Frame {
    axis: Axis,
    window: (f64, f64),
}

impl Frame {
    fn x(&self, step: f64) -> f64 {
        LEFT + (step - self.window.0) / (self.window.1 - self.window.0) * FIELD.0
    }

    fn column(&self, x: usize) -> f64 {
        LEFT + (x as f64 + 0.5) / COLUMNS as f64 * FIELD.0
    }

    fn y(&self, value: f64) -> Option<f64> {
        self.axis.part(value).map(|part| TOP + (1.0 - part) * FIELD.1)
    }
}

fn panel(run: &RunState, app: &App, theme: &Theme, spec: &ChartSpec, out: &mut String) {
    let (scene, view) = (app.scene(run), &app.chart_view);
    let window = view.window(run, spec.plan);
    let lines: Vec<_> = spec.curves.iter().map(|curve| app.cache.columns(run, curve.metric, view.weight(curve), window, COLUMNS)).collect();
    let behind = overlay::columns(spec, &scene, window, COLUMNS);
    text(out, (LEFT, 18.0), "start", "#1a1a1a", spec.title);
    let Some(axis) = range::axis(spec, &scene, lines.iter().chain(behind.iter().flatten())) else {
        text(out, (LEFT, TOP + FIELD.1 / 2.0), "start", "#5f5f5f", &format!("no values: waiting for {}", spec.waits_for));
        return;
    };
    let frame = Frame { axis, window };
    grid(run, app, &frame, out);
    // What lies beyond a pinned range is not drawn.
    let _ = writeln!(
        out,
        "<svg x=\"{LEFT}\" y=\"{TOP}\" width=\"{w}\" height=\"{h}\" viewBox=\"{LEFT} {TOP} {w} {h}\">",
        w = FIELD.0,
        h = FIELD.1
    );
    if let Some(y) = spec.rule.and_then(|value| frame.y(value)) {
        line(out, [LEFT, y, LEFT + FIELD.0, y], "#5f5f5f", " stroke-dasharray=\"6 4\"");
    }
    others(&behind, spec.scale, &frame, out);
    if view.raw && !spec.stacked {
        for curve in spec.curves.iter().filter(|curve| curve.smooth) {
            let columns = app.cache.columns(run, curve.metric, 0.0, window, COLUMNS);
            path(out, &points(&columns, spec.scale, &frame), &ink(theme, curve.role), " stroke-opacity=\"0.25\" stroke-width=\"0.8\"");
        }
    }
    if spec.plan {
        for (plan, role) in ahead::plans(run, &app.staged) {
            let ahead: Vec<_> = ahead::points(run, &plan, window, COLUMNS)
                .filter_map(|(x, value)| Some((frame.column(x), frame.y(spec.scale * value)?)))
                .collect();
            path(out, &ahead, &ink(theme, role), " stroke-dasharray=\"2 3\" stroke-width=\"1.2\"");
        }
    }
    if spec.stacked {
        shares(&lines, spec, &frame, theme, out);
    }
    for (curve, columns) in spec.curves.iter().zip(&lines).filter(|_| !spec.stacked) {
        path(out, &points(columns, spec.scale, &frame), &ink(theme, curve.role), " stroke-width=\"1.6\"");
    }
    out.push_str("</svg>\n");
    marks_of(run, &frame, theme, out);
    legend(run, app, theme, spec, out);
    if let Some(step) = view.cross.filter(|step| (window.0..=window.1).contains(&(*step as f64))) {
        let x = frame.x(step as f64);
        line(out, [x, TOP, x, TOP + FIELD.1], "#1a1a1a", "");
        text(out, (x + 3.0, TOP + 12.0), "start", "#1a1a1a", &cross_place(run, step));
    }
    let (width, height) = FIELD;
    let _ = writeln!(out, "<rect x=\"{LEFT}\" y=\"{TOP}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"#8a8a8a\"/>");
}

/// Lines of the axes with their numbers.
fn grid(run: &RunState, app: &App, frame: &Frame, out: &mut String) {
    for (value, words) in frame.axis.labels(6) {
        if let Some(y) = frame.y(value) {
            line(out, [LEFT, y, LEFT + FIELD.0, y], "#e4e4e4", "");
            text(out, (LEFT - 6.0, y + 4.0), "end", "#5f5f5f", &words);
        }
    }
    for (step, words) in x::marks(run, app.chart_view.x, frame.window, 6) {
        let x = frame.x(step);
        line(out, [x, TOP, x, TOP + FIELD.1], "#e4e4e4", "");
        text(out, (x, TOP + FIELD.1 + 16.0), "middle", "#5f5f5f", &words);
    }
    text(out, (LEFT + FIELD.0, TOP + FIELD.1 + 30.0), "end", "#5f5f5f", app.chart_view.x.word());
}

/// Lines where something changed, with their names above the field where there is room.
fn marks_of(run: &RunState, frame: &Frame, theme: &Theme, out: &mut String) {
    let mut free = f64::INFINITY;
    for mark in marks::all(run).iter().rev().filter(|mark| (frame.window.0..=frame.window.1).contains(&(mark.step as f64))) {
        let (x, role) = (frame.x(mark.step as f64), marks::role_of(&mark.label));
        if role != Role::CheckpointMark {
            line(out, [x, TOP, x, TOP + FIELD.1], &ink(theme, role), " stroke-dasharray=\"3 3\"");
        }
        let width = 7.0 * mark.label.chars().count() as f64;
        if x + width / 2.0 < free {
            text(out, (x, TOP - 5.0), "middle", &ink(theme, role), &mark.label);
            free = x - width / 2.0 - 4.0;
        }
    }
}

/// Other runs: broken lines, or the mean of several seeds in a band.
fn others(families: &[Vec<Rc<Vec<Column>>>], scale: f64, frame: &Frame, out: &mut String) {
    const GREY: &str = "#8a8a8a";
    for own in families {
        if let [columns] = &own[..] {
            path(out, &points(columns, scale, frame), GREY, " stroke-dasharray=\"5 3\"");
            continue;
        }
        let band = overlay::band(own);
        let at = |which: usize| {
            band.iter().filter_map(move |(x, values)| Some((frame.column(*x), frame.y(scale * values[which])?))).collect::<Vec<_>>()
        };
        let (mean, low, high) = (at(0), at(1), at(2));
        area(out, high, low, GREY, 0.2);
        path(out, &mean, GREY, "");
    }
}

/// Shares one upon another, each as an area.
fn shares(lines: &[Rc<Vec<Column>>], spec: &ChartSpec, frame: &Frame, theme: &Theme, out: &mut String) {
    let layers = stack::layers(lines);
    for (share, curve) in spec.curves.iter().enumerate() {
        let side = |end: usize| {
            layers.iter().filter_map(move |(x, ends)| Some((frame.column(*x), frame.y(spec.scale * ends[share][end])?))).collect::<Vec<_>>()
        };
        area(out, side(1), side(0), &ink(theme, curve.role), 0.6);
    }
}

/// What each line is and where it stands, below the field, in two lines at most.
fn legend(run: &RunState, app: &App, theme: &Theme, spec: &ChartSpec, out: &mut String) {
    let (mut at, mut y) = (LEFT, PANEL.1 - 24.0);
    let mut entry = |words: &str, ink: &str, dash: &str| {
        if at > LEFT && at + 23.0 + 6.6 * words.chars().count() as f64 > PANEL.0 {
            (at, y) = (LEFT, y + 15.0);
        }
        line(out, [at, y - 4.0, at + 18.0, y - 4.0], ink, &format!(" stroke-width=\"2\"{dash}"));
        text(out, (at + 23.0, y), "start", "#1a1a1a", words);
        at += 23.0 + 6.6 * words.chars().count() as f64 + 14.0;
    };
    for curve in spec.curves.iter().rev() {
        let weight = app.chart_view.weight(curve);
        let last = app.cache.summary(run, curve.metric, weight).last.map_or("-".into(), |value| number(spec.scale * f64::from(value)));
        let letter = curve.letter.to_string();
        let name = match (curve.name, letter.trim()) {
            ("", "") => spec.title,
            ("", letter) => letter,
            (name, _) => name,
        };
        let smooth = if weight > 0.0 { format!(" EMA {weight}") } else { String::new() };
        entry(&format!("{name}{smooth} {last}"), &ink(theme, curve.role), "");
    }
    if !app.overlays.is_empty() {
        entry(&overlay::words(&app.overlays), "#8a8a8a", " stroke-dasharray=\"5 3\"");
    }
}

/// Columns as a line through first, least, greatest and last of each.
fn points(columns: &[Column], scale: f64, frame: &Frame) -> Vec<(f64, f64)> {
    let mut found = Vec::new();
    for column in columns {
        let mut values = vec![column.first, column.min, column.max, column.last];
        values.dedup();
        let x = frame.column(column.x);
        found.extend(values.into_iter().filter_map(|value| Some((x, frame.y(scale * f64::from(value))?))));
    }
    found
}

fn ink(theme: &Theme, role: Role) -> String {
    hex(theme.ink(role as usize).0)
}

fn path(out: &mut String, points: &[(f64, f64)], ink: &str, more: &str) {
    if points.is_empty() {
        return;
    }
    let _ = writeln!(out, "<polyline points=\"{}\" fill=\"none\" stroke=\"{ink}\"{more}/>", places(points));
}

/// The area between an upper and a lower line.
fn area(out: &mut String, upper: Vec<(f64, f64)>, lower: Vec<(f64, f64)>, ink: &str, opacity: f64) {
    let around: Vec<_> = upper.into_iter().chain(lower.into_iter().rev()).collect();
    let _ = writeln!(out, "<polygon points=\"{}\" fill=\"{ink}\" fill-opacity=\"{opacity}\"/>", places(&around));
}

fn places(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

fn line(out: &mut String, [x1, y1, x2, y2]: [f64; 4], ink: &str, more: &str) {
    let _ = writeln!(out, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{ink}\"{more}/>");
}

fn text(out: &mut String, (x, y): (f64, f64), anchor: &str, ink: &str, words: &str) {
    let words = saner_core::page::text(words);
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{ink}\">{words}</text>");
}
