//! The queue: so many cells at a time as were asked for and as fit in memory, until all are done or have failed.

use std::fs::File;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use saner_core::sweep::Cell;
use saner_core::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::cell::{self, State};
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
    bar: ProgressBar,
    tries: u32,
}

/// Runs every cell that is not done. 0: all are done; 1: some failed, and they were named; 130: interrupted.
pub fn run(plan: &Plan, how: &How) -> anyhow::Result<u8> {
    std::fs::create_dir_all(&plan.folder).map_err(Error::io("create", &plan.folder))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, stop.clone())?;
    }
    let states: Vec<State> = plan.cells.iter().map(|cell| plan.state(cell)).collect::<Result<_>>()?;
    let mut waiting: Vec<(&Cell, u32)> = Vec::new();
    let mut done = 0;
    for (cell, state) in plan.cells.iter().zip(states) {
        if matches!(state, State::Done(_)) { done += 1 } else { waiting.push((cell, 0)) }
    }
    let screen = Screen::new(plan, done);
    waiting.reverse();
    let (mut running, mut failed): (Vec<Running<'_>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut need = 0;
    while !(waiting.is_empty() && running.is_empty()) {
        if stop.load(Ordering::Relaxed) {
            return Ok(halt(running, plan));
        }
        if running.len() < how.jobs.get()
            && (running.is_empty() || fits(need))
            && let Some((cell, tries)) = waiting.pop()
        {
            running.push(begin(plan, cell, how, tries, &screen)?);
            continue;
        }
        std::thread::sleep(LOOK);
        let mut still = Vec::new();
        for mut one in running {
            need = need.max(one.child.as_ref().and_then(|child| peak(child.id())).unwrap_or(0));
            screen.follow(&one, plan);
            if one.child.as_mut().map_or(Ok(None), Child::try_wait)?.is_none() && alive(&one, plan)? {
                still.push(one);
                continue;
            }
            one.bar.finish_and_clear();
            match plan.state(one.cell)? {
                State::Done(_) => screen.ended(one.cell),
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
    screen.finish();
    if failed.is_empty() {
        return Ok(0);
    }
    complain(format!("{} of {} cells failed: {}", failed.len(), plan.cells.len(), failed.join(", ")));
    Ok(1)
}

/// Whether a cell is still being run, by whomever.
fn alive(one: &Running<'_>, plan: &Plan) -> Result<bool> {
    Ok(match one.child {
        Some(_) => true,
        None => matches!(plan.state(one.cell)?, State::Alive(_)),
    })
}

fn begin<'a>(plan: &Plan, cell: &'a Cell, how: &How, tries: u32, screen: &Screen) -> Result<Running<'a>> {
    let bar = screen.bar(cell);
    let state = plan.state(cell)?;
    if matches!(state, State::Alive(_)) {
        return Ok(Running { cell, child: None, bar, tries });
    }
    let path = plan.folder.join(format!("{}.log", cell.name));
    let log = File::options().create(true).append(true).open(&path).map_err(Error::io("open", &path))?;
    let copy = log.try_clone().map_err(Error::io("open", &path))?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let threads = if how.jobs.get() == 1 { 0 } else { (cores / how.jobs.get()).max(1) };
    let mut command = cell::command(plan, cell, how, threads, &state)?;
    let child = command.stdin(Stdio::null()).stdout(log).stderr(copy).spawn().map_err(Error::io("start", "a cell"))?;
    Ok(Running { cell, child: Some(child), bar, tries })
}

/// Asks every running cell for a last checkpoint, waits, and says how to go on.
fn halt(running: Vec<Running<'_>>, plan: &Plan) -> u8 {
    let children: Vec<Child> = running
        .into_iter()
        .filter_map(|one| {
            one.bar.finish_and_clear();
            one.child
        })
        .collect();
    for child in &children {
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }
    for mut child in children {
        let _ = child.wait();
    }
    complain(format!("stopped; run the same command again to go on ({})", plan.folder.display()));
    INTERRUPTED
}

/// Whether one more cell of the greatest need seen so far has room.
fn fits(need: u64) -> bool {
    let free = field("/proc/meminfo", "MemAvailable:").unwrap_or(u64::MAX);
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

/// What a person sees: bars on a terminal, lines elsewhere.
struct Screen {
    bars: MultiProgress,
    total: ProgressBar,
}

impl Screen {
    fn new(plan: &Plan, done: usize) -> Self {
        let bars = MultiProgress::new();
        let style =
            ProgressStyle::with_template("{prefix:24} {bar:30} {pos}/{len}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let total = bars.add(ProgressBar::new(plan.cells.len() as u64).with_style(style).with_prefix(plan.sweep.name.clone()));
        total.set_position(done as u64);
        let screen = Self { bars, total };
        screen.say(&format!("sweep {}: {} cells, {done} done, runs in {}", plan.sweep.name, plan.cells.len(), plan.folder.display()));
        screen
    }

    fn bar(&self, cell: &Cell) -> ProgressBar {
        let bar = ProgressBar::new(u64::from(cell.spec.schedule.epochs)).with_style(self.total.style()).with_prefix(cell.name.clone());
        self.bars.add(bar)
    }

    /// Shows how far a cell's run is, as its folder tells.
    fn follow(&self, one: &Running<'_>, plan: &Plan) {
        if self.total.is_hidden() {
            return;
        }
        let Ok(State::Alive(run)) = plan.state(one.cell) else { return };
        let Ok(state) = crate::view::fold(&run) else { return };
        if let Some(last) = state.epochs.last() {
            one.bar.set_position(u64::from(last.epoch) + 1);
            let noisy = last.noisy_acc.map_or(String::new(), |noisy| format!(", noisy {:.1}", 100.0 * noisy));
            one.bar.set_message(format!("test {:.1}{noisy}", 100.0 * last.eval_acc));
        }
    }

    fn ended(&self, cell: &Cell) {
        self.total.inc(1);
        self.say(&format!("{} done, {} of {}", cell.name, self.total.position(), self.total.length().unwrap_or(0)));
    }

    fn failed(&self, cell: &Cell, why: &str, plan: &Plan) -> String {
        self.say(&format!("{} failed: {why}; see {}", cell.name, plan.folder.join(format!("{}.log", cell.name)).display()));
        cell.name.clone()
    }

    /// A line that stays.
    fn say(&self, line: &str) {
        if self.total.is_hidden() {
            complain(line);
        } else {
            let _ = self.bars.println(line);
        }
    }

    fn finish(&self) {
        self.total.finish_and_clear();
    }
}
