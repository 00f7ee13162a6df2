//! Exports of a real run as other programs read them: TensorBoard, a browser, LaTeX, each where it is there.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use std::path::Path;
use std::process::Command;

use program::{Bench, stderr, stdout, steps};

/// A Python that has TensorBoard.
fn python() -> Option<std::ffi::OsString> {
    let Some(python) = std::env::var_os("SANER_TUI_PYTHON") else {
        eprintln!("skipped: SANER_TUI_PYTHON names no Python");
        return None;
    };
    if !Command::new(&python).args(["-c", "import tensorboard"]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: that Python has no tensorboard");
        return None;
    }
    Some(python)
}

/// What TensorBoard makes of a folder: its tags, and the loss by step.
fn board(python: &std::ffi::OsStr, folder: &Path) -> serde_json::Value {
    let script = "import sys, json\n\
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n\
        board = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'tensors': 0}); board.Reload()\n\
        tags = board.Tags()\n\
        print(json.dumps({'loss': [[e.step, e.value] for e in board.Scalars('train/loss')], 'scalars': tags['scalars'], 'tensors': tags['tensors']}))";
    let output = Command::new(python).args(["-c", script]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(stdout(&output).trim().lines().last().unwrap()).unwrap()
}

#[test]
fn tensorboard_is_told_while_a_run_trains_also_of_steps_made_again() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let sets = ["smoke", "--tensorboard", "--set", "schedule.epochs=10", "--set", "schedule.max_steps=25", "--set", "checkpoint.every=1"];
    assert!(bench.train(&sets).output().unwrap().status.success());
    let run = bench.last();
    // The newest checkpoint is lost: the steps behind the one before it are made again.
    let mut kept: Vec<_> = std::fs::read_dir(run.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    kept.retain(|path| path.file_name().unwrap().to_str().unwrap() > "step-00000010" && path.is_dir());
    kept.iter().for_each(|path| std::fs::remove_dir_all(path).unwrap());
    let again = ["--resume", "last", "--tensorboard", "--set", "schedule.max_steps=40"];
    assert!(bench.train(&again).output().unwrap().status.success());
    assert_eq!(std::fs::read_dir(run.join("tensorboard")).unwrap().count(), 2, "a file for each process");
    let loss: Vec<(u64, f32)> = board(&python, &run.join("tensorboard"))["loss"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e[0].as_u64().unwrap(), e[1].as_f64().unwrap() as f32))
        .collect();
    let made: Vec<(u64, f32)> =
        steps(&run).iter().map(|s| (s["step"].as_u64().unwrap(), s["train/loss"].as_f64().unwrap() as f32)).collect();
    assert_eq!(made.len(), 40);
    assert_eq!(loss, made, "each step once, as the log has it");
}

#[test]
fn tensorboard_itself_reads_the_event_file() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=20"]).output().unwrap().status.success());
    let folder = bench.dir.path().join("board");
    std::fs::create_dir(&folder).unwrap();
    let out = folder.join("events.out.tfevents.1");
    assert!(bench.output(&["export", "last", "--format", "tensorboard", "--out", out.to_str().unwrap()]).status.success());
    let read = board(&python, &folder);
    let made: Vec<(u64, f64)> =
        steps(&bench.last()).iter().map(|s| (s["step"].as_u64().unwrap(), s["train/loss"].as_f64().unwrap())).collect();
    let told: Vec<(u64, f64)> = read["loss"].as_array().unwrap().iter().map(|e| (e[0].as_u64().unwrap(), e[1].as_f64().unwrap())).collect();
    assert_eq!(told.len(), made.len());
    assert!(told.iter().zip(&made).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-6));
    let has = |kind: &str, tag: &str| read[kind].as_array().unwrap().iter().any(|own| own == tag);
    assert!(has("scalars", "epoch/eval/acc") && has("scalars", "saner/alpha"), "{read}");
    assert!(has("tensors", "events/text_summary"), "{}", read["tensors"]);
}

/// Whether a program can be started.
fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("skipped: there is no {program}");
    }
    there
}

/// A short run with wrong labels, and one of its exports.
fn exported(format: &str) -> (Bench, std::path::PathBuf) {
    let bench = Bench::new();
    let sets = ["smoke", "--set", "schedule.epochs=6", "--set", "probe.samples_every=3", "--set", "probe.dominance_every=2"];
    assert!(bench.train(&sets).output().unwrap().status.success());
    let output = bench.output(&["export", "last", "--format", format]);
    assert!(output.status.success(), "{}", stderr(&output));
    let path = stdout(&output).trim().into();
    (bench, path)
}

#[test]
fn a_browser_shows_the_report() {
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|program| is_there(program)) else { return };
    let (bench, page) = exported("html");
    let picture = bench.dir.path().join("page.png");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1400,2600"])
        .arg(format!("--user-data-dir={}", bench.dir.path().join("profile").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(picture.is_file(), "{}", stderr(&output));
    let seen = image::open(&picture).unwrap().into_rgb8();
    let count = |color: [u8; 3]| seen.pixels().filter(|dot| dot.0.iter().zip(color).all(|(a, b)| a.abs_diff(b) < 12)).count();
    // Curves in their first colours, text, paper; and the pictures of disputed samples, which have colours of their own.
    for (what, color, least) in [("a curve", [0, 114, 178], 200), ("text", [26, 26, 26], 2_000), ("paper", [255, 255, 255], 1_000_000)] {
        assert!(count(color) > least, "{what}: {} dots", count(color));
    }
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("Labels disputed most") && html.contains("data:image/png;base64,"), "no disputed samples in the report");
    let colors: std::collections::HashSet<[u8; 3]> = seen.pixels().map(|dot| dot.0).collect();
    assert!(colors.len() > 500, "only {} colours: the pictures are not there", colors.len());
}

#[test]
fn latex_sets_the_figure_and_the_table() {
    if !is_there("pdflatex") {
        return;
    }
    let (bench, figure) = exported("pgfplots");
    let table = stdout(&bench.output(&["export", "last", "--format", "latex"])).trim().to_owned();
    let paper = bench.dir.path().join("paper.tex");
    let text = format!(
        "\\documentclass{{article}}\\usepackage{{booktabs}}\\usepackage{{pgfplots}}\\usepgfplotslibrary{{groupplots}}\\pgfplotsset{{compat=1.16}}\n\
         \\begin{{document}}\n\\input{{{}}}\n\n\\input{{{table}}}\n\\end{{document}}\n",
        figure.display()
    );
    std::fs::write(&paper, text).unwrap();
    let folder = bench.dir.path();
    let output =
        Command::new("pdflatex").args(["-interaction=nonstopmode", "-halt-on-error", "paper.tex"]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", stdout(&output));
    assert!(folder.join("paper.pdf").metadata().unwrap().len() > 10_000);
}
