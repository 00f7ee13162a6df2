//! The one reducer: everything a screen or a printer may show, folded from reports.
//!
//! Total: any report is legal in any state. Two logs with equal reports give equal states.

mod clock;
mod plan;
mod rewind;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::event::{EpochSummary, Event, Header, Outcome, Record, Report, StepSample};
use crate::knob::{Knob, N_KNOBS};
use crate::samples::SampleStats;
use crate::schedule::AlphaPlan;
use crate::series::Series;
pub use crate::series::{METRICS, Metric, N_METRICS};

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing was heard yet.
    #[default]
    Starting,
    /// Steps are made.
    Running,
    /// Standing still, and why.
    Paused(String),
    /// Ended as it should.
    Ended(Outcome),
    /// Broke, and why.
    Failed(String),
}

/// A mark on the charts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Mark {
    /// Step it stands at.
    pub step: u64,
    /// Label, as `a2` or `C3`.
    pub label: String,
}

/// The state of a run as far as anybody outside the engine needs it.
#[derive(Debug, Clone, Default)]
pub struct RunState {
    /// Where the run stands.
    pub phase: Phase,
    /// What was known at the start.
    pub header: Option<Box<Header>>,
    /// Curves, by [`Metric`].
    pub series: [Series; N_METRICS],
    /// Newest step.
    pub step: Option<StepSample>,
    /// Newest shares with the step they were measured at.
    pub shares: Option<(u64, [f32; 3])>,
    /// Newest shares of each parameter tensor.
    pub layers: Vec<[f32; 3]>,
    /// Share of Group B of each parameter tensor at the newest measurement of each epoch.
    pub layer_epochs: Vec<(u32, Vec<f32>)>,
    /// What the network thought of each training sample when that was looked at last, and the epoch, from 0.
    pub samples: Option<(u32, Box<SampleStats>)>,
    /// Newest p_noise, p_clean and p_r.
    pub dominance: Option<[f32; 3]>,
    /// Newest norms of g and s.
    pub norms: Option<[f32; 2]>,
    /// Finished epochs.
    pub epochs: Vec<EpochSummary>,
    /// Everything that happened.
    pub events: Vec<Record>,
    /// Marks on the charts.
    pub marks: Vec<Mark>,
    /// Values of the knobs as they were last applied, by [`Knob`].
    pub knobs: [f64; N_KNOBS],
    /// Plan of alpha, with live changes.
    pub plan: Option<AlphaPlan>,
    /// Applied live changes: such a run is not a fixed-recipe run.
    pub tuned: u32,
    /// How often it went on from a checkpoint.
    pub rewinds: u32,
    /// What reading the log complained of.
    pub complaints: Vec<String>,
    /// Newest steps with their time in seconds, for the rate.
    pub(crate) pace: VecDeque<(u64, f64)>,
}

/// Newest events among which a repeated one is looked for.
const REPEATS: usize = 256;
/// Steps over which the rate is taken.
const PACE: usize = 64;

impl RunState {
    /// A curve.
    pub fn curve(&self, metric: Metric) -> &Series {
        &self.series[metric as usize]
    }

    /// Value of a knob as last applied.
    pub fn knob(&self, knob: Knob) -> f64 {
        self.knobs[knob as usize]
    }

    /// Steps of an epoch; 1 before that is known.
    pub fn steps_per_epoch(&self) -> u64 {
        self.header.as_ref().map_or(1, |header| header.steps_per_epoch.max(1))
    }

    /// Steps done so far.
    pub fn steps_done(&self) -> u64 {
        self.step.as_ref().map_or(0, |sample| sample.step + 1)
    }

