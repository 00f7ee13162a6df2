//! Runs that begin where another one stood, changes that are made again, and runs that are played back.
#![cfg(all(feature = "engine", unix))]

#[path = "support/program.rs"]
mod program;
#[path = "support/screen.rs"]
mod screen;

use std::path::{Path, PathBuf};

use program::{Bench, events, lines, stderr, stdout, steps, timeless};
use screen::Screen;
use serde_json::Value;

fn train(bench: &Bench, more: &[&str]) -> PathBuf {
    let output = bench.train(more).output().unwrap();
    assert!(output.status.success(), "{more:?}: {}", stderr(&output));
    bench.last()
}

/// A run that was tuned by hand at two steps, through its standard input.
fn tuned(bench: &Bench) -> PathBuf {
    use std::io::Write;
    let mut child = bench.spawn(&["smoke", "--name", "tuned", "--set", "schedule.epochs=60", "--set", "method.k=40"]);
    let mut input = child.stdin.take().unwrap();
    let run = program::wait_for_run(bench, "metrics.jsonl", "\"step\":20,");
    writeln!(input, "set alpha 0.2").unwrap();
    program::wait_for(&run.join("events.jsonl"), "\"applied\"");
    writeln!(input, "set lr_scale 0.5").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(events(&run, "applied").len(), 2);
    run
}

fn from(run: &Path, step: u64) -> Vec<Value> {
    timeless(run).into_iter().filter(|line| line["step"].as_u64().unwrap() >= step + u64::from(line.get("epoch_end").is_some())).collect()
}

#[test]
fn an_unchanged_fork_is_its_parent_bit_for_bit() {
    let bench = Bench::new();
    let parent = tuned(&bench);
    let middle = lines(&parent.join("events.jsonl")).into_iter().find(|e| e["event"] == "saved" && e["step"].as_u64() > Some(120)).unwrap();
    let (name, step) = (middle["name"].as_str().unwrap().to_owned(), middle["step"].as_u64().unwrap());
    // Older checkpoints are pruned; the newest ones and the best are there.
    let name = if parent.join("checkpoints").join(&name).is_dir() { name } else { "best".into() };
    let step = if name == "best" { read_step(&parent, "best") } else { step };
    let fork = format!("{}@{name}", parent.file_name().unwrap().to_str().unwrap());
    let child = train(&bench, &["--fork", &fork, "--set", "name=child"]);
    assert_ne!(child, parent);
    assert_eq!(from(&child, step), from(&parent, step));
    assert_eq!(steps(&child)[0]["step"], step, "it begins where its parent stood");
    let last = |run: &Path| std::fs::read(run.join("checkpoints/step-00000300/weights.safetensors")).unwrap();
    assert!(last(&child) == last(&parent));
    let header = &events(&child, "started")[0];
    assert_eq!(header["fork"]["parent"], fork.as_str());
    assert!(std::fs::read_to_string(child.join("run.toml")).unwrap().contains(&fork));
    let shown = stdout(&bench.output(&["ls"]));
    let own = shown.lines().find(|line| line.contains("child")).unwrap();
    assert_eq!(own.contains("tuned"), read_tuned(&parent, &name) > 0, "{own}");
}

fn manifest(run: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(run.join("checkpoints").join(name).join("manifest.json")).unwrap()).unwrap()
}

fn read_step(run: &Path, name: &str) -> u64 {
    manifest(run, name)["step"].as_u64().unwrap()
}

fn read_tuned(run: &Path, name: &str) -> u64 {
    manifest(run, name)["tuned"].as_u64().unwrap()
}

#[test]
fn a_fork_changes_what_it_may_and_goes_on_after_a_stop() {
    let bench = Bench::new();
    let parent = train(&bench, &["smoke", "--name", "parent"]);
    let child = train(
        &bench,
        &[
            "--fork",
            "parent@step-00000015",
            "--name",
            "child",
            "--set",
            "method.alpha=0.1",
            "--set",
            "method.k=0",
            "--set",
            "schedule.epochs=6",
        ],
    );
    let first = &steps(&child)[0];
    assert_eq!((&first["step"], &first["saner/alpha_target"]), (&Value::from(15), &Value::from(0.1)));
    assert_eq!(steps(&child).len(), 15, "two more epochs and the one that was left");
    let cut = train(&bench, &["--fork", "parent@step-00000015", "--name", "cut", "--set", "schedule.max_steps=17"]);
    assert_eq!(steps(&cut).len(), 2);
    let output = bench.train(&["--resume", "last", "--set", "schedule.max_steps=0"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(from(&cut, 15), from(&parent, 15));
    for (args, code, said) in [
        (["--fork", "parent@step-15", "--set", "name=x"], 3, "it has step-00000005"),
        (["--fork", "nobody@best", "--set", "name=x"], 3, "no run"),
        (["--fork", "parent@best", "--set", "data.batch=10"], 2, "locked in a fork"),
        (["--fork", "parent@../checkpoints/best", "--set", "name=x"], 3, "no checkpoint"),
    ] {
        let output = bench.train(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn changes_are_made_again_at_the_same_steps() {
    let bench = Bench::new();
    let parent = tuned(&bench);
    let log = parent.join("events.jsonl");
    let recipe = ["smoke", "--set", "schedule.epochs=60", "--set", "method.k=40", "--interventions", log.to_str().unwrap()];
    let again = train(&bench, &[&recipe[..], &["--name", "again"]].concat());
    assert_eq!(timeless(&again), timeless(&parent), "the same seed gives the same run");
    let applied = |run: &Path| -> Vec<(Value, Value, Value)> {
        events(run, "applied").into_iter().map(|e| (e["step"].clone(), e["knob"].clone(), e["to"].clone())).collect()
    };
    let other = train(&bench, &[&recipe[..], &["--name", "other", "--seed", "43", "--set", "schedule.max_steps=50"]].concat());
    let output = bench.train(&["--resume", "last", "--set", "schedule.max_steps=0"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(applied(&other), applied(&parent), "on another seed, and over a stop");
    assert_eq!(events(&other, "applied")[0]["by"], "interventions");
    let none = bench.train(&["smoke", "--interventions", other.join("run.toml").to_str().unwrap()]).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("no applied change"), "{}", stderr(&none));
}

#[test]
fn a_replay_ends_with_the_screen_of_open() {
    let bench = Bench::new();
    tuned(&bench);
    let last = |args: &[&str]| {
        let mut screen = Screen::start(&bench, args, &[]);
        screen.wait("DONE");
        // A replay tells changes as they come; what it said last makes room for the newest event.
        screen.wait("done after 300 steps");
        let text = screen.text();
        screen.keys("q");
        assert_eq!(screen.exit_code(), 0);
        text
    };
    assert_eq!(last(&["replay", "tuned", "--speed", "50x"]), last(&["open", "tuned"]));
    let wrong = bench.output(&["replay", "tuned", "--speed", "fast"]);
    assert_eq!(wrong.status.code(), Some(2));
}
