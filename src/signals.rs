//! Signals of a run: INT and TERM write a checkpoint and stop, a second INT stops at once, USR1 writes a checkpoint,
//! HUP is outlived without a screen: a broken ssh link must not end hours of training.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use saner_core::command::Verb;
use saner_core::feed::Feed;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;

/// Exit code of an interrupted program.
pub const INTERRUPTED: u8 = 130;

/// What came so far.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// An INT.
    pub interrupted: Arc<AtomicBool>,
    /// Anything that ends the run; the screen leaves with it.
    pub stopping: Arc<AtomicBool>,
}

/// Listens on a thread of its own. With a screen `inline`, HUP means that the terminal is gone: then the run is saved and
/// ended, for in one process it cannot outlive its screen; elsewhere it goes on. An engine `apart` has no terminal, so
/// that an INT is not meant for it.
///
/// # Errors
/// The system refuses the handlers.
pub fn listen(feed: Feed, inline: bool, apart: bool) -> std::io::Result<Seen> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGUSR1, SIGHUP])?;
    let seen = Seen::default();
    let flags = seen.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let verb = match signal {
                SIGINT if apart => continue,
                SIGINT if flags.interrupted.swap(true, Ordering::SeqCst) => {
                    saner_ui::terminal::leave();
                    std::process::exit(i32::from(INTERRUPTED))
                }
                SIGUSR1 => Verb::Checkpoint { note: None },
                SIGHUP if !inline => continue,
                _ => {
                    flags.stopping.store(true, Ordering::SeqCst);
                    Verb::Stop
                }
            };
            // The run may have ended a moment ago; then there is nothing left to ask.
            let _ = feed.send("signal", verb);
        }
    });
    Ok(seen)
}
