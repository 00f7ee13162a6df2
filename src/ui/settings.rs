//! What a person may set of the screen; the root reads it from their files.

use serde::{Deserialize, Serialize};

use crate::keymap::Keymap;
use crate::layout::Mode;
use crate::theme::{Depth, Themes};
use crate::widget::curve::{ChartView, XAxis};
use crate::widget::grid::Marker;

/// The theme that is chosen by the ground of the terminal.
pub const AUTO: &str = "auto";

/// Settings of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Name of the theme, or `auto`.
    pub theme: String,
    /// Where themes are.
    pub themes: Themes,
    /// Colours of the terminal.
    pub depth: Depth,
    /// Which plan the Live tab has.
    pub layout: Layout,
    /// Whether clicks and the wheel are heard.
    pub mouse: bool,
    /// How charts begin.
    pub chart: ChartView,
    /// Frames.
    pub draw: Draw,
    /// Keys.
    pub keymap: Keymap,
    /// Whether a person who is here for the first time is shown around.
    pub tour: bool,
    /// Whether the bell rings when a run ends or breaks.
    pub bell: bool,
    /// Whether the terminal is asked to show a message then.
    pub osc9: bool,
    /// Whether values may be copied to the terminal's clipboard (OSC 52).
    pub copy: bool,
    /// What was wrong in the person's files; the screen begins all the same.
    pub complaints: Vec<String>,
}

/// Frames a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Draw {
    /// For new data, 1 to 30.
    pub data_fps: u32,
    /// For keys, 1 to 60.
    pub input_fps: u32,
}

/// Plan of the Live tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// By the size.
    #[default]
    Auto,
    /// One chart and three lines of values.
    Strip,
    /// Two charts and the knobs.
    Standard,
    /// Three charts, knobs, newest values, events.
    Desk,
    /// Everything.
    Wall,
}

/// Every plan with its word.
pub const LAYOUTS: [(Layout, &str); 5] =
    [(Layout::Auto, "auto"), (Layout::Strip, "strip"), (Layout::Standard, "standard"), (Layout::Desk, "desk"), (Layout::Wall, "wall")];

impl Layout {
    /// The plan that is wanted, if one is.
    pub fn mode(self) -> Option<Mode> {
        match self {
            Self::Auto => None,
            Self::Strip => Some(Mode::Strip),
            Self::Standard => Some(Mode::Standard),
            Self::Desk => Some(Mode::Desk),
            Self::Wall => Some(Mode::Wall),
        }
    }
}

/// What of the settings is changed on the screen itself; the names are those of the settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// Name of the theme, or `auto`.
    pub theme: String,
    /// Plan of the Live tab.
    pub layout: Layout,
    /// Dots of the charts.
    pub marker: Marker,
    /// Whether clicks and the wheel are heard.
    pub mouse: bool,
    /// How charts are shown.
    pub chart: ChartSettings,
}

/// How charts begin, as settings have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChartSettings {
    /// EMA weight, 0 to 0.999.
    pub smoothing: f64,
    /// epoch, step or time.
    pub x: XAxis,
    /// Logarithmic y.
    pub log_y: bool,
    /// Raw points behind the line.
    pub raw: bool,
}

impl Default for ChartSettings {
    fn default() -> Self {
        let view = ChartView::default();
        Self { smoothing: view.smoothing, x: view.x, log_y: view.log_y, raw: view.raw }
    }
}

impl ChartSettings {
    /// The view that charts begin with.
    pub fn view(&self, marker: Marker) -> ChartView {
        ChartView {
            smoothing: self.smoothing.clamp(0.0, 0.999),
            x: self.x,
            log_y: self.log_y,
            raw: self.raw,
            marker,
            ..ChartView::default()
        }
    }
}

impl Default for Draw {
    fn default() -> Self {
        Self { data_fps: 5, input_fps: 15 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: AUTO.into(),
            themes: Themes::default(),
            depth: Depth::detect(),
            layout: Layout::Auto,
            mouse: true,
            chart: ChartView::default(),
            draw: Draw::default(),
            keymap: Keymap::default(),
            tour: false,
            bell: true,
            osc9: false,
            copy: true,
            complaints: Vec::new(),
        }
    }
}

impl Settings {
    /// The theme to begin with: by name, or for `auto` the light one where the terminal says that its ground is light.
    pub fn first_theme(&self) -> String {
        match self.theme.as_str() {
            AUTO => by_ground(light_ground(&std::env::var("COLORFGBG").unwrap_or_default())).into(),
            name => name.to_owned(),
        }
    }
}

/// Name of the theme for a light ground, or for a dark one.
pub fn by_ground(light: bool) -> &'static str {
    if light { "light" } else { "dark" }
}

/// What `COLORFGBG` says of the ground: its last number is that colour of the sixteen.
fn light_ground(value: &str) -> bool {
    value.rsplit(';').next().and_then(|ground| ground.parse::<u8>().ok()).is_some_and(|ground| ground == 7 || ground == 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grounds() {
        assert!(light_ground("0;15") && light_ground("0;default;7"));
        assert!(!light_ground("15;0") && !light_ground("") && !light_ground("x"));
    }
}
