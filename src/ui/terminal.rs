//! The terminal guard: enters in a fixed order, leaves in the reverse one, exactly once, also on panic.

use std::io::{Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute, style};

/// Whether the screen is ours at the moment; the only process-wide state beside the panic hook that needs it.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Clicks, drags and the wheel, with large coordinates; not every movement (1003), which floods a slow connection.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Hears the mouse, or leaves it to the terminal.
///
/// # Errors
/// The terminal refuses.
pub fn mouse(on: bool) -> std::io::Result<()> {
    let mut out = stdout();
    out.write_all(if on { MOUSE_ON } else { MOUSE_OFF }.as_bytes())?;
    out.flush()
}

/// Puts a text into the terminal's clipboard (OSC 52), as far as it allows that.
///
/// # Errors
/// The terminal refuses.
pub fn copy(text: &str) -> std::io::Result<()> {
    let mut out = stdout();
    execute!(out, crossterm::clipboard::CopyToClipboard::to_clipboard_from(text))
}

/// Rings, and has a message shown where the terminal can (OSC 9).
///
/// # Errors
/// The terminal refuses.
pub fn alarm(text: &str, bell: bool, osc9: bool) -> std::io::Result<()> {
    let mut out = stdout();
    if osc9 {
        write!(out, "\x1b]9;{}\x1b\\", crate::format::plain(text))?;
    }
    if bell {
        out.write_all(b"\x07")?;
    }
    out.flush()
}

/// Restores the terminal when it goes out of scope.
pub struct Guard;

impl Guard {
    /// Takes the screen.
    ///
    /// # Errors
    /// The terminal refuses; what was entered by then is left again.
    pub fn enter(title: &str, mouse_on: bool) -> std::io::Result<Self> {
        // With NO_COLOR, crossterm 0.29 would cancel bold and reverse as well; the mono theme does that job better.
        style::force_color_output(true);
        enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        let guard = Self;
        execute!(
            stdout(),
            EnterAlternateScreen,
            cursor::Hide,
            EnableBracketedPaste,
            SetTitle(format!("saner-tui {}", crate::format::plain(title)))
        )?;
        mouse(mouse_on)?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the screen back; errors are ignored, for there may be no terminal any more. Safe to call twice.
pub fn leave() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        let mut out = stdout();
        let _ = out.write_all(MOUSE_OFF.as_bytes());
        let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste, style::ResetColor, cursor::Show, LeaveAlternateScreen);
        let _ = out.flush();
        let _ = disable_raw_mode();
    }
}

/// Only a panic of this thread touches the terminal; any other one is an event of the run and goes to the log.
pub fn install_panic_hook() {
    let screen = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == screen {
            leave();
            before(panic);
        } else {
            tracing::error!(target: "engine", "panic: {panic}");
        }
    }));
}

/// Suspends the whole process, as Ctrl+Z does elsewhere. Engine and screen share it, so training stands still too.
///
/// # Errors
/// The system refuses the signal.
pub fn suspend() -> std::io::Result<()> {
    Ok(rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?)
}
