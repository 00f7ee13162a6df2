//! The other end of the door: a run in another process as a feed, whose connection may break and come back.

mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use saner_core::command::Command;
use saner_core::feed::{Control, Feed, Remote};
use saner_core::log::LogWriter;
use saner_core::protocol::follow::{Follower, News};
use saner_core::protocol::{Ask, Role, Tell};
use saner_core::rundir::RunDir;

use crate::view::{close, standing};
pub use wire::{Away, Heard, Wire, connect};

/// Commands that may wait for the connection.
const COMMANDS: usize = 64;
/// How long the first picture may take.
const FIRST: Duration = Duration::from_secs(20);
/// How long the engine may take to close a connection that is left.
const FAREWELL: Duration = Duration::from_secs(1);
/// Shortest and longest pause between tries to come back.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(5)];

/// What a client is to the run.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What it wants to be.
    pub role: Role,
    /// Whether control is taken from whoever has it.
    pub take: bool,
    /// Its name in the log.
    pub by: String,
}

/// A joined run.
pub struct Joined {
    /// Its state and its inbox.
    pub feed: Feed,
    out: Out,
    left: Arc<AtomicBool>,
    listener: JoinHandle<()>,
}

/// The writing end, shared; absent while the connection is broken.
#[derive(Clone, Default)]
struct Out(Arc<Mutex<Option<wire::Writer>>>);

impl Out {
    fn lock(&self) -> MutexGuard<'_, Option<wire::Writer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, ask: &Ask) -> bool {
        self.lock().as_mut().is_some_and(|writer| writer.say(ask).is_ok())
    }
}

struct Other {
    out: Out,
    pid: u32,
    only_watches: bool,
}

impl Remote for Other {
    fn take(&self) -> Result<(), String> {
        if self.only_watches {
            return Err("this screen was opened with --read-only; attach without it to steer".into());
        }
        if self.out.say(&Ask::Take { force: true }) { Ok(()) } else { Err("the connection to the run is broken".into()) }
    }

