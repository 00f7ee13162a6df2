//! The reducer on short stories.

use super::*;
use crate::event::{Fork, Saved};
use crate::schedule::Rebase;
use crate::spec::{Change, Spec};

fn record(step: u64, event: Event) -> Report {
    Report::Event(Box::new(Record { seq: 0, time: 0.0, step, epoch: 0, by: "me".into(), event }))
}

fn started() -> Report {
    record(
        0,
        Event::Started(Box::new(Header {
            run: "r".into(),
            spec: Spec::default(),
            device: "cpu".into(),
            version: "0".into(),
            steps_per_epoch: 10,
            total_steps: 100,
            parameters: 1,
            layers: vec![],
            samples: 10,
            flipped: 2,
            data_note: None,
            fork: None,
        })),
    )
}

fn applied(step: u64, to: f64) -> Report {
    record(
        step,
        Event::Applied {
            id: 1,
            mark: "a1".into(),
            knob: Knob::Alpha,
            from: 0.5,
            to,
            asked_step: step,
            effective: 1.0,
            change: Change::Rebase,
            plan_end: 50.0,
        },
    )
}

#[test]
fn a_change_rebases_the_plan_that_is_drawn_ahead() {
    let mut state = RunState::default();
    [started(), applied(105, 0.3)].iter().for_each(|r| state.apply(r));
    assert_eq!(state.plan.as_ref().unwrap().rebase, Some(Rebase { at: 10.5, from: 0.9, until: 50.0 }));
    assert_eq!((state.tuned, state.marks.len()), (1, 1));
}

#[test]
fn a_fork_that_goes_on_counts_each_change_once() {
    let Report::Event(record_) = started() else { unreachable!() };
    let Event::Started(plain) = record_.event else { unreachable!() };
    let plan = AlphaPlan::new(&Spec::default().method);
    let fork = Fork { parent: "p@c".into(), knobs: [0.4, 50.0, 0.1, 1.0, 1.0, 1.0], plan, tuned: 2 };
    let begun = Header { fork: Some(Box::new(fork)), ..plain.as_ref().clone() };
    let restored = |step| record(step, Event::Restored { checkpoint: "x".into(), superseded: 0 });
    let mut state = RunState::default();
    for report in [
        record(20, Event::Started(Box::new(begun))),
        restored(20),
        applied(30, 0.3),
        // It goes on from its own checkpoint at step 40.
        record(40, Event::Started(plain)),
        restored(40),
    ] {
        state.apply(&report);
    }
    assert_eq!((state.tuned, state.knob(Knob::Alpha)), (3, 0.3));
    state.apply(&restored(25));
    assert_eq!((state.tuned, state.knob(Knob::Alpha)), (2, 0.4), "before its own change it stands where its parent stood");
}

#[test]
fn resuming_before_a_change_undoes_it() {
    let mut state = RunState::default();
    let saved = Saved { mark: "C1".into(), name: "x".into(), reason: "epoch".into(), note: None, bytes: 1, secs: 0.0, id: None };
    for report in [
        started(),
        record(20, Event::Saved(saved)),
        applied(30, 0.3),
        record(20, Event::Restored { checkpoint: "x".into(), superseded: 9 }),
    ] {
        state.apply(&report);
    }
    assert_eq!((state.knob(Knob::Alpha), state.tuned, state.marks.len()), (0.5, 0, 1));
}

#[test]
fn going_back_keeps_what_was_before_and_forgets_what_was_after() {
    let mut state = RunState::default();
    state.apply(&started());
    for step in 0..40 {
        state.apply(&Report::Step(Box::new(StepSample {
            step,
            loss: step as f32,
            group_a: Some(0.1),
            group_b: Some(0.2),
            group_c: Some(0.7),
            ..StepSample::default()
        })));
        if step % 10 == 9 {
            let (step, epoch) = (step + 1, (step / 10) as u32);
            state.apply(&Report::Epoch(Box::new(EpochSummary { epoch_end: true, step, epoch, ..EpochSummary::default() })));
        }
    }
    state.apply(&applied(35, 0.3));
    let back = |step| record(step, Event::Restored { checkpoint: "x".into(), superseded: 0 });
    state.apply(&back(20));
    assert_eq!((state.steps_done(), state.curve(Metric::Loss).len(), state.curve(Metric::TestAcc).len()), (20, 20, 2));
    assert_eq!((state.step.as_ref().unwrap().loss, state.shares, state.knob(Knob::Alpha)), (19.0, None, 0.5));
    state.apply(&applied(22, 0.2));
    state.apply(&back(30));
    assert_eq!((state.knob(Knob::Alpha), state.tuned), (0.2, 1), "a change that was undone stays undone");
    state.apply(&back(0));
    assert!(state.step.is_none() && state.tuned == 0);
}

#[test]
fn each_change_of_a_command_has_its_own_end() {
    let accepted = |id, knob| record(5, Event::Accepted { id, knob, value: 1.0 });
    let mut state = RunState::default();
    [started(), accepted(4, Knob::K), accepted(4, Knob::Rho), record(5, Event::Superseded { id: 4, by_id: 5 }), accepted(5, Knob::K)]
        .iter()
        .for_each(|report| state.apply(report));
    assert_eq!(state.unanswered(), [(4, "me".to_owned()), (5, "me".to_owned())]);
    assert_eq!(state.next_command(), 6);
}
