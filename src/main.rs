//! saner-tui: train image classifiers on noisy labels with SANER, watch it, steer it, export it.

mod attach;
#[cfg(feature = "engine")]
mod bench;
mod catalog;
mod cli;
mod client;
mod compare;
mod config;
mod ctl;
mod data;
#[cfg(feature = "engine")]
mod detach;
mod doctor;
mod files;
mod follow;
#[cfg(feature = "engine")]
mod fork;
#[cfg(feature = "engine")]
mod headless;
#[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "only a training run opens a door"))]
mod hub;
#[cfg(feature = "engine")]
mod interventions;
mod lines;
#[cfg(feature = "engine")]
mod machine;
mod narrate;
#[cfg(feature = "engine")]
mod paper;
#[cfg(feature = "engine")]
mod prepare;
mod recipe;
mod replay;
mod rule;
#[cfg(feature = "engine")]
mod run;
mod shell;
#[cfg(feature = "engine")]
mod signals;
#[cfg(feature = "engine")]
mod sweep;
#[cfg(feature = "engine")]
mod tensorboard;
mod view;
#[cfg(feature = "engine")]
mod watch;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let asked = match cli::Cli::try_parse() {
        Ok(asked) => asked,
        Err(fault) => {
            let _ = fault.print();
            return ExitCode::from(u8::from(fault.use_stderr()) * 2);
        }
    };
    match cli::dispatch(asked) {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            narrate::complain(&fault);
            ExitCode::from(fault.downcast_ref::<saner_core::Error>().map_or(1, saner_core::Error::exit_code))
        }
    }
}
