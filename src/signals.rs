//! Signals of a run: INT and TERM write a checkpoint and stop, a second INT stops at once, USR1 writes a checkpoint,
//! HUP is outlived: a broken ssh link must not end hours of training.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use saner_core::command::Verb;
use saner_core::feed::Feed;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;

/// Exit code of an interrupted program.
pub const INTERRUPTED: u8 = 130;

/// Listens on a thread of its own; the flag tells afterwards whether an INT came.
///
/// # Errors
/// The system refuses the handlers.
pub fn listen(feed: Feed) -> std::io::Result<Arc<AtomicBool>> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGUSR1, SIGHUP])?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let verb = match signal {
                SIGINT if flag.swap(true, Ordering::SeqCst) => std::process::exit(i32::from(INTERRUPTED)),
                SIGINT | SIGTERM => Verb::Stop,
                SIGUSR1 => Verb::Checkpoint { note: None },
                _ => continue,
            };
            // The run may have ended a moment ago; then there is nothing left to ask.
            let _ = feed.send("signal", verb);
        }
    });
    Ok(interrupted)
}
