//! One client: its lines are answered on this thread, what happens is told it on another.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use saner_core::protocol::tell::tell;
use saner_core::protocol::{Ask, MAX_LINE, Role, Tell, VERSION, knobs, line, read};

use super::door::{Said, answer};
use super::lease::Who;
use super::tail::Tail;
use super::{Shared, place};
use crate::lines::{Came, Lines};

/// Between looks at the run's files.
const LOOK: Duration = Duration::from_millis(50);
/// Between signs of life.
const HEALTH: Duration = Duration::from_secs(2);
/// How long a client may take to say who it is.
const INTRODUCTION: Duration = Duration::from_secs(5);
/// How long a client may read nothing while something waits for it.
const STUCK: Duration = Duration::from_secs(60);

/// Refuses a connection with a sentence.
pub fn turn_away(stream: &UnixStream, reason: &str) {
    let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
    let _ = (&*stream).write_all(&line(&Tell::Refused { reason: reason.into() }));
}

/// Serves a client until it goes, the run ends, or it does what is not understood.
pub fn serve(id: u64, stream: &UnixStream, shared: &Shared) {
    if let Err(reason) = own(stream).and_then(|()| converse(id, stream, shared)) {
        turn_away(stream, &reason);
    }
    let _ = stream.shutdown(std::net::Shutdown::Both);
}

/// The other side must be a process of this user.
fn own(stream: &UnixStream) -> Result<(), String> {
    #[cfg(target_os = "linux")]
    {
        let peer = rustix::net::sockopt::socket_peercred(stream).map_err(|fault| format!("who you are cannot be told: {fault}"))?;
        if peer.uid != rustix::process::getuid() {
            return Err("this run belongs to another user".into());
        }
    }
    Ok(())
}

fn converse(id: u64, stream: &UnixStream, shared: &Shared) -> Result<(), String> {
    let trouble = |fault: std::io::Error| fault.to_string();
    stream.set_read_timeout(Some(INTRODUCTION)).map_err(trouble)?;
    stream.set_write_timeout(Some(STUCK)).map_err(trouble)?;
    let mut lines = Lines::new(stream.try_clone().map_err(trouble)?, MAX_LINE);
    let Some(first) = next_line(&mut lines)? else { return Ok(()) };
    let Ask::Hello { proto, role, by, from, token } = read(&first)? else { return Err("the first line must be a hello".into()) };
    if proto != VERSION {
        return Err(format!(
            "protocol {proto} is not spoken here, only {VERSION}; use the program of version {}",
            env!("CARGO_PKG_VERSION")
        ));
    }
    stream.set_read_timeout(None).map_err(trouble)?;
    let who = Who::new(id, &by, &from, token);
    let control = role == Role::Control && shared.lease().ask(&who, Instant::now());
    let out = Mutex::new(stream);
    let hello = Tell::Hello {
        proto: VERSION,
        run: shared.run.id(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        host: place::host(),
        control,
        knobs: knobs(),
    };
    send(&out, &line(&hello)).map_err(trouble)?;
    std::thread::scope(|scope| {
        let teller = std::thread::Builder::new().name(format!("teller {id}"));
        let told = teller.spawn_scoped(scope, || {
            let _ = inform(id, &out, shared);
            // Wakes the thread that listens.
            let _ = stream.shutdown(std::net::Shutdown::Both);
        });
        let heard = told.map_err(trouble).and_then(|_| listen(&who, &mut lines, &out, shared));
        // Before the connection closes: who waits for that finds control free.
        shared.lease().gone(id, heard.as_ref().is_ok_and(|bye| *bye), Instant::now());
        let _ = stream.shutdown(std::net::Shutdown::Read);
        if let Err(reason) = &heard {
            let _ = send(&out, &line(&Tell::Refused { reason: reason.clone() }));
        }
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    Ok(())
}

/// Answers a client's lines; whether it left on purpose.
fn listen(who: &Who, lines: &mut Lines, out: &Mutex<&UnixStream>, shared: &Shared) -> Result<bool, String> {
    while let Some(bytes) = next_line(lines)? {
        let said = answer(&mut shared.lease(), who, read(&bytes)?, Instant::now(), |name, verb| shared.feed.send(name, verb));
        match said {
            Said::Answer(message) => send(out, &line(&message)).map_err(|fault| fault.to_string())?,
            Said::Bye => return Ok(true),
            Said::Wrong(reason) => return Err(reason),
        }
    }
    Ok(false)
}

/// Tells a client everything, then what happens, until the run ends or the client is gone.
fn inform(id: u64, out: &Mutex<&UnixStream>, shared: &Shared) -> std::io::Result<()> {
    // The place in the files first: what is in both is told twice, and what a client knows it leaves out.
    let mut tail = Tail::end(&shared.run)?;
    let mut rewinds = tell_all(out, shared)?;
    let (mut health, mut version) = (None::<Instant>, None);
    loop {
        let (over, now) = {
            let state = shared.feed.read();
            (!state.is_active(), state.rewinds)
        };
        if now != rewinds {
            // A run that went back has cut its files: the place in them says nothing any more. That it did is told first.
            while let news = tail.news()?
                && !news.is_empty()
            {
                news.iter().try_for_each(|message| send(out, message))?;
            }
            tail = tail.anew(&shared.run)?;
            rewinds = tell_all(out, shared)?;
        }
        let news = tail.news()?;
        let nothing = news.is_empty();
        for message in news {
            send(out, &message)?;
        }
        let lease = shared.lease();
        let (yours, holder) = (lease.is(id), lease.name(Instant::now()));
        let changed = version.replace((lease.version, holder.clone())) != Some((lease.version, holder.clone()));
        drop(lease);
        if changed {
            send(out, &line(&Tell::Control { yours, holder }))?;
        }
        if health.is_none_or(|last| last.elapsed() >= HEALTH) {
            health = Some(Instant::now());
            let (step, secs_per_step) = {
                let state = shared.feed.read();
                (state.steps_done(), state.secs_per_step())
            };
            send(
                out,
                &line(&Tell::Health {
                    step,
                    secs_per_step,
                    clients: shared.clients.load(Ordering::SeqCst),
                    machine: shared.feed.machine(),
                }),
            )?;
        }
        if over && nothing {
            return send(out, &line(&Tell::Bye { reason: "the run has ended".into() }));
        }
        if nothing {
            std::thread::sleep(LOOK);
        }
    }
}

/// Tells the whole state; returns how often the run had gone back by then.
fn tell_all(out: &Mutex<&UnixStream>, shared: &Shared) -> std::io::Result<u32> {
    let (messages, rewinds) = {
        let state = shared.feed.read();
        (tell(&state), state.rewinds)
    };
    messages.iter().try_for_each(|message| send(out, &line(message)))?;
    Ok(rewinds)
}

fn send(out: &Mutex<&UnixStream>, bytes: &[u8]) -> std::io::Result<()> {
    let stream = out.lock().unwrap_or_else(PoisonError::into_inner);
    (&**stream).write_all(bytes)
}

/// The next line without its end; `None` at the end of the stream.
fn next_line(lines: &mut Lines) -> Result<Option<Vec<u8>>, String> {
    match lines.next() {
        Came::Line(line) => Ok(Some(line)),
        Came::End => Ok(None),
        // Only the first line is waited for with a bound.
        Came::Nothing => Err("no hello came in time".into()),
        Came::TooLong => Err(format!("a line of more than {MAX_LINE} bytes")),
    }
}
