//! The first and last words of a run, and the end of an epoch.

use std::time::Instant;

use burn_tensor::Tensor;
use saner_core::data::Samples;
use saner_core::event::{EpochSummary, Fork};
use saner_core::metric::BatchScore;
use saner_core::mixture;
use saner_core::rundir::replace;
use saner_core::samples::{self, SampleStats};
use saner_core::sheet;
use saner_core::start::Seen;

use super::{End, Event, Flow, Header, Leave, Outcome, Report, Trainer, Trains};
use crate::exam::Exam;
use crate::kernels::Views;
use crate::optim::Trace;
use crate::passes::Inner;

impl<A: Trains> Trainer<A> {
    /// Reports the start, and writes the first checkpoint where it is wanted.
    pub(super) fn begin(&mut self, resumed: Option<(String, u64)>, device: String) -> Flow {
        let header = Header {
            run: self.run.id(),
            spec: self.spec.as_ref().clone(),
            device,
            version: env!("CARGO_PKG_VERSION").into(),
            steps_per_epoch: self.data.steps_per_epoch(),
            total_steps: self.total_steps(),
            parameters: self.net.params.len() as u64,
            layers: self.net.params.slots.iter().map(|slot| slot.name.clone()).collect(),
            samples: self.data.set.train.len() as u64,
            flipped: self.data.flips.count() as u64,
            data_note: self.data.set.note.clone(),
            fork: self.parent.clone().map(|parent| {
                let cursor = &self.cursor;
                Box::new(Fork { parent, knobs: cursor.knobs(), plan: cursor.plan.clone(), tuned: cursor.tuned })
            }),
        };
        self.event("engine", Event::Started(Box::new(header)))?;
        let fresh = resumed.is_none();
        if let Some((checkpoint, superseded)) = resumed {
            self.event("engine", Event::Restored { checkpoint, superseded })?;
        }
        for (id, by) in std::mem::take(&mut self.unanswered) {
            self.event(&by, Event::Rejected { id, reason: "the process that took it ended before a step used it".into() })?;
        }
        if fresh && self.spec.checkpoint.at_start {
            self.save_named("start", None, None, "auto")?;
        }
        self.since = Instant::now();
        Ok(())
    }

    /// Test pass, the epoch's line, then best and periodic checkpoints.
    pub(super) fn end_epoch(&mut self) -> Flow {
        self.tick();
        let train_s = self.cursor.epoch_wall;
        let test = self.test([&self.weights.w, &self.weights.running]);
        let average = [Trace::Average, Trace::AverageRunning].map(|trace| self.weights.traces.get(&trace));
        let ema_acc = if let [Some(w), Some(running)] = average { Some(self.test([w, running]).acc()) } else { None };
        let val_acc = self.data.set.held.as_ref().map(|held| {
            let exam = self.exam(&held.samples, &held.given, self.seen.held.as_ref());
            exam.score(&self.net, [&self.weights.w, &self.weights.running]).acc()
        });
        let separation = if self.wants_losses() { mixture::separation(&self.cursor.epoch_losses) } else { None };
        let samples = self.look_at_samples()?;
        self.tick();
        let (train, dominance) = (self.cursor.epoch_score, self.cursor.epoch_dominance.mean());
        let is_best = self.cursor.best_acc.is_none_or(|best| test.acc() > best);
        let best_acc = self.cursor.best_acc.map_or(test.acc(), |best| best.max(test.acc()));
        let summary = EpochSummary {
            epoch_end: true,
            step: self.cursor.step,
            epoch: self.cursor.epoch,
            wall: self.cursor.wall,
            loss: train.loss(),
            acc: train.acc(),
            clean_acc: train.clean_acc(),
            noisy_acc: train.noisy_acc(),
            eval_acc: test.acc(),
            eval_loss: test.loss(),
            best_acc,
            val_acc,
            ema_acc,
            separation,
            gap_clean_noisy: train.clean_acc().zip(train.noisy_acc()).map(|(clean, noisy)| clean - noisy),
            gap_generalization: train.acc() - test.acc(),
            p_noise: dominance.map(|d| d.p_noise),
            p_clean: dominance.map(|d| d.p_clean),
            p_r: dominance.and_then(saner_core::dominance::Dominance::p_r),
            epoch_s: self.cursor.epoch_wall,
            images_per_s: train.n as f64 / train_s.max(1e-9),
            samples,
        };
        let seen = Seen { p_r: summary.p_r, train_acc: summary.acc, val_acc, separation };
        self.link.send(Report::Epoch(Box::new(summary)))?;
        self.tell_lost()?;
        self.look_at(seen)?;
        self.cursor.epoch_losses.clear();
        self.cursor.epoch += 1;
        self.cursor.batch = 0;
        self.cursor.epoch_wall = 0.0;
        self.cursor.epoch_score = Default::default();
        self.cursor.epoch_dominance = Default::default();
        (self.cursor.best_acc, self.cursor.last_acc) = (Some(best_acc), Some(test.acc()));
        if is_best {
            self.save_best()?;
        }
        let every = self.spec.checkpoint.every;
        if every > 0 && self.cursor.epoch.is_multiple_of(every) && self.cursor.step < self.total_steps() {
            self.save_named("epoch", None, None, "auto")?;
        }
        self.since = Instant::now();
        Ok(())
    }

