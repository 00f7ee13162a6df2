//! `paper`: an experiment of the paper by one command: its runs, its figure and its table.

use std::io::Write;
use std::path::Path;

use clap::Args;
use saner_core::compare::table;
use saner_core::experiment::{EXPERIMENTS, Experiment};
use saner_core::{Error, figure};

use crate::cli::Places;
use crate::sweep::{self, How, Plan};

/// Options of `paper`.
#[derive(Debug, Clone, Args)]
pub struct PaperArgs {
    /// An experiment; without one, they are listed
    figure: Option<String>,
    /// The twin that ends in minutes on two cores, instead of the paper's full settings
    #[arg(long)]
    small: bool,
    #[command(flatten)]
    how: How,
}

/// Runs an experiment and writes its figure (SVG) and table (Markdown) into the folder of its runs.
pub fn paper(args: &PaperArgs, places: &Places) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    let Some(name) = &args.figure else {
        for experiment in EXPERIMENTS {
            writeln!(out, "{:<16}{}", experiment.name, experiment.help)?;
        }
        return Ok(0);
    };
    let experiment = Experiment::find(name).ok_or_else(|| {
        let names = EXPERIMENTS.iter().map(|experiment| experiment.name);
        let near = saner_core::spec::nearest(name, names.clone()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        Error::Input(format!("no experiment `{name}`; {near}write one of {}", names.collect::<Vec<_>>().join(", ")))
    })?;
    let origin = format!("{name}{}", if args.small { "-small" } else { "" });
    let plan = Plan::load(experiment.sweeps[usize::from(args.small)], &origin, Path::new("."), places)?;
    let code = sweep::run(&plan, &args.how)?;
    let results = plan.results()?;
    if results.is_empty() {
        return Ok(code);
    }
    let table = table(&results);
    let title = format!("{origin}: {}", experiment.help);
    let files = [("svg", figure::svg(&title, &results, experiment.curves)?), ("md", format!("# {title}\n\n{}", table.render("markdown")?))];
    write!(out, "{}", table.render("table")?)?;
    for (end, text) in files {
        // Made from the runs beside it, and made anew with them.
        let path = plan.folder.join(format!("{origin}.{end}"));
        std::fs::write(&path, text).map_err(Error::io("write", &path))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(code)
}
