//! Keys in, state and effect out; no terminal.

use crossterm::event::{KeyCode, KeyModifiers};
use saner_core::spec::Spec;

use super::*;
use crossterm::event::KeyEvent;
use saner_core::event::{Event, Record};
use saner_core::state::Phase;

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn press(app: &mut App, run: &RunState, keys: &str) -> Effect {
    keys.chars().fold(Effect::Draw, |_, c| app.update(&key(if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) }), run))
}

fn app(steerable: bool) -> App {
    App::new("t".into(), steerable, Settings { depth: crate::theme::Depth::True, theme: "dark".into(), ..Settings::default() })
}

fn live() -> (App, RunState) {
    let mut run = RunState::default();
    run.phase = Phase::Running;
    run.knobs = [0.5, 50.0, 0.1, 1.0, 1.0, 1.0];
    (app(true), run)
}

#[test]
fn pause_is_asked_and_not_assumed() {
    let (mut app, mut run) = live();
    assert_eq!(press(&mut app, &run, "p"), Effect::Send(Verb::Pause));
    assert_eq!(app.asked, Some("PAUSING"));
    run.phase = Phase::Paused("asked".into());
    assert_eq!(press(&mut app, &run, "p"), Effect::Send(Verb::Resume));
}

#[test]
fn knobs_are_staged_then_sent_together() {
    let (mut app, run) = live();
    press(&mut app, &run, "e0.3\n");
    assert_eq!(app.staged[0], Some(0.3));
    app.update(&key(KeyCode::Down), &run);
    press(&mut app, &run, "e10\n");
    let effect = press(&mut app, &run, "\n");
    assert_eq!(effect, Effect::Send(Verb::Set(vec![(Knob::Alpha, 0.3), (Knob::K, 10.0)])));
    assert_eq!(app.staged_count(), 0);
}

#[test]
fn ten_fine_steps_are_exact_and_escape_drops_them() {
    let (mut app, run) = live();
    (0..10).for_each(|_| {
        app.update(&key(KeyCode::Left), &run);
    });
    assert_eq!(app.staged[0], Some(0.4));
    app.update(&key(KeyCode::Esc), &run);
    assert_eq!(app.staged_count(), 0);
}

#[test]
fn a_value_out_of_range_is_refused_with_the_range() {
    let (mut app, run) = live();
    press(&mut app, &run, "e9\n");
    assert_eq!(app.staged_count(), 0);
    assert!(app.message.as_ref().unwrap().1.contains("0 to 2"));
}

#[test]
fn leaving_asks_while_the_run_is_active() {
    let (mut app, mut run) = live();
    assert_eq!(press(&mut app, &run, "q"), Effect::Draw);
    assert_eq!(app.popup, Some(Popup::Leave));
    assert_eq!(press(&mut app, &run, "x"), Effect::Draw, "any other key stays in the dialog");
    assert_eq!(press(&mut app, &run, "s"), Effect::Send(Verb::Stop));
    run.phase = Phase::Ended(saner_core::event::Outcome::Done);
    assert_eq!(press(&mut app, &run, "q"), Effect::Quit);
}

#[test]
fn a_run_that_is_only_read_cannot_be_changed() {
    let (_, run) = live();
    let mut app = app(false);
    assert_eq!(press(&mut app, &run, "c"), Effect::Draw);
    assert!(app.message.as_ref().unwrap().1.contains("only being read"));
    assert_eq!(press(&mut app, &run, "q"), Effect::Quit);
}

#[test]
fn typed_commands_are_the_verbs_of_every_other_front_end() {
    let (mut app, run) = live();
    assert_eq!(press(&mut app, &run, ":set alpha 0.3\n"), Effect::Send(Verb::Set(vec![(Knob::Alpha, 0.3)])));
    assert_eq!(press(&mut app, &run, ":k 10\n"), Effect::Send(Verb::Set(vec![(Knob::K, 10.0)])));
    assert_eq!(press(&mut app, &run, ":momentum 1\n"), Effect::Draw);
    assert!(app.message.as_ref().unwrap().1.contains("locked"));
    assert_eq!(press(&mut app, &run, "Cbefore drop\n"), Effect::Send(Verb::Checkpoint { note: Some("before drop".into()) }));
}

