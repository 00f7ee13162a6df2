//! Group B of each weight tensor, newest measurement, as a table with bars.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::state::RunState;

use crate::app::App;
use crate::theme::Role;

/// Draws the convolution and linear weights; BatchNorm's small vectors only say little each.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let Some(header) = run.header.as_ref().filter(|_| !run.layers.is_empty()) else {
        buf.set_stringn(area.x, area.y, "waiting for the first group measurement", area.width as usize, app.theme.style(Role::Muted));
        return;
    };
    let is_weight = |name: &str| name.ends_with("weight") && !name.contains("bn") && !name.contains("shortcut.1");
    let rows = header.layers.iter().zip(&run.layers).filter(|(name, _)| is_weight(name));
    let bar_width = area.width.saturating_sub(40).min(40) as f32;
    for (y, (name, shares)) in rows.take(area.height as usize).enumerate() {
        let bar: String = std::iter::repeat_n('B', (shares[1] * bar_width).round() as usize).collect();
        let text = format!("{:<26} {:>5.1}  {bar}", name.trim_end_matches(".weight"), 100.0 * shares[1]);
        buf.set_stringn(area.x, area.y + y as u16, text, area.width as usize, app.theme.style(Role::GroupB));
    }
}
