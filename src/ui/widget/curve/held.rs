//! Several thinned curves read side by side: each keeps its value from a point to the next one and ends with its last.

use std::rc::Rc;

use saner_core::series::Column;

/// Values of all curves at each place, from the first column to the last one that any of them has.
pub fn side_by_side(curves: &[Rc<Vec<Column>>]) -> Vec<(usize, Vec<Option<f64>>)> {
    let end = curves.iter().filter_map(|columns| columns.last()).map(|column| column.x + 1).max().unwrap_or(0);
    let mut at = vec![0; curves.len()];
    let mut place = |x: usize| {
        let value = |(columns, at): (&Rc<Vec<Column>>, &mut usize)| {
            while columns.get(*at + 1).is_some_and(|next| next.x <= x) {
                *at += 1;
            }
            let over = columns.last().is_none_or(|last| last.x < x);
            let column = columns.get(*at).filter(|column| column.x <= x && !over && column.last.is_finite())?;
            Some(f64::from(column.last))
        };
        (x, curves.iter().zip(&mut at).map(value).collect())
    };
    (0..end).map(&mut place).collect()
}
