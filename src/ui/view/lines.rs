//! The lines around the panes: state, tabs, progress, message, footer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use saner_core::event::Outcome;
use saner_core::feed::Control;
use saner_core::state::{Phase, RunState};
use saner_core::words::duration;

use crate::action::Action;
use crate::app::{App, TABS, Tab, Tone};
use crate::format::{count, plain};
use crate::layout::Mode;
use crate::pane::events;
use crate::theme::Role;

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

/// Run, state, epoch, step, rate, time left.
pub fn state(run: &RunState, app: &App, area: Rect, mode: Mode, buf: &mut Buffer) {
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

/// Where each tab's word lies.
pub fn tab_places(area: Rect) -> Vec<(Tab, &'static str, Rect)> {
    let mut x = area.x + 1;
    let place = |(tab, name): &(Tab, &'static str)| {
        let width = name.len() as u16 + 2;
        let rect = Rect { x, y: area.y, width, height: 1 };
        x += width;
        (*tab, *name, rect)
    };
    TABS.iter().map(place).collect()
}

/// Names of the tabs; at the right, who steers.
pub fn tabs(app: &App, area: Rect, buf: &mut Buffer) {
    let mut x = area.x;
    for (tab, name, place) in tab_places(area) {
        let on = tab == app.tab;
        let text = if on { format!("[{name}]") } else { format!(" {name} ") };
        let room = area.right().saturating_sub(place.x);
        x = buf.set_stringn(place.x, area.y, text, room as usize, app.theme.style(if on { Role::Focus } else { Role::Muted })).0;
    }
    let link = &app.link;
    // The same with fewer and fewer words, for whatever room there is.
    let texts = match &app.frozen {
        Some(at) => vec![format!("display frozen at {at}, f follows "), format!("frozen {at} ")],
        None if link.apart && link.quiet_secs > 0 => {
            vec![format!("no word of the run for {} s ", link.quiet_secs), format!("no word for {} s ", link.quiet_secs)]
        }
        None if link.apart => {
            let control = match &link.control {
                Control::Mine => "me".to_owned(),
                Control::Of(name) => plain(name),
                Control::Free => "nobody, :take".to_owned(),
            };
            let n = link.watchers;
            let views = if n == 1 { "1 view".to_owned() } else { format!("{n} views") };
            vec![
                format!("control: {control}  viewers: {n} "),
                format!("ctl:{}  {views} ", control.split(" at ").next().unwrap_or_default()),
                format!("ctl:{control} "),
            ]
        }
        None if app.steerable => vec!["control: me (inline) ".into(), "inline ".into()],
        None => vec!["read from its files ".into(), "files ".into()],
    };
    let role = if app.frozen.is_some() || link.quiet_secs > 0 { Role::Warn } else { Role::Muted };
    let free = area.right().saturating_sub(x + 1) as usize;
    if let Some(text) = texts.into_iter().find(|text| text.chars().count() <= free) {
        buf.set_string(area.right() - text.chars().count() as u16, area.y, text, app.theme.style(role));
    }
}

/// Bars of the epoch and of the run.
pub fn progress(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
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
        app.machine.as_ref().map_or_else(|| plain(&header.device), |machine| machine.line())
    );
    buf.set_stringn(area.x, area.y, text, area.width as usize, app.theme.style(Role::Muted));
}

/// The newest answer, else the newest event.
pub fn message(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let (text, role) = match (&app.message, &run.phase, run.events.last()) {
        (Some((Tone::Ok, text)), ..) => (format!(" ✓ {text}"), Role::Ok),
        (Some((Tone::Error, text)), ..) => (format!(" ✗ {text}"), Role::Error),
        (None, Phase::Failed(reason), _) => (format!(" ✗ {reason}"), Role::Error),
        (None, _, Some(record)) => (format!(" {}", events::line(record)), events::role(record)),
        (None, _, None) => (" waiting for the engine".into(), Role::Muted),
    };
    buf.set_stringn(area.x, area.y, plain(&text), area.width as usize, app.theme.style(role));
}

/// Keys that matter most on the tab, as they are bound now.
pub fn footer(app: &App, area: Rect, buf: &mut Buffer) {
    let run: &[(Action, &str)] = if app.steerable { &[(Action::TogglePause, "pause"), (Action::Checkpoint, "ckpt")] } else { &[] };
    let own: &[(Action, &str)] = match app.tab {
        Tab::Live if app.steerable => {
            &[(Action::NextPane, "pane"), (Action::Enter, "zoom/apply"), (Action::Edit, "edit"), (Action::CrossHair, "inspect")]
        }
        Tab::Live => &[(Action::NextPane, "pane"), (Action::Enter, "zoom"), (Action::CrossHair, "inspect"), (Action::Freeze, "freeze")],
        Tab::Charts => &[(Action::NextPane, "chart"), (Action::Enter, "zoom"), (Action::Mark, "pin"), (Action::Filter, "filter")],
        Tab::Saner => &[(Action::CrossHair, "inspect"), (Action::XAxis, "axis"), (Action::SmoothUp, "smooth")],
        Tab::Runs => &[(Action::Mark, "overlay"), (Action::Diff, "diff"), (Action::Filter, "filter")],
        Tab::Timeline => &[(Action::Enter, "jump"), (Action::Fork, "fork"), (Action::Rollback, "roll back"), (Action::Filter, "filter")],
        Tab::Logs => &[(Action::Level, "level"), (Action::Wrap, "wrap"), (Action::Filter, "filter")],
    };
    let all: &[(Action, &str)] = &[(Action::Palette, "cmd"), (Action::Help, "help"), (Action::Leave, "leave")];
    let text = |own: &[(Action, &str)]| -> String {
        [run, own, all].concat().iter().map(|(action, word)| format!(" {} {word} ", app.settings.keymap.key(*action))).collect()
    };
    // What has no room is under `?` too, leaving and help never go.
    let fitting = (0..=own.len()).rev().map(|n| text(&own[..n])).find(|text| text.chars().count() <= area.width as usize);
    let text = fitting.unwrap_or_else(|| text(&[]));
    buf.set_stringn(area.x, area.y, text, area.width as usize, app.theme.style(Role::Muted));
}

/// What a window needs that is too small.
pub fn notice(area: Rect, app: &App, buf: &mut Buffer) {
    let text = format!(" {}x{}: q p c work; 40x10 shows more", area.width, area.height);
    if area.height > 1 {
        buf.set_stringn(area.x, area.y + 1, text, area.width as usize, app.theme.style(Role::Warn));
    }
}
