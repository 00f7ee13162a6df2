//! What the screen asks of the world outside the run: other runs, files, processes. The root answers.

use saner_core::sheet::Sheet;
use saner_core::state::RunState;

use crate::settings::Shown;

/// A row of the Runs tab.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunRow {
    /// Id.
    pub id: String,
    /// How it stands, in a word.
    pub state: String,
    /// Finished epochs, and all.
    pub epochs: (u32, u32),
    /// Newest test accuracy, 0..=1.
    pub test: Option<f64>,
    /// Best test accuracy.
    pub best: Option<f64>,
    /// Newest accuracy on wrong labels.
    pub noisy: Option<f64>,
    /// Method with its alpha.
    pub method: String,
    /// Seed.
    pub seed: u64,
    /// Applied live changes.
    pub tuned: u32,
    /// Why it cannot be read.
    pub fault: Option<String>,
}

/// A checkpoint of the shown run.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Steps done.
    pub step: u64,
}

/// The world outside. Calls may take their time: they are made on another thread, `checkpoints` excepted.
pub trait Shell: Send + Sync {
    /// Every run of the folder, newest first.
    fn runs(&self) -> Vec<RunRow>;
    /// State of another run.
    ///
    /// # Errors
    /// A sentence.
    fn load(&self, id: &str) -> Result<RunState, String>;
    /// Checkpoints of the shown run, fewest steps first.
    fn checkpoints(&self) -> Vec<Kept>;
    /// Begins a new run from a checkpoint of the shown one, with other settings (`key=value`); returns its id.
    ///
    /// # Errors
    /// A sentence.
    fn fork(&self, checkpoint: &str, sets: &[String]) -> Result<String, String>;
    /// Ids and states of the runs that differ from the shown one in nothing but their seed.
    ///
    /// # Errors
    /// A sentence, also where there is none.
    fn seeds(&self) -> Result<Vec<(String, RunState)>, String>;
    /// Writes a picture (SVG; as PNG where the name ends so) beside the exports of the shown run; returns where.
    ///
    /// # Errors
    /// A sentence.
    fn picture(&self, name: &str, svg: &str) -> Result<String, String>;
    /// The samples whose labels were disputed most at the end of an epoch, in the order of the log.
    ///
    /// # Errors
    /// A sentence, also where there is no picture of them.
    fn disputed(&self, epoch: u32, n: usize) -> Result<Sheet, String>;
    /// Keeps settings in the person's file; returns which, and where.
    ///
    /// # Errors
    /// A sentence.
    fn keep(&self, shown: &Shown) -> Result<String, String>;
    /// Writes an export of the shown run; returns where.
    ///
    /// # Errors
    /// A sentence.
    fn export(&self, format: &str) -> Result<String, String>;
    /// Formats of exports, with a word on each.
    fn formats(&self) -> Vec<(&'static str, &'static str)>;
    /// What another run's recipe has otherwise than the shown one's.
    ///
    /// # Errors
    /// A sentence.
    fn diff(&self, id: &str) -> Result<Vec<String>, String>;
}

/// A wish that is met on another thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Rows for the Runs tab.
    Runs,
    /// A run to lay over the charts.
    Overlay(String),
    /// The other seeds of the shown run's recipe, to lay over the charts.
    Seeds,
    /// The run that the shown one is a fork of, to lay over the charts where it is still there.
    Parent(String),
    /// A picture: its name, and the SVG.
    Picture(String, String),
    /// Pictures of so many disputed samples of an epoch.
    Disputed(u32, usize),
    /// A new run from a checkpoint.
    Fork(String, Vec<String>),
    /// An export.
    Export(String),
    /// Settings that are to be kept.
    Settings(Shown),
    /// A comparison of recipes.
    Diff(String),
}

/// What became of it.
pub enum Granted {
    /// Rows.
    Runs(Vec<RunRow>),
    /// Runs by their ids.
    Overlays(Vec<(String, RunState)>),
    /// Pictures of the disputed samples of an epoch; none where they cannot be had.
    Disputed(u32, Option<Sheet>),
    /// Lines for a page, with its title.
    Page(String, Vec<String>),
    /// A sentence.
    Said(Result<String, String>),
}

/// Meets a wish.
pub fn grant(shell: &dyn Shell, wish: Wish) -> Granted {
    match wish {
        Wish::Runs => Granted::Runs(shell.runs()),
        Wish::Overlay(id) => match shell.load(&id) {
            Ok(state) => Granted::Overlays(vec![(id, state)]),
            Err(reason) => Granted::Said(Err(reason)),
        },
        Wish::Parent(id) => Granted::Overlays(shell.load(&id).map_or_else(|_| Vec::new(), |state| vec![(id, state)])),
        Wish::Seeds => shell.seeds().map_or_else(|reason| Granted::Said(Err(reason)), Granted::Overlays),
        Wish::Picture(name, svg) => Granted::Said(shell.picture(&name, &svg).map(|path| format!("written: {path}"))),
        Wish::Disputed(epoch, n) => Granted::Disputed(epoch, shell.disputed(epoch, n).ok()),
        Wish::Fork(checkpoint, sets) => Granted::Said(
            shell.fork(&checkpoint, &sets).map(|id| format!("{id} has begun at {checkpoint}; look at it with saner-tui attach {id}")),
        ),
        Wish::Settings(shown) => Granted::Said(shell.keep(&shown)),
        Wish::Export(format) => Granted::Said(shell.export(&format).map(|path| format!("written: {path}"))),
        Wish::Diff(id) => match shell.diff(&id) {
            Ok(lines) => Granted::Page(format!("recipe of {id} against this run's"), lines),
            Err(reason) => Granted::Said(Err(reason)),
        },
    }
}
