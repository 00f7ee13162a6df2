//! A curve at full resolution with its EMA, and its thinning to the dots of a screen without losing an extreme.

use serde::{Deserialize, Serialize};

/// Every curve that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Loss of each step.
    Loss,
    /// Accuracy of each step on unflipped samples.
    CleanAcc,
    /// Accuracy of each step on flipped samples.
    NoisyAcc,
    /// Test accuracy of each epoch.
    TestAcc,
    /// Alpha that acted.
    Alpha,
    /// Share of Group A.
    GroupA,
    /// Share of Group B.
    GroupB,
    /// Share of Group C.
    GroupC,
    /// Norm of g.
    GradNorm,
    /// Norm of s.
    GradAdvNorm,
    /// p_noise / p_clean.
    PR,
    /// Part of Group B that the noise leads.
    PNoise,
    /// Part of it that the clean labels lead.
    PClean,
    /// Learning rate.
    Lr,
    /// Seconds of training at each step, pauses left out.
    Wall,
}

/// Every curve, in order.
pub const METRICS: [Metric; 15] = [
    Metric::Loss,
    Metric::CleanAcc,
    Metric::NoisyAcc,
    Metric::TestAcc,
    Metric::Alpha,
    Metric::GroupA,
    Metric::GroupB,
    Metric::GroupC,
    Metric::GradNorm,
    Metric::GradAdvNorm,
    Metric::PR,
    Metric::PNoise,
    Metric::PClean,
    Metric::Lr,
    Metric::Wall,
];

/// Number of curves.
pub const N_METRICS: usize = METRICS.len();

/// Values over steps, with debiased EMAs computed on all points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Steps, ascending.
    pub steps: Vec<u64>,
    /// Values; NaN where one was not finite.
    pub values: Vec<f32>,
}

/// One dot column of a thinned curve (M4: Jugel et al., VLDB 2014).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Index of the column.
    pub x: usize,
    /// First value in it.
    pub first: f32,
    /// Least value.
    pub min: f32,
    /// Greatest value.
    pub max: f32,
    /// Last value.
    pub last: f32,
}

impl Series {
    /// Appends a point; a step that goes back (a resumed run) drops what it replaces.
    pub fn push(&mut self, step: u64, value: f32) {
        self.truncate_from(step);
        self.steps.push(step);
        self.values.push(value);
    }

    /// Drops the points at `step` and after it.
    pub fn truncate_from(&mut self, step: u64) {
        if self.steps.last().is_some_and(|last| *last >= step) {
            let keep = self.steps.partition_point(|s| *s < step);
            self.steps.truncate(keep);
            self.values.truncate(keep);
        }
    }

    /// The curve in at most about `most` points: all of them where they are few, else first, least, greatest and last of
    /// even stretches.
    pub fn thinned(&self, most: usize) -> Self {
        if self.len() <= most {
            return self.clone();
        }
        let mut thin = Self::default();
        let stretch = self.len().div_ceil((most / 4).max(1));
        for begin in (0..self.len()).step_by(stretch) {
            let end = (begin + stretch).min(self.len());
            let of = |order: fn(f32, f32) -> bool| {
                let finite = (begin..end).filter(|&i| self.values[i].is_finite());
                finite.reduce(|a, b| if order(self.values[b], self.values[a]) { b } else { a }).unwrap_or(begin)
            };
            let mut kept = [begin, of(|b, a| b < a), of(|b, a| b > a), end - 1];
            kept.sort_unstable();
            for (i, &at) in kept.iter().enumerate() {
                if i == 0 || kept[i - 1] != at {
                    thin.steps.push(self.steps[at]);
                    thin.values.push(self.values[at]);
                }
            }
        }
        thin
    }

    /// The newest finite value.
    pub fn last(&self) -> Option<f32> {
        self.values.iter().rev().copied().find(|value| value.is_finite())
    }

    /// Value at a step, if one was measured there.
    pub fn at(&self, step: u64) -> Option<f32> {
        self.steps.binary_search(&step).ok().and_then(|at| self.values.get(at)).copied()
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Least or greatest finite value with its step.
    pub fn extreme(&self, greatest: bool) -> Option<(u64, f32)> {
        let finite = self.steps.iter().copied().zip(self.values.iter().copied()).filter(|(_, value)| value.is_finite());
        if greatest { finite.max_by(|a, b| a.1.total_cmp(&b.1)) } else { finite.min_by(|a, b| a.1.total_cmp(&b.1)) }
    }

    /// Debiased EMA over all points (see [`Ema`]); others than finite ones pass through. Weight 0 gives the values themselves.
    pub fn ema(&self, weight: f64) -> Vec<f32> {
        let mut ema = Ema::new(weight);
        self.values.iter().map(|&value| if value.is_finite() { ema.next(value) } else { value }).collect()
    }
}

/// Debiased exponential mean, as TensorBoard shows it: `s_n = w·s_(n−1) + (1−w)·y_n`, shown `s_n / (1 − w^n)`; n counts
/// finite values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ema {
    weight: f64,
    sum: f64,
    /// `w^n`, as long as it makes a difference.
    decay: f64,
}

