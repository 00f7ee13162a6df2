//! A line of text over the panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::input::Field;
use crate::theme::Role;

/// Draws it, with the end of a long text in view.
pub fn draw(field: &Field, app: &App, area: Rect, buf: &mut Buffer) {
    let inner = super::frame(&field.prompt(), "Enter takes it   Esc drops it", (60, 3), app, area, buf);
    let room = inner.width.saturating_sub(2) as usize;
    let skip = field.text.chars().count().saturating_sub(room);
    let text: String = field.text.chars().skip(skip).collect();
    let (x, _) = buf.set_stringn(inner.x, inner.y, text, inner.width as usize, app.theme.style(Role::Text));
    buf.set_stringn(x, inner.y, " ", 1, app.theme.style(Role::Selection));
}
