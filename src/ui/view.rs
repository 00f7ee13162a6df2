//! Draws a frame from the run's state and the screen's memory; changes neither.
//!
//! ```text
//!  saner-tui <run> > RUN  ep 37/200  14.3k/78.0k st  800 img/s  ETA 2h50     state line
//!  [1 Live] 2 Logs                                                          tabs
//! ┌ train/loss ───────────────────────────────────────────────────────────┐
//! │                                                                       │
//! └───────────────────────────────────────────────────────────────────────┘
//! ┌ acc % … ─────────────────────────────────┐┌ Knobs ────────────────────┐
//! └──────────────────────────────────────────┘└───────────────────────────┘
//!  message or newest event
//!  footer: keys
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::widgets::{Block, Widget};
use saner_core::event::Outcome;
use saner_core::feed::Control;
use saner_core::state::{Phase, RunState};
use saner_core::words::duration;

use crate::action::{Action, key_of};
use crate::app::{App, Popup, Tab, Tone};
use crate::chart::CHARTS;
use crate::format::{count, plain};
use crate::layout::{Mode, plan};
use crate::pane::{Pane, events, logs};
use crate::popup;
use crate::theme::Role;

/// Draws everything.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, app.theme.style(Role::Text));
    let chart = app.focus.min(CHARTS.len() - 1);
    let frame = plan(area, if app.knobs_focused() { 1 } else { chart });
    state_line(run, app, frame.state, frame.mode, buf);
    if frame.mode == Mode::Notice {
        notice(area, app, buf);
    } else if app.tab == Tab::Logs {
        framed("Logs", "up/down page", true, app, frame.body, buf, |inner, buf| logs::draw(app, inner, buf));
    } else if app.expanded {
        pane(Pane::Chart(chart), run, app, frame.body, buf);
    } else {
        for (which, area) in &frame.panes {
            pane(*which, run, app, *area, buf);
        }
    }
    if let Some(area) = frame.tabs {
        tabs(app, area, buf);
    }
    if let Some(area) = frame.progress {
        progress(run, app, area, buf);
    }
    if let Some(area) = frame.message {
        message(run, app, area, buf);
    }
    footer(app, frame.footer, buf);
    match &app.popup {
        Some(Popup::Help(scroll)) => popup::help::draw(app, *scroll, area, buf),
        Some(Popup::Leave) => popup::leave::draw(run, app, area, buf),
        Some(Popup::Field(field)) => popup::field::draw(field, app, area, buf),
        None => {}
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

fn framed(title: &str, foot: &str, focused: bool, app: &App, area: Rect, buf: &mut Buffer, inside: impl FnOnce(Rect, &mut Buffer)) {
    let style = app.theme.style(if focused { Role::Focus } else { Role::Border });
    let mut block = Block::bordered().border_style(style).title(format!(" {title} ")).title_style(app.theme.style(if focused {
        Role::Focus
    } else {
        Role::Text
    }));
    if !foot.is_empty() {
        block = block.title_bottom(ratatui::text::Line::styled(format!(" {foot} "), app.theme.style(Role::Muted)));
    }
    let inner = block.inner(area);
    block.render(area, buf);
    if inner.width > 0 && inner.height > 0 {
        inside(inner, buf);
    }
}

/// Word for where the run stands, with its role.
fn phase(run: &RunState, app: &App) -> (String, Role) {
    if let Some(asked) = app.asked {
        return (asked.into(), Role::Warn);
    }
    match &run.phase {
        Phase::Starting => ("STARTING".into(), Role::Warn),
        Phase::Running => ("> RUN".into(), Role::Ok),
        Phase::Paused(_) => ("PAUSED".into(), Role::Warn),
        Phase::Ended(Outcome::Done) => ("DONE".into(), Role::Ok),
        Phase::Ended(Outcome::Stopped) => ("STOPPED".into(), Role::Warn),
        Phase::Ended(Outcome::NonFinite) | Phase::Failed(_) => ("FAILED".into(), Role::Error),
    }
}

fn state_line(run: &RunState, app: &App, area: Rect, mode: Mode, buf: &mut Buffer) {
    let (word, role) = phase(run, app);
    let header = run.header.as_ref();
    let epochs = header.map_or(0, |h| h.spec.schedule.epochs);
    let epoch = run.step.as_ref().map_or(0, |s| s.epoch) + 1;
    let steps = format!("{}/{}", count(run.steps_done()), count(header.map_or(0, |h| h.total_steps)));
    let rate = run.epochs.last().map_or_else(|| "-".into(), |e| format!("{:.0}", e.images_per_s));
    let eta = if run.is_active() { run.secs_left().map_or_else(|| "-".into(), duration) } else { "-".into() };
    let wide = !matches!(mode, Mode::Strip | Mode::Notice);
    let room = area.width as usize;
    let rest = if wide {
        format!("  ep {epoch}/{epochs}  {steps} st  {rate} img/s  ETA {eta}")
    } else {
        format!("  ep {epoch}/{epochs}  ETA {eta}")
    };
    let prefix = if wide { " saner-tui " } else { " " };
    let tuned = if run.tuned > 0 { format!("  tuned ×{}", run.tuned) } else { String::new() };
    let tuned = if wide { tuned } else { String::new() };
    let fixed = prefix.chars().count() + word.chars().count() + rest.chars().count() + tuned.chars().count() + 1;
    // The id begins with the time of its start, which says least where there is little room.
    let name = if area.width < 110 { app.title.splitn(3, '-').nth(2).unwrap_or(&app.title) } else { &app.title };
    let title: String = plain(name).chars().take(room.saturating_sub(fixed)).collect();
    let mut x = area.x;
    let right = area.right();
    let mut put = |text: &str, style, buf: &mut Buffer| {
        x = buf.set_stringn(x, area.y, text, right.saturating_sub(x) as usize, style).0;
    };
    let text = app.theme.style(Role::Text);
    put(prefix, text.add_modifier(Modifier::BOLD), buf);
    put(&format!("{title} "), text, buf);
    put(&word, app.theme.style(role).add_modifier(Modifier::BOLD), buf);
    put(&rest, text, buf);
    put(&tuned, app.theme.style(Role::KnobMark), buf);
}

fn tabs(app: &App, area: Rect, buf: &mut Buffer) {
    let mut x = area.x + 1;
    for (tab, name) in [(Tab::Live, "1 Live"), (Tab::Logs, "2 Logs")] {
        let on = tab == app.tab;
        let text = if on { format!("[{name}]") } else { format!(" {name} ") };
        x = buf.set_stringn(x, area.y, text, area.width as usize, app.theme.style(if on { Role::Focus } else { Role::Muted })).0 + 1;
    }
    let link = &app.link;
    let right = match &app.frozen {
        Some(at) => format!("display frozen at {at}, f follows "),
        None if link.apart && link.quiet_secs > 0 => format!("no word of the run for {} s ", link.quiet_secs),
        None if link.apart => {
            let control = match &link.control {
                Control::Mine => "me".to_owned(),
                Control::Of(name) => plain(name),
                Control::Free => "nobody, :take".to_owned(),
            };
            format!("control: {control}  viewers: {} ", link.watchers)
        }
        None if app.steerable => "control: me (inline) ".into(),
        None => "read from its files ".into(),
    };
    let width = right.chars().count() as u16;
    let role = if app.frozen.is_some() || link.quiet_secs > 0 { Role::Warn } else { Role::Muted };
    if area.width > width + x {
        buf.set_string(area.right() - width, area.y, right, app.theme.style(role));
    }
}

fn progress(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let Some(header) = &run.header else { return };
    let of = |done: u64, all: u64| done as f64 / all.max(1) as f64;
    let bar = |part: f64| {
        let filled = (part * 30.0).round() as usize;
        format!("[{}{}] {:>3.0}%", "#".repeat(filled.min(30)), ".".repeat(30 - filled.min(30)), 100.0 * part)
    };
    let in_epoch = run.step.as_ref().map_or(0, |s| s.step % header.steps_per_epoch.max(1) + 1);
    let text = format!(
        " epoch {}   run {}   {}",
        bar(of(in_epoch, header.steps_per_epoch)),
        bar(of(run.steps_done(), header.total_steps)),
        plain(&header.device)
    );
    buf.set_stringn(area.x, area.y, text, area.width as usize, app.theme.style(Role::Muted));
}

fn message(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let (text, role) = match (&app.message, &run.phase, run.events.last()) {
        (Some((Tone::Ok, text)), ..) => (format!(" ✓ {text}"), Role::Ok),
        (Some((Tone::Error, text)), ..) => (format!(" ✗ {text}"), Role::Error),
        (None, Phase::Failed(reason), _) => (format!(" ✗ {reason}"), Role::Error),
        (None, _, Some(record)) => (format!(" {}", events::line(record)), events::role(record)),
        (None, _, None) => (" waiting for the engine".into(), Role::Muted),
    };
    buf.set_stringn(area.x, area.y, plain(&text), area.width as usize, app.theme.style(role));
}

fn footer(app: &App, area: Rect, buf: &mut Buffer) {
    let shown: &[(Action, &str)] = if app.steerable {
        &[
            (Action::TogglePause, "pause"),
            (Action::Checkpoint, "ckpt"),
            (Action::NextPane, "pane"),
            (Action::Enter, "zoom/apply"),
            (Action::Edit, "edit"),
            (Action::Palette, "cmd"),
            (Action::Help, "help"),
            (Action::Leave, "leave"),
        ]
    } else {
        &[(Action::NextPane, "pane"), (Action::Enter, "zoom"), (Action::Freeze, "freeze"), (Action::Help, "help"), (Action::Leave, "leave")]
    };
    let text: String = shown.iter().map(|(action, word)| format!(" {} {word} ", key_of(*action))).collect();
    buf.set_stringn(area.x, area.y, text, area.width as usize, app.theme.style(Role::Muted));
}

fn notice(area: Rect, app: &App, buf: &mut Buffer) {
    let text = format!(" need 40x10, have {}x{}; q p c work", area.width, area.height);
    if area.height > 1 {
        buf.set_stringn(area.x, area.y + 1, text, area.width as usize, app.theme.style(Role::Warn));
    }
}

#[cfg(test)]
mod tests;
