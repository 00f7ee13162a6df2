//! What happened, newest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::event::{Event, Record};
use saner_core::state::RunState;
use saner_core::words;

use crate::app::App;
use crate::format::{clock, plain};
use crate::theme::Role;

/// Draws as many as fit.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    if run.events.is_empty() {
        buf.set_stringn(area.x, area.y, "no events yet: m adds a note", area.width as usize, app.theme.style(Role::Muted));
    }
    for (y, record) in run.events.iter().rev().take(area.height as usize).enumerate() {
        buf.set_stringn(area.x, area.y + y as u16, line(record), area.width as usize, app.theme.style(role(record)));
    }
}

/// One event as a line: time, epoch, sentence.
pub fn line(record: &Record) -> String {
    format!("{}  {}", clock(record.time), sentence(record))
}

/// The sentence of an event.
pub fn sentence(record: &Record) -> String {
    plain(&words::event(record))
}

/// Style of an event.
pub fn role(record: &Record) -> Role {
    match record.event {
        Event::Failed { .. } | Event::NonFinite { .. } | Event::SaveFailed { .. } => Role::Error,
        Event::Rejected { .. } | Event::Warning { .. } | Event::Paused { .. } => Role::Warn,
        Event::Applied { .. } | Event::Accepted { .. } | Event::Note { .. } => Role::KnobMark,
        Event::Saved(_) => Role::CheckpointMark,
        _ => Role::Text,
    }
}
