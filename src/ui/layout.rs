//! Plans of the Live tab by size: what is shown where. Designed at 80×24 first.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::pane::Pane;

/// Kind of plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Below 40×10: one sentence.
    Notice,
    /// From 40×10: a state line, one chart, values.
    Strip,
    /// From 80×24: two charts, knobs.
    Standard,
    /// From 120×40: four charts, knobs, now, events.
    Desk,
    /// From 200×60: everything.
    Wall,
}

/// Areas of one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Kind.
    pub mode: Mode,
    /// State line.
    pub state: Rect,
    /// Tab line, if any.
    pub tabs: Option<Rect>,
    /// Progress line, if any.
    pub progress: Option<Rect>,
    /// Everything between.
    pub body: Rect,
    /// Message line, if any.
    pub message: Option<Rect>,
    /// Footer.
    pub footer: Rect,
    /// Panes of the Live tab.
    pub panes: Vec<(Pane, Rect)>,
}

/// Plans a frame; `chart` is the one in focus, which the small plans show.
pub fn plan(area: Rect, chart: usize, wanted: Option<Mode>) -> Plan {
    let fits = match (area.width, area.height) {
        (200.., 60..) => Mode::Wall,
        (120.., 40..) => Mode::Desk,
        (80.., 24..) => Mode::Standard,
        (40.., 10..) => Mode::Strip,
        _ => Mode::Notice,
    };
    // A larger plan than fits would show nothing well.
    let mode = wanted.map_or(fits, |wanted| wanted.min(fits));
    let line = |y: u16| Rect { x: area.x, y, width: area.width, height: 1.min(area.height) };
    let top = match mode {
        Mode::Notice | Mode::Strip => 1,
        Mode::Standard => 2,
        Mode::Desk | Mode::Wall => 3,
    };
    let bottom = if matches!(mode, Mode::Notice | Mode::Strip) { 1 } else { 2 };
    let body = Rect { x: area.x, y: area.y + top.min(area.height), width: area.width, height: area.height.saturating_sub(top + bottom) };
    let last = area.bottom().saturating_sub(1);
    Plan {
        mode,
        state: line(area.y),
        tabs: (top >= 2).then(|| line(area.y + 1)),
        progress: (top >= 3).then(|| line(area.y + 2)),
        body,
        message: (bottom == 2).then(|| line(last.saturating_sub(1))),
        footer: line(last),
        panes: panes(mode, body, chart),
    }
}

fn panes(mode: Mode, body: Rect, chart: usize) -> Vec<(Pane, Rect)> {
    let rows = |area: Rect, parts: &[Constraint]| Layout::vertical(parts.iter().copied()).split(area).to_vec();
    let columns = |area: Rect, parts: &[Constraint]| Layout::horizontal(parts.iter().copied()).split(area).to_vec();
    use Constraint::{Fill, Length};
    match mode {
        Mode::Notice => vec![],
        Mode::Strip => {
            let r = rows(body, &[Fill(1), Length(3)]);
            vec![(Pane::Chart(chart), r[0]), (Pane::Values, r[1])]
        }
        Mode::Standard => {
            let r = rows(body, &[Fill(1), Fill(1)]);
            let c = columns(r[1], &[Fill(1), Length(34)]);
            vec![(Pane::Chart(0), r[0]), (Pane::Chart(if chart == 0 { 1 } else { chart }), c[0]), (Pane::Knobs, c[1])]
        }
        Mode::Desk => {
            let r = rows(body, &[Fill(1), Length(7)]);
            let c = columns(r[0], &[Fill(1), Length(42)]);
            let left = rows(c[0], &[Fill(1), Fill(1)]);
            let right = rows(c[1], &[Length(11), Length(9), Fill(1)]);
            let small = if chart >= 2 { chart } else { 2 };
            vec![
                (Pane::Chart(0), left[0]),
                (Pane::Chart(1), left[1]),
                (Pane::Knobs, right[0]),
                (Pane::Now, right[1]),
                (Pane::Chart(small), right[2]),
                (Pane::Events, r[1]),
            ]
        }
        Mode::Wall => {
            let r = rows(body, &[Fill(5), Fill(4), Fill(4)]);
            let top = columns(r[0], &[Fill(1), Fill(1), Length(42)]);
            let side = rows(top[2], &[Fill(1), Length(9)]);
            let middle = columns(r[1], &[Fill(1), Fill(1), Fill(1)]);
            let low = columns(r[2], &[Fill(1), Fill(1)]);
            vec![
                (Pane::Chart(0), top[0]),
                (Pane::Chart(1), top[1]),
                (Pane::Knobs, side[0]),
                (Pane::Now, side[1]),
                (Pane::Chart(2), middle[0]),
                (Pane::Chart(3), middle[1]),
                (Pane::Chart(4), middle[2]),
                (Pane::Layers, low[0]),
                (Pane::Events, low[1]),
            ]
        }
    }
}
