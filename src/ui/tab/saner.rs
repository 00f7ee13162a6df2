//! The SANER tab: shares of the groups, alpha with its plan, p_r, and Group B by layer and epoch; behind Tab, or beside
//! it in a large window, single samples.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use saner_core::state::RunState;

use crate::app::App;
use crate::pane::{chart, disputed, layers, samples};
use crate::view::framed;

/// Charts of the tab by their place in the table: groups, alpha, p_r.
pub const CHARTS: [usize; 3] = [5, 4, 3];

/// Rows from which both pages are shown.
const BOTH: u16 = 40;

/// Where the charts and the layers lie, and where the three panes of samples do.
pub struct Areas {
    /// Groups, alpha, p_r, layers; empty on the second page.
    pub method: [Rect; 4],
    /// Losses, confusion, disputed labels; empty on the first page of a small window.
    pub samples: [Rect; 3],
}

/// Plans the tab.
pub fn areas(app: &App, area: Rect) -> Areas {
    let none = Rect::default();
    let halves = |area: Rect| -> [Rect; 2] { Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area) };
    let rows = |area: Rect| -> [Rect; 2] { Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area) };
    let method = |area: Rect| {
        let [top, low] = rows(area);
        let ([groups, alpha], [p_r, layers]) = (halves(top), halves(low));
        [groups, alpha, p_r, layers]
    };
    if area.height >= BOTH {
        let [upper, lower] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(area);
        let three = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1), Constraint::Fill(1)]).areas(lower);
        return Areas { method: method(upper), samples: three };
    }
    if app.samples_page {
        let [top, low] = rows(area);
        let [losses, confusion] = halves(top);
        return Areas { method: [none; 4], samples: [losses, confusion, low] };
    }
    Areas { method: method(area), samples: [none; 3] }
}

/// Draws it.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let Areas { method, samples: places } = areas(app, area);
    let foot = if area.height >= BOTH { "" } else { "Tab: single samples" };
    for (i, place) in CHARTS.into_iter().zip(method).filter(|(_, place)| !place.is_empty()) {
        let (title, foot) = chart::titles(i, run, app);
        framed(&title, &foot, false, app, place, buf, |inner, buf| chart::draw(i, run, app, inner, buf));
    }
    if !method[3].is_empty() {
        framed("Group B % by layer and epoch", foot, false, app, method[3], buf, |inner, buf| layers::by_epoch(run, app, inner, buf));
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
