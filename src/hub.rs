//! The engine's door: a unix socket at which any number of clients watch a run and one of them steers it.
//!
//! Nothing here can slow training: each client has a thread that reads the run's own files from where the client stands,
//! so that one that reads nothing costs neither memory nor time. See `docs/PROTOCOL.md`.

mod client;
mod door;
mod lease;
pub mod place;
mod tail;
#[cfg(test)]
mod tests;

use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use saner_core::Result;
use saner_core::feed::Feed;
use saner_core::rundir::RunDir;

use lease::Lease;
use place::Place;

/// Clients at one time.
const MOST_CLIENTS: u32 = 32;
/// How long an ended run waits for its clients to hear of it.
const FAREWELL: Duration = Duration::from_secs(3);

/// An open door; it is closed, and its files are removed, when this goes out of scope.
pub struct Hub {
    shared: Arc<Shared>,
    place: Place,
}

/// What all clients of a run share.
pub(crate) struct Shared {
    run: RunDir,
    feed: Feed,
    lease: Mutex<Lease>,
    clients: AtomicU32,
    closing: AtomicBool,
}

impl Shared {
    fn lease(&self) -> MutexGuard<'_, Lease> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Opens the door of a run that this process trains.
    ///
    /// # Errors
    /// No socket can be made, in the run's folder or in the folder for temporary files.
    pub fn open(run: &RunDir, feed: Feed) -> Result<Self> {
        let (place, listener) = Place::take(run)?;
        let shared = Arc::new(Shared {
            run: run.clone(),
            feed,
            lease: Mutex::new(Lease::default()),
            clients: AtomicU32::new(0),
            closing: AtomicBool::new(false),
        });
        let door = shared.clone();
        let _ = std::thread::Builder::new().name("door".into()).spawn(move || admit(&listener, &door));
        Ok(Self { shared, place })
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // Clients see the end in the run's files and go; one that does not read is left behind.
        let begun = Instant::now();
        while self.shared.clients.load(Ordering::SeqCst) > 0 && begun.elapsed() < FAREWELL {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.shared.closing.store(true, Ordering::SeqCst);
        // Wakes the door's thread.
        let _ = UnixStream::connect(&self.place.socket);
        self.place.leave();
    }
}

fn admit(listener: &UnixListener, shared: &Arc<Shared>) {
    for (id, stream) in (1u64..).zip(listener.incoming()) {
        if shared.closing.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else {
            // No descriptors left, for example: the door stays open for later.
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        if shared.clients.fetch_add(1, Ordering::SeqCst) >= MOST_CLIENTS {
            client::turn_away(&stream, &format!("{MOST_CLIENTS} clients are connected already; close one"));
            shared.clients.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let of_client = shared.clone();
        let started = std::thread::Builder::new().name(format!("client {id}")).spawn(move || {
            client::serve(id, &stream, &of_client);
            of_client.clients.fetch_sub(1, Ordering::SeqCst);
        });
        if started.is_err() {
            shared.clients.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
