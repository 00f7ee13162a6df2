//! `--plain`: the contract of the run's folder, commands on standard input, signals.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use std::io::Write;
use std::process::Stdio;

use program::*;

#[test]
fn a_short_run_writes_everything_the_contract_names() {
    let bench = Bench::new();
    let output = bench.train(&["smoke", "--set", "checkpoint.at_start=true"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("epoch 4 of 4, loss "), "{}", stdout(&output));
    let run = bench.last();
    let steps = steps(&run);
    assert_eq!(steps.len(), 20);
    for (i, line) in steps.iter().enumerate() {
        assert_eq!(line["step"], i);
        for key in [
            "epoch",
            "wall",
            "train/loss",
            "train/acc",
            "train/clean_acc",
            "saner/alpha",
            "saner/alpha_target",
            "saner/k",
            "saner/rho",
            "lr",
        ] {
            assert!(line.get(key).is_some(), "step {i} has no {key}");
        }
        let shares: Vec<f64> =
            ["saner/group_a", "saner/group_b", "saner/group_c"].iter().filter_map(|key| line.get(*key)?.as_f64()).collect();
        assert_eq!(shares.len(), if i % 2 == 0 || i % 5 == 4 { 3 } else { 0 }, "step {i}: every second step and the last of an epoch");
        assert!(shares.is_empty() || (shares.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    }
    assert!(steps[0].get("saner/p_r").is_some() && steps[0].get("saner/grad_norm").is_some());
    assert_eq!([&steps[0], &steps[5], &steps[10]].map(|line| line["saner/alpha"].as_f64().unwrap()), [1.0, 0.75, 0.5]);
    let epochs: Vec<_> = lines(&run.join("metrics.jsonl")).into_iter().filter(|line| line["epoch_end"] == true).collect();
    assert_eq!(epochs.len(), 4);
    for key in [
        "train/loss",
        "train/noisy_acc",
        "eval/acc",
        "eval/loss",
        "eval/best_acc",
        "gap/clean_noisy",
        "gap/generalization",
        "time/epoch_s",
        "images_per_s",
    ] {
        assert!(epochs[3].get(key).is_some(), "an epoch has no {key}");
    }
    let labels = std::fs::read_to_string(run.join("labels.csv")).unwrap();
    assert!(labels.starts_with("index,true,given,flipped\n"));
    assert_eq!(labels.lines().filter(|line| line.ends_with(",1")).count(), 25);
    for name in ["step-00000000", "step-00000020", "best"] {
        for file in ["weights.safetensors", "state.safetensors", "manifest.json"] {
            assert!(run.join("checkpoints").join(name).join(file).is_file(), "{name}/{file}");
        }
    }
    let manifest = &lines_of_json(&run.join("checkpoints/step-00000020/manifest.json"));
    for key in ["name", "step", "epoch", "reason", "note", "eval/acc", "weights_sha256", "state_sha256"] {
        assert!(manifest.get(key).is_some(), "the manifest has no {key}");
    }
}

fn lines_of_json(path: &std::path::Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn typed_commands_steer_the_run_and_applied_names_the_step_that_used_the_value() {
    let bench = Bench::new();
    let mut child = bench.spawn(&["smoke", "--set", "schedule.epochs=4000", "--set", "method.k=100"]);
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":3,");
    let mut say = |text: &str| child.stdin.as_mut().unwrap().write_all(format!("{text}\n").as_bytes()).unwrap();
    say("pause");
    wait_for(&run.join("events.jsonl"), "\"paused\"");
    say("set alpha 0.3");
    say("set alpha 9");
    say("set momentum 0.5");
    wait_for(&run.join("events.jsonl"), "\"accepted\"");
    assert!(events(&run, "applied").is_empty(), "nothing is applied while no step is made");
    say("resume");
    wait_for(&run.join("events.jsonl"), "\"applied\"");
    say("checkpoint before the drop");
    wait_for(&run.join("events.jsonl"), "before the drop");
    say("stop");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("0 to 2") && stderr(&output).contains("locked"), "{}", stderr(&output));
    let applied = &events(&run, "applied")[0];
    let at = applied["step"].as_u64().unwrap() as usize;
    let steps = steps(&run);
    assert_eq!(steps[at]["saner/alpha_target"], 0.3);
    assert_eq!(steps[at - 1]["saner/alpha_target"], 0.5);
    assert_eq!(applied["effective"], steps[at]["saner/alpha"]);
    assert_eq!(applied["by"], "stdin");
    let noted = events(&run, "saved").into_iter().find(|line| line["note"] == "before the drop").unwrap();
    assert!(run.join("checkpoints").join(noted["name"].as_str().unwrap()).join("manifest.json").is_file());
    assert_eq!(events(&run, "finished")[0]["outcome"], "stopped");
}

#[test]
fn signals_write_checkpoints_and_end_cleanly() {
    for (name, code) in [("INT", 130), ("TERM", 0)] {
        let bench = Bench::new();
        let child = bench.spawn(&["smoke", "--set", "schedule.epochs=4000", "--set", "checkpoint.every=0"]);
        let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":3,");
        signal(&child, "HUP");
        signal(&child, "USR1");
        wait_for(&run.join("events.jsonl"), "\"reason\":\"signal\"");
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {}", stderr(&output));
        let last = steps(&run).len();
        assert!(run.join(format!("checkpoints/step-{last:08}/manifest.json")).is_file(), "{name}");
    }
}

#[test]
fn a_value_that_is_not_finite_skips_the_update_and_stops_with_a_checkpoint_from_before_it() {
    let bench = Bench::new();
    // w ← w − 100·10·w: the weights grow a thousandfold a step until f32 ends.
    let output = bench.train(&["smoke", "--set", "schedule.lr=100", "--set", "schedule.weight_decay=10"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    let run = bench.last();
    let event = &events(&run, "non_finite")[0];
    assert!(event["tensor"].as_str().unwrap().len() > 3, "{event}");
    let bad = event["step"].as_u64().unwrap();
    assert!(run.join(format!("checkpoints/step-{bad:08}/manifest.json")).is_file(), "from before step {bad}");
    let weights = std::fs::read(run.join(format!("checkpoints/step-{bad:08}/weights.safetensors"))).unwrap();
    let file = safetensors_floats(&weights);
    assert!(file.iter().all(|value| value.is_finite()), "the skipped update left nothing behind");
    assert!(stderr(&output).contains("not finite"), "{}", stderr(&output));
}

/// All f32 values of a safetensors file, by its published layout.
fn safetensors_floats(bytes: &[u8]) -> Vec<f32> {
    let size = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + size]).unwrap();
    let mut all = Vec::new();
    for (_, info) in header.as_object().unwrap().iter().filter(|(_, info)| info["dtype"] == "F32") {
        let at = |i: usize| 8 + size + info["data_offsets"][i].as_u64().unwrap() as usize;
        all.extend(bytes[at(0)..at(1)].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())));
    }
    all
}

