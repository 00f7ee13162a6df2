//! A run that was stopped, or killed fifty times, ends as one that never was: bit for bit on the CPU.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use program::*;

const RECIPE: [&str; 5] = ["smoke", "--set", "data.augment=true", "--set", "schedule.epochs=8"];

fn straight() -> Bench {
    let bench = Bench::new();
    assert!(bench.train(&RECIPE).output().unwrap().status.success());
    bench
}

fn weights(bench: &Bench) -> Vec<u8> {
    std::fs::read(bench.last().join("checkpoints/step-00000040/weights.safetensors")).unwrap()
}

#[test]
fn from_the_middle_of_an_epoch() {
    let (whole, bench) = (straight(), Bench::new());
    // 13 of 40 steps at 5 an epoch, then 21, then the rest: each seam lies inside an epoch.
    assert!(bench.train(&RECIPE).args(["--set", "schedule.max_steps=13"]).output().unwrap().status.success());
    for limit in ["schedule.max_steps=21", "schedule.max_steps=0"] {
        let output = bench.train(&["--resume", "last", "--set", limit]).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert_eq!(timeless(&bench.last()), timeless(&whole.last()));
    assert_eq!(weights(&bench), weights(&whole));
    assert_eq!(events(&bench.last(), "restored").len(), 2);
}

/// Everything that a method may remember, in a few recipes; and the rules that begin a ramp.
#[test]
fn every_trace_survives_a_stop() {
    for sets in [
        "method.name=fsam+saner-mean schedule.optimizer=adamw schedule.lr=0.01 schedule.ema=0.9",
        "method.name=vasso+saner-persistent method.m=10 schedule.clip=1",
        "method.name=asam+saner-random method.start=mixture method.patience=1 data.train_size=400 data.batch=80",
        "method.name=gsam+saner-quantile method.start=noisy-val data.validation=0.2 data.train_size=125 method.patience=1",
    ] {
        let sets: Vec<&str> = sets.split(' ').flat_map(|set| ["--set", set]).collect();
        let (whole, cut) = (Bench::new(), Bench::new());
        let output = whole.train(&RECIPE).args(&sets).output().unwrap();
        assert!(output.status.success(), "{sets:?}: {}", stderr(&output));
        assert!(cut.train(&RECIPE).args(&sets).args(["--set", "schedule.max_steps=13"]).output().unwrap().status.success());
        let output = cut.train(&["--resume", "last", "--set", "schedule.max_steps=0"]).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(timeless(&cut.last()), timeless(&whole.last()), "{sets:?}");
        let files = |bench: &Bench, name: &str| std::fs::read(bench.last().join("checkpoints/step-00000040").join(name)).unwrap();
        for name in ["weights.safetensors", "state.safetensors"] {
            assert!(files(&cut, name) == files(&whole, name), "{sets:?} {name}");
        }
        assert_eq!(events(&cut.last(), "ramp_started").len(), events(&whole.last(), "ramp_started").len());
    }
}

/// Every variant and rule, and SANER over each variant.
#[test]
fn every_method_goes_on_bit_for_bit() {
    use saner_core::spec::{RULES, VARIANTS};
    let singles = VARIANTS.iter().map(|row| row.name.to_owned()).chain(RULES.iter().map(|rule| rule.name.to_owned()));
    let pairs = ["asam", "gsam", "fsam", "vasso"].map(|variant| format!("{variant}+saner"));
    let names: Vec<String> = singles.chain(pairs).collect();
    let one = |name: &String| {
        let set = format!("method.name={name}");
        let recipe = ["smoke", "--threads", "1", "--set", &set, "--set", "schedule.epochs=2"];
        let (whole, cut) = (Bench::new(), Bench::new());
        assert!(whole.train(&recipe).output().unwrap().status.success(), "{name}");
        assert!(cut.train(&recipe).args(["--set", "schedule.max_steps=7"]).output().unwrap().status.success(), "{name}");
        let output = cut.train(&["--resume", "last", "--threads", "1", "--set", "schedule.max_steps=0"]).output().unwrap();
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        assert_eq!(timeless(&cut.last()), timeless(&whole.last()), "{name}");
        let files = |bench: &Bench, file: &str| std::fs::read(bench.last().join("checkpoints/step-00000010").join(file)).unwrap();
        for file in ["weights.safetensors", "state.safetensors"] {
            assert!(files(&cut, file) == files(&whole, file), "{name} {file}");
        }
    };
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (names, one) = (&names, &one);
            scope.spawn(move || names.iter().skip(half).step_by(2).for_each(one));
        }
    });
}

