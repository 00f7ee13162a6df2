//! Any order of commands and clicks.

use super::tabs::rows;
use super::*;
use crate::action::ACTIONS;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    /// Any order of commands and clicks, at any size: no panic, and the window stays within the run.
    #[test]
    fn any_order_of_commands_at_any_size(
        steps in prop::collection::vec((0..ACTIONS.len() + 8, 1u16..300, 1u16..100), 1..30)
    ) {
        let (run, mut app, mut mouse) = (story(), app(), crate::mouse::Mouse::default());
        app.runs.rows = Some(rows());
        for (what, width, height) in steps {
            match ACTIONS.get(what) {
                Some(row) => drop(app.act(row.action, &run)),
                None => {
                    let kind = [
                        MouseEventKind::Down(MouseButton::Left),
                        MouseEventKind::Up(MouseButton::Left),
                        MouseEventKind::Down(MouseButton::Right),
                        MouseEventKind::ScrollUp,
                        MouseEventKind::ScrollDown,
                    ][what % 5];
                    let event = MouseEvent { kind, column: width / 2, row: height / 2, modifiers: KeyModifiers::NONE };
                    mouse.event(&event, &mut app, &run, Rect::new(0, 0, width, height));
                }
            }
            screen(&run, &app, width, height);
            let (from, to) = app.chart_view.window(&run, false);
            prop_assert!(from >= -1e-9 && to <= 400.0 + 1e-9 && to > from, "{} {}", from, to);
            if what % 3 == 0 {
                app.popup = None;
            }
        }
    }
}
