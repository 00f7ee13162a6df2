//! What the screen asks of the world outside the run: other runs, files, processes. The root answers.

use saner_core::state::RunState;

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
    /// A new run from a checkpoint.
    Fork(String, Vec<String>),
    /// An export.
    Export(String),
    /// A comparison of recipes.
    Diff(String),
}

/// What became of it.
pub enum Granted {
    /// Rows.
    Runs(Vec<RunRow>),
    /// A run by its id.
    Overlay(String, Box<RunState>),
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
            Ok(state) => Granted::Overlay(id, Box::new(state)),
            Err(reason) => Granted::Said(Err(reason)),
        },
        Wish::Fork(checkpoint, sets) => Granted::Said(
            shell.fork(&checkpoint, &sets).map(|id| format!("{id} has begun at {checkpoint}; look at it with saner-tui attach {id}")),
        ),
        Wish::Export(format) => Granted::Said(shell.export(&format).map(|path| format!("written: {path}"))),
        Wish::Diff(id) => match shell.diff(&id) {
            Ok(lines) => Granted::Page(format!("recipe of {id} against this run's"), lines),
            Err(reason) => Granted::Said(Err(reason)),
        },
    }
}
