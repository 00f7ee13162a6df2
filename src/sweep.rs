//! `sweep`: a grid of runs in a queue, each in a process of its own; what is done is skipped, what was cut goes on.

pub mod cell;
mod queue;
mod slurm;
mod watch;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use saner_core::compare::{self, Compared};
use saner_core::sweep::{Cell, Sweep};
use saner_core::{Error, Result};

use crate::cli::Places;
use cell::State;

/// Options of `sweep`.
#[derive(Debug, Clone, Args)]
pub struct SweepArgs {
    /// TOML file with name, recipe, and the sections set, grid and also
    file: PathBuf,
    #[command(flatten)]
    how: How,
    /// Print a Slurm job array that runs each cell, instead of running
    #[arg(long)]
    slurm: bool,
    /// Run one cell alone, by its number from 0: what a job of the array does
    #[arg(long, value_name = "N", conflicts_with = "slurm")]
    cell: Option<usize>,
}

/// How the cells of a sweep run.
#[derive(Debug, Clone, Args)]
pub struct How {
    /// Cells that run at the same time
    #[arg(long, default_value = "1", value_name = "N")]
    pub jobs: NonZeroUsize,
    /// auto, cuda, cuda:N or cpu
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// Times that a cell which failed is tried again
    #[arg(long, default_value = "1", value_name = "N")]
    pub retries: u32,
}

/// A sweep that is ready to run.
#[derive(Debug)]
pub struct Plan {
    /// As written.
    pub sweep: Sweep,
    /// What `run` is given as its recipe.
    pub recipe: String,
    /// Every cell.
    pub cells: Vec<Cell>,
    /// Folder of its runs: `RUNS/<name>.sweep`.
    pub folder: PathBuf,
    /// `--data`, if it was named.
    pub data: Option<PathBuf>,
}

impl Plan {
    /// Of a sweep's text; a recipe that is a file lies in `beside`.
    pub fn load(text: &str, origin: &str, beside: &Path, places: &Places) -> Result<Self> {
        let sweep = Sweep::load(text, origin)?;
        let cells = sweep.cells(&sweep.recipe_text(beside)?)?;
        let built_in = saner_core::recipes::find(&sweep.recipe).is_some();
        let file = || std::path::absolute(beside.join(&sweep.recipe)).unwrap_or_else(|_| beside.join(&sweep.recipe));
        let recipe = if built_in { sweep.recipe.clone() } else { file().display().to_string() };
        let folder = places.runs().join(format!("{}.sweep", sweep.name));
        let (dir, named) = places.data();
        Ok(Self { sweep, recipe, cells, folder, data: named.then_some(dir) })
    }

    /// The run of a cell and how it stands, if there is one.
    ///
    /// # Errors
    /// The run has another recipe than the cell now.
    pub fn state(&self, cell: &Cell) -> Result<State> {
        cell::state(&self.folder, cell)
    }

    /// The finished cells, in order.
    pub fn results(&self) -> Result<Vec<Compared>> {
        let runs = self.cells.iter().filter_map(|cell| match self.state(cell) {
            Ok(State::Done(run)) => Some(Compared::read(&run)),
            Ok(_) => None,
            Err(fault) => Some(Err(fault)),
        });
        runs.collect()
    }
}

/// Runs a sweep and prints its table.
pub fn sweep(args: &SweepArgs, places: &Places) -> anyhow::Result<u8> {
    let path = &args.file;
    let text = std::fs::read_to_string(path)
        .map_err(|fault| Error::Input(format!("{}: cannot be read ({fault}); write the path of a sweep's TOML file", path.display())))?;
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let plan = Plan::load(&text, &path.display().to_string(), beside, places)?;
    if args.slurm {
        write!(std::io::stdout(), "{}", slurm::script(&plan, path, &args.how, places)?)?;
        return Ok(0);
    }
    if let Some(number) = args.cell {
        let last = plan.cells.len() - 1;
        let cell = plan.cells.get(number).ok_or_else(|| Error::Input(format!("--cell {number}: the sweep has cells 0 to {last}")))?;
        return cell::alone(&plan, cell, &args.how);
    }
    let code = queue::run(&plan, &args.how)?;
    write!(std::io::stdout(), "{}", compare::table(&plan.results()?).render("table")?)?;
    Ok(code)
}

/// Runs every cell that is not done; the exit code.
pub fn run(plan: &Plan, how: &How) -> anyhow::Result<u8> {
    queue::run(plan, how)
}
