//! Reads what a queued step left on the device, some steps later, and reports it.

use burn_tensor::Tensor;
use burn_tensor::backend::Backend;
use saner_core::event::{Event, Outcome, Report, StepSample};

use super::{Applied, Flow, Leave, OnNonFinite, Trainer, Wanted};
use crate::batch::Batch;
use crate::kernels::{Compute, Pair, Trains};
use crate::model::layer::Kept;
use crate::optim::{Family, Rates};
use crate::passes::Inner;
use crate::probe::{Dominance, Groups, first_non_finite};
use crate::step::{Reading, Stats};

/// A step that was queued and not yet read.
pub struct Pending {
    asked: Asked,
    stats: Reading,
    groups: Option<Groups>,
    dominance: Option<Dominance>,
}

/// What a queued step was made with.
struct Asked {
    step: u64,
    epoch: u32,
    batch: u64,
    rates: Rates,
    target: f64,
    k: f64,
    plan_end: f64,
    applied: Vec<Applied>,
}

/// Where a step began: what its probes look at.
pub struct Point<'a, B: Backend> {
    /// Its batch.
    pub batch: &'a Batch<B>,
    /// Its weights.
    pub w: &'a Tensor<B, 1>,
    /// What its first pass gave, if kept.
    pub kept: Option<Kept<B>>,
}

impl Pending {
    /// The changes that its step was the first to use.
    pub(super) fn into_applied(self) -> Vec<Applied> {
        self.asked.applied
    }

    /// Queues the probes of a step and keeps what its report will need.
    #[allow(clippy::too_many_arguments, reason = "one call site; a struct would only rename the arguments")]
    pub(super) fn queue<A, B>(
        trainer: &Trainer<A>,
        point: Point<'_, B>,
        pair: Option<Pair<'_, B>>,
        due: (bool, bool),
        stats: Stats<B>,
        rates: Rates,
        applied: Vec<Applied>,
    ) -> Self
    where
        A: Trains<InnerBackend = B>,
        B: Compute,
    {
        let cursor = &trainer.cursor;
        Self {
            asked: Asked {
                step: cursor.step,
                epoch: cursor.epoch,
                batch: cursor.batch,
                rates,
                target: cursor.plan.target,
                k: cursor.plan.k,
                plan_end: cursor.plan.end(),
                applied,
            },
            stats: stats.later(trainer.wants_losses()),
            groups: pair.filter(|_| due.0).map(|pair| Groups::measure(&trainer.net.params, pair)),
            dominance: pair.filter(|_| due.1).map(|pair| {
                let part = Some(trainer.spec.method.m).filter(|m| *m > 0).unwrap_or(point.batch.n);
                Dominance::measure::<A, B>(&trainer.net, point.w, pair, (point.batch, part), point.kept)
            }),
        }
    }
}

impl<A: Trains> Trainer<A> {
    /// Reads and reports every queued step.
    pub(super) fn settle_all(&mut self) -> Flow {
        while !self.pending.is_empty() {
            self.settle_one()?;
        }
        Ok(())
    }

    /// Reads and reports the oldest queued step. Reads scalars: waits for the device up to that step.
    pub(super) fn settle_one(&mut self) -> Flow {
        let Some(Pending { asked, mut stats, groups, dominance }) = self.pending.pop_front() else { return Ok(()) };
        let losses = stats.losses.take();
        let (mut score, alive) = stats.read();
        if !self.data.flips.known {
            // Nobody knows which labels are wrong, so none counts as clean.
            (score.clean, score.clean_correct) = (0, 0);
        }
        self.tick();
        let mut sample = StepSample {
            step: asked.step,
            epoch: asked.epoch,
            wall: self.cursor.wall,
            loss: score.loss() as f32,
            acc: score.acc() as f32,
            clean_acc: score.clean_acc().map(|v| v as f32),
            noisy_acc: score.noisy_acc().map(|v| v as f32),
            alpha: asked.rates.alpha,
            alpha_target: asked.target,
            k: asked.k,
            rho: asked.rates.rho,
            lr: asked.rates.lr,
            alpha_a: Some(asked.rates.others[0]).filter(|factor| *factor != 1.0),
            alpha_c: Some(asked.rates.others[1]).filter(|factor| *factor != 1.0),
            ..StepSample::default()
        };
        if alive {
            self.cursor.epoch_score.add(&score);
            if let Some(losses) = losses.filter(|_| self.wants_losses()) {
                self.cursor.epoch_losses.extend(losses.read().into_iter().map(|loss| loss as f32));
            }
            self.read_probes((groups, dominance), &mut sample);
        }
        self.link.send(Report::Step(Box::new(sample)))?;
        self.tell_lost()?;
        for (wanted, from) in &asked.applied {
            self.report_applied(&asked, wanted, *from)?;
        }
        if alive { Ok(()) } else { self.non_finite(&asked) }
    }

