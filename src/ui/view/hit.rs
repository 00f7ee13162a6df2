//! What lies under a cell of the screen, for the mouse.

use ratatui::layout::{Position, Rect};

use crate::app::{App, Tab};
use crate::layout::Mode;
use crate::pane::Pane;
use crate::tab::{charts, saner, timeline};
use crate::widget::curve::plot;

/// What was hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hit {
    /// A tab's word.
    Tab(Tab),
    /// A chart, by its place in the table, with the field of its curves.
    Chart(usize, Rect),
    /// The knobs, and which row of them.
    Knobs(u16),
    /// A row of a list, from its top, and how many lines the list has on the screen.
    Row(u16, u16),
    /// Nothing that answers.
    Nothing,
}

fn inside(area: Rect) -> Rect {
    Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height.saturating_sub(2) }
}

/// What lies at a cell.
pub fn at(app: &App, screen: Rect, x: u16, y: u16) -> Hit {
    let (plan, position) = (super::planned(app, screen), Position { x, y });
    if plan.mode == Mode::Notice {
        return Hit::Nothing;
    }
    if let Some(line) = plan.tabs.filter(|line| line.contains(position)) {
        let hit = super::lines::tab_places(line).into_iter().find(|(.., place)| place.contains(position));
        return hit.map_or(Hit::Nothing, |(tab, ..)| Hit::Tab(tab));
    }
    let chart = |i: usize, area: Rect| plot(inside(area)).map_or(Hit::Nothing, |plot| Hit::Chart(i, plot));
    let row = |area: Rect| if inside(area).contains(position) { Hit::Row(y - area.y - 1, inside(area).height) } else { Hit::Nothing };
    match app.tab {
        Tab::Live if app.expanded => chart(app.chart_in_focus(), plan.body),
        Tab::Live => match plan.panes.iter().find(|(_, area)| area.contains(position)) {
            Some((Pane::Chart(i), area)) => chart(*i, *area),
            Some((Pane::Knobs, area)) => Hit::Knobs(y.saturating_sub(area.y + 1)),
            _ => Hit::Nothing,
        },
        Tab::Charts => match charts::tiles(app, plan.body).into_iter().find(|(_, area)| area.contains(position)) {
            Some((i, area)) => chart(i, area),
            None => Hit::Nothing,
        },
        Tab::Saner => match saner::CHARTS.into_iter().zip(saner::areas(app, plan.body).charts).find(|(_, area)| area.contains(position)) {
            Some((i, area)) => chart(i, area),
            None => Hit::Nothing,
        },
        Tab::Timeline => row(timeline::areas(plan.body).1),
        Tab::Runs | Tab::Logs => row(plan.body),
    }
}
