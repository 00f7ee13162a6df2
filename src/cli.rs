//! The command line: clap types and one match. A contract; scripts depend on it.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use saner_core::spec::Override;

use crate::config::Looks;
use crate::config::verbs::{ConfigVerb, KeysVerb, ThemesVerb};
use crate::{catalog, files, view};

/// Train image classifiers on noisy labels with SANER; watch it, steer it, export it.
#[derive(Debug, Parser)]
#[command(version, about, after_help = "Without a command: the default recipe, on the screen if there is one.")]
pub struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    looks: Looks,
}

/// Where runs and data lie.
#[derive(Debug, Clone, Args)]
pub struct Places {
    /// Folder of the runs
    #[arg(long, global = true, env = "SANER_TUI_RUNS", value_name = "DIR")]
    runs: Option<PathBuf>,
    /// Folder of the data sets
    #[arg(long, global = true, env = "SANER_TUI_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Train a recipe: a built-in name or a TOML file
    Run(RunArgs),
    /// The screen on a running run
    Attach(crate::attach::AttachArgs),
    /// Steer a running run from a script: one JSON object is answered
    Ctl(crate::ctl::CtlArgs),
    /// The screen on a finished or dead run, read from its files
    Open {
        /// Id, unique prefix, name, or `last`
        run: String,
    },
    /// A stored run played back on the screen
    Replay {
        /// Id, unique prefix, name, or `last`
        run: String,
        /// How much faster than it was, as 20x
        #[arg(long, default_value = "20x", value_name = "N", value_parser = crate::replay::speed)]
        speed: f64,
    },
    /// Runs with state, epoch and test accuracy
    Ls {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Write a run's numbers or weights to a file
    Export {
        /// Id, unique prefix, name, or `last`
        run: String,
        /// csv, jsonl, markdown, latex, svg, …; a wrong one is answered with the list
        #[arg(long)]
        format: String,
        /// File or folder; default: the run's export folder
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
        /// Checkpoint whose weights are written; default: the newest
        #[arg(long, value_name = "NAME")]
        checkpoint: Option<String>,
    },
    /// Runs side by side: mean and deviation over seeds
    Compare(crate::compare::CompareArgs),
    /// A grid of runs, resumable
    #[cfg(feature = "engine")]
    Sweep(crate::sweep::SweepArgs),
    /// An experiment of the paper: runs, figure, table
    #[cfg(feature = "engine")]
    Paper(crate::paper::PaperArgs),
    /// Time steps on random images
    #[cfg(feature = "engine")]
    Bench(crate::bench::BenchArgs),
    /// Data sets: what is there, fetch, check, noise
    Data {
        #[command(subcommand)]
        verb: crate::data::DataVerb,
    },
    /// Settings: where they are, whether they are right, what holds
    Config {
        #[command(subcommand)]
        verb: ConfigVerb,
    },
    /// Keys of the screen
    Keys {
        #[command(subcommand)]
        verb: KeysVerb,
    },
    /// Themes of the screen
    Themes {
        #[command(subcommand)]
        verb: ThemesVerb,
    },
    /// What the program finds here and what it decides from it, with a test card
    Doctor,
    /// Completions for a shell, to be sourced
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
    /// The manual page, for man
    Man,
    /// What the program knows
    List {
        /// methods, models, datasets, noise or recipes
        what: catalog::What,
    },
}

/// Options of `run`.
#[derive(Debug, Clone, Default, Args)]
#[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "the viewer alone parses them to explain itself"))]
pub struct RunArgs {
    /// Built-in recipe or TOML file
    #[arg(value_name = "RECIPE|FILE")]
    pub recipe: Option<String>,
    /// Override one value of the recipe
    #[arg(long = "set", value_name = "section.key=value")]
    pub sets: Vec<Override>,
    /// auto, cuda, cuda:N or cpu
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// Threads that compute on the CPU; default: all cores
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// f32, tf32, bf16 or auto; same as --set model.precision=P
    #[arg(long, value_name = "P")]
    pub precision: Option<String>,
    /// Name of the run; part of its id
    #[arg(long)]
    pub name: Option<String>,
    /// Seed; same as --set seed=N
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Lines of words instead of the screen; chosen by itself when standard output is no terminal
    #[arg(long)]
    pub plain: bool,
    /// Engine and screen in one process: the run ends with its screen
    #[arg(long)]
    pub inline: bool,
    /// Write an event file for TensorBoard while it trains, into tensorboard/ of the run's folder
    #[arg(long)]
    pub tensorboard: bool,
    /// Begin at a checkpoint of another run; its recipe holds but for what --set changes
    #[arg(long, value_name = "RUN@CHECKPOINT", conflicts_with_all = ["recipe", "resume"])]
    pub fork: Option<String>,
    /// Make the live changes of another run (its events.jsonl) again, at the same steps
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub interventions: Option<PathBuf>,
    /// This process is the engine of a run whose screen is another one
    #[arg(long, hide = true, conflicts_with_all = ["plain", "inline"])]
    pub engine: bool,
    /// Go on with a run from its newest checkpoint; `auto`: the newest unfinished one, if any
    #[arg(long, value_name = "RUN|auto", conflicts_with = "recipe")]
    pub resume: Option<String>,
}

impl RunArgs {
    /// The same as words of a command line.
    #[cfg(feature = "engine")]
    pub fn again(&self) -> Vec<std::ffi::OsString> {
        let mut words: Vec<String> = Vec::new();
        let mut option = |name: &str, value: Option<String>| words.extend(value.map(|value| format!("--{name}={value}")));
        option("device", Some(self.device.clone()));
        option("threads", self.threads.map(|n| n.to_string()));
        option("precision", self.precision.clone());
        option("name", self.name.clone());
        option("seed", self.seed.map(|n| n.to_string()));
        option("resume", self.resume.clone());
        option("fork", self.fork.clone());
        option("interventions", self.interventions.as_ref().map(|path| path.display().to_string()));
        self.sets.iter().for_each(|set| option("set", Some(format!("{}={}", set.key, set.value))));
        words.extend(self.tensorboard.then(|| "--tensorboard".to_owned()));
        words.extend(self.recipe.iter().flat_map(|recipe| ["--".to_owned(), recipe.clone()]));
        words.into_iter().map(Into::into).collect()
    }
}

impl Places {
    /// The same as words of a command line.
    #[cfg(feature = "engine")]
    pub fn again(&self) -> Vec<std::ffi::OsString> {
        let pairs = [("--runs", &self.runs), ("--data", &self.data)];
        pairs.into_iter().filter_map(|(name, path)| Some([name.into(), path.clone()?.into_os_string()])).flatten().collect()
    }

