//! The reducer on short stories.

use super::*;
use crate::event::Saved;
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
