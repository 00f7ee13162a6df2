//! The leave dialog: what each way out costs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::event::Event;
use saner_core::state::RunState;
use saner_core::words::duration;

use crate::app::App;
use crate::format::plain;
use crate::theme::Role;

/// Draws it.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let inner = super::frame(
        &format!("Leave {}?", plain(&app.title)),
        if app.link.apart { "Enter = d   Esc = stay" } else { "Enter = s   Esc = stay" },
        (62, 10),
        app,
        area,
        buf,
    );
    let saved = run.events.iter().rev().find_map(|record| matches!(record.event, Event::Saved(_)).then_some(record.step));
    let epochs = run.header.as_ref().map_or(0, |header| header.spec.schedule.epochs);
    let epoch = run.step.as_ref().map_or(0, |sample| sample.epoch) + 1;
    let eta = run.secs_left().map_or_else(|| "-".into(), duration);
    let lost = match saved {
        Some(step) => format!("end now, lose {} steps since the last checkpoint", run.steps_done().saturating_sub(step)),
        None => "end now, lose everything: no checkpoint yet".into(),
    };
    let watchers = match app.link.watchers {
        0 | 1 => String::new(),
        n => format!("{} other viewers are connected; ", n - 1),
    };
    let control = if app.steerable { "you hold control." } else { "you only watch." };
    let lines = if app.link.apart {
        vec![
            (format!(" Epoch {epoch} of {epochs}, ETA {eta}."), Role::Text),
            (String::new(), Role::Text),
            ("> d  detach leave it running; come back with".into(), Role::Focus),
            (format!("            saner-tui attach {}", plain(&app.title)), Role::Text),
            ("  s  stop   write a checkpoint, then end the run".into(), Role::Text),
            (format!("  k  kill   {lost}"), Role::Text),
            ("  Esc stay".into(), Role::Text),
            (format!(" {watchers}{control}"), Role::Muted),
        ]
    } else {
        vec![
            (format!(" Epoch {epoch} of {epochs}, ETA {eta}."), Role::Text),
            (" Engine and screen share this process: leaving ends it.".into(), Role::Text),
            (String::new(), Role::Text),
            ("> s  stop   write a checkpoint, then end the run cleanly;".into(), Role::Focus),
            ("            go on later with saner-tui run --resume last".into(), Role::Text),
            (format!("  k  kill   {lost}"), Role::Text),
            ("  Esc stay".into(), Role::Text),
        ]
    };
    for (y, (text, role)) in lines.iter().take(inner.height as usize).enumerate() {
        buf.set_stringn(inner.x, inner.y + y as u16, text, inner.width as usize, app.theme.style(*role));
    }
}
