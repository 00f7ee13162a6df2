//! Every tab and state of a run at five sizes: the text, and which role each cell has. What a theme makes of the roles is
//! checked for five themes cell by cell, so that text and roles stand here once and not five times.

use super::tabs::rows;
use super::*;
use crate::theme::{ROLES, Theme, Themes};
use ratatui::style::Color;
use saner_core::logline::LogLine;
use saner_core::sheet::Sheet;
use saner_core::state::Phase;

const SIZES: [(u16, u16); 5] = [(30, 8), (60, 10), (80, 24), (120, 40), (200, 60)];
const THEMES: [(&str, Depth); 5] =
    [("dark", Depth::True), ("light", Depth::True), ("okabe-ito", Depth::True), ("high-contrast", Depth::True), ("mono", Depth::None)];

fn drawn(run: &RunState, app: &App, (width, height): (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    draw(run, app, area, &mut buf);
    buf
}

/// The role of a cell that was drawn with the theme of roles; none where it has colours of its own.
fn role(cell: &ratatui::buffer::Cell) -> Option<usize> {
    match (cell.fg, cell.bg) {
        (Color::Indexed(i), Color::Reset) => Some(usize::from(i)),
        _ => None,
    }
}

/// A letter for a role, a for the first one, a capital where the cell is bold beside; `~` for colours of their own.
fn letter(cell: &ratatui::buffer::Cell) -> char {
    let small = role(cell).map_or('~', |role| char::from(b'a' + role as u8));
    if cell.modifier.is_empty() { small } else { small.to_ascii_uppercase() }
}

/// Runs of cells of one role and how many they are.
fn map(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let letters: Vec<char> = (0..buf.area.width).map(|x| letter(&buf[(x, y)])).collect();
        let runs = letters.chunk_by(|a, b| a == b).map(|run| format!("{}{}", run[0], run.len()));
        out += &(runs.collect::<Vec<_>>().join(" ") + "\n");
    }
    out
}

/// Draws a screen at every size and in every theme.
fn check(name: &str, run: &RunState, mut app: App) {
    let legend = ROLES.iter().enumerate().map(|(i, role)| format!("{}={role}", char::from(b'a' + i as u8)));
    let mut told = legend.collect::<Vec<_>>().join(" ") + "\n";
    for size in SIZES {
        app.theme = Theme::of_roles();
        let plain = drawn(run, &app, size);
        told += &format!("\n{}x{}\n{}\n{}", size.0, size.1, crate::print::text(&plain, false), map(&plain));
        for (theme, depth) in THEMES {
            app.theme = Themes::default().load(theme, depth).unwrap();
            let themed = drawn(run, &app, size);
            for y in 0..size.1 {
                for x in 0..size.0 {
                    let (cell, of_roles) = (&themed[(x, y)], &plain[(x, y)]);
                    // Where there is no colour, signs stand for it.
                    let by_signs = depth == Depth::None && cell.symbol() != of_roles.symbol();
                    let Some(role) = role(of_roles).filter(|_| !by_signs) else { continue };
                    let style = app.theme.styles()[role];
                    let wanted = (style.fg.unwrap_or(Color::Reset), Color::Reset, style.add_modifier | of_roles.modifier);
                    assert_eq!((cell.fg, cell.bg, cell.modifier), wanted, "{name} {size:?} {theme}: {} at {x} {y}", ROLES[role]);
                    assert_eq!(cell.symbol(), of_roles.symbol(), "{name} {size:?} {theme} at {x} {y}");
                }
            }
        }
    }
    insta::assert_snapshot!(name, told.replace(&crate::format::clock(1_700_000_000.0), "HH:MM:SS"));
}

fn on(tab: Tab) -> App {
    let mut app = app();
    app.tab = tab;
    app.runs.rows = Some(rows());
    app.logs.lines.push_back(LogLine::parse("2026-11-25T12:58:00.1Z  INFO train: epoch 1 of 2 is done, and more text than fits a line"));
    app.logs.lines.push_back(LogLine::parse("2026-11-25T12:58:01.1Z  WARN train: labels.csv was slow to write"));
    let n = story().samples.map_or(0, |(_, stats)| stats.disputed.len());
    let tile = |i: usize| (0..64).map(|dot| [(i * 6) as u8, (dot * 4) as u8, 90]).collect();
    app.sheet = Some((39, Some(Sheet { side: 8, tiles: (0..n).map(tile).collect() })));
    app
}

#[test]
fn live() {
    check("live", &story(), on(Tab::Live));
}

#[test]
fn live_with_a_change_staged_and_a_cross_hair() {
    let mut app = on(Tab::Live);
    app.staged[Knob::Alpha as usize] = Some(0.1);
    app.focus = 4;
    app.chart_view.cross = Some(150);
    check("staged", &story(), app);
}

#[test]
fn live_before_anything_was_heard() {
    check("empty", &RunState::default(), on(Tab::Live));
}

#[test]
fn live_before_the_first_step() {
    let mut run = RunState::default();
    run.apply(&record(0, story().events[0].event.clone()));
    check("loading", &run, on(Tab::Live));
}

#[test]
fn live_of_a_run_that_broke_read_only() {
    let mut run = story();
    run.phase = Phase::Failed("its process is gone; go on with `saner-tui run --resume`".into());
    let mut app = on(Tab::Live);
    app.steerable = false;
    check("broken", &run, app);
}

#[test]
fn live_where_no_loss_is_finite_and_a_change_was_refused() {
    let mut run = RunState::default();
    run.apply(&record(0, story().events[0].event.clone()));
    for step in 0..20 {
        run.apply(&Report::Step(Box::new(StepSample { step, wall: step as f64, loss: f32::NAN, ..StepSample::default() })));
    }
    run.apply(&record(20, Event::NonFinite { tensor: "loss of the first pass".into() }));
    run.apply(&record(20, Event::Paused { reason: "a value was not finite".into() }));
    let mut app = on(Tab::Live);
    app.say(crate::app::Tone::Error, "rejected: k must be at least 0".into());
    check("not_finite", &run, app);
}

#[test]
fn charts() {
    check("charts", &story(), on(Tab::Charts));
}

#[test]
fn charts_before_the_first_step() {
    check("charts_empty", &RunState::default(), on(Tab::Charts));
}

#[test]
fn saner() {
    check("saner", &story(), on(Tab::Saner));
}

#[test]
fn saner_empty() {
    check("saner_empty", &RunState::default(), on(Tab::Saner));
}

#[test]
fn samples() {
    let mut app = on(Tab::Saner);
    (app.samples_page, app.disputed) = (true, 3);
    check("samples", &story(), app);
}

#[test]
fn runs() {
    check("runs", &story(), on(Tab::Runs));
}

#[test]
fn runs_while_they_are_read() {
    let mut app = on(Tab::Runs);
    app.runs.rows = None;
    check("runs_loading", &story(), app);
}

#[test]
fn timeline() {
    check("timeline", &story(), on(Tab::Timeline));
}

#[test]
fn logs() {
    check("logs", &story(), on(Tab::Logs));
}

#[test]
fn help_of_a_viewer() {
    let mut app = on(Tab::Live);
    (app.steerable, app.popup) = (false, Some(Popup::Help(0)));
    check("help", &story(), app);
}