    /// Looks at every training sample, where it is time for that; all of them go into `samples.csv`, their sum into the log.
    fn look_at_samples(&mut self) -> Flow<Option<Box<SampleStats>>> {
        let every = self.spec.probe.samples_every;
        let (epoch, last) = (self.cursor.epoch + 1, self.cursor.epoch + 1 == self.spec.schedule.epochs);
        if every == 0 || !(last || epoch.is_multiple_of(every)) {
            return Ok(None);
        }
        let (set, flips) = (&self.data.set, &self.data.flips);
        let point = [&self.weights.w, &self.weights.running];
        let verdicts = self.exam(&set.train, &flips.given, self.seen.train.as_ref()).verdicts(&self.net, point);
        let truth = flips.known.then_some(set.train.labels.as_slice());
        let labels = (flips.given.as_slice(), truth);
        let stats = samples::stats(&verdicts, &set.train.index, labels, set.classes.len());
        let written = replace(&self.run.samples(), samples::csv(&verdicts, &set.train.index, labels).as_bytes());
        let drawn = sheet::write(&self.run, self.cursor.epoch, &set.train, &stats.disputed);
        if let Err(fault) = written {
            self.event("engine", Event::Warning { text: format!("samples.csv was not written: {fault}") })?;
        }
        if let Err(fault) = drawn {
            self.event("engine", Event::Warning { text: fault.to_string() })?;
        }
        Ok(Some(Box::new(stats)))
    }

    /// Lets the start rule see a finished epoch; the ramp begins with the next one.
    fn look_at(&mut self, seen: Seen) -> Flow {
        if !self.cursor.plan.waiting {
            return Ok(());
        }
        let (epoch, rule) = (self.cursor.epoch, self.spec.method.start);
        let Some(why) = self.cursor.starter.observe(&self.spec.method, self.spec.noise.rate, epoch, seen) else { return Ok(()) };
        self.cursor.plan.begin(f64::from(epoch + 1));
        let mark = self.next_mark('s');
        self.event("auto", Event::RampStarted { mark, epoch: epoch + 1, rule, why })
    }

    /// Score on the test set of weights and running statistics.
    pub(super) fn test(&self, point: [&Tensor<Inner<A>, 1>; 2]) -> BatchScore {
        let test = &self.data.set.test;
        self.exam(test, &test.labels, self.seen.test.as_ref()).score(&self.net, point)
    }

    fn exam<'a>(&'a self, samples: &'a Samples, labels: &'a [u8], seen: Option<&'a Views<Inner<A>>>) -> Exam<'a, Inner<A>> {
        Exam { set: &self.data.set, samples, labels, lost: &self.data.lost, seen, device: &self.device }
    }

    /// Last checkpoint and last event.
    pub(super) fn end(&mut self, left: Leave) -> End {
        let outcome = match left {
            Leave::Outcome(outcome) => outcome,
            Leave::Failed(reason) | Leave::RolledBack(reason, _) => return End::Failed(reason),
            Leave::Unrecorded => {
                // Nobody writes the log any more, but the weights can still be saved.
                while matches!(self.writer.next(true), Ok(Some(_))) {}
                let saved = self.write_now("stop", format!("step-{:08}", self.cursor.step));
                let reason = saved.err().map_or("a last checkpoint was written".to_owned(), |fault| fault.to_string());
                return End::Failed(format!("the log could not be written any more; {reason}"));
            }
        };
        let written = self.report_written(true);
        if let Err(Leave::Failed(reason)) = written {
            return End::Failed(reason);
        }
        let reason = if outcome == Outcome::Done { "end" } else { "stop" };
        let saved = if self.saved_at == Some(self.cursor.step) { Ok(()) } else { self.save_or_say(reason) };
        let _ = self.event("engine", Event::Finished { outcome });
        match (saved, outcome) {
            (Err(reason), _) => End::Failed(format!("the last checkpoint could not be written: {reason}")),
            (Ok(()), Outcome::Done) => End::Done,
            (Ok(()), Outcome::Stopped) => End::Stopped,
            (Ok(()), Outcome::NonFinite) => End::NonFinite,
        }
    }
}
