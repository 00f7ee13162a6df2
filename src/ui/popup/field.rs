//! A line of text over the panes; of a command also what it may be completed to.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::palette::candidates;
use crate::input::{Field, Purpose};
use crate::theme::Role;

/// Candidates that are shown.
const SHOWN: usize = 8;

/// Draws it, with the end of a long text in view.
pub fn draw(field: &Field, app: &App, area: Rect, buf: &mut Buffer) {
    let command = field.purpose == Purpose::Command;
    let found = if command { candidates(app, &field.text) } else { Vec::new() };
    let foot = if command { "Enter does it  Tab completes  Esc drops it" } else { "Enter takes it   Esc drops it" };
    let height = 3 + if command { found.len().min(SHOWN) as u16 } else { 0 };
    let inner = super::frame(&field.prompt(), foot, (76, height), app, area, buf);
    if inner.is_empty() {
        return;
    }
    let room = inner.width.saturating_sub(2) as usize;
    let skip = field.text.chars().count().saturating_sub(room);
    let text: String = field.text.chars().skip(skip).collect();
    let (x, _) = buf.set_stringn(inner.x, inner.y, text, inner.width as usize, app.theme.style(Role::Text));
    buf.set_stringn(x, inner.y, " ", 1, app.theme.style(Role::Selection));
    for (y, (word, help)) in (inner.y + 1..inner.bottom()).zip(&found) {
        let text = format!("  {word:<22} {help}");
        buf.set_stringn(inner.x, y, text, inner.width as usize, app.theme.style(Role::Muted));
    }
}
