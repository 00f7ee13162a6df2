//! A drawn buffer as lines of text with colours, for commands that print and end; what is shown as a picture.

pub mod figure;
mod svg;

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use saner_core::state::RunState;

use crate::app::App;
use crate::theme::Role;

/// Pictures of what is shown: the file's name, and a word on it.
pub const PICTURES: [(&str, &str); 4] = [
    ("view.svg", "this screen as it is, as vectors"),
    ("view.png", "this screen as it is, as dots"),
    ("charts.svg", "the charts of this tab as a figure, drawn as they are shown"),
    ("charts.png", "the same as dots"),
];

/// Draws a picture by its place in the table; returns the name of its file, and the SVG.
pub fn picture(which: usize, run: &RunState, app: &App, area: Rect) -> (String, String) {
    let name = PICTURES[which.min(PICTURES.len() - 1)].0;
    let svg = if name.starts_with("view") {
        let mut buffer = Buffer::empty(area);
        crate::view::draw(run, app, area, &mut buffer);
        let (_, ground) = app.theme.ink(Role::Text as usize);
        svg::screen(&buffer, svg::Paper { ink: if ground[1] < 128 { [0xd0; 3] } else { [0x1a; 3] }, ground })
    } else {
        figure::page(run, app, &crate::view::charts(app, area))
    };
    (name.to_owned(), svg)
}

/// What clears a style.
const PLAIN: &str = "\u{1b}[0m";

/// The lines of a buffer, without the blanks at their ends; with their styles, or the bare text.
pub fn text(buffer: &Buffer, styled: bool) -> String {
    let mut out = String::new();
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        let mut line = String::new();
        let (mut now, mut kept) = (PLAIN.to_owned(), 0);
        for x in area.left()..area.right() {
            let cell = &buffer[(x, y)];
            let codes = codes(cell.style());
            if styled && codes != now {
                line.push_str(&codes);
                now = codes;
            }
            line.push_str(cell.symbol());
            if cell.symbol() != " " || (styled && cell.bg != Color::Reset) {
                kept = line.len();
            }
        }
        line.truncate(kept);
        if line.contains('\u{1b}') {
            line.push_str(PLAIN);
        }
        let _ = writeln!(out, "{line}");
    }
    out
}

/// A text in a style.
pub fn styled(text: &str, style: Style) -> String {
    format!("{}{text}{PLAIN}", codes(style))
}

/// The sequence that sets a style; of a plain one, that clears.
fn codes(style: Style) -> String {
    let mut codes = vec!["0".to_owned()];
    for (modifier, code) in [(Modifier::BOLD, "1"), (Modifier::DIM, "2"), (Modifier::REVERSED, "7")] {
        if style.add_modifier.contains(modifier) {
            codes.push(code.into());
        }
    }
    codes.extend(style.fg.and_then(|color| ink(color, 30)));
    codes.extend(style.bg.and_then(|color| ink(color, 40)));
    format!("\u{1b}[{}m", codes.join(";"))
}

fn ink(color: Color, base: u8) -> Option<String> {
    Some(match color {
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
        Color::Indexed(i) => format!("{};5;{i}", base + 8),
        Color::Black => base.to_string(),
        Color::Red => (base + 1).to_string(),
        Color::Green => (base + 2).to_string(),
        Color::Yellow => (base + 3).to_string(),
        Color::Blue => (base + 4).to_string(),
        Color::Magenta => (base + 5).to_string(),
        Color::Cyan => (base + 6).to_string(),
        Color::DarkGray => (base + 60).to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    #[test]
    fn styles_begin_and_end() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "ab", Style::reset());
        buffer.set_string(2, 0, "c", Style::reset().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
        assert_eq!(text(&buffer, false), "abc\n");
        assert_eq!(text(&buffer, true), "ab\u{1b}[0;1;38;2;1;2;3mc\u{1b}[0m\n");
    }
}