#[test]
fn undo_stages_the_value_before() {
    let (mut app, mut run) = live();
    let event = Event::Applied {
        id: 1,
        mark: "a1".into(),
        knob: Knob::Alpha,
        from: 0.5,
        to: 0.3,
        asked_step: 1,
        effective: 0.5,
        change: Spec::default().method.change,
        plan_end: 50.0,
    };
    run.knobs[0] = 0.3;
    run.events.push(Record { seq: 0, time: 0.0, step: 1, epoch: 0, by: "me".into(), event });
    press(&mut app, &run, "u");
    assert_eq!(app.staged[0], Some(0.5));
    run.knobs[0] = 0.5;
    app.staged = [None; N_KNOBS];
    press(&mut app, &run, "U");
    assert_eq!(app.staged[0], Some(0.3));
}

#[test]
fn an_error_stays_until_a_key_and_a_good_message_fades() {
    let (mut app, run) = live();
    press(&mut app, &run, "e9\n");
    let saved = |by: &str| {
        let saved =
            saner_core::event::Saved { mark: "C1".into(), name: "x".into(), reason: "r".into(), note: None, bytes: 1, secs: 0.0, id: None };
        Record { seq: 0, time: 0.0, step: 1, epoch: 0, by: by.into(), event: Event::Saved(saved) }
    };
    app.notice(&[saved("me"), saved("auto")]);
    (0..100).for_each(|_| {
        app.tick();
    });
    assert!(matches!(app.message, Some((Tone::Error, _))));
    press(&mut app, &run, "y");
    app.notice(&[saved("auto")]);
    assert_eq!(app.message, None);
    app.notice(&[saved("me")]);
    assert!(matches!(app.message, Some((Tone::Ok, _))));
    (0..100).for_each(|_| {
        app.tick();
    });
    assert_eq!(app.message, None);
}

#[test]
fn commands_complete_and_a_wrong_one_is_told_the_nearest() {
    let (mut app, run) = live();
    for (typed, whole) in
        [("roll", "rollback "), ("set alpha_", "set alpha_"), ("set alpha_a", "set alpha_a "), ("theme dus", "theme dusk "), ("zzz", "zzz")]
    {
        assert_eq!(palette::complete(&app, typed), whole);
    }
    press(&mut app, &run, ":");
    app.update(&key(KeyCode::Char('s')), &run);
    app.update(&key(KeyCode::Char('t')), &run);
    app.update(&key(KeyCode::Char('o')), &run);
    app.update(&key(KeyCode::Tab), &run);
    assert_eq!(app.update(&key(KeyCode::Enter), &run), Effect::Send(Verb::Stop));
    press(&mut app, &run, ":resmue\n");
    assert!(app.message.as_ref().unwrap().1.contains("did you mean resume?"), "{:?}", app.message);
    press(&mut app, &run, ":smooth 0.5\n");
    assert_eq!(app.chart_view.smoothing, 0.5);
    press(&mut app, &run, ":smooth 2\n");
    assert!(app.message.as_ref().unwrap().1.contains("0 to 0.999"));
    press(&mut app, &run, ":chart.log-y\n");
    assert!(app.chart_view.log_y, "the name of any action is a command");
    press(&mut app, &run, ":grid 2x9\n");
    assert!(app.message.as_ref().unwrap().1.contains("at most 8x8"));
    press(&mut app, &run, ":theme high-contrast\n");
    assert_eq!(app.theme.name, "high-contrast");
}

