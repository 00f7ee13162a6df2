//! Every action as a row: name, context, keys, help. Keys, palette, help and footer come from here and from nowhere else.

use Context::{Charts, Global, Knobs, Logs, Timeline};

/// What a person can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each row of the table says it")]
pub enum Action {
    Leave,
    Suspend,
    Redraw,
    Help,
    Tour,
    Palette,
    TabLive,
    TabCharts,
    TabSaner,
    TabRuns,
    TabTimeline,
    TabLogs,
    NextPane,
    PreviousPane,
    Enter,
    Back,
    TogglePause,
    Freeze,
    Checkpoint,
    CheckpointNote,
    Note,
    Up,
    Down,
    Left,
    Right,
    CoarseLeft,
    CoarseRight,
    PageUp,
    PageDown,
    First,
    Last,
    Edit,
    Undo,
    Redo,
    LogY,
    XAxis,
    SmoothUp,
    SmoothDown,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    Raw,
    Outliers,
    Marker,
    CrossHair,
    NextEvent,
    PreviousEvent,
    Overlay,
    Mark,
    Filter,
    Export,
    Copy,
    Fork,
    Rollback,
    Diff,
    Wrap,
    Level,
    Theme,
    Mouse,
}

impl Action {
    /// Whether it changes the run, and so needs control of it.
    pub fn steers(self) -> bool {
        use Action::{Checkpoint, CheckpointNote, CoarseLeft, CoarseRight, Edit, Note, Redo, Rollback, TogglePause, Undo};
        matches!(self, TogglePause | Checkpoint | CheckpointNote | Note | Edit | Undo | Redo | Rollback | CoarseLeft | CoarseRight)
    }
}

/// Where a key means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Everywhere.
    Global,
    /// Where charts are.
    Charts,
    /// On the knobs.
    Knobs,
    /// On the Timeline tab.
    Timeline,
    /// On the Runs tab.
    Runs,
    /// On the Logs tab.
    Logs,
}

/// Names of contexts in key files, in the order of [`Context`].
pub const CONTEXTS: [(Context, &str, &str); 6] = [
    (Context::Global, "global", "Everywhere"),
    (Context::Charts, "charts", "Charts"),
    (Context::Knobs, "knobs", "Knobs"),
    (Context::Timeline, "timeline", "Timeline"),
    (Context::Runs, "runs", "Runs"),
    (Context::Logs, "logs", "Logs"),
];

/// One row.
#[derive(Debug)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Name in the palette and in key files.
    pub name: &'static str,
    /// Where its keys mean it.
    pub context: Context,
    /// Keys, as `p`, `ctrl-c`, `shift-left`.
    pub keys: &'static [&'static str],
    /// One line.
    pub help: &'static str,
}

