//! One cell of a sweep: how its run stands, and the command that begins it or goes on with it.

use std::path::Path;
use std::process::Command;

use saner_core::event::Outcome;
use saner_core::log::LogWriter;
use saner_core::rundir::{RunDir, ids};
use saner_core::state::Phase;
use saner_core::sweep::Cell;
use saner_core::{Error, Result};

use super::{How, Plan};
use crate::narrate::complain;
use crate::view::fold;

/// How a cell stands, as its files tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It never began.
    New,
    /// Its run came to its end.
    Done(RunDir),
    /// Its run was cut or stopped and can go on.
    Cut(RunDir),
    /// A process is running it.
    Alive(RunDir),
    /// It ended by a fault that would come again.
    Failed(RunDir, String),
}

/// The newest run of a cell.
///
/// # Errors
/// It has another recipe than the cell.
pub fn state(folder: &Path, cell: &Cell) -> Result<State> {
    let runs = ids(folder).into_iter().rev().map(|id| RunDir { path: folder.join(id) });
    for run in runs {
        // A process that was killed while it made the folder leaves one without a recipe: no run, and in nobody's way.
        let Ok((spec, _)) = run.read_spec() else { continue };
        if spec.name != cell.name {
            continue;
        }
        if spec != cell.spec {
            return Err(Error::Input(format!(
                "cell {}: its run {} has another recipe than the sweep has now; give the sweep another name, or move that folder away",
                cell.name,
                run.path.display()
            )));
        }
        if LogWriter::is_taken(&run) {
            return Ok(State::Alive(run));
        }
        let state = match fold(&run).map(|state| state.phase) {
            Ok(Phase::Ended(Outcome::Done)) => State::Done(run),
            Ok(Phase::Ended(Outcome::NonFinite)) => State::Failed(run, "a value was not finite".into()),
            Ok(_) => State::Cut(run),
            Err(fault) => State::Failed(run, fault.to_string()),
        };
        return Ok(state);
    }
    Ok(State::New)
}

/// The command that brings a cell forward.
///
/// # Errors
/// The program cannot find itself.
pub fn command(plan: &Plan, cell: &Cell, how: &How, threads: usize, state: &State) -> Result<Command> {
    let program = std::env::current_exe().map_err(|fault| Error::Failed(format!("the program cannot find itself: {fault}")))?;
    let mut command = Command::new(program);
    command.arg("run").arg("--plain").arg("--runs").arg(&plan.folder).args(["--device", &how.device]);
    if threads > 0 {
        command.args(["--threads", &threads.to_string()]);
    }
    if let Some(dir) = &plan.data {
        command.arg("--data").arg(dir);
    }
    if let State::Cut(run) = state {
        command.arg("--resume").arg(run.id());
    } else {
        command.arg(&plan.recipe);
        for set in &cell.sets {
            command.arg("--set").arg(format!("{}={}", set.key, set.value));
        }
    }
    Ok(command)
}

/// Runs one cell in the foreground, unless it is done; the exit code.
pub fn alone(plan: &Plan, cell: &Cell, how: &How) -> anyhow::Result<u8> {
    let state = plan.state(cell)?;
    match &state {
        State::Done(run) => {
            complain(format!("cell {} is done: {}", cell.name, run.path.display()));
            return Ok(0);
        }
        State::Alive(run) => anyhow::bail!(Error::Failed(format!("cell {} runs already: {}", cell.name, run.path.display()))),
        _ => {}
    }
    std::fs::create_dir_all(&plan.folder).map_err(Error::io("create", &plan.folder))?;
    let status = command(plan, cell, how, 0, &state)?.status().map_err(Error::io("start", "the program"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
