//! `replay`: a stored run on the screen again, step by step, faster than it was.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use saner_core::event::Report;
use saner_core::feed::Feed;
use saner_core::log::{self, LogWriter};
use saner_core::rundir::RunDir;
use saner_core::state::RunState;

use crate::cli::Scene;
use crate::view;

/// Longest pause between two looks of the screen: reports that are due together are told together.
const BEAT: Duration = Duration::from_millis(20);

/// Reads `20x` or `20`.
pub fn speed(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches(['x', '×']).parse::<f64>().ok().filter(|speed| speed.is_finite() && *speed > 0.0);
    number.ok_or_else(|| format!("`{text}` is no speed; write for example 20x"))
}

/// Plays a run back; without a terminal its last lines are printed.
pub fn replay(scene: &Scene<'_>, wanted: &str, speed: f64) -> anyhow::Result<u8> {
    let run = RunDir::find(&scene.places.runs(), wanted)?;
    if !std::io::stdout().is_terminal() {
        return view::show(scene, run);
    }
    let alive = LogWriter::is_taken(&run);
    let reports = log::read(&run)?.reports;
    let feed = Feed::new(RunState::default(), None);
    let player = feed.clone();
    std::thread::spawn(move || {
        play(&reports, speed, &player);
        if !alive {
            // As `open` shows it.
            let mut state = player.read().clone();
            view::close(&mut state);
            player.replace(state);
        }
    });
    crate::follow::tell_log(&run, &feed);
    saner_ui::run(feed, scene.options(&run))?;
    Ok(0)
}

/// Tells reports when they are due. Training time counts, so that pauses and the time between a kill and a resume pass at
/// once.
fn play(reports: &[Report], speed: f64, feed: &Feed) {
    let begun = Instant::now();
    for report in reports {
        let wall = match report {
            Report::Step(sample) => sample.wall,
            Report::Epoch(summary) => summary.wall,
            Report::Event(_) => 0.0,
        };
        let due = Duration::try_from_secs_f64(wall / speed).unwrap_or_default();
        while let Some(left) = due.checked_sub(begun.elapsed()).filter(|left| *left > BEAT) {
            std::thread::sleep(left.min(Duration::from_millis(200)));
        }
        feed.apply(report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds() {
        assert_eq!((speed("20x"), speed("0.5"), speed("3×")), (Ok(20.0), Ok(0.5), Ok(3.0)));
        assert!(["x", "-1x", "0", "inf", "fast"].iter().all(|text| speed(text).is_err()));
    }
}