    fn read_probes(&mut self, (groups, dominance): (Option<Groups>, Option<Dominance>), sample: &mut StepSample) {
        if let Some(groups) = groups {
            let shares = groups.read(&self.net.params);
            (sample.group_a, sample.group_b, sample.group_c) = (Some(shares.all.a), Some(shares.all.b), Some(shares.all.c));
            (sample.grad_norm, sample.grad_adv_norm) = (Some(shares.norms[0]), Some(shares.norms[1]));
            sample.layers = shares.layers;
        }
        if let Some(fractions) = dominance.and_then(|dominance| dominance.read().fractions()) {
            self.cursor.epoch_dominance.push(fractions);
            (sample.p_noise, sample.p_clean) = (Some(fractions.p_noise as f32), Some(fractions.p_clean as f32));
            sample.p_r = fractions.p_r().map(|v| v as f32);
        }
    }

    fn report_applied(&mut self, asked: &Asked, wanted: &Wanted, from: f64) -> Flow {
        use saner_core::knob::Knob;
        let mark = self.next_mark(wanted.knob.row().mark);
        let effective = match wanted.knob {
            Knob::Alpha | Knob::K => asked.rates.alpha,
            Knob::Rho => asked.rates.rho,
            Knob::LrScale => asked.rates.lr,
            Knob::AlphaA => asked.rates.others[0],
            Knob::AlphaC => asked.rates.others[1],
        };
        let event = Event::Applied {
            id: wanted.id,
            mark,
            knob: wanted.knob,
            from,
            to: wanted.to,
            asked_step: wanted.asked_step,
            effective,
            change: self.spec.method.change,
            plan_end: asked.plan_end,
        };
        self.event_at(asked.step, &wanted.by, event)
    }

    /// The update of this step was skipped on the device, and so was every later queued one: forget those, say which
    /// tensor it was, and wait for a person, or end with a checkpoint from before it.
    fn non_finite(&mut self, asked: &Asked) -> Flow {
        self.late.extend(self.pending.drain(..).flat_map(Pending::into_applied));
        (self.cursor.step, self.cursor.epoch, self.cursor.batch) = (asked.step, asked.epoch, asked.batch);
        let order = self.data.order(asked.epoch);
        let batch = self.data.batch(&order, asked.epoch, asked.batch).to_device::<Inner<A>>(&self.device, self.seen.train.as_ref());
        let family = Family::new(&self.spec, &self.net.params);
        let tensor = first_non_finite::<A>(&self.net, &family, &self.weights, &batch, &asked.rates);
        self.event("engine", Event::NonFinite { tensor: tensor.clone() })?;
        self.weights.alive = self.weights.alive.clone() * 0.0 + 1.0;
        if self.on_non_finite == OnNonFinite::Stop {
            self.batches = self.data.prefetch(asked.epoch, asked.batch, self.spec.schedule.epochs);
            self.save_named("non-finite", None, None, "engine")?;
            return Err(Leave::Outcome(Outcome::NonFinite));
        }
        self.cursor.step += 1;
        self.cursor.batch += 1;
        self.batches = self.data.prefetch(self.cursor.epoch, self.cursor.batch, self.spec.schedule.epochs);
        self.pause(format!("{tensor} is not finite; the update was skipped"), "engine")
    }
}
