//! Which values y spans.

use std::rc::Rc;

use saner_core::series::Column;

use super::{Scene, ahead};
use crate::chart::{CHARTS, ChartSpec};
use crate::widget::axis::Axis;

/// Share of values that is left out at either end where outliers are to be ignored, as TensorBoard does.
const TAIL: f64 = 0.05;

/// The range that a person has pinned for a chart.
pub fn pinned(spec: &ChartSpec, ranges: &[Option<(f64, f64)>; CHARTS.len()]) -> Option<(f64, f64)> {
    let place = CHARTS.iter().position(|chart| chart.title == spec.title)?;
    ranges[place]
}

/// The axis of a chart; absent where there is nothing to show.
pub fn axis<'a>(spec: &ChartSpec, scene: &Scene<'_>, lines: impl Iterator<Item = &'a Rc<Vec<Column>>>) -> Option<Axis> {
    let view = scene.view;
    let shown = |value: &f64| value.is_finite() && !(view.log_y && *value <= 0.0);
    let ends = lines.flat_map(|columns| columns.iter()).flat_map(|column| [column.min, column.max]);
    let values: Vec<f64> = ends.map(|value| spec.scale * f64::from(value)).filter(shown).collect();
    let (low, high) = if view.inliers { inner(values)? } else { outer(&values)? };
    let pin = pinned(spec, &view.ranges).filter(|(low, _)| !spec.stacked && (!view.log_y || *low > 0.0));
    if let Some((low, high)) = pin {
        return Some(Axis { low, high, log: view.log_y });
    }
    if let (Some((low, high)), true) = (spec.range, spec.stacked || !(view.log_y || view.inliers)) {
        return Some(Axis { low, high, log: false });
    }
    let (mut low, mut high) = spec.rule.map_or((low, high), |rule| (low.min(rule), high.max(rule)));
    if spec.plan {
        for (plan, _) in ahead::plans(scene.run, scene.staged) {
            (low, high) = (low.min(plan.target), high.max(plan.target));
        }
    }
    Some(Axis::around(low, high, view.log_y))
}

fn outer(values: &[f64]) -> Option<(f64, f64)> {
    values
        .iter()
        .fold(None, |range, value| Some(range.map_or((*value, *value), |(low, high): (f64, f64)| (low.min(*value), high.max(*value)))))
}

fn inner(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |part: f64| values[(part * last as f64).round() as usize];
    Some((at(TAIL), at(1.0 - TAIL)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_does_not_press_the_others_together() {
        let mut values: Vec<f64> = (0..=100).map(f64::from).collect();
        values.push(1e9);
        assert_eq!(outer(&values), Some((0.0, 1e9)));
        let (low, high) = inner(values).unwrap();
        assert!((low - 5.0).abs() <= 1.0 && (high - 96.0).abs() <= 1.0);
        assert_eq!((inner(vec![]), outer(&[])), (None, None));
        assert_eq!(inner(vec![3.0]), Some((3.0, 3.0)));
    }
}
