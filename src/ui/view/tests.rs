//! Screens at every plan's size, with and without data: nothing panics, and what must be there is there.

mod matrix;
mod random;
mod tabs;

use ratatui::buffer::Buffer;
use saner_core::event::{EpochSummary, Event, Header, Record, Report, Saved, StepSample};
use saner_core::knob::Knob;
use saner_core::spec::Spec;

use super::*;
use crate::settings::Settings;
use crate::theme::Depth;

fn record(step: u64, event: Event) -> Report {
    Report::Event(Box::new(Record { seq: 0, time: 1_700_000_000.0, step, epoch: 0, by: "me".into(), event }))
}

/// A run of 400 steps in 40 epochs, with one change and one checkpoint.
fn story() -> RunState {
    let mut state = RunState::default();
    let mut spec = Spec::default();
    spec.schedule.epochs = 60;
    state.apply(&record(
        0,
        Event::Started(Box::new(Header {
            run: "20260101-000000-shapes".into(),
            spec,
            device: "device: CPU, 2 threads".into(),
            version: "0".into(),
            steps_per_epoch: 10,
            total_steps: 600,
            parameters: 78_000,
            layers: vec!["conv1.weight".into(), "bn1.weight".into(), "linear.weight".into()],
            samples: 640,
            flipped: 160,
            data_note: None,
            fork: None,
        })),
    ));
    for step in 0..400u64 {
        let t = step as f32 / 400.0;
        let measured = step % 10 == 0;
        state.apply(&Report::Step(Box::new(StepSample {
            step,
            epoch: (step / 10) as u32,
            wall: step as f64 * 0.1,
            loss: 2.3 - 1.8 * t,
            acc: t,
            clean_acc: Some(0.9 * t),
            noisy_acc: Some(0.2 * t * t),
            alpha: 1.0 - 0.4 * f64::from(t),
            alpha_target: 0.5,
            k: 50.0,
            rho: 0.1,
            lr: 0.1,
            group_a: measured.then_some(0.5),
            group_b: measured.then_some(0.4 - 0.05 * t),
            group_c: measured.then_some(0.1 + 0.05 * t),
            p_r: measured.then_some(0.8 + 0.4 * t),
            p_noise: measured.then_some(0.3),
            p_clean: measured.then_some(0.3),
            grad_norm: measured.then_some(1.0),
            grad_adv_norm: measured.then_some(1.1),
            layers: if measured { vec![[0.5, 0.4, 0.1]; 3] } else { vec![] },
            ..StepSample::default()
        })));
        if step % 10 == 9 {
            state.apply(&Report::Epoch(Box::new(EpochSummary {
                epoch_end: true,
                step: step + 1,
                epoch: (step / 10) as u32,
                eval_acc: f64::from(t) * 0.8,
                best_acc: 0.8,
                clean_acc: Some(0.9),
                noisy_acc: Some(0.2),
                images_per_s: 300.0,
                ..EpochSummary::default()
            })));
        }
        if step == 220 {
            state.apply(&record(
                220,
                Event::Applied {
                    id: 1,
                    mark: "a2".into(),
                    knob: Knob::Alpha,
                    from: 0.5,
                    to: 0.3,
                    asked_step: 219,
                    effective: 0.78,
                    change: saner_core::spec::Change::Rebase,
                    plan_end: 50.0,
                },
            ));
        }
    }
    let verdict = |i: usize| saner_core::samples::Verdict { loss: (i % 40) as f32 / 10.0, predicted: (i % 10) as u8, confidence: 0.9 };
    let (given, truth): (Vec<u8>, Vec<u8>) = (0..640).map(|i| ((i % 7) as u8, (i % 5) as u8)).unzip();
    let verdicts: Vec<_> = (0..640).map(verdict).collect();
    state.samples =
        Some((39, Box::new(saner_core::samples::stats(&verdicts, &(0..640).collect::<Vec<u32>>(), (&given, Some(&truth)), 10))));
    let saved = Saved { mark: "C3".into(), name: "best".into(), reason: "best".into(), note: None, bytes: 1 << 20, secs: 0.1, id: None };
    state.apply(&record(300, Event::Saved(saved)));
    state
}

fn screen(run: &RunState, app: &App, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    draw(run, app, area, &mut buf);
    (0..height).map(|y| (0..width).map(|x| buf[(x, y)].symbol().to_owned()).collect::<String>().trim_end().to_owned() + "\n").collect()
}

fn settings(theme: &str, depth: Depth) -> Settings {
    Settings { theme: theme.into(), depth, ..Settings::default() }
}

fn app() -> App {
    App::new("20260101-000000-shapes".into(), true, settings("dark", Depth::True))
}

#[test]
fn every_size_is_drawn_with_and_without_data() {
    for run in [RunState::default(), story()] {
        for width in (1..220).step_by(13) {
            for height in (1..70).step_by(5) {
                for popup in [None, Some(Popup::Help(99)), Some(Popup::Leave), Some(Popup::Tour(2)), Some(Popup::Export(0))] {
                    let mut app = app();
                    app.popup = popup;
                    screen(&run, &app, width, height);
                }
            }
        }
    }
}

#[test]
fn before_the_first_value_every_pane_says_what_it_waits_for() {
    let text = screen(&RunState::default(), &app(), 200, 60);
    for words in ["STARTING", "waiting for the first step", "waiting for the first group measurement", "engine not ready", "no events yet"]
    {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    assert!(!text.contains("0.0%"), "a dash, not a zero");
}

#[test]
fn marks_and_plan_and_letters_are_on_the_charts() {
    let mut app = app();
    app.focus = 4;
    let text = screen(&story(), &app, 80, 24);
    for words in ["a2", "target ×0.300", "tuned ×1"] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
}

#[test]
fn a_loss_that_is_not_a_number_is_seen() {
    let mut run = story();
    run.apply(&Report::Step(Box::new(StepSample { step: 400, loss: f32::NAN, ..StepSample::default() })));
    run.apply(&record(400, Event::NonFinite { tensor: "loss of the first pass".into() }));
    let text = screen(&run, &app(), 120, 40);
    assert!(text.contains("1 NaN") && text.contains('✗'), "{text}");
}
