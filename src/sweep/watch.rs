//! What a person sees of a sweep: the Sweep view on a terminal, lines elsewhere.

use std::cell::{Cell as Memory, RefCell};
use std::collections::HashMap;
use std::io::IsTerminal;

use saner_core::rundir::RunDir;
use saner_core::sweep::Cell;
use saner_ui::board::{Board, Shared, Standing, Tile};

use super::Plan;
use super::cell::State;
use crate::narrate::complain;
use crate::view::fold;

/// One watcher, of the thread that runs the queue.
pub struct Watch {
    board: Option<Shared>,
    done: Memory<usize>,
    /// What is to be said when the screen is gone.
    last_words: RefCell<Vec<String>>,
    /// Bytes of each run's metrics when they were last read.
    read: RefCell<HashMap<String, u64>>,
}

impl Watch {
    /// Lines on standard error.
    pub fn lines() -> Self {
        Self { board: None, done: Memory::new(0), last_words: RefCell::default(), read: RefCell::default() }
    }

    /// On a board.
    pub fn on(board: Shared) -> Self {
        Self { board: Some(board), ..Self::lines() }
    }

    /// A board with every cell, where standard input and output are a terminal that can draw it.
    pub fn board(plan: &Plan) -> Option<Shared> {
        let able = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
        if !able || std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            return None;
        }
        let tile = |cell: &Cell| Tile { name: cell.name.clone(), epochs: cell.spec.schedule.epochs, ..Tile::default() };
        let tiles = plan.cells.iter().map(tile).collect();
        Some(Shared::new(Board { title: format!("sweep {}", plan.sweep.name), tiles, ..Board::default() }))
    }

    /// The queue begins; cells that are done need nothing.
    pub fn begin(&self, plan: &Plan, states: &[State]) {
        let done = states.iter().filter(|state| matches!(state, State::Done(_))).count();
        self.done.set(done);
        self.say(&format!("sweep {}: {} cells, {done} done, runs in {}", plan.sweep.name, plan.cells.len(), plan.folder.display()));
        for (cell, state) in plan.cells.iter().zip(states) {
            if let State::Done(run) = state {
                self.show(cell, run, Standing::Done);
            }
        }
    }

    /// Shows how far a running cell is, as its folder tells.
    pub fn follow(&self, cell: &Cell, plan: &Plan) {
        if self.board.is_none() {
            return;
        }
        let Ok(State::Alive(run)) = plan.state(cell) else { return };
        let now = run.metrics().metadata().map_or(0, |meta| meta.len());
        if self.read.borrow_mut().insert(cell.name.clone(), now) != Some(now) {
            self.show(cell, &run, Standing::Running);
        }
    }

    /// A cell is done.
    pub fn ended(&self, cell: &Cell, run: &RunDir, plan: &Plan) {
        self.done.set(self.done.get() + 1);
        self.say(&format!("{} done, {} of {}", cell.name, self.done.get(), plan.cells.len()));
        self.show(cell, run, Standing::Done);
    }

    /// A cell failed for good; returns its name.
    pub fn failed(&self, cell: &Cell, why: &str, plan: &Plan) -> String {
        let line = format!("{} failed: {why}; see {}", cell.name, plan.folder.join(format!("{}.log", cell.name)).display());
        self.say(&line);
        if let Some(board) = &self.board
            && let Some(tile) = board.lock().tiles.iter_mut().find(|tile| tile.name == cell.name)
        {
            tile.standing = Standing::Failed(why.to_owned());
        }
        cell.name.clone()
    }

    /// A line: on the board the newest one is shown, and all of them are said when it is gone.
    pub fn say(&self, line: &str) {
        match &self.board {
            None => complain(line),
            Some(board) => {
                board.lock().message = line.to_owned();
                self.last_words.borrow_mut().push(line.to_owned());
            }
        }
    }

    /// What was said while the board was up.
    pub fn last_words(self) -> Vec<String> {
        self.last_words.into_inner()
    }

    fn show(&self, cell: &Cell, run: &RunDir, standing: Standing) {
        let Some(board) = &self.board else { return };
        let Ok(state) = fold(run) else { return };
        if let Some(tile) = board.lock().tiles.iter_mut().find(|tile| tile.name == cell.name) {
            tile.test = state.epochs.iter().map(|epoch| epoch.eval_acc).collect();
            tile.noisy = state.epochs.iter().filter_map(|epoch| epoch.noisy_acc).collect();
            tile.standing = standing;
        }
    }
}
