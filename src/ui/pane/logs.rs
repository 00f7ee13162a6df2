//! The Logs tab: leveled lines by tui-logger.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;
use tui_logger::{TuiLoggerLevelOutput, TuiLoggerWidget};

use crate::app::App;
use crate::theme::Role;

/// Draws the newest lines.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    TuiLoggerWidget::default()
        .style(app.theme.style(Role::Text))
        .style_error(app.theme.style(Role::Error))
        .style_warn(app.theme.style(Role::Warn))
        .style_info(app.theme.style(Role::Text))
        .output_separator(' ')
        .output_timestamp(Some("%H:%M:%S".into()))
        .output_level(Some(TuiLoggerLevelOutput::Long))
        .output_target(true)
        .output_file(false)
        .output_line(false)
        .state(&app.logs)
        .render(area, buf);
}
