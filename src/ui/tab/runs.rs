//! The Runs tab: every run of the folder, one of them chosen; Space lays it behind the charts.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::format::{percent, plain};
use crate::shell::RunRow;
use crate::theme::Role;

/// Draws the rows that fit around the pointer.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let mut put = |y: u16, text: &str, role: Role| {
        if y < area.bottom() {
            buf.set_stringn(area.x, y, text, area.width as usize, app.theme.style(role));
        }
    };
    if app.runs.rows.is_none() {
        put(area.y, "reading the runs of this folder", Role::Muted);
        return;
    }
    let shown = app.runs.shown();
    if shown.is_empty() {
        let text = match app.runs.filter.text() {
            Some(filter) => format!("no run passes the filter `{filter}`; Esc shows all"),
            None => "no runs here; start one with saner-tui run".to_owned(),
        };
        put(area.y, &text, Role::Muted);
        return;
    }
    // The id takes what the columns leave.
    let wide = area.width >= 100;
    let id = (area.width as usize).saturating_sub(if wide { 75 } else { 58 }).clamp(12, 48);
    let best = if wide { "   best" } else { "" };
    let head =
        format!("   {:<id$} {:<8} {:>9} {:>6}{best} {:>6}  {:<11} {:>5}", "run", "state", "epoch", "test", "noisy", "method", "seed");
    put(area.y, &head, Role::Muted);
    let cursor = app.runs.cursor.min(shown.len() - 1);
    let (first, room) = window(cursor, area.height);
    for (y, (i, row)) in (area.y + 1..).zip(shown.iter().enumerate().skip(first).take(room)) {
        let over = if app.overlays.iter().any(|overlay| overlay.id == row.id) { '◆' } else { ' ' };
        let own = if row.id == app.title { '*' } else { ' ' };
        let role = match (i == cursor, row.fault.is_some()) {
            (true, _) => Role::Selection,
            (_, true) => Role::Warn,
            _ => Role::Text,
        };
        put(y, &format!("{over}{own} {}", line(row, id, wide)), role);
    }
}

/// The first row that is drawn below the head, and how many are.
fn window(cursor: usize, lines: u16) -> (usize, usize) {
    let room = lines.saturating_sub(1) as usize;
    ((cursor + 1).saturating_sub(room), room)
}

/// The row that is drawn in a line of the list.
pub fn row_at(app: &App, line: u16, lines: u16) -> usize {
    let last = app.runs.shown().len().saturating_sub(1);
    let (first, _) = window(app.runs.cursor.min(last), lines);
    (first + usize::from(line.saturating_sub(1))).min(last)
}

fn line(row: &RunRow, id: usize, wide: bool) -> String {
    let name: String = plain(&row.id).chars().take(id).collect();
    if let Some(fault) = &row.fault {
        return format!("{name:<id$} unreadable: {}", plain(fault));
    }
    let tuned = if row.tuned > 0 { format!("  tuned ×{}", row.tuned) } else { String::new() };
    let best = if wide { format!(" {:>6}", percent(row.best)) } else { String::new() };
    format!(
        "{name:<id$} {:<8} {:>4}/{:<4} {:>6}{best} {:>6}  {:<11} {:>5}{tuned}",
        row.state,
        row.epochs.0,
        row.epochs.1,
        percent(row.test),
        percent(row.noisy),
        plain(&row.method),
        row.seed
    )
}
