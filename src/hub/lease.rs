//! Who steers: one client at a time, until it leaves, loses its connection for a while, or somebody takes over.

use std::time::{Duration, Instant};

use saner_core::protocol::tame;

/// How long a lost connection keeps its control.
const GRACE: Duration = Duration::from_secs(10);

/// Control of a run.
#[derive(Debug, Default)]
pub struct Lease {
    holder: Option<Holder>,
    /// From whom it was taken: the one gets it back when the other leaves.
    before: Option<Holder>,
    /// Grows with every change, so that clients see it.
    pub version: u64,
}

#[derive(Debug, Clone)]
struct Holder {
    who: Who,
    /// When its connection was lost.
    lost: Option<Instant>,
}

/// Letters of a client's name, and of its place.
const NAME: usize = 40;

/// A client, as its hello tells.
#[derive(Debug, Clone)]
pub struct Who {
    /// Number of its connection.
    pub id: u64,
    /// Its name, for the log.
    pub name: String,
    /// Its name and where it is, for people.
    pub title: String,
    /// With it a lost connection gets its control back.
    pub token: String,
}

impl Who {
    /// A client by what it says of itself; its words are tamed.
    pub fn new(id: u64, by: &str, from: &str, token: String) -> Self {
        let name = tame(by, NAME);
        let title = if from.is_empty() { name.clone() } else { format!("{name} at {}", tame(from, NAME)) };
        Self { id, name, title, token }
    }
}

impl Lease {
    /// Gives control if nobody has it, or if it is this client's own that was lost.
    pub fn ask(&mut self, who: &Who, now: Instant) -> bool {
        let free = match &self.holder {
            None => true,
            Some(holder) if holder.who.id == who.id => return true,
            Some(Holder { lost: Some(lost), who: own }) => {
                now.duration_since(*lost) >= GRACE || (!own.token.is_empty() && own.token == who.token)
            }
            Some(_) => false,
        };
        if free {
            self.take(who);
        }
        free
    }

    /// Gives control, from whoever has it.
    pub fn take(&mut self, who: &Who) {
        if self.is(who.id) {
            return;
        }
        self.before = self.holder.take().filter(|holder| holder.lost.is_none());
        self.holder = Some(Holder { who: who.clone(), lost: None });
        self.version += 1;
    }

    /// A client has gone: on purpose its control goes back to whom it was taken from, or is free, at once; else after a while.
    pub fn gone(&mut self, client: u64, on_purpose: bool, now: Instant) {
        self.before.take_if(|before| before.who.id == client);
        let Some(holder) = self.holder.as_mut().filter(|holder| holder.who.id == client) else { return };
        if on_purpose {
            self.holder = self.before.take();
        } else {
            holder.lost = Some(now);
        }
        self.version += 1;
    }

    /// Whether a client steers.
    pub fn is(&self, client: u64) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.who.id == client)
    }

    /// Name of who steers.
    pub fn name(&self, now: Instant) -> Option<String> {
        let held = |holder: &&Holder| holder.lost.is_none_or(|lost| now.duration_since(lost) < GRACE);
        self.holder.as_ref().filter(held).map(|holder| holder.who.title.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(id: u64, name: &str, token: &str) -> Who {
        Who::new(id, name, "", token.into())
    }

    #[test]
    fn one_at_a_time() {
        let (mut lease, now) = (Lease::default(), Instant::now());
        let (a, b) = (who(1, "a", "x"), who(2, "b", "y"));
        assert!(lease.ask(&a, now) && !lease.ask(&b, now) && lease.ask(&a, now));
        lease.take(&b);
        assert!(lease.is(2) && !lease.is(1));
        lease.gone(1, true, now);
        assert!(lease.is(2), "somebody else's leaving changes nothing");
        lease.take(&who(4, "ctl", ""));
        lease.gone(4, true, now);
        assert!(lease.is(2), "what was taken for a moment is given back");
        lease.take(&who(5, "ctl", ""));
        lease.gone(2, true, now);
        lease.gone(5, true, now);
        assert!(lease.name(now).is_none(), "but not to one that has left");
        lease.take(&b);
        lease.gone(2, true, now);
        assert!(lease.name(now).is_none() && lease.ask(&who(3, "c", ""), now));
    }

    #[test]
    fn a_lost_connection_keeps_control_for_ten_seconds() {
        let (mut lease, now) = (Lease::default(), Instant::now());
        lease.ask(&who(1, "a", "secret"), now);
        lease.gone(1, false, now);
        assert!(!lease.ask(&who(2, "b", ""), now + Duration::from_secs(9)) && lease.name(now).as_deref() == Some("a"));
        assert!(lease.ask(&who(3, "a", "secret"), now + Duration::from_secs(9)), "its own is given back");
        lease.gone(3, false, now);
        assert!(lease.ask(&who(4, "b", ""), now + Duration::from_secs(10)));
    }
}
