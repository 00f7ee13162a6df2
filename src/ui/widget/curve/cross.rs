//! The cross-hair: a line at a step, the same on every chart, and the exact values there.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::series::Series;
use saner_core::state::RunState;

use super::{Overlay, Scene, marks, overlay};
use crate::chart::{ChartSpec, CurveSpec};
use crate::format::number;
use crate::theme::Role;

/// The newest point at or before a step: its place in the curve.
fn at(series: &Series, step: u64) -> Option<usize> {
    series.steps.partition_point(|known| *known <= step).checked_sub(1)
}

/// Values under the cross-hair, a line each: raw as in the log, then smooth, then what another run has there.
pub fn values(spec: &ChartSpec, scene: &Scene<'_>, step: u64) -> Vec<String> {
    let mut lines = Vec::new();
    for curve in spec.curves {
        let series = scene.run.curve(curve.metric);
        let Some(i) = at(series, step) else { continue };
        let shown = |value: f32| number(spec.scale * f64::from(value));
        let mut text =
            format!("{}{}", if curve.letter == ' ' { String::new() } else { format!("{} ", curve.letter) }, shown(series.values[i]));
        let mut own = series.values[i];
        if curve.smooth && scene.view.smoothing > 0.0 {
            own = scene.cache.ema(scene.run, curve.metric, scene.view.smoothing)[i];
            text += &format!(" ema {}", shown(own));
        }
        for family in overlay::families(scene.overlays) {
            let theirs: Vec<f64> = family.iter().filter_map(|one| theirs(one, curve, scene, step)).map(f64::from).collect();
            if theirs.is_empty() {
                continue;
            }
            let mean = theirs.iter().sum::<f64>() / theirs.len() as f64;
            text += &format!(" Δ{:+.3}", spec.scale * (f64::from(own) - mean));
            if theirs.len() > 1 {
                let (low, high) = theirs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
                text += &format!(" to {} ({}..{})", number(spec.scale * mean), number(spec.scale * low), number(spec.scale * high));
            }
        }
        lines.push(text);
    }
    lines
}

/// What another run has at a step, smoothed where the chart is.
fn theirs(one: &Overlay, curve: &CurveSpec, scene: &Scene<'_>, step: u64) -> Option<f32> {
    let series = one.run.curve(curve.metric);
    let i = at(series, step)?;
    let smooth = curve.smooth && scene.view.smoothing > 0.0;
    Some(if smooth { one.cache.ema(&one.run, curve.metric, scene.view.smoothing)[i] } else { series.values[i] })
}

/// Where a step lies, in words.
pub fn place(run: &RunState, step: u64) -> String {
    format!("ep {:.1} step {step}", step as f64 / run.steps_per_epoch() as f64)
}

/// Draws the line, and the values on whichever side has more room.
pub fn draw(spec: &ChartSpec, scene: &Scene<'_>, window: (f64, f64), plot: Rect, buf: &mut Buffer) {
    let Some(step) = scene.view.cross else { return };
    let Some(x) = marks::column(step, window, plot) else { return };
    // Names of marks stand on the first row.
    for y in plot.y + 1..plot.bottom() {
        buf[(x, y)].set_char('│').set_style(scene.theme.style(Role::Focus));
    }
    let mut lines = vec![place(scene.run, step)];
    lines.extend(values(spec, scene, step));
    // Names that found no room on the first row are read here.
    let here = marks::all(scene.run).into_iter().filter(|mark| marks::column(mark.step, window, plot) == Some(x));
    let names: Vec<String> = here.map(|mark| mark.label).collect();
    if !names.is_empty() {
        lines.push(names.join(" "));
    }
    let right = plot.right() - x > x - plot.x;
    for (y, text) in (plot.y + 1..plot.bottom()).zip(&lines) {
        let room = if right { plot.right() - x - 1 } else { x - plot.x };
        let width = (text.chars().count() as u16).min(room);
        let from = if right { x + 1 } else { x - width };
        buf.set_stringn(from, y, text, width as usize, scene.theme.style(Role::Focus));
    }
}
