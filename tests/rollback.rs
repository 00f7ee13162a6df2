//! A run that goes back to one of its checkpoints: what came after is kept aside, and what comes is what would have come.
#![cfg(all(feature = "engine", unix))]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/program.rs"]
mod program;
#[path = "support/screen.rs"]
mod screen;

use engine::*;
use program::{Bench, events, stdout, steps, timeless, wait_for};
use screen::Screen;

const RECIPE: [&str; 7] = ["smoke", "--set", "schedule.epochs=80", "--set", "checkpoint.keep=100", "--set", "method.k=40"];

#[test]
fn a_run_goes_back_and_makes_the_same_steps_again() {
    let (whole, bench) = (Bench::new(), Bench::new());
    let _end = Ended(&bench);
    assert!(whole.train(&RECIPE).output().unwrap().status.success());
    let run = engine(&bench, &RECIPE);
    wait_for(&run.join("metrics.jsonl"), "\"step\":30,");
    let (code, changed) = ctl(&bench, &["set", "alpha", "0.1"]);
    assert_eq!(code, 0, "{changed}");
    let at = changed["step"].as_u64().unwrap();
    wait_for(&run.join("metrics.jsonl"), &format!("\"step\":{},", at + 20));
    let (code, answer) = ctl(&bench, &["rollback", "step-00000077"]);
    assert_eq!(code, 2, "{answer}");
    assert!(
        answer["reason"].as_str().unwrap().contains("it has step-00000005") || answer["reason"].as_str().unwrap().contains("this run has")
    );

    // Somebody watches from before on, somebody joins later: both see where it stands.
    let mut screen = Screen::start(&bench, &["attach", "last", "--read-only"], &[]);
    screen.wait("RUN");
    let (code, answer) = ctl(&bench, &["rollback", "step-00000010"]);
    assert_eq!((code, answer["step"].as_u64()), (0, Some(10)), "{answer}");
    screen.wait("PAUSED");
    screen.wait("10/400 st");
    let (_, status) = ctl(&bench, &["status"]);
    assert_eq!((status["steps"].as_u64(), status["state"].as_str()), (Some(10), Some("paused")), "{status}");
    assert_eq!((status["tuned"].as_u64(), status["knobs"]["alpha"].as_f64()), (Some(0), Some(0.5)), "the change is undone: {status}");
    assert_eq!(steps(&run).len(), 10);
    let aside: Vec<String> =
        std::fs::read_dir(run.join("superseded")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(aside.iter().any(|name| name.starts_with("step-00000015")), "{aside:?}");
    assert!(aside.iter().any(|name| name.starts_with("metrics-from-00000010")), "{aside:?}");

    // A kill here is survived as anywhere else.
    screen.keys("q");
    screen.wait("detach");
    screen.keys("d");
    assert_eq!(screen.exit_code(), 0);
    kill(&run);
    let run_again = engine(&bench, &["--resume", "last"]);
    assert_eq!(run_again, run);
    assert_eq!(ctl(&bench, &["wait", "done"]).0, 0);
    assert_consecutive(&run);
    assert_eq!(timeless(&run), timeless(&whole.last()), "without the change it is the run that had none");
    let weights = |run: &std::path::Path| std::fs::read(run.join("checkpoints/step-00000400/weights.safetensors")).unwrap();
    assert!(weights(&run) == weights(&whole.last()));
    assert!(!stdout(&bench.output(&["ls"])).contains("tuned"));
    assert_eq!(ctl(&bench, &["rollback"]).0, 2, "what has ended stays");
}

#[test]
fn a_paused_run_goes_back_and_on_with_another_value() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let run = engine(&bench, &RECIPE);
    wait_for(&run.join("metrics.jsonl"), "\"step\":30,");
    assert_eq!(ctl(&bench, &["pause"]).0, 0);
    let (code, answer) = ctl(&bench, &["rollback"]);
    assert_eq!(code, 0, "{answer}");
    let step = answer["step"].as_u64().unwrap();
    assert_eq!(ctl(&bench, &["rollback", "step-00000005"]).1["step"], 5, "and again, further");
    assert!(step > 5 && step.is_multiple_of(5));
    assert_eq!(ctl(&bench, &["resume"]).0, 0);
    assert_eq!(ctl(&bench, &["set", "k", "3"]).0, 0);
    assert_eq!(ctl(&bench, &["stop"]).0, 0);
    assert_consecutive(&run);
    let restored = events(&run, "restored");
    assert_eq!(restored.iter().map(|event| event["by"].as_str().unwrap()).collect::<Vec<_>>(), ["ctl", "ctl"]);
    // A run with it made again on another seed has the one change that acts.
    let made = run.join("events.jsonl");
    let args = ["smoke", "--seed", "43", "--name", "again", "--set", "schedule.epochs=80", "--set", "method.k=40", "--interventions"];
    let output = bench.train(&[&args[..], &[made.to_str().unwrap()]].concat()).output().unwrap();
    assert!(output.status.success(), "{}", program::stderr(&output));
    assert_eq!(events(&bench.last(), "applied").len(), 1);
}
