//! The labels that the network disputes with the greatest confidence, with pictures of the chosen one and those after it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::samples::Disputed;
use saner_core::state::RunState;

use super::samples::newest;
use crate::app::App;
use crate::theme::Role;
use crate::widget::grid::Marker;
use crate::widget::thumb;

/// Cells of a row of the list.
const LIST: u16 = 52;
/// Fewest rows of a picture that shows anything.
const LEAST: u16 = 4;

/// The list, and the room for pictures beside it or below it.
fn areas(area: Rect) -> (Rect, Rect) {
    let beside = Rect { x: area.x + LIST.min(area.width), width: area.width.saturating_sub(LIST), ..area };
    let high = area.height / 2;
    let below = Rect { y: area.bottom() - high, height: high, ..area };
    let rows = |area: Rect| area.height.saturating_sub(1).min(area.width / 2);
    if rows(beside) >= rows(below).max(LEAST) {
        (Rect { width: LIST, ..area }, beside)
    } else if rows(below) >= LEAST && area.height >= 12 {
        (Rect { height: area.height - high, ..area }, below)
    } else {
        (area, Rect::default())
    }
}

/// Draws list and pictures.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let Some(stats) = newest(run, app, area, buf) else { return };
    if stats.disputed.is_empty() {
        let text = "no label is disputed: all are predicted as given";
        buf.set_stringn(area.x, area.y, text, area.width as usize, app.theme.style(Role::Muted));
        return;
    }
    let chosen = app.disputed.min(stats.disputed.len() - 1);
    let sheet = app.sheet.as_ref().filter(|(epoch, _)| run.samples.as_ref().is_some_and(|(newest, _)| newest == epoch));
    let sheet = sheet.and_then(|(_, sheet)| sheet.as_ref());
    let (list_area, pictures) = if sheet.is_some() { areas(area) } else { (area, Rect::default()) };
    list(&stats.disputed, chosen, app, list_area, buf);
    let Some(sheet) = sheet.filter(|_| !pictures.is_empty()) else { return };
    let side = sheet.side as u16;
    let rows = (pictures.height - 1).min(side.div_ceil(2)).min(pictures.width / 2);
    let (across, down) = (pictures.width / (2 * rows + 1), pictures.height / (rows + 1));
    let shown = stats.disputed.iter().zip(&sheet.tiles).enumerate().skip(chosen);
    for (slot, (at, (one, dots))) in (0..across.max(1) * down.max(1)).zip(shown) {
        let (x, y) = (pictures.x + slot % across.max(1) * (2 * rows + 1), pictures.y + slot / across.max(1) * (rows + 1));
        let place = Rect::new(x, y, 2 * rows, rows).intersection(pictures);
        thumb::draw(dots, usize::from(side), app.chart_view.marker == Marker::Ascii, &app.theme, place, buf);
        let words = format!("{} not {}", one.predicted, one.given);
        let role = if at == chosen { Role::Focus } else { Role::Muted };
        if y + rows < pictures.bottom() {
            buf.set_stringn(x, y + rows, words, usize::from(2 * rows), app.theme.style(role));
        }
    }
}

fn list(disputed: &[Disputed], chosen: usize, app: &App, area: Rect, buf: &mut Buffer) {
    let mut put = |y: u16, text: &str, role: Role| {
        if y < area.bottom() {
            buf.set_stringn(area.x, y, text, area.width as usize, app.theme.style(role));
        }
    };
    put(area.y, "  sample  given  says   sure %    loss  label", Role::Muted);
    let first = (chosen + 1).saturating_sub(usize::from(area.height.saturating_sub(1)));
    for (y, (at, one)) in (area.y + 1..area.bottom()).zip(disputed.iter().enumerate().skip(first)) {
        let label = match one.wrong {
            Some(true) => "wrong",
            Some(false) => "right",
            None => "",
        };
        let text = format!(
            "{:>8}  {:>5}  {:>4}   {:>6.1}  {:>6.2}  {label:<5}",
            one.index,
            one.given,
            one.predicted,
            100.0 * one.confidence,
            one.loss
        );
        let role = match one.wrong {
            _ if at == chosen => Role::Selection,
            Some(false) => Role::Muted,
            _ => Role::Text,
        };
        put(y, &text, role);
    }
}
