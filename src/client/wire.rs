//! A connection: messages of the engine, and lines to it.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use saner_core::log::LogWriter;
use saner_core::protocol::{Ask, MAX_LINE, Role, Tell, VERSION, line, read};
use saner_core::rundir::RunDir;

use crate::hub::place::{host, note};
use crate::lines::{Came, Lines};

/// Without a word for so long a look at the clock is due.
const BEAT: Duration = Duration::from_secs(1);
/// How long the engine may take for its hello; it is also waited for while it opens its door.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a run cannot be joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Away {
    /// No process trains it.
    Dead,
    /// It is trained on another machine.
    Elsewhere(String),
    /// It has no door, or the door stays closed.
    Refused(String),
}

/// An open connection behind its hello.
pub struct Wire {
    /// Lines of the engine.
    pub reader: Reader,
    /// Lines to it.
    pub writer: Writer,
    /// What it said first.
    pub hello: Hello,
}

/// What matters of an engine's hello.
#[derive(Debug, Clone)]
pub struct Hello {
    /// Its process.
    pub pid: u32,
    /// Whether this side steers.
    pub control: bool,
}

/// The reading end.
pub struct Reader(Lines);

/// The writing end.
pub struct Writer(UnixStream);

/// What was heard.
#[derive(Debug)]
pub enum Heard {
    /// A message.
    Message(Tell),
    /// Nothing for a while.
    Nothing,
    /// The connection is gone.
    End,
}

/// Connects to the engine of a run and says hello.
///
/// # Errors
/// See [`Away`].
pub fn connect(run: &RunDir, role: Role, by: &str, token: &str) -> Result<Wire, Away> {
    let note = match note(run) {
        Some(note) if note.host != host() => return Err(Away::Elsewhere(note.host)),
        _ if !LogWriter::is_taken(run) => return Err(Away::Dead),
        Some(note) => note,
        None => return Err(Away::Refused("it has no socket; its engine.log says why".into())),
    };
    let refused = |fault: std::io::Error| Away::Refused(format!("{}: {fault}", note.socket.display()));
    let stream = UnixStream::connect(&note.socket).map_err(refused)?;
    stream.set_read_timeout(Some(BEAT)).map_err(refused)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(refused)?;
    let mut writer = Writer(stream.try_clone().map_err(refused)?);
    writer.say(&Ask::Hello { proto: VERSION, role, by: by.into(), from: terminal(), token: token.into() }).map_err(refused)?;
    // A client bears with longer lines than an engine: it has asked for them. But not without end.
    let mut reader = Reader(Lines::new(stream, 8 * MAX_LINE));
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        match reader.next() {
            Heard::Message(Tell::Hello { proto: VERSION, pid, control, .. }) => {
                return Ok(Wire { reader, writer, hello: Hello { pid, control } });
            }
            Heard::Message(Tell::Hello { proto, .. }) => return Err(Away::Refused(format!("it speaks protocol {proto}, not {VERSION}"))),
            Heard::Message(Tell::Refused { reason }) => return Err(Away::Refused(reason)),
            Heard::Message(_) => return Err(Away::Refused("it does not say hello".into())),
            Heard::Nothing => {}
            Heard::End => return Err(Away::Refused("it closed the connection".into())),
        }
    }
    Err(Away::Refused("it does not answer".into()))
}

/// Name of this side's terminal, as `pts/3`; of a script without one, its process.
fn terminal() -> String {
    let name = rustix::termios::ttyname(std::io::stdin(), Vec::new()).ok().and_then(|name| name.into_string().ok());
    name.map_or_else(|| format!("process {}", std::process::id()), |name| name.trim_start_matches("/dev/").to_owned())
}

impl Writer {
    /// Sends a line.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn say(&mut self, ask: &Ask) -> std::io::Result<()> {
        self.0.write_all(&line(ask))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.shutdown(std::net::Shutdown::Write);
    }
}

impl Reader {
    /// The next message; one of a kind that is not known is passed over, as a newer engine may speak of more.
    pub fn next(&mut self) -> Heard {
        loop {
            match self.0.next() {
                Came::Line(bytes) => {
                    if let Ok(message) = read(&bytes) {
                        return Heard::Message(message);
                    }
                }
                Came::Nothing => return Heard::Nothing,
                Came::TooLong | Came::End => return Heard::End,
            }
        }
    }
}
