//! Rules that watch a run while nobody does: `[[watch]]` in the settings.
//!
//! They see what the log sees and ask for what a person could ask for, as `watch`: so that all they do is in the log, and
//! `applied` by the training thread like everything else. A rule speaks once, and again only after its case was over.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use saner_core::Result;
use saner_core::command::Verb;
use saner_core::event::{EpochSummary, Event, Outcome, Report, StepSample};
use saner_core::feed::{Feed, Sink};
use saner_core::rundir::RunDir;
use saner_core::state::Phase;

use crate::rule::{Do, Rule, When};

/// Steps over which medians are taken.
const STEPS: usize = 200;
/// Steps before a median says anything.
const FEW: usize = 20;
/// Between looks for a stall.
const LOOK: Duration = Duration::from_millis(500);

struct Armed {
    rule: Rule,
    bound: f64,
    /// Whether its case is on.
    spoken: bool,
}

/// All rules over one run.
pub struct Watch {
    run: RunDir,
    feed: Feed,
    command: Vec<String>,
    armed: Arc<Mutex<Vec<Armed>>>,
    losses: VecDeque<f32>,
    times: VecDeque<f64>,
    wall: Option<f64>,
    noisy: Vec<f64>,
    heard: Arc<Mutex<Instant>>,
}

impl Watch {
    /// Rules over a run; a thread looks for stalls where a rule does.
    ///
    /// # Errors
    /// A rule without the bound that it needs.
    pub fn new(run: &RunDir, feed: &Feed, rules: &[Rule], command: &[String]) -> Result<Self> {
        let arm = |rule: &Rule| Ok(Armed { bound: rule.bound()?, rule: rule.clone(), spoken: false });
        let armed = rules.iter().map(arm).collect::<Result<Vec<_>>>()?;
        let stalls = armed.iter().any(|one| one.rule.when == When::Stall);
        let watch = Self {
            run: run.clone(),
            feed: feed.clone(),
            command: command.to_vec(),
            armed: Arc::new(Mutex::new(armed)),
            losses: VecDeque::new(),
            times: VecDeque::new(),
            wall: None,
            noisy: Vec::new(),
            heard: Arc::new(Mutex::new(Instant::now())),
        };
        if stalls {
            watch.look_for_stalls();
        }
        Ok(watch)
    }

    fn look_for_stalls(&self) {
        let (feed, armed, heard) = (self.feed.clone(), self.armed.clone(), self.heard.clone());
        let (run, command) = (self.run.clone(), self.command.clone());
        std::thread::spawn(move || {
            while feed.read().is_active() {
                std::thread::sleep(LOOK);
                let quiet = heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed().as_secs_f64();
                let waits = matches!(feed.read().phase, Phase::Paused(_));
                speak(&armed, When::Stall, &feed, (&run, &command), |bound, _| {
                    (!waits && quiet > bound).then(|| format!("no step for {quiet:.0} s"))
                });
            }
        });
    }

    fn judge(&self, when: When, case: impl Fn(f64, &Rule) -> Option<String>) {
        speak(&self.armed, when, &self.feed, (&self.run, &self.command), case);
    }

    fn step(&mut self, sample: &StepSample) {
        let loss = sample.loss;
        self.judge(When::Loss, |bound, _| {
            let median = median(self.losses.iter().map(|loss| f64::from(*loss)))?;
            (f64::from(loss) > bound * median).then(|| format!("loss {loss:.3} is over {bound} × its median {median:.3}"))
        });
        if loss.is_finite() {
            push(&mut self.losses, loss);
        }
        if let Some(took) = self.wall.replace(sample.wall).map(|wall| sample.wall - wall) {
            self.judge(When::StepTime, |bound, _| {
                let usual = median(self.times.iter().copied())?;
                (took > bound * usual).then(|| format!("a step took {took:.2} s, over {bound} × the median {usual:.3} s"))
            });
            push(&mut self.times, took);
        }
    }

