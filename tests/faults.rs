//! Faults of the machine and of people that a run survives; those of disks are in `disk.rs`, of clients in `door.rs`.
#![cfg(all(feature = "engine", unix))]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/program.rs"]
mod program;
#[path = "support/screen.rs"]
mod screen;

use engine::*;
use program::{Bench, events, stderr, steps, wait_for, wait_for_run};
use screen::Screen;

fn tell(run: &std::path::Path, signal: &str) {
    let pid = note(run)["pid"].to_string();
    assert!(std::process::Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
}

#[test]
fn an_engine_that_stands_still_is_noticed_and_goes_on() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let long = ["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=200000", "--set", "checkpoint.every=1000"];
    let mut screen = Screen::start(&bench, &long, &[]);
    screen.wait("ctl:me");
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":9,");
    tell(&run, "STOP");
    screen.wait("no word for");
    tell(&run, "CONT");
    screen.wait("ctl:me");
    // And the other way round: a screen that stands still costs the run nothing.
    screen.signal("STOP");
    let made = steps(&run).len();
    wait_for(&run.join("metrics.jsonl"), &format!("\"step\":{},", made + 200));
    screen.signal("CONT");
    screen.keys("q");
    screen.wait("detach");
    screen.keys("s");
    assert_eq!(screen.exit_code(), 0);
    assert_consecutive(&run);
}

#[test]
fn a_terminated_engine_writes_a_checkpoint_and_a_requeued_job_goes_on() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let run = engine(&bench, &["smoke", "--set", "schedule.epochs=200000", "--set", "checkpoint.every=0"]);
    wait_for(&run.join("metrics.jsonl"), "\"step\":9,");
    tell(&run, "INT");
    tell(&run, "HUP");
    tell(&run, "USR1");
    wait_for(&run.join("events.jsonl"), "\"signal\"");
    tell(&run, "TERM");
    wait_for(&run.join("events.jsonl"), "\"finished\"");
    let saved = events(&run, "saved");
    assert_eq!(saved.last().unwrap()["step"], steps(&run).len() as u64, "nothing that was trained is lost");
    let mut requeued = bench.train(&["--resume", "auto", "--set", "schedule.max_steps=20000"]);
    let mut child = requeued.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    wait_for(&run.join("events.jsonl"), "\"restored\"");
    program::signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
    assert_consecutive(&run);
}

#[test]
fn a_run_without_a_door_is_still_a_run() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=7"]).output().unwrap().status.success());
    let run = bench.last();
    std::fs::remove_dir_all(run.join("control")).unwrap();
    std::fs::write(run.join("control"), b"in the way").unwrap();
    let output = bench.train(&["--resume", "last", "--set", "schedule.max_steps=0"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(steps(&run).len(), 20);
    let log = std::fs::read_to_string(run.join("engine.log")).unwrap();
    assert!(log.contains("no other program can join this run"), "{log}");
}

#[test]
fn a_run_whose_folder_is_deleted_ends_with_a_sentence() {
    let bench = Bench::new();
    let child = bench.spawn(&["smoke", "--set", "schedule.epochs=200"]);
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":9,");
    // Moved first: nothing new can appear in what is being removed.
    let away = bench.dir.path().join("away");
    std::fs::rename(&run, &away).unwrap();
    std::fs::remove_dir_all(&away).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("checkpoint") && !said.contains("panicked"), "{said}");
}
