//! Ticks on 1-2-5 steps, and the map from values to dots.

/// By how much of its length a value may lie beyond an axis and is on it: shares of a whole add up to that but for rounding.
const ROUNDING: f64 = 1e-6;

/// A vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// Least value shown.
    pub low: f64,
    /// Greatest value shown.
    pub high: f64,
    /// Whether it is logarithmic.
    pub log: bool,
}

impl Axis {
    /// An axis around values, with a margin; a logarithmic one over the positive values.
    pub fn around(low: f64, high: f64, log: bool) -> Self {
        if log && high > 0.0 {
            let low = if low > 0.0 { low } else { high * 1e-4 };
            return Self { low: low * 0.9, high: high * 1.1, log };
        }
        let span = high - low;
        // A flat curve gets room around it, so that it is seen as flat.
        let margin = if span <= f64::EPSILON * high.abs() { (high.abs() * 0.1).max(0.05) } else { span * 0.05 };
        Self { low: low - margin, high: high + margin, log: false }
    }

    /// Place of a value, 0 at the lower end and 1 at the upper one; `None` where it has none.
    pub fn part(&self, value: f64) -> Option<f64> {
        if !value.is_finite() || (self.log && value <= 0.0) {
            return None;
        }
        let part =
            if self.log { (value / self.low).ln() / (self.high / self.low).ln() } else { (value - self.low) / (self.high - self.low) };
        Some(part)
    }

    /// Dot row of a value, from the top; `None` where it lies beyond the ends: an axis that a person has pinned shows only
    /// what is there.
    pub fn dot(&self, value: f64, rows: usize) -> Option<usize> {
        let part = self.part(value)?;
        (-ROUNDING..=1.0 + ROUNDING).contains(&part).then(|| self.nearest_dot(value, rows)).flatten()
    }

    /// Dot row of a value, from the top; of one beyond the ends that of the end.
    pub fn nearest_dot(&self, value: f64, rows: usize) -> Option<usize> {
        let last = rows.checked_sub(1)?;
        self.part(value).map(|part| ((1.0 - part.clamp(0.0, 1.0)) * last as f64).round() as usize)
    }

    /// Whether a range of values lies at least partly between the ends.
    pub fn meets(&self, low: f64, high: f64) -> bool {
        low <= self.high && high >= self.low
    }

    /// Values worth a label, at most `most`.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        if self.log {
            let decades = (self.low.log10().floor() as i32)..=(self.high.log10().ceil() as i32);
            let all: Vec<f64> =
                decades.flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e))).filter(|v| (self.low..=self.high).contains(v)).collect();
            let stride = all.len().div_ceil(most.max(1)).max(1);
            return all.into_iter().step_by(stride).collect();
        }
        ticks(self.low, self.high, most)
    }
}

impl Axis {
    /// Values worth a label, at most `most`, each with its text.
    pub fn labels(&self, most: usize) -> Vec<(f64, String)> {
        let marks = self.ticks(most);
        let apart = if marks.len() > 1 { (marks[1] - marks[0]).abs() } else { marks.first().map_or(1.0, |v| v.abs().max(0.01)) };
        marks.into_iter().map(|value| (value, label(value, if self.log { value } else { apart }))).collect()
    }
}

/// Multiples of 1, 2 or 5 times a power of ten within a range, at most `most` of them.
pub fn ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = high - low;
    if span.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) || most == 0 || !span.is_finite() {
        return Vec::new();
    }
    let raw = span / most as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= raw * 0.999).unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    (first..).map(|i| i as f64 * step).take_while(|v| *v <= high + step * 1e-9).take(most + 1).collect()
}

/// A tick with only the digits its neighbours need.
pub fn label(value: f64, step: f64) -> String {
    if value != 0.0 && (value.abs() >= 1e5 || step < 1e-4) {
        return format!("{value:.0e}");
    }
    let digits = if step >= 1.0 { 0 } else { (-step.log10()).ceil().clamp(0.0, 4.0) as usize };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nice_steps() {
        assert_eq!(ticks(0.0, 100.0, 2), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(0.3, 2.6, 3), [1.0, 2.0]);
        assert_eq!(ticks(1.0, 1.0, 3), Vec::<f64>::new());
        assert_eq!(label(0.5, 0.5), "0.5");
        assert_eq!(label(0.25, 0.05), "0.25");
    }

    #[test]
    fn ends_of_the_axis_are_the_ends_of_the_field() {
        let axis = Axis { low: 0.0, high: 10.0, log: false };
        assert_eq!((axis.dot(0.0, 40), axis.dot(10.0, 40)), (Some(39), Some(0)));
        assert_eq!((axis.dot(10.1, 40), axis.dot(-0.1, 40), axis.nearest_dot(10.1, 40)), (None, None, Some(0)));
        assert!(axis.meets(-5.0, 0.0) && axis.meets(-5.0, 20.0) && !axis.meets(10.1, 12.0));
        assert_eq!(axis.dot(f64::NAN, 40), None);
        assert_eq!(Axis { low: 0.1, high: 10.0, log: true }.dot(-1.0, 40), None);
    }
}
