//! The pure heart of saner-tui: recipes, data, noise, schedules, the log and the one reducer.
//!
//! No Burn, no terminal, no threads, no clock: everything here can be tested in milliseconds, and both the engine and
//! the screen stand on it without seeing each other.
//!
//! Layout:
//! * [`spec`] what a run is (recipe), checked once; [`recipes`] the built-in ones
//! * [`data`], [`noise`], [`labels`] samples, given labels and the ledger of flips
//! * [`schedule`], [`knob`] learning rate, alpha ramp with rebase and jump, live-tunable values
//! * [`start`] rules that begin the ramp
//! * [`group`], [`dominance`], [`metric`], [`mixture`] arithmetic of the diagnostics
//! * [`event`], [`command`] what happened, what is wanted
//! * [`state`], [`feed`], [`series`] the one reducer, the pump, curves that keep their extremes
//! * [`protocol`] the same over a socket: a state as lines, and back
//! * [`rundir`], [`log`], [`manifest`], [`export`] files
//! * [`sweep`], [`experiment`] grids of runs, and those of the paper
//! * [`compare`], [`table`], [`figure`] runs side by side, as words and as pictures
//! * [`words`] every report as a sentence
//! * [`rng`], [`error`] seeded randomness, faults with exit codes

pub mod command;
pub mod compare;
pub mod data;
pub mod desk;
pub mod dominance;
pub mod error;
pub mod event;
pub mod experiment;
pub mod export;
pub mod feed;
pub mod figure;
pub mod group;
pub mod knob;
pub mod labels;
pub mod log;
pub mod logline;
pub mod machine;
pub mod manifest;
pub mod metric;
pub mod mixture;
pub mod noise;
pub mod page;
pub mod protocol;
pub mod raster;
pub mod recipes;
pub mod rng;
pub mod rundir;
pub mod samples;
pub mod schedule;
pub mod series;
pub mod sheet;
pub mod spec;
pub mod start;
pub mod state;
pub mod sweep;
pub mod table;
pub mod tensorboard;
pub mod words;

pub use error::{Error, Result};