#[test]
fn going_back_asks_first() {
    let (mut app, mut run) = live();
    run.events.push(Record { seq: 0, time: 0.0, step: 12, epoch: 0, by: "me".into(), event: Event::Resumed });
    press(&mut app, &run, "5");
    assert_eq!(press(&mut app, &run, "R"), Effect::Checkpoint { step: 12, rollback: true });
    let verb = Verb::Rollback { checkpoint: Some("step-00000010".into()) };
    let ask = |app: &mut App| app.popup = Some(Popup::Confirm(vec!["sure?".into()], Box::new(Effect::Send(verb.clone()))));
    ask(&mut app);
    assert_eq!(press(&mut app, &run, "x"), Effect::Draw);
    assert!(app.popup.is_some(), "any other key stays in the question");
    assert_eq!(app.update(&key(KeyCode::Esc), &run), Effect::Draw);
    assert!(app.popup.is_none());
    ask(&mut app);
    assert_eq!(press(&mut app, &run, "\n"), Effect::Send(verb));
}

#[test]
fn the_cross_hair_walks_over_marks_and_the_window_follows() {
    let (mut app, mut run) = live();
    for step in 0..1000 {
        run.apply(&saner_core::event::Report::Step(Box::new(saner_core::event::StepSample { step, ..Default::default() })));
    }
    for step in [100, 900] {
        run.marks.push(saner_core::state::Mark { step, label: "a1".into() });
    }
    press(&mut app, &run, "+++n");
    assert_eq!(app.chart_view.cross, Some(100));
    let seen = |app: &App| {
        let (from, to) = app.chart_view.window(&run, false);
        let cross = app.chart_view.cross.unwrap() as f64;
        assert!(from <= cross && cross <= to, "{from} {cross} {to}");
    };
    seen(&app);
    press(&mut app, &run, "n");
    assert_eq!(app.chart_view.cross, Some(900));
    seen(&app);
    press(&mut app, &run, "l>");
    assert!(app.chart_view.cross.unwrap() > 900);
    press(&mut app, &run, "N");
    assert_eq!(app.chart_view.cross, Some(900));
    app.update(&key(KeyCode::Esc), &run);
    assert_eq!(app.chart_view.cross, None);
}

#[test]
fn the_tour_goes_on_by_enter_and_holds_nobody_up() {
    let (mut app, run) = live();
    app.popup = Some(Popup::Tour(0));
    press(&mut app, &run, "\n\n");
    assert_eq!(app.popup, Some(Popup::Tour(2)));
    assert_eq!(press(&mut app, &run, "p"), Effect::Send(Verb::Pause), "any other key does what it always does");
    assert_eq!(app.popup, None);
    press(&mut app, &run, ":tour\n");
    (0..6).for_each(|_| drop(press(&mut app, &run, "\n")));
    assert_eq!(app.popup, None, "the last card is the end");
}

#[test]
fn nothing_of_what_was_set_is_lost_by_other_tabs_sizes_or_a_lost_connection() {
    use crate::app::TABS;
    use saner_core::feed::{Control, Link};
    let (mut app, run) = live();
    app.chart_view.smoothing = 0.98;
    app.chart_view.ranges[1] = Some((0.0, 50.0));
    app.zoom(0.25);
    app.charts.pins = vec![3, 1];
    *app.filter_mut() = super::filter::Filter::read("loss").unwrap();
    app.staged[Knob::Alpha as usize] = Some(0.2);
    app.timeline.cursor = 2;
    let kept =
        |app: &App| (app.chart_view, app.charts.pins.clone(), app.charts.filter.text().map(str::to_owned), app.staged, app.timeline.cursor);
    let before = kept(&app);
    for (at, (tab, _)) in TABS.iter().cycle().take(18).enumerate() {
        app.tab = *tab;
        let away = Link { control: if at % 2 == 0 { Control::Free } else { Control::Mine }, apart: true, ..Link::default() };
        app.joined(away, true);
        for (width, height) in [(1, 1), (80, 24), (200, 60), (40, 10)] {
            let area = ratatui::layout::Rect::new(0, 0, width, height);
            crate::view::draw(&run, &app, area, &mut ratatui::buffer::Buffer::empty(area));
        }
        app.tick();
    }
    assert_eq!(kept(&app), before);
}