    fn kill(&self) {
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

impl Joined {
    /// Leaves on purpose: control is free when this returns, so that whoever comes next finds it so.
    pub fn leave(&self) {
        self.left.store(true, Ordering::SeqCst);
        self.out.say(&Ask::Bye);
        let begun = Instant::now();
        while !self.listener.is_finished() && begun.elapsed() < FAREWELL {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Joins a run that another process of this machine trains.
///
/// # Errors
/// It is dead, elsewhere, or refuses.
pub fn join(run: &RunDir, wish: &Wish) -> Result<Joined, Away> {
    let token = token();
    let mut wire = connect(run, wish.role, &wish.by, &token)?;
    if wish.take {
        wire.writer.say(&Ask::Take { force: true }).map_err(|fault| Away::Refused(fault.to_string()))?;
    }
    let begun = Instant::now();
    let mut follower = Follower::default();
    let mut early = Vec::new();
    let state = loop {
        match wire.reader.next() {
            Heard::Message(Tell::Refused { reason }) => return Err(Away::Refused(reason)),
            Heard::Message(message @ (Tell::Control { .. } | Tell::Health { .. } | Tell::Log { .. })) => early.push(message),
            Heard::Message(message) => {
                if let News::Whole(state) = follower.take(message) {
                    break state;
                }
            }
            Heard::Nothing if begun.elapsed() < FIRST => {}
            Heard::Nothing => return Err(Away::Refused("the engine does not speak".into())),
            Heard::End => return Err(Away::Dead),
        }
    };
    let (inbox, asked) = sync_channel(COMMANDS);
    let out = Out::default();
    *out.lock() = Some(wire.writer);
    let other = Other { out: out.clone(), pid: wire.hello.pid, only_watches: wish.role == Role::View };
    let feed = Feed::joined(*state, Some(inbox), Some(Box::new(other)));
    let mine = wire.hello.control;
    feed.relink(|link| link.control = if mine { Control::Mine } else { Control::Free });
    let left = Arc::new(AtomicBool::new(false));
    let mut listener = Listener {
        run: run.clone(),
        feed: feed.clone(),
        out: out.clone(),
        follower,
        wish: wish.clone(),
        token,
        left: left.clone(),
        newest_line: String::new(),
        told_again: false,
    };
    early.into_iter().for_each(|message| listener.hear(message));
    let reader = wire.reader;
    let thread = std::thread::spawn(move || listener.listen(reader));
    let (to, news) = (out.clone(), feed.clone());
    std::thread::spawn(move || pass_on(&asked, &to, &news));
    Ok(Joined { feed, out, left, listener: thread })
}

/// A word that only this client knows: its process and the time to a nanosecond.
fn token() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    format!("{}-{now}", std::process::id())
}

fn pass_on(asked: &Receiver<Command>, out: &Out, feed: &Feed) {
    for Command { id, verb, .. } in asked {
        if !out.say(&Ask::Command { id, verb }) {
            feed.notify("the connection to the run is broken; nothing was changed".into());
        }
    }
}

/// The thread that hears the engine.
struct Listener {
    run: RunDir,
    feed: Feed,
    out: Out,
    follower: Follower,
    wish: Wish,
    token: String,
    /// Whether this side has said that it leaves: then a closed connection is no loss.
    left: Arc<AtomicBool>,
    /// Time of the newest line of the text log.
    newest_line: String,
    /// Whether lines are told that may be known.
    told_again: bool,
}

impl Listener {
    fn listen(mut self, mut reader: wire::Reader) {
        let mut heard = Instant::now();
        loop {
            match reader.next() {
                Heard::Message(Tell::Bye { .. }) => return self.ended(),
                Heard::Message(message) => {
                    heard = Instant::now();
                    self.feed.relink(|link| link.quiet_secs = 0);
                    self.hear(message);
                }
                Heard::Nothing => {
                    let quiet = heard.elapsed().as_secs();
                    // A sign of life comes every two seconds.
                    self.feed.relink(|link| link.quiet_secs = if quiet > 3 { quiet } else { 0 });
                }
                Heard::End if self.left.load(Ordering::SeqCst) => return,
                Heard::End => match self.again() {
                    Some(fresh) => reader = fresh,
                    None => return self.ended(),
                },
            }
        }
    }

    fn hear(&mut self, message: Tell) {
        match message {
            Tell::Control { yours, holder } => {
                let before = self.feed.link().control;
                let control = match holder {
                    _ if yours => Control::Mine,
                    Some(name) => Control::Of(name),
                    None => Control::Free,
                };
                if before != control {
                    match (&before, &control) {
                        (Control::Mine, Control::Of(name)) => self.feed.notify(format!("{name} has taken control; `:take` takes it back")),
                        (_, Control::Mine) => self.feed.notify("you have control".into()),
                        (_, Control::Free) => self.feed.notify("nobody has control; `:take` takes it".into()),
                        _ => {}
                    }
                    self.feed.relink(|link| link.control = control);
                }
            }
            // After a lost connection the newest lines are told again.
            Tell::Log { line } if self.told_again && line.time <= self.newest_line => {}
            Tell::Log { line } => {
                self.told_again = false;
                if !line.time.is_empty() {
                    self.newest_line.clone_from(&line.time);
                }
                self.feed.log(line);
            }
            Tell::Health { clients, machine, .. } => {
                machine.into_iter().for_each(|machine| self.feed.load(machine));
                self.feed.relink(|link| link.watchers = clients);
            }
            Tell::Answer { refused: Some(reason), .. } => self.feed.notify(format!("refused: {reason}")),
            Tell::Refused { reason } => self.feed.notify(reason),
            message => match self.follower.take(message) {
                News::Nothing => {}
                News::Whole(state) => self.feed.replace(*state),
                News::Reports(reports) => {
                    for report in reports {
                        self.feed.hear(&report);
                    }
                }
            },
        }
    }

    /// Comes back to an engine that still lives.
    fn again(&mut self) -> Option<wire::Reader> {
        *self.out.lock() = None;
        let (lost, mut pause) = (Instant::now(), PAUSES[0]);
        let role = if self.feed.link().control == Control::Mine { Role::Control } else { Role::View };
        while LogWriter::is_taken(&self.run) {
            self.feed.relink(|link| link.quiet_secs = lost.elapsed().as_secs().max(1));
            if let Ok(wire) = connect(&self.run, role, &self.wish.by, &self.token) {
                *self.out.lock() = Some(wire.writer);
                self.feed.relink(|link| link.quiet_secs = 0);
                self.told_again = true;
                return Some(wire.reader);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(PAUSES[1]);
        }
        None
    }

    /// The engine has gone: what its files say is what there is.
    fn ended(self) {
        *self.out.lock() = None;
        let state = standing(&self.run).map(|(state, _)| state).unwrap_or_else(|_| {
            let mut last = self.feed.read().clone();
            close(&mut last);
            last
        });
        self.feed.relink(|link| link.quiet_secs = 0);
        self.feed.replace(state);
    }
}
