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
    let rows = header.layers.iter().zip(&run.layers).filter(|(name, _)| is_weight(name));
    let bar_width = area.width.saturating_sub(40).min(40) as f32;
    for (y, (name, shares)) in rows.take(area.height as usize).enumerate() {
        let bar: String = std::iter::repeat_n('B', (shares[1] * bar_width).round() as usize).collect();
        let text = format!("{:<26} {:>5.1}  {bar}", name.trim_end_matches(".weight"), 100.0 * shares[1]);
        buf.set_stringn(area.x, area.y + y as u16, text, area.width as usize, app.theme.style(Role::GroupB));
    }
}

/// Convolution and linear weights; the small vectors of normalizations say little each.
fn is_weight(name: &str) -> bool {
    name.ends_with("weight") && !name.contains("bn") && !name.contains("shortcut.1")
}

/// Cells of a layer's name and its newest share.
const NAME: [usize; 2] = [17, 27];
const NOW: usize = 6;

/// Draws a cell for each layer and epoch (or few epochs), the stronger the greater the share among those that are shown.
pub fn by_epoch(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let put = |x: u16, y: u16, text: &str, role: Role, buf: &mut Buffer| {
        buf.set_stringn(x, y, text, area.right().saturating_sub(x) as usize, app.theme.style(role));
    };
    let Some(header) = run.header.as_ref().filter(|_| !run.layer_epochs.is_empty()) else {
        put(area.x, area.y, "waiting for the first group measurement", Role::Muted, buf);
        return;
    };
    let layers: Vec<(usize, &String)> = header.layers.iter().enumerate().filter(|(_, name)| is_weight(name)).collect();
    let long = NAME[usize::from(area.width >= 70)];
    let room = (area.width as usize).saturating_sub(long + NOW).max(1);
    let columns = room.min(run.layer_epochs.len());
    let at = |column: usize| &run.layer_epochs[column * (run.layer_epochs.len() - 1) / (columns - 1).max(1)];
    let share = |column: usize, layer: usize| at(column).1.get(layer).copied().unwrap_or(f32::NAN);
    let all = || {
        (0..columns).flat_map(|column| layers.iter().map(move |(i, _)| (column, *i))).map(|(c, i)| share(c, i)).filter(|v| v.is_finite())
    };
    let (low, high) = all().fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
    // The first and the last row of what does not fit are worth more than its middle.
    let rows = (area.height as usize).saturating_sub(1);
    let shown: Vec<_> =
        if layers.len() <= rows { layers } else { (0..rows).map(|row| layers[row * (layers.len() - 1) / (rows - 1).max(1)]).collect() };
    let (first, last) = (at(0).0 + 1, at(columns - 1).0 + 1);
    put(area.x, area.y, &format!("{:<long$}ep {first} to {last}, {:.0} to {:.0} %", "layer", 100.0 * low, 100.0 * high), Role::Muted, buf);
    for (y, (i, name)) in (area.y + 1..area.bottom()).zip(shown) {
        let short: String = name.trim_end_matches(".weight").chars().take(long - 1).collect();
        put(area.x, y, &short, Role::Text, buf);
        for column in 0..columns {
            let part = f64::from((share(column, i) - low) / (high - low).max(1e-6));
            let (sign, style) = crate::widget::heat::sign(&app.theme, Role::GroupB, part);
            let x = area.x + (long + column) as u16;
            if x < area.right() {
                buf[(x, y)].set_char(sign).set_style(style);
            }
        }
        let now = share(columns - 1, i);
        put(area.x + (long + columns) as u16, y, &format!(" {:>5.1}", 100.0 * now), Role::Text, buf);
    }
}
