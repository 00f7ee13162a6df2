//! The Logs tab: lines of `engine.log` by level, filtered, wrapped or cut.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::logline::{Level, LogLine};

use crate::app::App;
use crate::format::{clock, plain};
use crate::theme::Role;

/// Title and footer.
pub fn titles(app: &App) -> (String, String) {
    let logs = &app.logs;
    let filter = logs.filter.text().map_or(String::new(), |text| format!("  filter {text}"));
    let back = if logs.back > 0 { format!("  {} lines back", logs.back) } else { String::new() };
    (format!("Logs  {}+{filter}{back}", logs.level.word()), "L level  w wrap  / filter  G newest".into())
}

/// Draws the newest lines at the bottom.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let logs = &app.logs;
    let mut bottom = area.bottom();
    let mut any = false;
    for line in logs.shown().skip(logs.back) {
        any = true;
        if bottom == area.y {
            break;
        }
        let (text, role) = (sentence(line), role(line.level));
        let parts = if logs.wrap { wrapped(&text, area.width as usize) } else { vec![text] };
        for part in parts.iter().rev() {
            if bottom > area.y {
                bottom -= 1;
                buf.set_stringn(area.x, bottom, part, area.width as usize, app.theme.style(role));
            }
        }
    }
    if !any {
        let hidden = logs.lines.len();
        let text = if hidden == 0 {
            "no lines yet".into()
        } else {
            format!("no lines here ({hidden} are hidden by level {} or filter); L, Esc", logs.level.word())
        };
        buf.set_stringn(area.x, area.y, text, area.width as usize, app.theme.style(Role::Muted));
    }
}

fn sentence(line: &LogLine) -> String {
    let time = line.time.parse::<jiff::Timestamp>().map_or_else(|_| "        ".into(), |time| clock(time.as_second() as f64));
    format!("{time} {:<5} {:<10} {}", line.level.word(), plain(&line.target), plain(&line.text))
}

fn role(level: Level) -> Role {
    match level {
        Level::Error => Role::Error,
        Level::Warn => Role::Warn,
        Level::Info => Role::Text,
        Level::Debug | Level::Trace => Role::Muted,
    }
}

/// A line in pieces of at most `width` letters; those behind the first are moved in.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    const INDENT: usize = 9;
    let letters: Vec<char> = text.chars().collect();
    if width <= INDENT + 1 || letters.len() <= width {
        return vec![text.to_owned()];
    }
    let (first, rest) = letters.split_at(width);
    let rest = rest.chunks(width - INDENT).map(|piece| format!("{:INDENT$}{}", "", piece.iter().collect::<String>()));
    std::iter::once(first.iter().collect()).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_lose_nothing() {
        assert_eq!(wrapped("short", 20), ["short"]);
        let parts = wrapped("0123456789abcdefghij-klmnop", 20);
        assert_eq!(parts, ["0123456789abcdefghij", "         -klmnop"]);
    }
}
