//! Draws a frame from the run's state and the screen's memory; changes neither.
//!
//! ```text
//!  saner-tui <run> > RUN  ep 37/200  14.3k/78.0k st  800 img/s  ETA 2h50     state line
//!  [1 Live] 2 Charts  3 SANER  4 Runs  5 Timeline  6 Logs             ctl:me tabs
//! ┌ train/loss ───────────────────────────────────────────────────────────┐
//! │                                                                       │
//! └───────────────────────────────────────────────────────────────────────┘
//! ┌ acc % … ─────────────────────────────────┐┌ Knobs ────────────────────┐
//! └──────────────────────────────────────────┘└───────────────────────────┘
//!  message or newest event
//!  footer: keys
//! ```

pub mod hit;
pub mod lines;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::border;
use ratatui::widgets::{Block, Widget};
use saner_core::state::RunState;

use crate::app::{App, Popup, Tab};
use crate::layout::{Mode, Plan, plan};
use crate::pane::Pane;
use crate::popup;
use crate::tab::{charts, logs, runs, saner, timeline};
use crate::theme::Role;
use crate::widget::grid::Marker;

/// Borders for terminals and fonts that know nothing else.
const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// The plan of a frame.
pub fn planned(app: &App, area: Rect) -> Plan {
    plan(area, if app.knobs_focused() { 1 } else { app.chart_in_focus().min(crate::chart::LIVE - 1) }, app.settings.layout.mode())
}

/// Charts that a frame shows, by their places in the table, in the order in which they are read.
pub fn charts(app: &App, area: Rect) -> Vec<usize> {
    let frame = planned(app, area);
    match app.tab {
        Tab::Live if !app.expanded => {
            let shown = frame.panes.iter().filter_map(|(pane, _)| if let Pane::Chart(i) = pane { Some(*i) } else { None });
            Some(shown.collect()).filter(|shown: &Vec<usize>| !shown.is_empty()).unwrap_or_else(|| vec![app.chart_in_focus()])
        }
        Tab::Charts if !app.expanded => charts::tiles(app, frame.body).into_iter().map(|(i, _)| i).collect(),
        Tab::Saner => saner::CHARTS.to_vec(),
        _ => vec![app.chart_in_focus()],
    }
}

/// Draws everything.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, app.theme.style(Role::Text));
    let frame = planned(app, area);
    lines::state(run, app, frame.state, frame.mode, buf);
    if frame.mode == Mode::Notice {
        lines::notice(area, app, buf);
    } else {
        body(run, app, &frame, buf);
    }
    if let Some(area) = frame.tabs {
        lines::tabs(app, area, buf);
    }
    if let Some(area) = frame.progress {
        lines::progress(run, app, area, buf);
    }
    if let Some(area) = frame.message {
        lines::message(run, app, area, buf);
    }
    lines::footer(app, frame.footer, buf);
    match &app.popup {
        Some(Popup::Help(scroll)) => popup::help::draw(app, *scroll, area, buf),
        Some(Popup::Leave) => popup::leave::draw(run, app, area, buf),
        Some(Popup::Field(field)) => popup::field::draw(field, app, area, buf),
        Some(Popup::Confirm(lines, _)) => popup::page::confirm(lines, app, area, buf),
        Some(Popup::Page(title, lines, scroll)) => popup::page::draw(title, lines, *scroll, app, area, buf),
        Some(Popup::Tour(at)) => popup::tour::draw(*at, app, area, buf),
        Some(Popup::Export(at)) => popup::page::export(*at, app, area, buf),
        None => {}
    }
    if app.chart_view.marker == Marker::Ascii {
        plain(area, buf);
    }
}

/// Every sign that is not ASCII becomes one that is.
fn plain(area: Rect, buf: &mut Buffer) {
    for cell in area.positions().map(|at| (at.x, at.y)) {
        let cell = &mut buf[cell];
        let sign = match cell.symbol() {
            symbol if symbol.is_ascii() => continue,
            "×" => "x",
            "│" | "┊" | "┤" => "|",
            "─" | "╌" => "-",
            "✓" => "v",
            "✗" => "!",
            "▸" => ">",
            "→" => ">",
            "←" => "<",
            "◆" => "#",
            "‖" => "|",
            "Δ" => "d",
            _ => "?",
        };
        cell.set_symbol(sign);
    }
}

fn body(run: &RunState, app: &App, frame: &Plan, buf: &mut Buffer) {
    let area = frame.body;
    match app.tab {
        Tab::Live if app.expanded => pane(Pane::Chart(app.chart_in_focus()), run, app, area, buf),
        Tab::Live => frame.panes.iter().for_each(|(which, area)| pane(*which, run, app, *area, buf)),
        Tab::Charts => charts::draw(run, app, area, buf),
        Tab::Saner => saner::draw(run, app, area, buf),
        Tab::Runs => framed("Runs", "Space overlay  d diff  / filter", true, app, area, buf, |inner, buf| runs::draw(app, inner, buf)),
        Tab::Timeline => timeline::draw(run, app, area, buf),
        Tab::Logs => {
            let (title, foot) = logs::titles(app);
            framed(&title, &foot, true, app, area, buf, |inner, buf| logs::draw(app, inner, buf));
        }
    }
}

fn pane(which: Pane, run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    if which == Pane::Values {
        which.draw(run, app, area, buf);
        return;
    }
    let focused = match which {
        Pane::Chart(i) => !app.knobs_focused() && i == app.focus,
        Pane::Knobs => app.knobs_focused(),
        _ => false,
    };
    let (title, foot) = which.titles(run, app);
    framed(&title, &foot, focused, app, area, buf, |inner, buf| which.draw(run, app, inner, buf));
}

/// A frame with a title, and what is inside.
pub fn framed(title: &str, foot: &str, focused: bool, app: &App, area: Rect, buf: &mut Buffer, inside: impl FnOnce(Rect, &mut Buffer)) {
    let style = app.theme.style(if focused { Role::Focus } else { Role::Border });
    let title_style = app.theme.style(if focused { Role::Focus } else { Role::Text });
    let mut block = Block::bordered().border_style(style).title(format!(" {title} ")).title_style(title_style);
    if app.chart_view.marker == Marker::Ascii {
        block = block.border_set(ASCII);
    }
    if !foot.is_empty() {
        block = block.title_bottom(ratatui::text::Line::styled(format!(" {foot} "), app.theme.style(Role::Muted)));
    }
    let inner = block.inner(area);
    block.render(area, buf);
    if inner.width > 0 && inner.height > 0 {
        inside(inner, buf);
    }
}

#[cfg(test)]
mod tests;
