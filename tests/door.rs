//! The engine's socket: several clients, those that misbehave, and a second engine.
#![cfg(all(feature = "engine", unix))]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use engine::*;
use program::{Bench, events, stderr, steps, wait_for};
use serde_json::{Value, json};

fn dial(run: &Path) -> UnixStream {
    let stream = UnixStream::connect(note(run)["socket"].as_str().unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn say(stream: &UnixStream, message: &Value) {
    let mut stream = stream;
    stream.write_all(format!("{message}\n").as_bytes()).unwrap();
}

fn hello(stream: &UnixStream, role: &str, by: &str) {
    say(stream, &json!({"type": "hello", "proto": 1, "role": role, "by": by}));
}

/// Lines until one fits.
fn until(lines: &mut impl Iterator<Item = Value>, fits: impl Fn(&Value) -> bool) -> Value {
    lines.find(|line| fits(line)).expect("the line that was waited for")
}

fn lines(stream: &UnixStream) -> impl Iterator<Item = Value> {
    BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok).map(|line| serde_json::from_str(&line).unwrap())
}

#[test]
fn clients_that_misbehave_neither_stop_nor_slow_the_run() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let run = engine(&bench, &["smoke", "--set", "checkpoint.every=1000", "--set", "schedule.epochs=1000000"]);
    let refused = |stream: &UnixStream, why: &str| {
        let found = until(&mut lines(stream), |line| line["type"] == "refused");
        assert!(found["reason"].as_str().unwrap().contains(why), "{found}");
    };
    let other = dial(&run);
    say(&other, &json!({"type": "hello", "proto": 2, "role": "view", "by": "x"}));
    refused(&other, "protocol 2");
    let binary = dial(&run);
    (&binary).write_all(&[0, 255, 13, 10, 1, 2, 3, 10]).unwrap();
    refused(&binary, "not understood");
    let early = dial(&run);
    say(&early, &json!({"type": "command", "id": 1, "verb": "pause"}));
    refused(&early, "hello");
    let half = dial(&run);
    (&half).write_all(b"{\"type\":\"hel").unwrap();
    drop(half);
    let endless = dial(&run);
    hello(&endless, "view", "endless");
    let block = vec![b'x'; 1 << 20];
    // Two mebibytes without a line end: refused after the first, and what is written then meets a closed door.
    let _ = (&endless).write_all(&block).and_then(|()| (&endless).write_all(&block));
    let mut rest = Vec::new();
    let _ = (&endless).read_to_end(&mut rest);
    let silent = dial(&run);
    hello(&silent, "view", "silent");
    let nameless = dial(&run);
    hello(&nameless, "view", "nameless");
    say(&nameless, &json!({"type": "command", "id": 5, "verb": "pause"}));
    let answer = until(&mut lines(&nameless), |line| line["type"] == "answer");
    assert!(answer["refused"].as_str().unwrap().contains("control"), "{answer}");
    let flood = dial(&run);
    hello(&flood, "control", "flood");
    let writer = flood.try_clone().unwrap();
    std::thread::spawn(move || (0..10_000).for_each(|id| say(&writer, &json!({"type": "command", "id": id, "verb": {"note": "x"}}))));
    let answers = lines(&flood).filter(|line| line["type"] == "answer").take(10_000);
    let (mut taken, mut refused) = (0, 0);
    for (at, answer) in answers.enumerate() {
        assert_eq!(answer["id"], at as u64, "each is answered, in order");
        if answer["ticket"].is_null() { refused += 1 } else { taken += 1 }
    }
    assert!(taken > 0 && taken + refused == 10_000);
    say(&flood, &json!({"type": "bye"}));
    let made = steps(&run).len();
    wait_for(&run.join("metrics.jsonl"), &format!("\"step\":{},", made + 20));
    let (code, _) = ctl(&bench, &["stop"]);
    assert_eq!(code, 0);
    assert_eq!(events(&run, "note").len(), taken, "every command that was taken is in the log, once");
    assert_consecutive(&run);
    drop(silent);
}

#[test]
fn one_of_two_controllers_steers_and_status_is_quick() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let run = engine(&bench, &["smoke", "--set", "checkpoint.every=1000", "--set", "schedule.epochs=1000000"]);
    let (one, two) = (dial(&run), dial(&run));
    hello(&one, "control", "one");
    let mut told = lines(&one);
    assert_eq!(until(&mut told, |line| line["type"] == "hello")["control"], true);
    hello(&two, "control", "two");
    let mut heard = lines(&two);
    assert_eq!(until(&mut heard, |line| line["type"] == "hello")["control"], false);
    say(&two, &json!({"type": "take", "force": true}));
    assert_eq!(until(&mut heard, |line| line["type"] == "control" && line["yours"] == true)["holder"], "two");
    assert_eq!(until(&mut told, |line| line["type"] == "control" && line["yours"] == false)["holder"], "two", "the other side is told");
    let begun = Instant::now();
    (0..20).for_each(|_| assert_eq!(ctl(&bench, &["status"]).0, 0));
    assert!(begun.elapsed().as_secs() < 10, "hours, not what a process takes to start");
    say(&two, &json!({"type": "bye"}));
    assert_eq!(until(&mut told, |line| line["type"] == "control" && line["yours"] == true)["holder"], "one", "it is given back");
}

#[test]
fn a_second_engine_is_refused_and_a_dead_ones_socket_is_replaced() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let run = engine(
        &bench,
        &["smoke", "--set", "checkpoint.every=1000", "--set", "schedule.epochs=1000000", "--set", "checkpoint.at_start=true"],
    );
    wait_for(&run.join("metrics.jsonl"), "\"step\":3,");
    let second = bench.train(&["--resume", "last"]).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(stderr(&second).contains("another process"), "{}", stderr(&second));
    kill(&run);
    let begun = Instant::now();
    while ctl(&bench, &["status"]).1["alive"] == true {
        assert!(begun.elapsed().as_secs() < 10);
    }
    let again = engine(&bench, &["--resume", "last"]);
    assert_eq!(again, run);
    assert_eq!(ctl(&bench, &["wait", "epoch", "2"]).0, 0);
    assert_eq!(ctl(&bench, &["stop"]).0, 0);
    assert_consecutive(&run);
}

/// Who joins a run that goes on before its first word must not be told the end of the time before.
#[test]
fn a_run_that_goes_on_is_not_taken_for_ended() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let run = engine(&bench, &["smoke", "--set", "checkpoint.every=1000", "--set", "schedule.epochs=1000000"]);
    for _ in 0..5 {
        assert_eq!(ctl(&bench, &["stop"]).0, 0);
        wait_for_lock(&run);
        engine(&bench, &["--resume", "last"]);
        let stream = dial(&run);
        hello(&stream, "view", "early");
        let seen: Vec<Value> = lines(&stream).take_while(|line| line["type"] != "points").collect();
        assert!(seen.iter().all(|line| line["type"] != "bye"), "{:?}", seen.last());
        let snapshot = seen.iter().find(|line| line["type"] == "snapshot").unwrap();
        assert!(["starting", "running"].contains(&snapshot["phase"].as_str().unwrap()), "{}", snapshot["phase"]);
    }
}

/// Waits until no process holds the run.
fn wait_for_lock(run: &Path) {
    let begun = Instant::now();
    while run.join("control/engine.json").exists() {
        assert!(begun.elapsed().as_secs() < 20);
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(50));
}
