//! A run in a process and session of its own, that no terminal can take with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use saner_core::rundir::RunDir;
use saner_core::{Error, Result};

use crate::cli::{Places, RunArgs};

/// What the engine's process says on standard output when it has begun.
const READY: &str = "ready ";

/// How the engine's process began.
pub enum Begun {
    /// It trains this run.
    Run(RunDir),
    /// It could not: what it said, and its exit code.
    Failed(String, u8),
}

/// Starts the engine's process and waits until it has begun.
///
/// # Errors
/// The process cannot be started.
pub fn start(args: &RunArgs, places: &Places) -> Result<Begun> {
    let program = std::env::current_exe().map_err(|fault| Error::Failed(format!("the program cannot find itself: {fault}")))?;
    let mut command = Command::new(program);
    command.arg("run").arg("--engine").args(places.again()).args(args.again());
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(Error::io("start", "the engine's process"))?;
    let (mut first, mut words) = (String::new(), String::new());
    if let Some(out) = child.stdout.take() {
        let _ = BufReader::new(out).read_line(&mut first);
    }
    if let Some(path) = first.trim_end().strip_prefix(READY) {
        return Ok(Begun::Run(RunDir { path: path.into() }));
    }
    if let Some(mut err) = child.stderr.take() {
        let _ = err.read_to_string(&mut words);
    }
    let status = child.wait().map_err(Error::io("wait for", "the engine's process"))?;
    Ok(Begun::Failed(words, status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code > 0).unwrap_or(1)))
}

/// In the engine's process: no terminal from here on.
pub fn settle() {
    // It fails where this process leads a group already, started by hand: then it has a session of its own, or wants none.
    let _ = rustix::process::setsid();
}

/// In the engine's process: tells who started it that the run has begun, then turns to the run's log.
///
/// # Errors
/// Who started it has gone: nobody wants the run.
pub fn ready(run: &RunDir) -> Result<()> {
    let path = std::path::absolute(&run.path).unwrap_or_else(|_| run.path.clone());
    let mut out = std::io::stdout().lock();
    let told = writeln!(out, "{READY}{}", path.display()).and_then(|()| out.flush());
    told.map_err(|_| Error::Failed("who started this run has gone".into()))?;
    let log = run.engine_log();
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).map_err(Error::io("open", &log))?;
    rustix::stdio::dup2_stdout(&file)
        .and_then(|()| rustix::stdio::dup2_stderr(&file))
        .map_err(|fault| Error::io("open", &log)(fault.into()))
}
