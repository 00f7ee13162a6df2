//! Keys, from the table of actions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::{ACTIONS, Group};
use crate::app::App;
use crate::theme::Role;

const GROUPS: [(Group, &str); 5] =
    [(Group::Run, "Training"), (Group::Knobs, "Knobs"), (Group::Charts, "Charts"), (Group::Move, "Moving"), (Group::Screen, "Screen")];

/// Every line of the page, headings marked.
fn lines() -> Vec<(bool, String)> {
    let mut lines = Vec::new();
    for (group, title) in GROUPS {
        lines.push((true, title.to_owned()));
        for row in ACTIONS.iter().filter(|row| row.group == group) {
            lines.push((false, format!("  {:<14} {}", row.keys.join(" "), row.help)));
        }
    }
    lines.push((true, "Words".into()));
    for text in [
        "alpha ×0.350: the part of Group B that is kept; 1 = SAM, 0 = dropped; strength = 1 − alpha",
        "noisy: wrong labels that the model has memorised; lower is better",
        "p_r: above 1, Group B holds more of what the noise drives than of what the clean labels drive",
    ] {
        lines.push((false, format!("  {text}")));
    }
    lines
}

/// Draws the page, scrolled.
pub fn draw(app: &App, scroll: u16, area: Rect, buf: &mut Buffer) {
    let lines = lines();
    let inner = super::frame("Keys", "j/k scroll, any other key closes", (100, lines.len() as u16 + 2), app, area, buf);
    let first = (scroll as usize).min(lines.len().saturating_sub(inner.height as usize));
    for (y, (heading, text)) in lines.iter().skip(first).take(inner.height as usize).enumerate() {
        let role = if *heading { Role::Focus } else { Role::Text };
        buf.set_stringn(inner.x, inner.y + y as u16, text, inner.width as usize, app.theme.style(role));
    }
}
