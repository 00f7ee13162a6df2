//! Runs that lie behind the curves: one by one as broken lines, those of one recipe with several seeds as their mean in a
//! band from the least to the greatest.

use std::rc::Rc;

use saner_core::series::Column;
use saner_core::spec::Spec;
use saner_core::state::RunState;

use super::Scene;
use super::held::side_by_side;
use crate::chart::ChartSpec;
use crate::widget::axis::Axis;
use crate::widget::cache::Cache;
use crate::widget::grid::Grid;

/// Another run that lies behind the curves.
pub struct Overlay {
    /// Its id.
    pub id: String,
    /// Its state.
    pub run: RunState,
    /// Its kept curves.
    pub cache: Cache,
}

impl Overlay {
    /// The recipe without what seeds differ in.
    fn recipe(&self) -> Option<Spec> {
        Some(self.run.header.as_ref()?.spec.seedless())
    }
}

/// Runs that differ in nothing but their seed, together.
pub fn families(overlays: &[Overlay]) -> Vec<Vec<&Overlay>> {
    let mut found: Vec<(Option<Spec>, Vec<&Overlay>)> = Vec::new();
    for one in overlays {
        let recipe = one.recipe();
        match found.iter_mut().find(|(known, _)| recipe.is_some() && *known == recipe) {
            Some((_, members)) => members.push(one),
            None => found.push((recipe, vec![one])),
        }
    }
    found.into_iter().map(|(_, members)| members).collect()
}

/// Columns of the runs behind a chart: for each family and curve, those of its runs.
pub fn columns(spec: &ChartSpec, scene: &Scene<'_>, window: (f64, f64), columns: usize) -> Vec<Vec<Rc<Vec<Column>>>> {
    let mut found = Vec::new();
    // Shares that are piled up leave nothing to see behind them.
    for family in families(scene.overlays).into_iter().filter(|_| !spec.stacked) {
        for curve in spec.curves {
            let weight = scene.view.weight(curve);
            found.push(family.iter().map(|one| one.cache.columns(&one.run, curve.metric, weight, window, columns)).collect());
        }
    }
    found
}

/// What lies behind, in words: `sgd-s1, band of 3 seeds`.
pub fn words(overlays: &[Overlay]) -> String {
    let word = |family: Vec<&Overlay>| match family[..] {
        [one] => one.id.clone(),
        _ => format!("band of {} seeds", family.len()),
    };
    families(overlays).into_iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Mean, least and greatest of a place where at least two of several curves have a value.
pub fn band(curves: &[Rc<Vec<Column>>]) -> Vec<(usize, [f64; 3])> {
    let spread = |(x, values): (usize, Vec<Option<f64>>)| {
        let now: Vec<f64> = values.into_iter().flatten().collect();
        let (low, high) = now.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
        (now.len() > 1).then(|| (x, [now.iter().sum::<f64>() / now.len() as f64, low, high]))
    };
    side_by_side(curves).into_iter().filter_map(spread).collect()
}

/// Draws a family.
pub fn draw(curves: &[Rc<Vec<Column>>], scale: f64, axis: &Axis, grid: &mut Grid, owner: u8) {
    let (_, rows) = grid.size();
    let dot = |value: f64| axis.dot(scale * value, rows);
    if let [columns] = curves {
        for column in columns.iter().filter(|column| column.x % 3 == 0) {
            if let Some(y) = dot(f64::from(column.last)) {
                grid.set(column.x, y, owner);
            }
        }
        return;
    }
    let mut before: Option<(usize, usize)> = None;
    for (x, [mean, low, high]) in band(curves) {
        let edge = |value: f64| axis.nearest_dot(scale * value, rows);
        if let (true, Some(low), Some(high)) = (axis.meets(scale * low, scale * high), edge(low), edge(high)) {
            // So sparse that a curve in the band is still seen.
            (high..=low).filter(|y| (x + 2 * y).is_multiple_of(4) && y.is_multiple_of(2)).for_each(|y| grid.set(x, y, owner));
        }
        let y = dot(mean);
        if let (Some(from), Some(y)) = (before.filter(|from| from.0 + 1 == x), y) {
            grid.line(from, (x, y), owner);
        }
        before = y.map(|y| (x, y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(points: &[(usize, f32)]) -> Rc<Vec<Column>> {
        Rc::new(points.iter().map(|(x, v)| Column { x: *x, first: *v, min: *v, max: *v, last: *v }).collect())
    }

    #[test]
    fn a_band_is_where_two_curves_are() {
        let found = band(&[columns(&[(0, 1.0), (2, 3.0)]), columns(&[(1, 2.0), (4, 8.0)])]);
        assert_eq!(found, [(1, [1.5, 1.0, 2.0]), (2, [2.5, 2.0, 3.0])]);
        let found = band(&[columns(&[(0, f32::NAN)]), columns(&[(0, 1.0)]), columns(&[(0, 2.0)])]);
        assert_eq!(found, [(0, [1.5, 1.0, 2.0])]);
        assert!(band(&[]).is_empty());
    }
}
