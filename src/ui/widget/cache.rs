//! Smooth curves and their columns, kept from frame to frame: a frame without news costs no pass over the points.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use saner_core::series::{Column, Ema, Series, m4};
use saner_core::state::{Metric, N_METRICS, RunState};

/// Sets of columns that are kept.
const COLUMNS: usize = 128;

/// Kept curves of one run. Drawing looks only at what it keeps, so that it may change behind a shared reference.
#[derive(Default)]
pub struct Cache {
    smooth: RefCell<[Option<Smooth>; N_METRICS]>,
    columns: RefCell<HashMap<Key, Rc<Vec<Column>>>>,
}

/// An EMA with what is needed to go on from its end.
struct Smooth {
    weight: f64,
    values: Rc<Vec<f32>>,
    ema: Ema,
    summary: Summary,
    last: u64,
    /// How often the run had gone back then.
    rewinds: u32,
    /// Grows when it was made anew, so that columns of the one before are not taken for its own.
    made: u64,
}

/// What a title tells of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// Newest finite value, smoothed.
    pub last: Option<f32>,
    /// Least value as logged, with its step.
    pub least: Option<(u64, f32)>,
    /// Values that are not finite.
    pub nan: usize,
}

/// What columns depend on.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    metric: Metric,
    weight: u64,
    window: [u64; 2],
    columns: usize,
    points: usize,
    rewinds: u32,
    last: (u64, u32),
    made: u64,
}

impl Cache {
    /// The debiased EMA of a curve (see `Series::ema`); only points that came since are folded.
    pub fn ema(&self, run: &RunState, metric: Metric, weight: f64) -> Rc<Vec<f32>> {
        let series = run.curve(metric);
        let mut all = self.smooth.borrow_mut();
        let kept = &mut all[metric as usize];
        let made = kept.as_ref().map_or(0, |kept| kept.made);
        let goes_on = kept.as_ref().is_some_and(|kept| {
            let n = kept.values.len();
            kept.weight == weight && kept.rewinds == run.rewinds && n <= series.len() && (n == 0 || series.steps[n - 1] == kept.last)
        });
        if !goes_on {
            *kept = Some(Smooth {
                weight,
                values: Rc::default(),
                ema: Ema::new(weight),
                summary: Summary::default(),
                last: 0,
                rewinds: run.rewinds,
                made: made + 1,
            });
        }
        let Some(kept) = kept else { return Rc::default() };
        let n = kept.values.len();
        if n < series.len() {
            let values = Rc::make_mut(&mut kept.values);
            for (&step, &value) in series.steps[n..].iter().zip(&series.values[n..]) {
                if !value.is_finite() {
                    kept.summary.nan += 1;
                    values.push(value);
                    continue;
                }
                let smooth = kept.ema.next(value);
                kept.summary.last = Some(smooth);
                if kept.summary.least.is_none_or(|(_, least)| value < least) {
                    kept.summary.least = Some((step, value));
                }
                values.push(smooth);
            }
            kept.last = series.steps[series.len() - 1];
        }
        kept.values.clone()
    }

    /// What a title tells of a curve.
    pub fn summary(&self, run: &RunState, metric: Metric, weight: f64) -> Summary {
        drop(self.ema(run, metric, weight));
        self.smooth.borrow()[metric as usize].as_ref().map_or_else(Summary::default, |kept| kept.summary)
    }

    /// Columns of a curve (see `m4`), smoothed where `weight` is above 0.
    pub fn columns(&self, run: &RunState, metric: Metric, weight: f64, window: (f64, f64), columns: usize) -> Rc<Vec<Column>> {
        let series: &Series = run.curve(metric);
        let smooth = (weight > 0.0).then(|| self.ema(run, metric, weight));
        let made = self.smooth.borrow()[metric as usize].as_ref().map_or(0, |kept| kept.made);
        let key = Key {
            metric,
            weight: weight.to_bits(),
            window: [window.0.to_bits(), window.1.to_bits()],
            columns,
            points: series.len(),
            rewinds: run.rewinds,
            last: (series.steps.last().copied().unwrap_or(0), series.values.last().map_or(0, |value| value.to_bits())),
            made,
        };
        let mut kept = self.columns.borrow_mut();
        if kept.len() > COLUMNS {
            kept.clear();
        }
        let values = smooth.as_ref().map_or(&series.values, |smooth| smooth.as_ref());
        kept.entry(key).or_insert_with(|| Rc::new(m4(&series.steps, values, window, columns))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use saner_core::event::{Event, Record, Report, StepSample};

    fn step(state: &mut RunState, step: u64, loss: f32) {
        state.apply(&Report::Step(Box::new(StepSample { step, loss, ..StepSample::default() })));
    }

    #[test]
    fn what_is_kept_equals_what_is_made_anew() {
        let (cache, mut state) = (Cache::default(), RunState::default());
        for round in 0..40u64 {
            for at in 0..7 {
                let n = round * 7 + at;
                step(&mut state, n, if n % 11 == 5 { f32::NAN } else { (n as f32 * 0.7).sin() });
            }
            let weight = if round < 20 { 0.9 } else { 0.98 };
            let (own, fresh) = (cache.ema(&state, Metric::Loss, weight), state.curve(Metric::Loss).ema(weight));
            assert_eq!(own.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), fresh.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
            let window = (0.0, 280.0);
            let columns = cache.columns(&state, Metric::Loss, weight, window, 30);
            assert_eq!(*columns, m4(&state.curve(Metric::Loss).steps, &fresh, window, 30));
        }
    }

    #[test]
    fn a_run_that_goes_back_is_made_anew() {
        let (cache, mut state) = (Cache::default(), RunState::default());
        (0..50).for_each(|n| step(&mut state, n, 1.0));
        cache.columns(&state, Metric::Loss, 0.9, (0.0, 50.0), 10);
        let event = Event::Restored { checkpoint: "c".into(), superseded: 0 };
        state.apply(&Report::Event(Box::new(Record { seq: 0, time: 0.0, step: 20, epoch: 0, by: "me".into(), event })));
        (20..50).for_each(|n| step(&mut state, n, 2.0));
        let fresh = state.curve(Metric::Loss).ema(0.9);
        assert_eq!(*cache.ema(&state, Metric::Loss, 0.9), fresh);
    }
}
