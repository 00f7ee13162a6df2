//! What lies over the panes.

pub mod field;
pub mod help;
pub mod leave;
pub mod page;
pub mod tour;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear, Widget};

use crate::app::App;
use crate::theme::Role;

/// Draws a frame of at most `width` × `height` in the middle and returns its inside.
fn frame(title: &str, foot: &str, size: (u16, u16), app: &App, area: Rect, buf: &mut Buffer) -> Rect {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height));
    let outer = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    frame_at(title, foot, outer, app, buf)
}

/// Draws a frame at a place and returns its inside.
fn frame_at(title: &str, foot: &str, outer: Rect, app: &App, buf: &mut Buffer) -> Rect {
    Clear.render(outer, buf);
    let block = Block::bordered().title(format!(" {title} ")).title_bottom(format!(" {foot} ")).border_style(app.theme.style(Role::Focus));
    let inner = block.inner(outer);
    block.render(outer, buf);
    inner
}
