//! Shares that make a whole, one upon another: the first curve of a chart's table is on top. Each has its own density of
//! dots, so that they are told apart without colour, and its letter in the middle of its right end.

use std::rc::Rc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::series::Column;

use super::held::side_by_side;
use crate::chart::ChartSpec;
use crate::theme::Theme;
use crate::widget::axis::Axis;
use crate::widget::grid::Grid;

/// Lower and upper end of every share at each place where all are known, by curve.
pub fn layers(lines: &[Rc<Vec<Column>>]) -> Vec<(usize, Vec<[f64; 2]>)> {
    let pile = |values: Vec<Option<f64>>| -> Option<Vec<[f64; 2]>> {
        let mut sum = 0.0;
        // The last one lies at the bottom.
        let mut ends: Vec<[f64; 2]> = values
            .into_iter()
            .rev()
            .map(|value| {
                let low = sum;
                sum += value?;
                Some([low, sum])
            })
            .collect::<Option<_>>()?;
        ends.reverse();
        Some(ends)
    };
    side_by_side(lines).into_iter().filter_map(|(x, values)| Some((x, pile(values)?))).collect()
}

/// Whether a dot of a share is set: by its place among the shares sparse, full, sparser.
fn dotted(share: usize, x: usize, y: usize) -> bool {
    match share {
        0 => (x + 2 * y).is_multiple_of(4) && y.is_multiple_of(2),
        1 => true,
        _ => x.is_multiple_of(2) && y.is_multiple_of(2),
    }
}

/// Fills the shares; `owners` are their numbers in the grid.
pub fn draw(lines: &[Rc<Vec<Column>>], scale: f64, axis: &Axis, grid: &mut Grid, owners: &[u8]) {
    let (_, rows) = grid.size();
    for (x, ends) in layers(lines) {
        for (share, ([low, high], owner)) in ends.iter().zip(owners).enumerate() {
            if let (Some(bottom), Some(top)) = (axis.nearest_dot(scale * low, rows), axis.nearest_dot(scale * high, rows)) {
                // Where two meet, the one above has the dot.
                let bottom = if *low > 0.0 { bottom.saturating_sub(1) } else { bottom };
                (top..=bottom.max(top)).filter(|y| dotted(share, x, *y)).for_each(|y| grid.set(x, y, *owner));
            }
        }
    }
}

/// Letters at the right end, each in its share where that is high enough.
pub fn letters(spec: &ChartSpec, lines: &[Rc<Vec<Column>>], axis: &Axis, theme: &Theme, plot: Rect, buf: &mut Buffer) {
    let layers = layers(lines);
    let Some((_, ends)) = layers.last() else { return };
    for (curve, [low, high]) in spec.curves.iter().zip(ends) {
        if let Some(row) = axis.nearest_dot(spec.scale * (low + high) / 2.0, plot.height as usize) {
            buf[(plot.right() - 1, plot.y + row as u16)].set_char(curve.letter).set_style(theme.style(curve.role));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_lie_one_upon_another_where_all_are_known() {
        let line = |points: &[(usize, f32)]| {
            Rc::new(points.iter().map(|(x, v)| Column { x: *x, first: *v, min: *v, max: *v, last: *v }).collect::<Vec<_>>())
        };
        let found = layers(&[line(&[(1, 0.25), (3, 0.5)]), line(&[(0, 0.25), (3, 0.25)]), line(&[(0, 0.5), (3, 0.25)])]);
        assert_eq!(found.iter().map(|(x, _)| *x).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(found[0].1, [[0.75, 1.0], [0.5, 0.75], [0.0, 0.5]]);
        assert_eq!(found[2].1, [[0.5, 1.0], [0.25, 0.5], [0.0, 0.25]]);
    }
}