    /// Whether the run still makes or may make steps.
    pub fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Starting | Phase::Running | Phase::Paused(_))
    }

    /// Seconds of a step, over the newest ones; test passes and probes among them count.
    pub fn secs_per_step(&self) -> Option<f64> {
        let (first, last) = (self.pace.front()?, self.pace.back()?);
        (last.0 > first.0).then(|| (last.1 - first.1) / (last.0 - first.0) as f64)
    }

    /// Seconds left.
    pub fn secs_left(&self) -> Option<f64> {
        let total = self.header.as_ref()?.total_steps;
        Some(self.secs_per_step()? * total.saturating_sub(self.steps_done()) as f64)
    }

    /// Number of the next event and of the next mark, for a run that goes on.
    pub fn next_numbers(&self) -> (u64, u32) {
        let number = |mark: &Mark| mark.label.get(1..).and_then(|digits| digits.parse::<u32>().ok());
        (self.events.len() as u64, self.marks.iter().filter_map(number).max().unwrap_or(0))
    }

    /// Folds a report unless it was folded already, as of somebody who is told the newest twice; whether it was news.
    pub fn hear(&mut self, report: &Report) -> bool {
        let known = match report {
            Report::Step(sample) => self.step.as_ref().is_some_and(|newest| sample.step <= newest.step),
            Report::Epoch(summary) => self.epochs.last().is_some_and(|newest| summary.epoch <= newest.epoch),
            Report::Event(record) => self.events.iter().rev().take(REPEATS).any(|known| known == record.as_ref()),
        };
        if !known {
            self.apply(report);
        }
        !known
    }

    /// Folds one report.
    pub fn apply(&mut self, report: &Report) {
        match report {
            Report::Step(sample) => self.step_made(sample),
            Report::Epoch(summary) => self.epoch_ended(summary),
            Report::Event(record) => self.happened(record),
        }
    }

    fn step_made(&mut self, sample: &StepSample) {
        if self.phase == Phase::Starting {
            self.phase = Phase::Running;
        }
        let step = sample.step;
        let optional = [
            (Metric::CleanAcc, sample.clean_acc),
            (Metric::NoisyAcc, sample.noisy_acc),
            (Metric::GroupA, sample.group_a),
            (Metric::GroupB, sample.group_b),
            (Metric::GroupC, sample.group_c),
            (Metric::GradNorm, sample.grad_norm),
            (Metric::GradAdvNorm, sample.grad_adv_norm),
            (Metric::PR, sample.p_r),
            (Metric::PNoise, sample.p_noise),
            (Metric::PClean, sample.p_clean),
        ];
        for (metric, value) in optional {
            if let Some(value) = value {
                self.series[metric as usize].push(step, value);
            }
        }
        self.series[Metric::Loss as usize].push(step, sample.loss);
        self.series[Metric::Alpha as usize].push(step, sample.alpha as f32);
        self.series[Metric::Lr as usize].push(step, sample.lr as f32);
        self.series[Metric::Wall as usize].push(step, sample.wall as f32);
        if self.pace.back().is_some_and(|last| last.0 >= step || last.1 > sample.wall) {
            self.pace.clear();
        }
        self.pace.push_back((step, sample.wall));
        if self.pace.len() > PACE {
            self.pace.pop_front();
        }
        if let (Some(a), Some(b), Some(c)) = (sample.group_a, sample.group_b, sample.group_c) {
            self.shares = Some((step, [a, b, c]));
        }
        if let (Some(noise), Some(clean), Some(r)) = (sample.p_noise, sample.p_clean, sample.p_r) {
            self.dominance = Some([noise, clean, r]);
        }
        if let (Some(g), Some(s)) = (sample.grad_norm, sample.grad_adv_norm) {
            self.norms = Some([g, s]);
        }
        if !sample.layers.is_empty() {
            self.layers.clone_from(&sample.layers);
            let shares = sample.layers.iter().map(|[_, b, _]| *b).collect();
            match self.layer_epochs.last_mut() {
                Some((epoch, newest)) if *epoch == sample.epoch => *newest = shares,
                _ => self.layer_epochs.push((sample.epoch, shares)),
            }
        }
        self.step = Some(sample.clone());
    }

    fn epoch_ended(&mut self, summary: &EpochSummary) {
        self.epochs.retain(|known| known.epoch < summary.epoch);
        let mut summary = summary.clone();
        if let Some(samples) = summary.samples.take() {
            self.samples = Some((summary.epoch, samples));
        }
        self.series[Metric::TestAcc as usize].push(summary.step, summary.eval_acc as f32);
        self.epochs.push(summary);
    }

    fn happened(&mut self, record: &Record) {
        match &record.event {
            Event::Started(header) => {
                let mut header = header.clone();
                match self.header.take() {
                    // Where it began stays what it was, however often it goes on.
                    Some(first) => header.fork = first.fork,
                    None => self.begin(&header),
                }
                self.header = Some(header);
                self.phase = Phase::Running;
            }
            Event::Restored { .. } => {
                self.rewind(record.step);
                self.rewinds += 1;
            }
            Event::Applied { mark, knob, to, .. } => {
                self.turn(*knob, *to, record.step);
                self.mark(record.step, mark);
            }
            Event::RampStarted { mark, epoch, .. } => {
                self.begin_ramp(*epoch);
                self.mark(record.step, mark);
            }
            Event::Saved(saved) => self.mark(record.step, &saved.mark),
            Event::Note { mark, .. } => self.mark(record.step, mark),
            Event::Paused { reason } => self.phase = Phase::Paused(reason.clone()),
            Event::Resumed => self.phase = Phase::Running,
            Event::Finished { outcome } => self.phase = Phase::Ended(*outcome),
            Event::Failed { reason } => self.phase = Phase::Failed(reason.clone()),
            Event::NonFinite { .. } => self.mark(record.step, "✗"),
            Event::Accepted { .. }
            | Event::Rejected { .. }
            | Event::Superseded { .. }
            | Event::SaveFailed { .. }
            | Event::Evaluated { .. }
            | Event::Warning { .. } => {}
        }
        self.events.push(record.clone());
    }

    fn mark(&mut self, step: u64, label: &str) {
        self.marks.push(Mark { step, label: label.to_owned() });
    }
}

#[cfg(test)]
mod tests;
