//! The queue: so many cells at a time as were asked for and as fit in memory, until all are done or have failed.

use std::fs::File;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use saner_core::sweep::Cell;
use saner_core::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::cell::{self, State};
use super::watch::Watch;
use super::{How, Plan};
use crate::narrate::complain;
use crate::signals::INTERRUPTED;

/// Between looks at the running cells.
const LOOK: Duration = Duration::from_millis(150);
/// Memory that must be free for one more cell, over the greatest need seen.
const ROOM: f64 = 1.25;

/// A cell that runs: in a process of ours, or in one that outlived an earlier sweep.
struct Running<'a> {
    cell: &'a Cell,
    child: Option<Child>,
    tries: u32,
}

/// Runs every cell that is not done, on the Sweep view where there is a terminal. 0: all are done; 1: some failed, and
/// they were named; 130: interrupted.
pub fn run(plan: &Plan, how: &How) -> anyhow::Result<u8> {
    std::fs::create_dir_all(&plan.folder).map_err(Error::io("create", &plan.folder))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, stop.clone())?;
    }
    let Some(board) = Watch::board(plan) else { return work(plan, how, &Watch::lines(), &stop) };
    let (code, last_words) = std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let watch = Watch::on(board.clone());
            let code = work(plan, how, &watch, &stop);
            board.lock().over = true;
            (code, watch.last_words())
        });
        if let Err(fault) = saner_ui::board::show(&board, &stop) {
            // The cells do not need a screen.
            complain(format!("the screen broke ({fault}); the sweep goes on"));
        }
        worker.join().map_err(|_| Error::Failed("the sweep's queue panicked".into()))
    })?;
    last_words.iter().for_each(complain);
    code
}

fn work(plan: &Plan, how: &How, screen: &Watch, stop: &AtomicBool) -> anyhow::Result<u8> {
    let states: Vec<State> = plan.cells.iter().map(|cell| plan.state(cell)).collect::<Result<_>>()?;
    screen.begin(plan, &states);
    let to_do = plan.cells.iter().zip(&states).filter(|(_, state)| !matches!(state, State::Done(_)));
    // The first cell is taken from the end.
    let mut waiting: Vec<(&Cell, u32)> = to_do.map(|(cell, _)| (cell, 0)).rev().collect();
    let (mut running, mut failed): (Vec<Running<'_>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut need = 0;
    while !(waiting.is_empty() && running.is_empty()) {
        if stop.load(Ordering::Relaxed) {
            return Ok(halt(running, plan, screen));
        }
        if running.len() < how.jobs.get()
            && (running.is_empty() || fits(need))
            && let Some((cell, tries)) = waiting.pop()
        {
            running.push(begin(plan, cell, how, tries)?);
            continue;
        }
        std::thread::sleep(LOOK);
        let mut still = Vec::new();
        for mut one in running {
            need = need.max(one.child.as_ref().and_then(|child| peak(child.id())).unwrap_or(0));
            screen.follow(one.cell, plan);
            if one.child.as_mut().map_or(Ok(None), Child::try_wait)?.is_none() && alive(&one, plan)? {
                still.push(one);
                continue;
            }
            match plan.state(one.cell)? {
                State::Done(run) => screen.ended(one.cell, &run, plan),
                State::Failed(_, why) => failed.push(screen.failed(one.cell, &why, plan)),
                State::Cut(_) | State::New if one.tries >= how.retries => failed.push(screen.failed(one.cell, "its process failed", plan)),
                _ => {
                    screen.say(&format!("{}: its process failed and is tried again", one.cell.name));
                    waiting.push((one.cell, one.tries + 1));
                }
            }
        }
        running = still;
    }
    if failed.is_empty() {
        return Ok(0);
    }
    screen.say(&format!("{} of {} cells failed: {}", failed.len(), plan.cells.len(), failed.join(", ")));
    Ok(1)
}

/// Whether a cell is still being run, by whomever.
fn alive(one: &Running<'_>, plan: &Plan) -> Result<bool> {
    Ok(match one.child {
        Some(_) => true,
        None => matches!(plan.state(one.cell)?, State::Alive(_)),
    })
}

fn begin<'a>(plan: &Plan, cell: &'a Cell, how: &How, tries: u32) -> Result<Running<'a>> {
    let state = plan.state(cell)?;
    if matches!(state, State::Alive(_)) {
        return Ok(Running { cell, child: None, tries });
    }
    let path = plan.folder.join(format!("{}.log", cell.name));
    let log = File::options().create(true).append(true).open(&path).map_err(Error::io("open", &path))?;
    let copy = log.try_clone().map_err(Error::io("open", &path))?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let threads = if how.jobs.get() == 1 { 0 } else { (cores / how.jobs.get()).max(1) };
    let mut command = cell::command(plan, cell, how, threads, &state)?;
    let child = command.stdin(Stdio::null()).stdout(log).stderr(copy).spawn().map_err(Error::io("start", "a cell"))?;
    Ok(Running { cell, child: Some(child), tries })
}

/// Asks every running cell for a last checkpoint, waits, and says how to go on.
fn halt(running: Vec<Running<'_>>, plan: &Plan, screen: &Watch) -> u8 {
    let children: Vec<Child> = running.into_iter().filter_map(|one| one.child).collect();
    for child in &children {
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }
    for mut child in children {
        let _ = child.wait();
    }
    screen.say(&format!("stopped; run the same command again to go on ({})", plan.folder.display()));
    INTERRUPTED
}

/// Whether one more cell of the greatest need seen so far has room.
fn fits(need: u64) -> bool {
    has_room(field("/proc/meminfo", "MemAvailable:").unwrap_or(u64::MAX), need)
}

/// Whether a cell of a need has room in what is free, both in kiB. Before any need was seen, a second cell waits for none.
fn has_room(free: u64, need: u64) -> bool {
    need == 0 || free as f64 > ROOM * need as f64
}

/// Peak memory of a process in kiB.
fn peak(pid: u32) -> Option<u64> {
    field(&format!("/proc/{pid}/status"), "VmHWM:")
}

fn field(path: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_waits_for_room() {
        assert!(has_room(1_000, 0) && has_room(1_000, 700) && !has_room(1_000, 900));
        let own = peak(std::process::id()).unwrap();
        assert!(own > 1_000, "{own} kiB");
        assert!(fits(own) && !fits(u64::MAX / 2));
    }
}