impl Ema {
    /// Before the first value.
    pub fn new(weight: f64) -> Self {
        Self { weight, sum: 0.0, decay: 1.0 }
    }

    /// Takes a finite value and gives what is shown.
    pub fn next(&mut self, value: f32) -> f32 {
        self.sum = self.weight * self.sum + (1.0 - self.weight) * f64::from(value);
        // Below half the last digit of 1 the division is one by 1; followed further, w^n would become one of the smallest
        // numbers there are, with which processors are slow.
        if self.decay > 1e-17 {
            self.decay *= self.weight;
            return (self.sum / (1.0 - self.decay)) as f32;
        }
        self.sum as f32
    }
}

/// Thins points to dot columns over `range` (steps, half open at the right end of the last column), keeping first,
/// least, greatest and last of each. Columns without a finite point are left out.
pub fn m4(steps: &[u64], values: &[f32], range: (f64, f64), columns: usize) -> Vec<Column> {
    let span = range.1 - range.0;
    if columns == 0 || span <= 0.0 {
        return Vec::new();
    }
    let begin = steps.partition_point(|step| (*step as f64) < range.0);
    let mut thinned: Vec<Column> = Vec::with_capacity(columns);
    for (step, &value) in steps[begin..].iter().zip(&values[begin..]) {
        let at = *step as f64;
        if at > range.1 {
            break;
        }
        if !value.is_finite() {
            continue;
        }
        let x = (((at - range.0) / span * columns as f64) as usize).min(columns - 1);
        match thinned.last_mut() {
            Some(column) if column.x == x => {
                column.min = column.min.min(value);
                column.max = column.max.max(value);
                column.last = value;
            }
            _ => thinned.push(Column { x, first: value, min: value, max: value, last: value }),
        }
    }
    thinned
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_spike_in_a_million_survives() {
        let steps: Vec<u64> = (0..1_000_000).collect();
        let mut values = vec![1.0f32; 1_000_000];
        values[654_321] = 9.0;
        let columns = m4(&steps, &values, (0.0, 1e6), 80);
        assert_eq!(columns.len(), 80);
        assert_eq!(columns.iter().map(|c| c.max).fold(0.0, f32::max), 9.0);
    }

    #[test]
    fn a_step_back_replaces_the_tail() {
        let mut series = Series::default();
        (0..10).for_each(|i| series.push(i, i as f32));
        series.push(5, 50.0);
        assert_eq!((series.len(), series.last()), (6, Some(50.0)));
    }

    #[test]
    fn a_constant_stays_constant_and_nan_passes() {
        let series = Series { steps: (0..4).collect(), values: vec![2.0, f32::NAN, 2.0, 2.0] };
        let ema = series.ema(0.98);
        assert!(ema[1].is_nan());
        assert!(ema.iter().filter(|v| v.is_finite()).all(|v| (v - 2.0).abs() < 1e-6));
    }

    proptest! {
        #[test]
        fn thinning_keeps_the_extremes(values in prop::collection::vec(-1e3f32..1e3, 1..400), columns in 1usize..60) {
            let steps: Vec<u64> = (0..values.len() as u64).collect();
            let thin = m4(&steps, &values, (0.0, values.len() as f64), columns);
            let fold = |f: fn(f32, f32) -> f32, start: f32, it: &mut dyn Iterator<Item = f32>| it.fold(start, f);
            prop_assert_eq!(fold(f32::max, f32::MIN, &mut thin.iter().map(|c| c.max)), fold(f32::max, f32::MIN, &mut values.iter().copied()));
            prop_assert_eq!(fold(f32::min, f32::MAX, &mut thin.iter().map(|c| c.min)), fold(f32::min, f32::MAX, &mut values.iter().copied()));
        }

        #[test]
        fn ema_equals_a_naive_sum(values in prop::collection::vec(-10f32..10.0, 1..50), weight in 0.0f64..0.999) {
            let series = Series { steps: (0..values.len() as u64).collect(), values: values.clone() };
            let ema = series.ema(weight);
            for (n, shown) in ema.iter().enumerate() {
                let (mut top, mut bottom) = (0.0, 0.0);
                for (i, value) in values[..=n].iter().enumerate() {
                    let w = weight.powi((n - i) as i32);
                    top += w * f64::from(*value);
                    bottom += w;
                }
                prop_assert!((f64::from(*shown) - top / bottom).abs() < 1e-6);
            }
        }
    }
}