#[test]
fn a_rule_of_the_settings_pauses_a_run_and_says_why() {
    let bench = Bench::new();
    let config = bench.dir.path().join("config.toml");
    std::fs::write(&config, "[[watch]]\nwhen = \"noisy\"\nover = 1\nepochs = 1\ndo = [\"note\", \"checkpoint\", \"pause\"]\n").unwrap();
    let mut command = bench.train(&["smoke", "--set", "method.name=sgd", "--set", "schedule.epochs=400"]);
    command.env("SANER_TUI_CONFIG", &config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let run = wait_for_run(&bench, "events.jsonl", "\"paused\"");
    assert_eq!(events(&run, "paused")[0]["by"], "watch");
    assert!(events(&run, "note")[0]["text"].as_str().unwrap().contains("being memorised"));
    // Written in the background, while the run stands still.
    wait_for(&run.join("events.jsonl"), "\"reason\":\"command\"");
    assert!(events(&run, "saved").iter().any(|saved| saved["note"].as_str().is_some_and(|note| note.contains("memorised"))));
    signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
    std::fs::write(&config, "[[watch]]\nwhen = \"loss\"\ndo = [\"note\"]\n").unwrap();
    let output = bench.train(&["smoke"]).env("SANER_TUI_CONFIG", &config).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("needs `over`"), "{}", stderr(&output));
}
