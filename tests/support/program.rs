//! Runs the real binary in a folder of its own and reads what it wrote.

#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A runs folder that goes away with the test.
pub struct Bench {
    /// The folder.
    pub dir: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn runs(&self) -> PathBuf {
        self.dir.path().join("runs")
    }

    /// The binary on this folder, on the CPU, without anything of the environment that could change it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saner-tui"));
        command
            .env("SANER_TUI_RUNS", self.runs())
            .env_remove("SANER_TUI_DATA")
            .env_remove("SANER_TUI_LOG")
            .env("SANER_TUI_CONFIG", "/dev/null")
            .args(args)
            .stdin(Stdio::null());
        command
    }

    /// `run … --plain --device cpu`.
    pub fn train(&self, args: &[&str]) -> Command {
        let mut command = self.command(&["run", "--plain", "--device", "cpu"]);
        command.args(args);
        command
    }

    pub fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub fn spawn(&self, args: &[&str]) -> Child {
        self.train(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The only run, or the newest.
    pub fn last(&self) -> PathBuf {
        // A run that has only begun has no recipe yet.
        let made = saner_core::rundir::ids(&self.runs()).pop().map(|id| self.runs().join(id));
        made.unwrap_or_else(|| std::fs::read_dir(self.runs()).unwrap().next().unwrap().unwrap().path())
    }
}

/// The folder of real data, where it is at hand and holds `marker`: `SANER_TUI_TEST_DATA`, or `../shared/data`.
pub fn shared_data(marker: &str) -> Option<PathBuf> {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let dir = std::env::var_os("SANER_TUI_TEST_DATA").map_or_else(default, PathBuf::from);
    if dir.join(marker).exists() {
        return Some(dir);
    }
    eprintln!("skipped: no data at {}", dir.display());
    None
}

/// Every line of a JSON lines file.
pub fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}"))).collect()
}

pub fn steps(run: &Path) -> Vec<Value> {
    lines(&run.join("metrics.jsonl")).into_iter().filter(|line| line.get("epoch_end").is_none()).collect()
}

pub fn events(run: &Path, name: &str) -> Vec<Value> {
    lines(&run.join("events.jsonl")).into_iter().filter(|line| line["event"] == name).collect()
}

/// All metric lines without the times, which no two runs share.
pub fn timeless(run: &Path) -> Vec<Value> {
    let mut all = lines(&run.join("metrics.jsonl"));
    for line in &mut all {
        for key in ["wall", "time/epoch_s", "images_per_s"] {
            line.as_object_mut().unwrap().remove(key);
        }
    }
    all
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Sends a signal by name.
pub fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap().success());
}

/// Waits until a run's file holds a text.
pub fn wait_for(path: &Path, text: &str) {
    let begun = std::time::Instant::now();
    while !std::fs::read_to_string(path).unwrap_or_default().contains(text) {
        assert!(begun.elapsed().as_secs() < 60, "{} never held {text}", path.display());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Waits until the newest run has a file with a text; returns the run.
pub fn wait_for_run(bench: &Bench, file: &str, text: &str) -> PathBuf {
    let begun = std::time::Instant::now();
    while !bench.runs().is_dir() || std::fs::read_dir(bench.runs()).unwrap().count() == 0 {
        assert!(begun.elapsed().as_secs() < 60, "no run began");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let run = bench.last();
    wait_for(&run.join(file), text);
    run
}

/// Waits until a file is there and grows no more.
pub fn wait_for_file(path: &Path) {
    let (begun, size) = (std::time::Instant::now(), || path.metadata().map_or(0, |meta| meta.len()));
    loop {
        let before = size();
        std::thread::sleep(std::time::Duration::from_millis(200));
        if before > 0 && size() == before {
            return;
        }
        assert!(begun.elapsed().as_secs() < 60, "{} was never written", path.display());
    }
}
