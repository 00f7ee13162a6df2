//! Epochs: train, evaluate, schedule, checkpoint, report. The loop state is the cursor; everything else is derived.

mod answer;
mod epoch;
mod first;
mod rollback;
mod save;
mod settle;
mod start;
mod writer;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use saner_core::command::Command;
use saner_core::desk::{Desk, Wanted};
use saner_core::event::{Event, Header, Outcome, Record, Report};
use saner_core::knob::Knob;
use saner_core::manifest::Cursor;
use saner_core::rundir::RunDir;
use saner_core::schedule;
use saner_core::spec::{Spec, StartRule};

use crate::batch::{HostBatch, Lost, Seen, TrainingSet};
use crate::checkpoint::{self, Numbers};
use crate::kernels::{Pair, Trains};
use crate::link::{Link, Unrecorded};
use crate::model::Net;
use crate::optim::{Family, Rates};
use crate::passes::Inner;
use crate::step::{Step, Weights, second_gradient, step};
use settle::{Pending, Point};
pub use start::{End, Intervention, OnNonFinite, Setup, Start};
use writer::Writer;

/// Why the loop was left.
enum Leave {
    Outcome(Outcome),
    Unrecorded,
    Failed(String),
    /// The run stands at a checkpoint again: why, and by whom.
    RolledBack(String, String),
}

impl From<Unrecorded> for Leave {
    fn from(_: Unrecorded) -> Self {
        Self::Unrecorded
    }
}

type Flow<T = ()> = Result<T, Leave>;

/// A change that acts, and the value before it.
type Applied = (Wanted, f64);

/// The whole state of a training run.
struct Trainer<A: Trains> {
    net: Arc<Net>,
    data: TrainingSet,
    spec: Arc<Spec>,
    device: <A as burn_tensor::backend::BackendTypes>::Device,
    weights: Weights<Inner<A>>,
    seen: Seen<Inner<A>>,
    cursor: Cursor,
    run: RunDir,
    link: Link,
    on_non_finite: OnNonFinite,
    /// Steps that were queued on the device and not yet read.
    pending: VecDeque<Pending>,
    /// How many may wait.
    lag: usize,
    batches: Receiver<HostBatch>,
    writer: Writer,
    interventions: Vec<Intervention>,
    /// Step from which on they are still to be made.
    intervened: u64,
    parent: Option<String>,
    unanswered: Vec<(u64, String)>,
    desk: Desk,
    /// Changes of queued steps that were forgotten: they act on, and the next step reports them.
    late: Vec<Applied>,
    /// Start of the time that is not yet in the cursor's `wall`.
    since: Instant,
    /// Step of the newest checkpoint.
    saved_at: Option<u64>,
}

/// Trains until the run ends. `lag` steps may be queued before a number is read.
pub fn train<A: Trains>(setup: Setup, device: <A as burn_tensor::backend::BackendTypes>::Device, lag: usize) -> End {
    let resumed = setup.start.resume.as_ref().map(|(verified, superseded)| (verified.manifest.name.clone(), *superseded));
    let sentence = setup.start.device.clone();
    let mut trainer = match Trainer::<A>::new(setup, device, lag) {
        Ok(trainer) => trainer,
        Err(reason) => return End::Failed(reason),
    };
    let left = trainer.begin(resumed, sentence).and_then(|()| trainer.run()).unwrap_or_else(|leave| leave);
    trainer.end(left)
}

/// Unix time in seconds.
pub fn clock() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

impl<A: Trains> Trainer<A> {
    fn new(setup: Setup, device: <A as burn_tensor::backend::BackendTypes>::Device, lag: usize) -> Result<Self, String> {
        let Setup { start, link } = setup;
        let spec = Arc::new(start.spec);
        let net = Arc::new(Net::new(&spec.model, start.set.classes.len(), start.set.train.side));
        let (numbers, cursor) = match &start.resume {
            Some((verified, _)) => {
                (checkpoint::numbers(verified, &net, &spec).map_err(|fault| fault.to_string())?, verified.manifest.cursor.clone())
            }
            None => (Numbers::start(&net, &spec), first::cursor(&spec)),
        };
        let weights = Weights::new(numbers, &device);
        let seen = Seen::of(&start.set, &device);
        let data = TrainingSet {
            lost: Lost::default(),
            set: start.set,
            flips: start.flips,
            spec: spec.data.clone(),
            seed: spec.seed,
            resident: seen.train.is_some(),
        };
        let batches = data.prefetch(cursor.epoch, cursor.batch, spec.schedule.epochs);
        Ok(Self {
            writer: Writer::new(start.run.clone(), net.clone(), spec.as_ref().clone()),
            saved_at: start.resume.map(|_| cursor.step),
            net,
            data,
            spec,
            device,
            weights,
            seen,
            intervened: cursor.step,
            cursor,
            link,
            lag,
            batches,
            run: start.run,
            on_non_finite: start.on_non_finite,
            interventions: start.interventions,
            parent: start.parent,
            unanswered: start.unanswered,
            pending: VecDeque::new(),
            desk: Desk::default(),
            late: Vec::new(),
            since: Instant::now(),
        })
    }

    fn total_steps(&self) -> u64 {
        let all = self.data.steps_per_epoch() * u64::from(self.spec.schedule.epochs);
        match self.spec.schedule.max_steps {
            0 => all,
            limit => limit.min(all),
        }
    }

