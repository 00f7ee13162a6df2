//! The Timeline tab: what happened, newest first, and what came of the chosen event since.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use saner_core::event::{Event, Record};
use saner_core::state::{Metric, RunState};

use crate::app::App;
use crate::format::clock;
use crate::pane::{chart, events};
use crate::theme::Role;
use crate::view::framed;

/// Rows of the strip of loss above the list.
const STRIP: u16 = 8;

/// Where the strip and the list lie; in a low window the list has all of it.
pub fn areas(area: Rect) -> (Option<Rect>, Rect) {
    if area.height < 2 * STRIP {
        return (None, area);
    }
    let [strip, list] = Layout::vertical([Constraint::Length(STRIP), Constraint::Fill(1)]).areas(area);
    (Some(strip), list)
}

/// Draws it.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let (strip, list) = areas(area);
    let shown = app.timeline.shown(run);
    let cursor = app.timeline.cursor.min(shown.len().saturating_sub(1));
    if let Some(strip) = strip {
        let mut view = app.chart_view;
        // The chosen event is under the cross-hair, whatever part of the run the other tabs show.
        (view.zoom, view.back, view.cross) = (1.0, 0.0, shown.get(cursor).map(|record| record.step));
        let (title, _) = chart::titles(0, run, app);
        framed(&title, "", false, app, strip, buf, |inner, buf| chart::draw_as(0, run, app, &view, inner, buf));
    }
    let filter = app.timeline.filter.text().map_or(String::new(), |text| format!("  filter {text}"));
    let title = format!("Events {} of {}{filter}", shown.len(), run.events.len());
    framed(&title, "Enter jump  b fork  R roll back  m note  / filter", true, app, list, buf, |inner, buf| {
        rows(run, app, (&shown, cursor), inner, buf);
    });
}

fn rows(run: &RunState, app: &App, (shown, cursor): (&[&Record], usize), area: Rect, buf: &mut Buffer) {
    let mut y = area.y;
    let mut put = |text: String, role: Role, buf: &mut Buffer| {
        if y < area.bottom() {
            buf.set_stringn(area.x, y, text, area.width as usize, app.theme.style(role));
            y += 1;
        }
    };
    if shown.is_empty() {
        let text = if run.events.is_empty() { "no events yet: m adds a note" } else { "no event passes the filter; Esc shows all" };
        put(text.into(), Role::Muted, buf);
        return;
    }
    let detail = details(run, app, shown[cursor]);
    let (first, room) = window(cursor, detail.len(), area.height);
    for (i, record) in shown.iter().enumerate().skip(first).take(room) {
        let pointer = if i == cursor { '>' } else { ' ' };
        let text = format!("{pointer} {:>7} {}  {}", record.step, clock(record.time), events::sentence(record));
        put(text, if i == cursor { Role::Focus } else { events::role(record) }, buf);
        if i == cursor {
            detail.iter().for_each(|line| put(format!("            {line}"), Role::Muted, buf));
        }
    }
}

/// The first event that is drawn, and how many are; lines of detail stand below the chosen one.
fn window(cursor: usize, detail: usize, lines: u16) -> (usize, usize) {
    let room = (lines as usize).saturating_sub(detail).max(1);
    ((cursor + 1).saturating_sub(room), room)
}

/// The event that is drawn in a line of the list.
pub fn row_at(run: &RunState, app: &App, line: u16, lines: u16) -> usize {
    let shown = app.timeline.shown(run);
    let last = shown.len().saturating_sub(1);
    let cursor = app.timeline.cursor.min(last);
    let detail = shown.get(cursor).map_or(0, |record| details(run, app, record).len());
    let (first, _) = window(cursor, detail, lines);
    let at = first + usize::from(line);
    if at > cursor { at.saturating_sub(detail).clamp(cursor, last) } else { at }
}

/// What there is to know of an event beside its sentence: who, and what changed in the run since.
fn details(run: &RunState, app: &App, record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    if let Event::Applied { asked_step, effective, change, .. } = &record.event {
        lines.push(format!(
            "by {}, asked at step {asked_step}, applied at {}, then ×{effective:.3} ({})",
            record.by,
            record.step,
            format!("{change:?}").to_lowercase()
        ));
    } else {
        lines.push(format!("by {}, event {}", record.by, record.seq));
    }
    let since = |metric: Metric, name: &str, scale: f64| {
        // Smooth values: single steps say little.
        let series = run.curve(metric);
        let ema = app.cache.ema(run, metric, app.chart_view.smoothing);
        let at = series.steps.partition_point(|step| *step <= record.step).checked_sub(1)?;
        let (then, now) = (ema.get(at)?, ema.last()?);
        (then.is_finite() && now.is_finite()).then(|| format!("{name} {:+.2}", scale * f64::from(now - then)))
    };
    let parts: Vec<String> = [
        since(Metric::Loss, "loss", 1.0),
        since(Metric::CleanAcc, "clean", 100.0),
        since(Metric::NoisyAcc, "noisy", 100.0),
        since(Metric::GroupB, "B", 100.0),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !parts.is_empty() {
        lines.push(format!("since then: {} (points)", parts.join("  ")));
    }
    lines
}
