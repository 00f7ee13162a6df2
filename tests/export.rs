//! Every export of a real run, and those that another program reads, read by it where it is there.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use std::process::Command;

use program::{Bench, stderr, stdout, steps};

#[test]
fn every_format_is_written_once_and_never_over_another_file() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=20"]).output().unwrap().status.success());
    for format in ["csv", "jsonl", "markdown", "latex", "svg", "html", "pgfplots", "tensorboard", "safetensors"] {
        let paths = [(); 2].map(|()| {
            let output = bench.output(&["export", "last", "--format", format]);
            assert!(output.status.success(), "{format}: {}", stderr(&output));
            stdout(&output).trim().to_owned()
        });
        assert_ne!(paths[0], paths[1], "the second does not replace the first");
        let bytes = paths.map(|path| std::fs::read(path).unwrap());
        assert!(bytes[0] == bytes[1] && !bytes[0].is_empty(), "{format}");
    }
    let wrong = bench.output(&["export", "last", "--format", "xlsx"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("tensorboard"), "{}", stderr(&wrong));
    let page = std::fs::read_to_string(bench.last().join("export/report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("</html>") && page.matches("<tr>").count() > 4);
    assert!(!page.contains("http://www.w3.org/1999/xhtml") && !page.contains("<script"), "nothing is loaded from elsewhere");
}

#[test]
fn tensorboard_itself_reads_the_event_file() {
    let Some(python) = std::env::var_os("SANER_TUI_PYTHON") else {
        eprintln!("skipped: SANER_TUI_PYTHON names no Python");
        return;
    };
    if !Command::new(&python).args(["-c", "import tensorboard"]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: that Python has no tensorboard");
        return;
    }
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=20"]).output().unwrap().status.success());
    let folder = bench.dir.path().join("board");
    std::fs::create_dir(&folder).unwrap();
    let out = folder.join("events.out.tfevents.1");
    assert!(bench.output(&["export", "last", "--format", "tensorboard", "--out", out.to_str().unwrap()]).status.success());
    let script = "import sys, json\n\
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n\
        board = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'tensors': 0}); board.Reload()\n\
        tags = board.Tags()\n\
        print(json.dumps({'loss': [[e.step, e.value] for e in board.Scalars('train/loss')], 'scalars': tags['scalars'], 'tensors': tags['tensors']}))";
    let output = Command::new(&python).args(["-c", script, folder.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let read: serde_json::Value = serde_json::from_str(stdout(&output).trim().lines().last().unwrap()).unwrap();
    let made: Vec<(u64, f64)> =
        steps(&bench.last()).iter().map(|s| (s["step"].as_u64().unwrap(), s["train/loss"].as_f64().unwrap())).collect();
    let told: Vec<(u64, f64)> = read["loss"].as_array().unwrap().iter().map(|e| (e[0].as_u64().unwrap(), e[1].as_f64().unwrap())).collect();
    assert_eq!(told.len(), made.len());
    assert!(told.iter().zip(&made).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-6));
    let has = |kind: &str, tag: &str| read[kind].as_array().unwrap().iter().any(|own| own == tag);
    assert!(has("scalars", "epoch/eval/acc") && has("scalars", "saner/alpha"), "{read}");
    assert!(has("tensors", "events/text_summary"), "{}", read["tensors"]);
}

#[test]
fn the_look_at_every_sample_names_them_as_the_ledger_does() {
    let bench = Bench::new();
    let sets = ["smoke", "--set", "probe.samples_every=2", "--set", "data.train_size=80", "--set", "data.batch=16"];
    assert!(bench.train(&sets).output().unwrap().status.success());
    let run = bench.last();
    let columns = |file: &str, wanted: [&str; 3]| -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(run.join(file)).unwrap();
        let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        let at = wanted.map(|name| header.iter().position(|own| *own == name).unwrap());
        text.lines().skip(1).map(|line| at.map(|at| line.split(',').nth(at).unwrap().to_owned()).to_vec()).collect()
    };
    let samples = columns("samples.csv", ["index", "given", "true"]);
    assert_eq!(samples, columns("labels.csv", ["index", "given", "true"]));
    let epochs: Vec<serde_json::Value> =
        program::lines(&run.join("metrics.jsonl")).into_iter().filter(|line| line.get("epoch_end").is_some()).collect();
    let looked: Vec<bool> = epochs.iter().map(|epoch| epoch.get("samples").is_some()).collect();
    assert_eq!(looked, (1..=epochs.len()).map(|n| n % 2 == 0 || n == epochs.len()).collect::<Vec<_>>());
    let stats = &epochs.last().unwrap()["samples"];
    let sum = |name: &str| stats[name].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum("right") + sum("wrong"), samples.len() as u64);
    assert_eq!(sum("wrong_as"), sum("wrong"));
}