    fn run(&mut self) -> Flow<Leave> {
        let mut rolled_back: Option<(String, String)> = None;
        loop {
            let left = match rolled_back.take() {
                Some((reason, by)) => self.pause(reason, &by).and_then(|()| self.run_on()),
                None => self.run_on(),
            };
            match left {
                Err(Leave::RolledBack(reason, by)) => rolled_back = Some((reason, by)),
                other => return other,
            }
        }
    }

    /// Steps until the run ends, or goes back to a checkpoint.
    fn run_on(&mut self) -> Flow<Leave> {
        loop {
            self.answer_commands()?;
            if self.cursor.step >= self.total_steps() {
                self.settle_all()?;
                if self.cursor.batch > 0 && self.cursor.step >= self.total_steps() {
                    self.evaluate_on_command("engine")?;
                }
                if self.cursor.step >= self.total_steps() {
                    return Ok(Leave::Outcome(Outcome::Done));
                }
            }
            self.one_step()?;
            self.report_written(false)?;
            if self.pending.len() > self.lag {
                self.settle_one()?;
            }
            if self.cursor.batch == self.data.steps_per_epoch() {
                self.settle_all()?;
                if self.cursor.batch == self.data.steps_per_epoch() {
                    self.end_epoch()?;
                }
            }
        }
    }

    /// Queues one step with its probes; reads nothing.
    fn one_step(&mut self) -> Flow {
        let host = self.batches.recv().map_err(|_| Leave::Failed("the batch thread ended early".into()))?;
        let mut batch = host.to_device::<Inner<A>>(&self.device, self.seen.train.as_ref());
        batch.smoothing = self.spec.schedule.label_smoothing;
        self.intervene()?;
        let applied = [std::mem::take(&mut self.late), self.take_wanted()].concat();
        let rates = self.rates();
        let (spec, net) = (self.spec.clone(), self.net.clone());
        let family = Family::new(&spec, &net.params);
        let (at, last) = (self.cursor.step, self.cursor.batch + 1 == self.data.steps_per_epoch());
        let due = |every: u64| every > 0 && at % every == 0;
        let groups_due = last || due(self.spec.probe.groups_every);
        let dominance_due = due(self.spec.probe.dominance_every) && batch.n_flipped > 0 && batch.n_flipped < batch.n;
        let w_before = self.weights.w.clone();
        let Step { stats, g, s, kept } = step::<A>(&net, &family, &mut self.weights, &batch, &rates, dominance_due);
        let probed = groups_due || dominance_due;
        let s = s.or_else(|| probed.then(|| second_gradient::<A>(&net, &family, &w_before, &g, &batch, &rates)));
        let pair = s.as_ref().filter(|_| probed).map(|s| Pair { g: &g, s });
        let point = Point { batch: &batch, w: &w_before, kept };
        let pending = Pending::queue::<A, _>(self, point, pair, (groups_due, dominance_due), stats, rates, applied);
        self.pending.push_back(pending);
        self.cursor.step += 1;
        self.cursor.batch += 1;
        Ok(())
    }

    /// Where the run stands, in epochs.
    fn position(&self) -> f64 {
        f64::from(self.cursor.epoch) + self.cursor.batch as f64 / self.data.steps_per_epoch() as f64
    }

    /// What the schedule gives the step that begins.
    fn rates(&self) -> Rates {
        let (schedule, cursor) = (&self.spec.schedule, &self.cursor);
        let end = self.position() + 1.0 / self.data.steps_per_epoch() as f64;
        Rates {
            step: cursor.step,
            lr: schedule::lr(schedule, cursor.epoch, end, cursor.lr_scale),
            rho: cursor.rho,
            alpha: cursor.plan.at(self.position()),
            others: cursor.group_scale,
        }
    }

    /// Whether the ramp waits for a rule that looks at the losses of single samples.
    fn wants_losses(&self) -> bool {
        self.cursor.plan.waiting && self.spec.method.start == StartRule::Mixture
    }

    fn event(&mut self, by: &str, event: Event) -> Flow {
        let step = self.cursor.step;
        self.event_at(step, by, event)
    }

    fn event_at(&mut self, step: u64, by: &str, event: Event) -> Flow {
        let seq = self.cursor.next_event;
        self.cursor.next_event += 1;
        self.event_as(seq, step, by, event)
    }

    fn event_as(&self, seq: u64, step: u64, by: &str, event: Event) -> Flow {
        let epoch = (step / self.data.steps_per_epoch().max(1)) as u32;
        let record = Record { seq, time: clock(), step, epoch, by: by.into(), event };
        Ok(self.link.send(Report::Event(Box::new(record)))?)
    }

    /// Says which image files broke since the run read them.
    fn tell_lost(&mut self) -> Flow {
        for broken in self.data.lost.take() {
            let text = format!("{} cannot be decoded any more ({}); it is used as a black image", broken.path.display(), broken.why);
            self.event("engine", Event::Warning { text })?;
        }
        Ok(())
    }

    fn next_mark(&mut self, letter: char) -> String {
        self.cursor.next_mark += 1;
        format!("{letter}{}", self.cursor.next_mark)
    }

    /// Moves the time since the last call into the run's clock.
    fn tick(&mut self) {
        let passed = self.since.elapsed().as_secs_f64();
        self.since = Instant::now();
        self.cursor.wall += passed;
        self.cursor.epoch_wall += passed;
    }
}
