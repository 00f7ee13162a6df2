//! A pseudo-terminal with a parser behind it.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::program::Bench;

/// How long a text may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Screen {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Screen {
    /// Starts the binary at 80×24.
    pub fn start(bench: &Bench, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_saner-tui"));
        command.args(args);
        Self::run(bench, command, env)
    }

    /// Starts a line of shell in which `$0` is the binary.
    pub fn shell(bench: &Bench, line: &str, env: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", line, env!("CARGO_BIN_EXE_saner-tui")]);
        Self::run(bench, command, env)
    }

    fn run(bench: &Bench, mut command: CommandBuilder, env: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(80, 24)).unwrap();
        command.env("SANER_TUI_RUNS", bench.runs());
        command.env("TERM", "xterm-256color");
        command.env("SANER_TUI_CONFIG", "/dev/null");
        command.env("SANER_TUI_TOUR", "false");
        for name in ["NO_COLOR", "COLORTERM", "SANER_TUI_DATA", "SANER_TUI_LOG"] {
            command.env_remove(name);
        }
        env.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let shared = Arc::new(Mutex::new(Shared { parser: vt100::Parser::new(24, 80, 0), bytes: Vec::new() }));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let sink = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut block = [0u8; 4096];
            while let Ok(n @ 1..) = reader.read(&mut block) {
                let mut shared = sink.lock().unwrap();
                shared.parser.process(&block[..n]);
                shared.bytes.extend_from_slice(&block[..n]);
            }
        });
        Self { writer: pair.master.take_writer().unwrap(), master: pair.master, child, shared }
    }

    pub fn keys(&mut self, keys: &str) {
        // One by one: an escape and a letter in one write would be read as a chord.
        for part in split(keys) {
            self.writer.write_all(part.as_bytes()).unwrap();
            self.writer.flush().unwrap();
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Bytes as they are, in one write.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).unwrap();
        self.writer.flush().unwrap();
    }

    pub fn text(&self) -> String {
        self.shared.lock().unwrap().parser.screen().contents()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.shared.lock().unwrap().bytes.clone()
    }

    /// Waits until the screen shows a text.
    pub fn wait(&self, text: &str) {
        let begun = Instant::now();
        while !self.text().contains(text) {
            assert!(begun.elapsed() < PATIENCE, "`{text}` never came:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until something holds of the screen.
    pub fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < PATIENCE, "{what}: never:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How the process stands, as the system has it: `T` for stopped.
    pub fn state(&self) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.process_id().unwrap())).unwrap_or_default();
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap_or('?')
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.shared.lock().unwrap().parser.screen_mut().set_size(height, width);
        self.master.resize(size(width, height)).unwrap();
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    pub fn exit_code(&mut self) -> u32 {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                std::thread::sleep(Duration::from_millis(100));
                return status.exit_code();
            }
            assert!(begun.elapsed() < PATIENCE, "the program does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The alternate screen was left and the cursor is seen again.
    pub fn assert_restored(&self) {
        let shared = self.shared.lock().unwrap();
        let screen = shared.parser.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn size(width: u16, height: u16) -> PtySize {
    PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 }
}

/// Single keys; an arrow stays whole.
fn split(keys: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("\x1b[") { 3 } else { first.len_utf8() };
        let (part, tail) = rest.split_at(length);
        parts.push(part);
        rest = tail;
    }
    parts
}
