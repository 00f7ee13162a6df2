//! Every action as a row: name, group, keys, help. Keys, help and footer come from here and from nowhere else.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a person can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each row of the table says it")]
pub enum Action {
    Leave,
    Suspend,
    Redraw,
    Help,
    Palette,
    TabLive,
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
    Marker,
    Theme,
}

/// Where an action belongs in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Training itself.
    Run,
    /// Live-tunable values.
    Knobs,
    /// Curves.
    Charts,
    /// Moving about.
    Move,
    /// Everything else.
    Screen,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Name in the palette and in key files.
    pub name: &'static str,
    /// Group in the help.
    pub group: Group,
    /// Keys, as `p`, `ctrl-c`, `shift-left`.
    pub keys: &'static [&'static str],
    /// One line.
    pub help: &'static str,
}

const fn row(action: Action, name: &'static str, group: Group, keys: &'static [&'static str], help: &'static str) -> Row {
    Row { action, name, group, keys, help }
}

/// The table.
pub const ACTIONS: &[Row] = &[
    row(Action::TogglePause, "run.pause", Group::Run, &["p"], "pause or go on with training, after this step"),
    row(Action::Checkpoint, "run.checkpoint", Group::Run, &["c"], "write a checkpoint now"),
    row(Action::CheckpointNote, "run.checkpoint-note", Group::Run, &["C"], "write a checkpoint with a note; it is never pruned"),
    row(Action::Note, "run.note", Group::Run, &["m"], "put a note on the charts at this step"),
    row(Action::Palette, "palette", Group::Run, &[":"], "type a command: set alpha 0.3, checkpoint, eval, stop"),
    row(Action::Leave, "leave", Group::Run, &["q", "ctrl-c"], "leave dialog; nothing ends without a second key"),
    row(Action::Up, "up", Group::Knobs, &["up", "k"], "knob above, or scroll"),
    row(Action::Down, "down", Group::Knobs, &["down", "j"], "knob below, or scroll"),
    row(Action::Left, "left", Group::Knobs, &["left", "h"], "knob: fine step down (staged); zoomed chart: earlier"),
    row(Action::Right, "right", Group::Knobs, &["right", "l"], "knob: fine step up (staged); zoomed chart: later"),
    row(Action::CoarseLeft, "coarse-left", Group::Knobs, &["<", "shift-left"], "knob: coarse step down (staged)"),
    row(Action::CoarseRight, "coarse-right", Group::Knobs, &[">", "shift-right"], "knob: coarse step up (staged)"),
    row(Action::Edit, "knob.edit", Group::Knobs, &["e"], "type a value for the knob"),
    row(Action::Enter, "enter", Group::Knobs, &["enter"], "apply what is staged; on a chart: expand it"),
    row(Action::Back, "back", Group::Knobs, &["esc"], "back: dialog, staged values, zoom, expanded chart"),
    row(Action::Undo, "knob.undo", Group::Knobs, &["u"], "stage the value before the last applied change"),
    row(Action::Redo, "knob.redo", Group::Knobs, &["U"], "stage the value that was undone"),
    row(Action::LogY, "chart.log-y", Group::Charts, &["y"], "linear or logarithmic y"),
    row(Action::XAxis, "chart.x", Group::Charts, &["x"], "x in epochs or steps"),
    row(Action::SmoothUp, "chart.smooth", Group::Charts, &["s"], "smoother: 0, .6, .9, .98, .99"),
    row(Action::SmoothDown, "chart.rough", Group::Charts, &["S"], "less smooth"),
    row(Action::ZoomIn, "chart.zoom-in", Group::Charts, &["+"], "zoom in on the newest steps"),
    row(Action::ZoomOut, "chart.zoom-out", Group::Charts, &["-"], "zoom out"),
    row(Action::ZoomReset, "chart.zoom-reset", Group::Charts, &["0", "="], "show all and follow"),
    row(Action::Raw, "chart.raw", Group::Charts, &["r"], "raw points behind the smooth line"),
    row(Action::Marker, "chart.marker", Group::Charts, &["v"], "braille, half blocks, ASCII"),
    row(Action::NextPane, "pane.next", Group::Move, &["tab"], "next pane"),
    row(Action::PreviousPane, "pane.previous", Group::Move, &["backtab"], "previous pane"),
    row(Action::TabLive, "tab.live", Group::Move, &["1"], "Live tab"),
    row(Action::TabLogs, "tab.logs", Group::Move, &["2", "6"], "Logs tab"),
    row(Action::Freeze, "display.freeze", Group::Screen, &["f"], "freeze or follow the display; training goes on"),
    row(Action::Theme, "theme.next", Group::Screen, &["t"], "next theme"),
    row(Action::Help, "help", Group::Screen, &["?", "f1"], "this page"),
    row(Action::Suspend, "suspend", Group::Screen, &["ctrl-z"], "suspend the screen (with --inline training too)"),
    row(Action::Redraw, "redraw", Group::Screen, &["ctrl-l"], "draw everything anew"),
];

/// Action of a key, if it has one.
pub fn of_key(key: &KeyEvent) -> Option<Action> {
    let name = key_name(key)?;
    ACTIONS.iter().find(|row| row.keys.contains(&name.as_str())).map(|row| row.action)
}

/// First key of an action, for footers.
pub fn key_of(action: Action) -> &'static str {
    ACTIONS.iter().find(|row| row.action == action).and_then(|row| row.keys.first()).copied().unwrap_or("")
}

/// Name of a key as written in the table.
pub fn key_name(key: &KeyEvent) -> Option<String> {
    let base = match key.code {
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".into(),
        KeyCode::Esc => "esc".into(),
        KeyCode::Tab => "tab".into(),
        KeyCode::BackTab => return Some("backtab".into()),
        KeyCode::Up => "up".into(),
        KeyCode::Down => "down".into(),
        KeyCode::Left => "left".into(),
        KeyCode::Right => "right".into(),
        KeyCode::F(n) => format!("f{n}"),
        _ => return None,
    };
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return Some(format!("ctrl-{}", base.to_lowercase()));
    }
    // A shifted letter already comes as its capital.
    let shifted = key.modifiers.contains(KeyModifiers::SHIFT) && !matches!(key.code, KeyCode::Char(_));
    Some(if shifted { format!("shift-{base}") } else { base })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_and_no_action_has_two_rows() {
        let keys: Vec<&str> = ACTIONS.iter().flat_map(|row| row.keys.iter().copied()).collect();
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "{key} twice");
        }
        for (i, row) in ACTIONS.iter().enumerate() {
            assert!(ACTIONS[..i].iter().all(|other| other.action != row.action && other.name != row.name), "{}", row.name);
        }
    }

    #[test]
    fn keys_are_found() {
        let press = |code, modifiers| of_key(&KeyEvent::new(code, modifiers));
        assert_eq!(press(KeyCode::Char('p'), KeyModifiers::NONE), Some(Action::TogglePause));
        assert_eq!(press(KeyCode::Char('C'), KeyModifiers::SHIFT), Some(Action::CheckpointNote));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Leave));
        assert_eq!(press(KeyCode::Left, KeyModifiers::SHIFT), Some(Action::CoarseLeft));
        assert_eq!(press(KeyCode::Char('Q'), KeyModifiers::NONE), None);
    }
}
