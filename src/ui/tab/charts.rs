//! The Charts tab: every metric in tiles, those that pass the filter, pinned ones first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::state::RunState;

use crate::app::App;
use crate::chart::CHARTS;
use crate::pane::chart;
use crate::theme::Role;
use crate::view::framed;

/// Least size of a tile.
const TILE: (u16, u16) = (36, 8);

/// Tiles with their charts; those that do not fit are on the pages behind.
pub fn tiles(app: &App, area: Rect) -> Vec<(usize, Rect)> {
    let shown = app.charts.shown();
    if shown.is_empty() || area.height == 0 {
        return Vec::new();
    }
    if app.expanded {
        return vec![(app.chart_in_focus(), area)];
    }
    let n = shown.len() as u16;
    let (rows, columns) = app.charts.grid.unwrap_or_else(|| {
        let columns = (area.width / TILE.0).clamp(1, if n <= 4 { 2 } else { 3 }.min(n));
        ((area.height / TILE.1).clamp(1, n.div_ceil(columns)), columns)
    });
    let (rows, columns) = (rows.min(area.height.max(1)), columns.min(area.width.max(1)));
    let page = usize::from(rows * columns);
    let at = shown.iter().position(|i| *i == app.charts.cursor).unwrap_or(0);
    let first = at / page * page;
    let edge = |part: u16, parts: u16, whole: u16| (u32::from(whole) * u32::from(part) / u32::from(parts)) as u16;
    let place = |slot: u16| {
        let (row, column) = (slot / columns, slot % columns);
        let (x, y) = (edge(column, columns, area.width), edge(row, rows, area.height));
        let (right, bottom) = (edge(column + 1, columns, area.width), edge(row + 1, rows, area.height));
        Rect { x: area.x + x, y: area.y + y, width: right - x, height: bottom - y }
    };
    shown.into_iter().skip(first).take(page).enumerate().map(|(slot, chart)| (chart, place(slot as u16))).collect()
}

/// Draws the tiles.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let tiles = tiles(app, area);
    if tiles.is_empty() {
        let text = format!("no chart passes the filter `{}`; Esc shows all", app.charts.filter.text().unwrap_or_default());
        buf.set_stringn(area.x + 1, area.y, text, area.width.saturating_sub(1) as usize, app.theme.style(Role::Muted));
        return;
    }
    let all = app.charts.shown().len();
    for (slot, (i, area)) in tiles.iter().enumerate() {
        let (title, mut foot) = chart::titles(*i, run, app);
        if app.charts.pins.contains(i) {
            foot = format!("pinned  {foot}");
        }
        if tiles.len() < all && slot + 1 == tiles.len() {
            foot = format!("{} of {all}, j/k pages  {foot}", tiles.len());
        }
        debug_assert!(*i < CHARTS.len());
        framed(&title, &foot, *i == app.chart_in_focus(), app, *area, buf, |inner, buf| chart::draw(*i, run, app, inner, buf));
    }
}