    fn epoch(&mut self, summary: &EpochSummary) {
        if let Some(noisy) = summary.noisy_acc {
            self.noisy.push(noisy);
        }
        self.judge(When::Noisy, |bound, rule| {
            let now = self.noisy.last()?;
            let before = self.noisy.len().checked_sub(rule.epochs + 1).map(|at| self.noisy[at])?;
            let points = 100.0 * (now - before);
            (points > bound)
                .then(|| format!("noisy accuracy rose by {points:.1} points in {} epochs: wrong labels are being memorised", rule.epochs))
        });
        let free = rustix::fs::statvfs(&self.run.path).map(|disk| disk.f_bavail as f64 * disk.f_frsize as f64 / (1u64 << 30) as f64);
        self.judge(When::Disk, |bound, _| {
            let free = free.ok()?;
            (free < bound).then(|| format!("only {free:.1} GiB are free for the run"))
        });
    }
}

impl Sink for Watch {
    fn take(&mut self, report: &Report) -> Result<()> {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        match report {
            Report::Step(sample) => self.step(sample),
            Report::Epoch(summary) => self.epoch(summary),
            Report::Event(record) => match &record.event {
                Event::NonFinite { tensor } => {
                    self.judge(When::Nonfinite, |_, _| Some(format!("not finite: {tensor}")));
                    self.judge(When::Nonfinite, |_, _| None);
                }
                Event::Finished { outcome } => {
                    let how = match outcome {
                        Outcome::Done => "done",
                        Outcome::Stopped => "stopped",
                        Outcome::NonFinite => "ended by a value that is not finite",
                    };
                    self.judge(When::End, |_, _| Some(format!("the run is {how}")));
                }
                Event::Failed { reason } => self.judge(When::End, |_, _| Some(format!("the run failed: {reason}"))),
                // What was seen of steps that are undone says nothing of those that come.
                Event::Restored { .. } => {
                    self.wall = None;
                    self.losses.clear();
                    self.noisy.truncate(record.epoch as usize);
                }
                // The first step behind a pause or a start is longer than others for reasons of its own.
                Event::Resumed | Event::Started(_) | Event::Saved(_) | Event::Evaluated { .. } => self.wall = None,
                _ => {}
            },
        }
        Ok(())
    }
}

/// Lets the rules of a kind speak, each once while its case is on.
fn speak(
    armed: &Mutex<Vec<Armed>>,
    when: When,
    feed: &Feed,
    (run, command): (&RunDir, &[String]),
    case: impl Fn(f64, &Rule) -> Option<String>,
) {
    for one in armed.lock().unwrap_or_else(PoisonError::into_inner).iter_mut().filter(|one| one.rule.when == when) {
        let found = case(one.bound, &one.rule);
        let was = std::mem::replace(&mut one.spoken, found.is_some());
        let Some(what) = found.filter(|_| !was) else { continue };
        tracing::warn!(target: "watch", "{what}");
        for act in &one.rule.acts {
            let verb = match act {
                Do::Note => Verb::Note(what.clone()),
                Do::Pause => Verb::Pause,
                Do::Rollback => Verb::Rollback { checkpoint: None },
                Do::Checkpoint => Verb::Checkpoint { note: Some(what.clone()) },
                Do::Notify => {
                    notify(run, command, &what);
                    continue;
                }
            };
            if let Err(reason) = feed.send("watch", verb) {
                tracing::warn!(target: "watch", "{act:?} was not possible: {reason}");
            }
        }
    }
}

/// Calls a person's command, with `{run}` and `{what}` filled in; nobody waits for it.
fn notify(run: &RunDir, command: &[String], what: &str) {
    let words: Vec<String> = command.iter().map(|word| word.replace("{run}", &run.id()).replace("{what}", what)).collect();
    let Some((program, rest)) = words.split_first() else {
        tracing::warn!(target: "watch", "nobody is notified: notify.command is empty in the settings");
        return;
    };
    let null = std::process::Stdio::null;
    match std::process::Command::new(program).args(rest).stdin(null()).stdout(null()).stderr(null()).spawn() {
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(fault) => tracing::warn!(target: "watch", "{program} cannot be called: {fault}"),
    }
}

fn push<T>(values: &mut VecDeque<T>, value: T) {
    values.push_back(value);
    if values.len() > STEPS {
        values.pop_front();
    }
}

/// The median, where there are enough values for one.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    (values.len() >= FEW).then(|| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    })
}

#[cfg(test)]
mod tests;
