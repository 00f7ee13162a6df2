//! A chart pane: title with the last values, the curve, a footer with how it is shown.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::state::{Metric, RunState};

use crate::app::App;
use crate::chart::CHARTS;
use crate::format::number;
use crate::widget::curve::{self, ChartView, Scene, ahead, overlay, range};

/// Title and footer.
pub fn titles(index: usize, run: &RunState, app: &App) -> (String, String) {
    let spec = &CHARTS[index];
    let mut title = spec.title.to_owned();
    let summary = |metric: Metric, smooth: bool| app.cache.summary(run, metric, if smooth { app.chart_view.smoothing } else { 0.0 });
    for curve in spec.curves.iter().rev() {
        let last = summary(curve.metric, curve.smooth).last;
        let shown = last.map_or_else(|| "-".into(), |value| shown(spec.scale, value));
        match (curve.letter, curve.name) {
            (' ', _) => title += &format!("  {shown}"),
            (letter, "") => title += &format!("  {letter} {shown}"),
            (letter, name) => title += &format!(" {letter} {name} {shown}"),
        }
    }
    let note = match spec.curves[0].metric {
        Metric::Loss => {
            summary(Metric::Loss, true).least.map(|(step, value)| format!("  min {} @{}", number(f64::from(value)), at(run, step)))
        }
        Metric::TestAcc => run.epochs.last().map(|e| format!("  best {:.1}", 100.0 * e.best_acc)),
        Metric::Alpha => run.plan.as_ref().map(|plan| format!("  target ×{:.3}, strength {:.3}", plan.target, 1.0 - plan.target)),
        Metric::PR => run
            .dominance
            .map_or(Some("  audit".into()), |[noise, clean, _]| Some(format!("  audit n {:.1} c {:.1} %", 100.0 * noise, 100.0 * clean))),
        _ => None,
    };
    title += &note.unwrap_or_default();
    let nan = summary(spec.curves[0].metric, spec.curves[0].smooth).nan;
    if nan > 0 {
        title += &format!("  {nan} NaN");
    }
    (title, footer(index, run, app))
}

fn footer(index: usize, run: &RunState, app: &App) -> String {
    let view = &app.chart_view;
    let scale = if view.log_y { "log" } else { "lin" };
    let axis = view.x.word();
    let follow = if app.frozen.is_some() {
        "frozen"
    } else if view.back > 0.0 {
        "moved back"
    } else if view.zoom < 1.0 {
        "follow, zoomed"
    } else {
        "follow"
    };
    let mut foot = match index {
        0 => format!("{follow}  s smooth {}  y {scale}  x {axis}", view.smoothing),
        4 if ahead::plans(run, &app.staged).len() > 1 => format!("{follow}  dots: plan, and as staged"),
        4 => format!("{follow}  dots: plan"),
        3 => format!("{follow}  rule: 1.0"),
        _ => follow.into(),
    };
    if range::pinned(&CHARTS[index], &view.ranges).is_some() {
        foot += "  y pinned";
    } else if view.inliers {
        foot += "  without outliers";
    }
    if index == 0 && !app.overlays.is_empty() {
        foot += &format!("  behind: {}", overlay::words(&app.overlays));
    }
    foot
}

fn shown(scale: f64, value: f32) -> String {
    let value = scale * f64::from(value);
    if scale > 1.0 { format!("{value:.1}") } else { number(value) }
}

fn at(run: &RunState, step: u64) -> String {
    format!("ep{}", step / run.steps_per_epoch() + 1)
}

/// The curve.
pub fn draw(index: usize, run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    draw_as(index, run, app, &app.chart_view, area, buf);
}

/// The curve, shown otherwise than the others.
pub fn draw_as(index: usize, run: &RunState, app: &App, view: &ChartView, area: Rect, buf: &mut Buffer) {
    curve::render(&CHARTS[index], &Scene { view, ..app.scene(run) }, area, buf);
}
