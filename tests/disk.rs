//! A full disk and a read-only one: a sentence, exit code 1, and nothing lost. Needs the right to mount; else skipped.
#![cfg(all(feature = "engine", target_os = "linux"))]

#[path = "support/program.rs"]
mod program;

use std::path::Path;
use std::process::Command;

use program::*;

/// A small disk in memory.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        if mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], dir.path()) {
            return Some(Self(dir));
        }
        eprintln!("skipped: this user may not mount a small disk");
        None
    }

    fn again(&self, option: &str) {
        assert!(mount(&["-o", &format!("remount,{option}")], self.0.path()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn mount(args: &[&str], at: &Path) -> bool {
    Command::new("mount").args(args).arg(at).output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_full_disk_stops_the_run_with_a_sentence_and_it_goes_on_when_there_is_room() {
    let Some(disk) = Disk::new("300k") else { return };
    let (bench, runs) = (Bench::new(), disk.0.path().display().to_string());
    let train = |args: &[&str]| bench.train(args).args(["--runs", &runs]).output().unwrap();
    let output = train(&["smoke", "--set", "schedule.epochs=400", "--set", "checkpoint.keep=100"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("free some space"), "{}", stderr(&output));
    assert!(stdout(&output).contains("checkpoint failed: "), "{}", stdout(&output));
    let run = std::fs::read_dir(disk.0.path()).unwrap().next().unwrap().unwrap().path();
    let made = steps(&run).len();
    assert!(made > 5, "every line that stands in the log is whole");
    disk.again("size=20m");
    let output = train(&["--resume", "last", "--set", &format!("schedule.max_steps={}", made + 20)]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(steps(&run).len(), made + 20);
}

#[test]
fn a_read_only_disk_is_refused_with_a_sentence() {
    let Some(disk) = Disk::new("20m") else { return };
    let (bench, runs) = (Bench::new(), disk.0.path().display().to_string());
    let train = |args: &[&str]| bench.train(args).args(["--runs", &runs]).output().unwrap();
    assert!(train(&["smoke", "--set", "schedule.max_steps=3"]).status.success());
    disk.again("ro");
    for args in [&["smoke"][..], &["--resume", "last"]] {
        let output = train(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(stderr(&output).contains("choose a folder you may write"), "{}", stderr(&output));
    }
}