#[test]
fn fifty_kills_at_random_moments_lose_no_checkpoint_and_change_no_number() {
    // A test pass and a checkpoint every fifth step, so that kills fall into them as well as into steps.
    let recipe = ["smoke", "--set", "data.augment=true", "--set", "schedule.epochs=300"];
    let (whole, bench) = (Bench::new(), Bench::new());
    assert!(whole.train(&recipe).output().unwrap().status.success());
    let mut delay = 7u64;
    for round in 0..50 {
        // A small generator, so that a failure can be tried again.
        delay = (delay * 1_103_515_245 + 12_345) % 2_147_483_648;
        let args: &[&str] = if round == 0 { &recipe } else { &["--resume", "last"] };
        let before = checkpoints(&bench);
        let mut child = bench.train(args).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        if round == 0 {
            wait_for_run(&bench, "metrics.jsonl", "\"step\":2,");
        } else {
            std::thread::sleep(std::time::Duration::from_millis(20 + delay % 100));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let after = checkpoints(&bench);
        let newest = |all: &[u64]| all.iter().copied().max().unwrap_or(0);
        assert!(newest(&after) >= newest(&before), "round {round}: {before:?} then {after:?}");
    }
    let output = bench.train(&["--resume", "last"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let run = bench.last();
    assert_eq!(timeless(&run), timeless(&whole.last()));
    let weights = |bench: &Bench| std::fs::read(bench.last().join("checkpoints/step-00001500/weights.safetensors")).unwrap();
    assert!(weights(&bench) == weights(&whole));
}

/// Steps of all checkpoints whose manifest can be read.
fn checkpoints(bench: &Bench) -> Vec<u64> {
    if !bench.runs().is_dir() {
        return Vec::new();
    }
    let Ok(folder) = std::fs::read_dir(bench.last().join("checkpoints")) else { return Vec::new() };
    folder
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path().join("manifest.json")).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["step"].as_u64().unwrap()
        })
        .collect()
}

#[test]
fn a_damaged_checkpoint_is_said_and_the_one_before_is_used() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=12"]).output().unwrap().status.success());
    let path = bench.last().join("checkpoints/step-00000012/weights.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let output = bench.train(&["--resume", "last", "--set", "schedule.max_steps=0"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("does not match its SHA-256"), "{}", stderr(&output));
    assert_eq!(events(&bench.last(), "restored")[0]["step"], 10);
    let aside: Vec<_> = std::fs::read_dir(bench.last().join("superseded")).unwrap().collect();
    assert_eq!(aside.len(), 1, "what the run makes again was kept aside");
}

#[test]
fn what_a_kill_left_half_written_is_cleared_and_a_whole_checkpoint_gets_its_name_back() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=12"]).output().unwrap().status.success());
    let folder = bench.last().join("checkpoints");
    // A kill between the two renames of a file system without exchange, and one in the middle of writing.
    std::fs::rename(folder.join("best"), folder.join(".best-4711.old")).unwrap();
    std::fs::create_dir(folder.join(".step-00000099-4711")).unwrap();
    std::fs::write(folder.join(".step-00000099-4711/weights.safetensors"), b"half").unwrap();
    assert!(bench.train(&["--resume", "last", "--set", "schedule.max_steps=13"]).output().unwrap().status.success());
    assert!(folder.join("best/manifest.json").is_file());
    let hidden = std::fs::read_dir(&folder).unwrap().flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with('.')).count();
    assert_eq!(hidden, 0);
}

#[test]
fn a_tuned_run_goes_on_tuned() {
    use std::io::Write;
    let bench = Bench::new();
    let mut child = bench.spawn(&["smoke", "--set", "schedule.epochs=400", "--set", "method.k=100"]);
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":7,");
    child.stdin.as_mut().unwrap().write_all(b"set alpha 0.3\n").unwrap();
    wait_for(&run.join("events.jsonl"), "\"applied\"");
    child.stdin.as_mut().unwrap().write_all(b"stop\n").unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let before = steps(&run).len();
    assert!(bench.train(&["--resume", "last", "--set", &format!("schedule.max_steps={}", before + 6)]).output().unwrap().status.success());
    let steps = steps(&run);
    assert_eq!(steps.len(), before + 6);
    assert!(steps[before..].iter().all(|line| line["saner/alpha_target"] == 0.3));
    let alpha = |i: usize| steps[i]["saner/alpha"].as_f64().unwrap();
    assert!(alpha(before) <= alpha(before - 1) && alpha(before - 1) - alpha(before) < 0.02, "the re-based plan goes on without a jump");
}
