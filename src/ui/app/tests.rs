//! Keys in, state and effect out; no terminal.

use crossterm::event::{KeyCode, KeyModifiers};
use saner_core::spec::Spec;

use super::*;

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn press(app: &mut App, run: &RunState, keys: &str) -> Effect {
    keys.chars().fold(Effect::Draw, |_, c| app.update(&key(if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) }), run))
}

fn live() -> (App, RunState) {
    let mut run = RunState::default();
    run.phase = Phase::Running;
    run.knobs = [0.5, 50.0, 0.1, 1.0, 1.0, 1.0];
    (App::new("t".into(), true, Depth::True), run)
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
    let mut app = App::new("t".into(), false, Depth::True);
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
