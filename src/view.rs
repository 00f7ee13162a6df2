//! `open`: a finished or dead run on the same screen, read from its files.

use std::io::{IsTerminal, Write};
use std::path::Path;

use saner_core::error::Error;
use saner_core::feed::Feed;
use saner_core::rundir::RunDir;
use saner_core::state::{Phase, RunState};
use saner_core::{Result, log, words};

/// Folds a run's log into a state.
pub fn fold(run: &RunDir) -> Result<RunState> {
    let read = log::read(run)?;
    let mut state = RunState::default();
    read.reports.iter().for_each(|report| state.apply(report));
    state.complaints = read.complaints;
    Ok(state)
}

/// Opens a run; without a terminal its last lines are printed.
pub fn open(runs: &Path, wanted: &str) -> anyhow::Result<u8> {
    let run = RunDir::find(runs, wanted)?;
    let mut state = fold(&run)?;
    if state.header.is_none() {
        anyhow::bail!(Error::Failed(format!("run {} has no readable events; {} may be damaged", run.id(), run.events().display())));
    }
    for complaint in &state.complaints {
        eprintln!("saner-tui: {complaint}");
    }
    if state.is_active() {
        state.phase = Phase::Failed("its files end here; go on with `saner-tui run --resume`".into());
    }
    if std::io::stdout().is_terminal() {
        saner_ui::run(Feed::new(state, None), saner_ui::Options { title: run.id(), ..saner_ui::Options::default() })?;
    } else {
        print(&state)?;
    }
    Ok(0)
}

fn print(state: &RunState) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let epochs = state.header.as_ref().map_or(0, |header| header.spec.schedule.epochs);
    for record in &state.events {
        writeln!(out, "{}", words::event(record))?;
    }
    state.epochs.iter().try_for_each(|summary| writeln!(out, "{}", words::epoch(summary, epochs)))
}
