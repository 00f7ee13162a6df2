//! `attach`, and the screen of `run`: a window on a run that another process trains.

use std::io::IsTerminal;
use std::path::Path;

use clap::Args;
use saner_core::event::Outcome;
use saner_core::log::LogWriter;
use saner_core::protocol::Role;
use saner_core::rundir::{RunDir, ids};
use saner_core::state::Phase;
use saner_core::{Error, Result};

use crate::cli::Scene;
use crate::client::{Away, Wish, join};
use crate::narrate::complain;
use crate::view;

/// Options of `attach`.
#[derive(Debug, Clone, Args)]
pub struct AttachArgs {
    /// Id, unique prefix, name, or `last`; default: the newest that is running
    run: Option<String>,
    /// Watch only
    #[arg(long, conflicts_with = "take")]
    read_only: bool,
    /// Take control from whoever has it
    #[arg(long)]
    take: bool,
}

/// Opens the screen on a running run; one that does not run, or runs elsewhere, is shown from its files.
pub fn attach(args: &AttachArgs, scene: &Scene<'_>) -> anyhow::Result<u8> {
    let runs = scene.places.runs();
    let run = match &args.run {
        Some(wanted) => RunDir::find(&runs, wanted)?,
        None => running(&runs)?,
    };
    let role = if args.read_only { Role::View } else { Role::Control };
    if !std::io::stdout().is_terminal() {
        return view::show(scene, run);
    }
    show(scene, &run, &Wish { role, take: args.take, by: "me".into() })
}

/// The newest run that a process trains.
fn running(runs: &Path) -> Result<RunDir> {
    let newest = ids(runs).into_iter().rev().map(|id| RunDir { path: runs.join(id) }).find(LogWriter::is_taken);
    newest.ok_or_else(|| Error::NoRun(format!("no run is running in {}; `saner-tui ls` lists them, `open` shows one", runs.display())))
}

/// The screen on a run of another process, until the person leaves it.
pub fn show(scene: &Scene<'_>, run: &RunDir, wish: &Wish) -> anyhow::Result<u8> {
    let id = run.id();
    let joined = match join(run, wish) {
        Ok(joined) => joined,
        Err(away) => {
            match away {
                Away::Dead => {}
                Away::Elsewhere(host) => {
                    complain(format!("{id} is trained on {host}; it can be steered there, and is shown here from its files"))
                }
                Away::Refused(why) => complain(format!("{id} cannot be joined ({why}); it is shown from its files")),
            }
            return view::show(scene, run.clone());
        }
    };
    let options = scene.options(run);
    signal_hook::flag::register(signal_hook::consts::SIGTERM, options.leave.clone())?;
    signal_hook::flag::register(signal_hook::consts::SIGINT, options.interrupted.clone())?;
    let shown = saner_ui::run(joined.feed.clone(), options);
    joined.leave();
    shown?;
    let phase = joined.feed.read().phase.clone();
    match phase {
        Phase::Starting | Phase::Running | Phase::Paused(_) => {
            complain(format!("{id} goes on; come back with `saner-tui attach {id}`"));
            Ok(0)
        }
        Phase::Ended(Outcome::Done) => {
            complain(format!("{id} is done; look at it with `saner-tui open {id}`"));
            Ok(0)
        }
        Phase::Ended(Outcome::Stopped) => {
            complain(format!("{id} was stopped; go on with `saner-tui run --resume {id}`"));
            Ok(0)
        }
        Phase::Ended(Outcome::NonFinite) => {
            Err(Error::Failed(format!("{id}: a value was not finite; the newest checkpoint is from before it")).into())
        }
        Phase::Failed(reason) => Err(Error::Failed(format!("{id}: {reason}")).into()),
    }
}
