//! The SANER tab: shares of the groups, alpha with its plan, p_r and its parts, and Group B by layer and epoch; behind Tab, or beside
//! it in a large window, single samples.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use saner_core::state::RunState;

use crate::app::App;
use crate::pane::{chart, disputed, layers, samples};
use crate::view::framed;

/// Charts of the tab by their place in the table: groups, alpha, p_r, its two parts.
pub const CHARTS: [usize; 4] = [5, 4, 3, 8];

/// Rows from which both pages are shown.
const BOTH: u16 = 40;
/// Rows from which the parts of p_r have a chart of their own.
const PARTS: u16 = 27;

/// Where the charts and the layers lie, and where the three panes of samples do.
pub struct Areas {
    /// Groups, alpha, p_r, its parts; empty on the second page, the parts also where there is little room.
    pub charts: [Rect; 4],
    /// Group B by layer and epoch; empty on the second page.
    pub layers: Rect,
    /// Losses, confusion, disputed labels; empty on the first page of a small window.
    pub samples: [Rect; 3],
}

/// Plans the tab.
pub fn areas(app: &App, area: Rect) -> Areas {
    let none = Rect::default();
    let halves = |area: Rect| -> [Rect; 2] { Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area) };
    let rows = |area: Rect| -> [Rect; 2] { Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area) };
    let method = |area: Rect| {
        if area.height >= PARTS {
            let thirds: [Rect; 3] = Layout::vertical([Constraint::Fill(1); 3]).areas(area);
            let ([groups, alpha], [p_r, parts]) = (halves(thirds[0]), halves(thirds[1]));
            return ([groups, alpha, p_r, parts], thirds[2]);
        }
        let [top, low] = rows(area);
        let ([groups, alpha], [p_r, layers]) = (halves(top), halves(low));
        ([groups, alpha, p_r, none], layers)
    };
    if area.height >= BOTH {
        let [upper, lower] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(area);
        let three = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1), Constraint::Fill(1)]).areas(lower);
        let (charts, layers) = method(upper);
        return Areas { charts, layers, samples: three };
    }
    if app.samples_page {
        let [top, low] = rows(area);
        let [losses, confusion] = halves(top);
        return Areas { charts: [none; 4], layers: none, samples: [losses, confusion, low] };
    }
    let (charts, layers) = method(area);
    Areas { charts, layers, samples: [none; 3] }
}

/// Draws it.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let Areas { charts, layers: by_layer, samples: places } = areas(app, area);
    let foot = if area.height >= BOTH { "" } else { "Tab: single samples" };
    for (i, place) in CHARTS.into_iter().zip(charts).filter(|(_, place)| !place.is_empty()) {
        let (title, foot) = chart::titles(i, run, app);
        framed(&title, &foot, false, app, place, buf, |inner, buf| chart::draw(i, run, app, inner, buf));
    }
    if !by_layer.is_empty() {
        framed("Group B % by layer and epoch", foot, false, app, by_layer, buf, |inner, buf| layers::by_epoch(run, app, inner, buf));
    }
    let [losses, confusion, disputed] = places;
    if !losses.is_empty() {
        framed(&samples::title(run), "", false, app, losses, buf, |inner, buf| samples::losses(run, app, inner, buf));
        let title = "wrong labels: given (rows), predicted %";
        framed(title, "diagonal: memorised", false, app, confusion, buf, |inner, buf| samples::confusion(run, app, inner, buf));
        let foot = "j/k choose  all of them: samples.csv in the run's folder";
        framed("disputed labels", foot, false, app, disputed, buf, |inner, buf| disputed::draw(run, app, inner, buf));
    }
}
