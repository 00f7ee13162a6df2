//! The screen: ratatui over a feed. It never sees a tensor, a model or a run's files, and cannot tell live from stored.
//!
//! Layout:
//! * [`driver`] the loop of keys and ticks, the only file that knows async; [`terminal`] guard and panic hook; [`ground`] the terminal's ground
//! * [`app`] what the screen remembers and `update`; [`action`] the table of actions; [`keymap`] keys; [`mouse`]; [`input`] text fields
//! * [`settings`] what a person may set; [`shell`] what is asked of the world outside the run
//! * [`view`] draws everything; [`layout`] plans by size; [`pane`] one file a pane; [`tab`] one a tab; [`popup`] one a dialog
//! * [`chart`] the table of charts; [`widget`] the curve and the heat map; [`mod@print`] a drawing as lines of text; [`mod@format`] numbers as text
//! * [`board`] the tiles of a sweep
//! * [`theme`] roles to styles, by colour depth

pub mod action;
pub mod app;
pub mod board;
pub mod chart;
pub mod driver;
pub mod format;
pub mod ground;
pub mod input;
pub mod keymap;
pub mod layout;
pub mod mouse;
pub mod pane;
pub mod popup;
pub mod print;
pub mod settings;
pub mod shell;
pub mod tab;
pub mod terminal;
pub mod theme;
pub mod view;
pub mod widget;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub use ratatui::buffer::Buffer;
pub use ratatui::layout::Rect;
use saner_core::feed::Feed;

/// What the root tells the screen.
#[derive(Clone, Default)]
pub struct Options {
    /// Title: the run's id.
    pub title: String,
    /// Raised by a signal that ends the run: the screen leaves when the run has ended.
    pub leave: Arc<AtomicBool>,
    /// Raised by an interrupt from outside: as Ctrl+C, first the dialog, then out.
    pub interrupted: Arc<AtomicBool>,
    /// What the person has set.
    pub settings: settings::Settings,
    /// The world outside the run, where there is one.
    pub shell: Option<Arc<dyn shell::Shell>>,
}

/// Shows a feed until the person leaves.
///
/// # Errors
/// The terminal refuses.
pub fn run(feed: Feed, options: Options) -> std::io::Result<()> {
    driver::run(feed, options)
}