const fn row(action: Action, name: &'static str, context: Context, keys: &'static [&'static str], help: &'static str) -> Row {
    Row { action, name, context, keys, help }
}

/// The table.
pub const ACTIONS: &[Row] = &[
    row(Action::TogglePause, "run.pause", Global, &["p"], "pause or go on with training, after this step"),
    row(Action::Checkpoint, "run.checkpoint", Global, &["c"], "write a checkpoint now"),
    row(Action::CheckpointNote, "run.checkpoint-note", Global, &["C"], "write a checkpoint with a note; it is never pruned"),
    row(Action::Note, "run.note", Global, &["m"], "put a note on the charts at this step"),
    row(Action::Palette, "palette", Global, &[":"], "type a command; Tab completes"),
    row(Action::Leave, "leave", Global, &["q", "ctrl-c"], "leave dialog; nothing ends without a second key"),
    row(Action::TabLive, "tab.live", Global, &["1"], "Live: curves and knobs"),
    row(Action::TabCharts, "tab.charts", Global, &["2"], "Charts: every metric"),
    row(Action::TabSaner, "tab.saner", Global, &["3"], "SANER: groups, alpha, p_r, layers"),
    row(Action::TabRuns, "tab.runs", Global, &["4"], "Runs: all in this folder, overlays"),
    row(Action::TabTimeline, "tab.timeline", Global, &["5"], "Timeline: what happened, and since"),
    row(Action::TabLogs, "tab.logs", Global, &["6"], "Logs: text lines"),
    row(Action::NextPane, "pane.next", Global, &["tab"], "next pane"),
    row(Action::PreviousPane, "pane.previous", Global, &["backtab"], "previous pane"),
    row(Action::Up, "up", Global, &["up", "k"], "up: knob, row, line"),
    row(Action::Down, "down", Global, &["down", "j"], "down: knob, row, line"),
    row(Action::Left, "left", Global, &["left", "h"], "knob: fine step down (staged); zoomed chart: earlier; cross-hair"),
    row(Action::Right, "right", Global, &["right", "l"], "knob: fine step up (staged); zoomed chart: later; cross-hair"),
    row(Action::CoarseLeft, "coarse-left", Global, &["<", "shift-left"], "knob: coarse step down (staged); cross-hair by ten"),
    row(Action::CoarseRight, "coarse-right", Global, &[">", "shift-right"], "knob: coarse step up (staged); cross-hair by ten"),
    row(Action::PageUp, "page-up", Global, &["pageup", "ctrl-u"], "a page up"),
    row(Action::PageDown, "page-down", Global, &["pagedown", "ctrl-d"], "a page down"),
    row(Action::First, "first", Global, &["g", "home"], "to the first row"),
    row(Action::Last, "last", Global, &["G", "end"], "to the last row"),
    row(Action::Enter, "enter", Global, &["enter"], "apply what is staged; expand a chart; go to an event"),
    row(Action::Back, "back", Global, &["esc"], "back: dialog, staged values, cross-hair, filter, zoom, expanded chart"),
    row(Action::Filter, "filter", Global, &["/"], "filter charts, events or lines by a regular expression"),
    row(Action::Mark, "mark", Global, &["space"], "Charts: pin first; Runs: lay over the charts"),
    row(Action::Export, "export", Global, &["E"], "export the run: numbers, figures, tables, a report, weights"),
    row(Action::Freeze, "display.freeze", Global, &["f"], "freeze or follow the display; training goes on"),
    row(Action::Theme, "theme.next", Global, &["t"], "next theme"),
    row(Action::Mouse, "mouse.toggle", Global, &[], "mouse on or off; Shift leaves it to the terminal"),
    row(Action::Help, "help", Global, &["?"], "this page"),
    row(Action::Tour, "tour", Global, &["f1"], "what the screen shows, in six cards"),
    row(Action::Suspend, "suspend", Global, &["ctrl-z"], "suspend the screen (with --inline training too)"),
    row(Action::Redraw, "redraw", Global, &["ctrl-l"], "draw everything anew"),
    row(Action::Edit, "knob.edit", Knobs, &["e"], "type a value for the knob"),
    row(Action::Undo, "knob.undo", Knobs, &["u"], "stage the value before the last applied change"),
    row(Action::Redo, "knob.redo", Knobs, &["U"], "stage the value that was undone"),
    row(Action::LogY, "chart.log-y", Charts, &["y"], "linear or logarithmic y"),
    row(Action::XAxis, "chart.x", Charts, &["x"], "x in epochs, steps, time of training, or the clock"),
    row(Action::SmoothUp, "chart.smooth", Charts, &["s"], "smoother: 0, .6, .9, .98, .99"),
    row(Action::SmoothDown, "chart.rough", Charts, &["S"], "less smooth"),
    row(Action::ZoomIn, "chart.zoom-in", Charts, &["+"], "zoom in on the newest steps"),
    row(Action::ZoomOut, "chart.zoom-out", Charts, &["-"], "zoom out"),
    row(Action::ZoomReset, "chart.zoom-reset", Charts, &["0", "="], "show all and follow"),
    row(Action::Raw, "chart.raw", Charts, &["r"], "raw points behind the smooth line"),
    row(Action::Outliers, "chart.outliers", Charts, &["O"], "y over all values, or without the 5 % at either end"),
    row(Action::Marker, "chart.marker", Charts, &["v"], "braille, octants, half blocks, dots, ASCII"),
    row(Action::CrossHair, "chart.cross-hair", Charts, &["i"], "cross-hair with exact values, on all charts at once"),
    row(Action::NextEvent, "chart.next-event", Charts, &["n"], "cross-hair to the next mark"),
    row(Action::PreviousEvent, "chart.previous-event", Charts, &["N"], "cross-hair to the mark before"),
    row(Action::Overlay, "chart.overlay", Charts, &["o"], "lay other runs over the charts, or take them off"),
    row(Action::Copy, "chart.copy", Charts, &["Y"], "copy the values under the cross-hair, or the ctl line of the last change"),
    row(Action::Fork, "timeline.fork", Timeline, &["b"], "a new run from the checkpoint before this event"),
    row(Action::Rollback, "timeline.rollback", Timeline, &["R"], "take this run back to the checkpoint before this event"),
    row(Action::Diff, "runs.diff", Context::Runs, &["d"], "what this run's recipe has otherwise than the shown one's"),
    row(Action::Wrap, "logs.wrap", Logs, &["w"], "wrap long lines or cut them"),
    row(Action::Level, "logs.level", Logs, &["L"], "least level that is shown"),
];

/// The row of an action.
pub fn row_of(action: Action) -> Option<&'static Row> {
    ACTIONS.iter().find(|row| row.action == action)
}

/// The action of a name.
pub fn find(name: &str) -> Option<Action> {
    ACTIONS.iter().find(|row| row.name == name).map(|row| row.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_action_has_two_rows() {
        for (i, row) in ACTIONS.iter().enumerate() {
            assert!(ACTIONS[..i].iter().all(|other| other.action != row.action && other.name != row.name), "{}", row.name);
        }
    }
}