    /// The same with another folder of runs.
    #[cfg(feature = "engine")]
    pub fn at(&self, runs: &std::path::Path) -> Self {
        Self { runs: Some(runs.to_path_buf()), ..self.clone() }
    }

    /// Folder of the runs.
    pub fn runs(&self) -> PathBuf {
        self.runs.clone().unwrap_or_else(|| home().join("runs"))
    }

    /// Folder of the data, and whether it was named.
    pub fn data(&self) -> (PathBuf, bool) {
        self.data.clone().map_or_else(|| (home().join("data"), false), |dir| (dir, true))
    }
}

fn home() -> PathBuf {
    directories::ProjectDirs::from("", "", "saner-tui").map_or_else(|| PathBuf::from(".saner-tui"), |dirs| dirs.data_dir().to_path_buf())
}

/// Where a command finds its runs and how its screen looks.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Folders.
    pub places: &'a Places,
    /// Options of the screen.
    pub looks: &'a Looks,
}

impl Scene<'_> {
    /// What a screen on a run begins with.
    pub fn options(&self, run: &saner_core::rundir::RunDir) -> saner_ui::Options {
        saner_ui::Options {
            title: run.id(),
            settings: crate::config::screen(self.looks, saner_core::rundir::ids(&self.places.runs()).len() <= 1),
            shell: Some(std::sync::Arc::new(crate::shell::World::new(run, self.places))),
            ..saner_ui::Options::default()
        }
    }
}

/// Does what was asked and returns the exit code.
pub fn dispatch(cli: Cli) -> anyhow::Result<u8> {
    let (places, looks) = (cli.places, cli.looks);
    let scene = Scene { places: &places, looks: &looks };
    match cli.verb.unwrap_or_else(|| Verb::Run(RunArgs { device: "auto".into(), ..RunArgs::default() })) {
        #[cfg(feature = "engine")]
        Verb::Run(args) => crate::run::run(&args, &scene),
        #[cfg(not(feature = "engine"))]
        Verb::Run(_) => anyhow::bail!(saner_core::Error::Input("this build only views runs; build with --features engine to train".into())),
        Verb::Attach(args) => crate::attach::attach(&args, &scene),
        Verb::Ctl(args) => crate::ctl::ctl(&args, &places.runs()),
        Verb::Open { run } => view::open(&scene, &run),
        Verb::Replay { run, speed } => crate::replay::replay(&scene, &run, speed),
        Verb::Ls { json } => files::ls(&places.runs(), json),
        Verb::Export { run, format, out, checkpoint } => {
            files::export(&places.runs(), &run, &saner_core::export::Request { format, out, checkpoint })
        }
        Verb::Compare(args) => crate::compare::compare(&args, &places.runs()),
        #[cfg(feature = "engine")]
        Verb::Sweep(args) => crate::sweep::sweep(&args, &places),
        #[cfg(feature = "engine")]
        Verb::Paper(args) => crate::paper::paper(&args, &places),
        #[cfg(feature = "engine")]
        Verb::Bench(args) => crate::bench::bench(&args),
        Verb::Data { verb } => crate::data::data(&verb, &places.data().0),
        Verb::Config { verb } => crate::config::verbs::config(verb),
        Verb::Keys { verb } => crate::config::verbs::keys(verb),
        Verb::Themes { verb } => crate::config::verbs::themes_verb(&verb, looks.color),
        Verb::Doctor => crate::doctor::doctor(&places, &looks),
        Verb::Completions { shell } => {
            // Into memory first: the library panics where the reader has gone.
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "saner-tui", &mut text);
            std::io::Write::write_all(&mut std::io::stdout(), &text)?;
            Ok(0)
        }
        Verb::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            Ok(0)
        }
        Verb::List { what } => catalog::list(what),
    }
}
