//! Lines to read, a question, and the formats of exports.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::format::plain;
use crate::theme::Role;

/// Draws lines, scrolled.
pub fn draw(title: &str, lines: &[String], scroll: u16, app: &App, area: Rect, buf: &mut Buffer) {
    let inner = super::frame(title, "j/k scroll, any other key closes", (90, lines.len() as u16 + 2), app, area, buf);
    let first = (scroll as usize).min(lines.len().saturating_sub(inner.height as usize));
    for (y, text) in lines.iter().skip(first).take(inner.height as usize).enumerate() {
        buf.set_stringn(inner.x, inner.y + y as u16, plain(text), inner.width as usize, app.theme.style(Role::Text));
    }
}

/// Draws a question.
pub fn confirm(lines: &[String], app: &App, area: Rect, buf: &mut Buffer) {
    let inner = super::frame("Sure?", "Enter or y does it   Esc drops it", (70, lines.len() as u16 + 2), app, area, buf);
    for (y, text) in lines.iter().take(inner.height as usize).enumerate() {
        buf.set_stringn(inner.x, inner.y + y as u16, plain(text), inner.width as usize, app.theme.style(Role::Text));
    }
}

/// Draws the formats.
pub fn export(at: usize, app: &App, area: Rect, buf: &mut Buffer) {
    let formats: Vec<_> = app.exports().collect();
    let rows = formats.len().max(1) as u16;
    let inner = super::frame("Export", "j/k choose  Enter writes it", (70, rows + 2), app, area, buf);
    if inner.is_empty() {
        return;
    }
    if formats.is_empty() {
        buf.set_stringn(inner.x, inner.y, "this screen cannot reach the run's files", inner.width as usize, app.theme.style(Role::Muted));
    }
    let first = (at + 1).saturating_sub(inner.height as usize);
    for (y, (name, help)) in formats.iter().enumerate().skip(first).take(inner.height as usize).map(|(i, row)| (i - first, row)) {
        let role = if first + y == at { Role::Selection } else { Role::Text };
        buf.set_stringn(inner.x, inner.y + y as u16, format!(" {name:<12} {help}"), inner.width as usize, app.theme.style(role));
    }
}
