//! Keys as they are bound now; those of where one is come first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::{ACTIONS, CONTEXTS};
use crate::app::App;
use crate::app::palette::WORDS;
use crate::theme::Role;

/// Every line of the page with its role: what only those who have control may do is dimmed for others.
fn lines(app: &App) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    let here = app.contexts();
    let place = |context| here.iter().position(|own| *own == context).unwrap_or(here.len());
    let mut contexts = CONTEXTS;
    contexts.sort_by_key(|(context, ..)| place(*context));
    for (context, _, title) in contexts {
        lines.push((Role::Focus, title.to_owned()));
        for row in ACTIONS.iter().filter(|row| row.context == context) {
            let keys = app.settings.keymap.keys(row.action).join(" ");
            let barred = row.action.steers() && !app.steerable;
            let (role, why) = if barred { (Role::Muted, "  (needs control)") } else { (Role::Text, "") };
            lines.push((role, format!("  {:<14} {}{why}", if keys.is_empty() { format!(":{}", row.name) } else { keys }, row.help)));
        }
    }
    lines.push((Role::Focus, "Commands, behind :".into()));
    lines.extend(WORDS.iter().map(|(word, argument, help)| (Role::Text, format!("  {:<36} {help}", format!("{word} {argument}")))));
    lines.push((Role::Focus, "Mouse".into()));
    lines.push((
        Role::Text,
        "  click focus, tab, row, a mark's name (Timeline); wheel zoom or scroll; drag zoom; double click all; Shift leaves it to the terminal".into(),
    ));
    lines.push((Role::Focus, "Words".into()));
    for text in [
        "alpha ×0.350: the part of Group B that is kept; 1 = SAM, 0 = dropped; strength = 1 − alpha",
        "noisy: wrong labels that the model has memorised; lower is better",
        "p_r: above 1, Group B holds more of what the noise drives than of what the clean labels drive",
    ] {
        lines.push((Role::Text, format!("  {text}")));
    }
    lines
}

/// Draws the page, scrolled.
pub fn draw(app: &App, scroll: u16, area: Rect, buf: &mut Buffer) {
    let lines = lines(app);
    let inner = super::frame("Keys", "j/k scroll, any other key closes", (100, lines.len() as u16 + 2), app, area, buf);
    let first = (scroll as usize).min(lines.len().saturating_sub(inner.height as usize));
    for (y, (role, text)) in lines.iter().skip(first).take(inner.height as usize).enumerate() {
        buf.set_stringn(inner.x, inner.y + y as u16, text, inner.width as usize, app.theme.style(*role));
    }
}
