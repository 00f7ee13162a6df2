//! Rules over made reports; what they ask for is read from the inbox.

use std::sync::mpsc::{Receiver, sync_channel};

use saner_core::command::Command;
use saner_core::state::RunState;

use super::*;

fn watch(text: &str) -> (tempfile::TempDir, Watch, Receiver<Command>) {
    let config: crate::config::Config = toml::from_str(text).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (inbox, asked) = sync_channel(16);
    let feed = Feed::new(RunState::default(), Some(inbox));
    let watch = Watch::new(&RunDir { path: dir.path().into() }, &feed, &config.watch, &config.notify.command).unwrap();
    (dir, watch, asked)
}

fn steps(watch: &mut Watch, losses: impl IntoIterator<Item = f32>) {
    for (step, loss) in losses.into_iter().enumerate() {
        let sample = StepSample { step: step as u64, wall: step as f64 * 0.1, loss, ..StepSample::default() };
        watch.take(&Report::Step(Box::new(sample))).unwrap();
    }
}

fn verbs(asked: &Receiver<Command>) -> Vec<Verb> {
    asked.try_iter().map(|command| command.verb).collect()
}

#[test]
fn a_loss_that_leaps_is_noted_once_and_pauses() {
    let (_dir, mut watch, asked) = watch("[[watch]]\nwhen = \"loss\"\nover = 3\ndo = [\"note\", \"checkpoint\", \"pause\"]");
    let quiet = || std::iter::repeat_n(1.0, 30);
    steps(&mut watch, quiet().chain([2.9, 9.0, 9.0, 9.0]).chain(quiet()));
    let asked_for = verbs(&asked);
    assert!(
        matches!(&asked_for[..], [Verb::Note(text), Verb::Checkpoint { note: Some(_) }, Verb::Pause] if text.contains("loss 9.000")),
        "{asked_for:?}"
    );
    steps(&mut watch, [9.0]);
    assert_eq!(verbs(&asked).len(), 3, "it speaks again when its case comes again");
}

#[test]
fn early_steps_say_nothing_and_slow_ones_are_told() {
    let (_dir, mut watch, asked) = watch("[[watch]]\nwhen = \"step-time\"\nover = 5\ndo = [\"note\"]");
    let mut wall = 0.0;
    for step in 0..60u64 {
        wall += if step == 3 || step == 40 { 2.0 } else { 0.1 };
        watch.take(&Report::Step(Box::new(StepSample { step, wall, ..StepSample::default() }))).unwrap();
    }
    let asked_for = verbs(&asked);
    assert!(matches!(&asked_for[..], [Verb::Note(text)] if text.contains("2.00 s")), "{asked_for:?}");
}

#[test]
fn memorising_and_a_full_disk_are_told_at_the_end_of_an_epoch() {
    let (_dir, mut watch, asked) = watch(
        "[[watch]]\nwhen = \"noisy\"\nover = 20\nepochs = 2\ndo = [\"pause\"]\n[[watch]]\nwhen = \"disk\"\nover = 1e9\ndo = [\"note\"]",
    );
    for noisy in [0.1, 0.15, 0.2, 0.45, 0.5] {
        let summary = EpochSummary { noisy_acc: Some(noisy), ..EpochSummary::default() };
        watch.take(&Report::Epoch(Box::new(summary))).unwrap();
    }
    let asked_for = verbs(&asked);
    assert!(matches!(&asked_for[..], [Verb::Note(_), Verb::Pause]), "{asked_for:?}");
}

#[test]
fn a_stall_calls_the_persons_command() {
    let text = "[[watch]]\nwhen = \"stall\"\nover = 0.2\ndo = [\"notify\", \"note\"]\n[notify]\ncommand = [\"touch\", \"MARK\"]";
    let mark = tempfile::tempdir().unwrap();
    let path = mark.path().join("called");
    let (_dir, _watch, asked) = watch(&text.replace("MARK", path.to_str().unwrap()));
    let asked_for = asked.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(matches!(&asked_for.verb, Verb::Note(text) if text.contains("no step for")) && asked_for.by == "watch");
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed().as_secs() < 10, "the command was not called");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_rule_without_its_bound_is_refused() {
    let rule = Rule { when: When::Loss, over: None, epochs: 3, acts: vec![] };
    assert!(rule.bound().unwrap_err().to_string().contains("needs `over`"));
    assert!(toml::from_str::<crate::config::Config>("[[watch]]\nwhen = \"los\"\ndo = []").is_err());
}
