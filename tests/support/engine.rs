//! Engines in processes of their own, and what steers them.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::program::{Bench, stderr, steps};

/// Ends what a test has begun, also when it fails.
pub struct Ended<'a>(pub &'a Bench);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let Ok(entries) = std::fs::read_dir(self.0.runs()) else { return };
        for run in entries.flatten() {
            if let Ok(text) = std::fs::read_to_string(run.path().join("control/engine.json")) {
                let pid = serde_json::from_str::<Value>(&text).unwrap()["pid"].to_string();
                let _ = std::process::Command::new("kill").args(["-9", &pid]).status();
            }
        }
    }
}

/// Exit code and answer of `ctl last …`.
pub fn ctl(bench: &Bench, words: &[&str]) -> (i32, Value) {
    let output = bench.output(&[&["ctl", "last"], words].concat());
    let code = output.status.code().unwrap();
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| json!({"stderr": stderr(&output)}));
    (code, value)
}

/// Every step from the first to the last, once.
pub fn assert_consecutive(run: &Path) {
    for (at, line) in steps(run).iter().enumerate() {
        assert_eq!(line["step"], at as u64);
    }
}

/// An engine without a screen, as `run` starts it.
pub fn engine(bench: &Bench, more: &[&str]) -> PathBuf {
    let mut command = bench.command(&["run", "--engine", "--device", "cpu"]);
    let mut child = command.args(more).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    // Reaped, so that no test sees it as a zombie that still holds its place.
    std::thread::spawn(move || child.wait());
    first.trim_end().strip_prefix("ready ").unwrap().into()
}

/// The engine's note.
pub fn note(run: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(run.join("control/engine.json")).unwrap()).unwrap()
}

/// Kills the engine of a run.
pub fn kill(run: &Path) {
    assert!(std::process::Command::new("kill").args(["-9", &note(run)["pid"].to_string()]).status().unwrap().success());
}
