//! One file from one of several places: resumed where it broke, checked before anybody uses it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use md5::{Digest, Md5};
use saner_core::data::archive::Remote;
use saner_core::{Error, Result};
use ureq::http::{HeaderMap, StatusCode};

/// How long a download bears with a server.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Without a byte for so long, a connection counts as broken.
    pub stall: Duration,
    /// Tries in a row that bring nothing, of one place.
    pub tries: u32,
    /// Pause before the second try; it doubles with each one that brings nothing.
    pub pause: Duration,
}

impl Patience {
    /// The usual one, with the stall of the settings.
    pub fn new(stall_s: u64) -> Self {
        Self { stall: Duration::from_secs(stall_s), tries: 4, pause: Duration::from_secs(1) }
    }
}

/// Why a try ended before the file was whole.
#[derive(Debug)]
enum Fault {
    /// Another try may help; so many bytes came.
    Passing(String, u64),
    /// This place is of no use.
    Lasting(String),
    /// The file cannot be written.
    Ours(Error),
}

/// Tries of one place, however much each brings.
const MOST_TRIES: u32 = 200;

/// Brings `remote` to `part`, from the first of `urls` that gives the right bytes. What a broken download left in `part`
/// is gone on with.
///
/// # Errors
/// No place gives the file, with the reason of each; the file cannot be written.
pub fn download(remote: &Remote, urls: &[String], part: &Path, patience: Patience, bar: &ProgressBar) -> Result<()> {
    let mut file = open(part)?;
    let mut reasons = Vec::new();
    for url in urls {
        match from_one(remote, url, &mut file, patience, bar) {
            Ok(()) => return file.sync_all().map_err(Error::io("write", part)),
            Err(Fault::Ours(fault)) => return Err(fault),
            Err(Fault::Passing(why, _) | Fault::Lasting(why)) => reasons.push(format!("{url}: {why}")),
        }
    }
    Err(Error::Failed(format!(
        "{} could not be fetched ({}); try again (what came is kept), name another place with --mirror URL, or fetch it by other means \
         and give it with --from FILE",
        remote.name,
        reasons.join("; ")
    )))
}

/// The file of a download, locked against a second one.
fn open(part: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(part).map_err(Error::io("write", part))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| Error::Failed(format!("{} is being written by another fetch; wait for it to end", part.display())))?;
    Ok(file)
}

fn from_one(remote: &Remote, url: &str, file: &mut File, patience: Patience, bar: &ProgressBar) -> std::result::Result<(), Fault> {
    let agent = agent(patience);
    let (mut idle, mut from_start) = (0, false);
    for _ in 0..MOST_TRIES {
        let before = length(file)?;
        match once(&agent, remote, url, file, bar) {
            Ok(()) => {
                let found = md5(file).map_err(ours)?;
                if found == remote.md5 {
                    return Ok(());
                }
                truncate(file)?;
                // What an earlier, broken download left may be of another file: once more, from nothing.
                if before == 0 || from_start {
                    return Err(Fault::Lasting(format!(
                        "its MD5 is {found}, and that of the official file is {}: it is another file or was damaged on the way",
                        remote.md5
                    )));
                }
                from_start = true;
            }
            Err(Fault::Passing(why, got)) => {
                idle = if got > 0 { 0 } else { idle + 1 };
                if idle >= patience.tries {
                    return Err(Fault::Lasting(format!("{why}, {idle} times in a row")));
                }
                bar.set_message(format!("{}: {why}; once more", remote.name));
                std::thread::sleep(patience.pause * 2u32.pow(idle.min(5)));
            }
            Err(fault) => return Err(fault),
        }
    }
    Err(Fault::Lasting(format!("broke off {MOST_TRIES} times")))
}

fn agent(patience: Patience) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("saner-tui/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(patience.stall))
        .timeout_recv_response(Some(patience.stall))
        .timeout_per_read(Some(patience.stall));
    config.build().new_agent()
}

/// One request; `Ok` when everything that the server has is in the file.
fn once(agent: &ureq::Agent, remote: &Remote, url: &str, file: &mut File, bar: &ProgressBar) -> std::result::Result<(), Fault> {
    let have = length(file)?;
    let mut request = agent.get(url);
    if have > 0 {
        request = request.header("range", format!("bytes={have}-"));
    }
    let mut answer = request.call().map_err(refused)?;
    let start = match answer.status() {
        StatusCode::PARTIAL_CONTENT if range(answer.headers()).is_some_and(|(start, _)| start == Some(have)) => have,
        // The file is whole already, or it is longer than the server's.
        StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
            return if range(answer.headers()).is_some_and(|(_, whole)| whole == Some(have)) { Ok(()) } else { restart(file) };
        }
        StatusCode::OK => 0,
        StatusCode::PARTIAL_CONTENT => return restart(file),
        status if status.is_server_error() || [408, 425, 429].contains(&status.as_u16()) => {
            return Err(Fault::Passing(format!("the server says {status}"), 0));
        }
        status => return Err(Fault::Lasting(format!("the server says {status}"))),
    };
    if start < have {
        truncate(file)?;
    }
    let told = answer.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    // A server that never ends must not fill the disk.
    let most = remote.bytes.saturating_mul(2) + (1 << 20);
    let whole = told.map(|rest| start + rest);
    if whole.is_some_and(|whole| whole > most) {
        return Err(Fault::Lasting(format!("it has {} bytes where about {} are right", whole.unwrap_or_default(), remote.bytes)));
    }
    bar.set_length(whole.unwrap_or(remote.bytes));
    bar.set_position(start);
    bar.set_message(remote.name);
    file.seek(SeekFrom::Start(start)).map_err(ours)?;
    let mut body = answer.body_mut().as_reader();
    let (mut at, mut buffer) = (start, vec![0; 1 << 16]);
    let end = loop {
        match body.read(&mut buffer) {
            Ok(0) => break None,
            Ok(n) => {
                file.write_all(&buffer[..n]).map_err(ours)?;
                at += n as u64;
                bar.set_position(at);
            }
            Err(fault) => break Some(fault.to_string()),
        }
        if at > most {
            truncate(file)?;
            return Err(Fault::Lasting(format!("it sends more than {most} bytes where about {} are right", remote.bytes)));
        }
    };
    match (end, whole) {
        (None, Some(whole)) if at < whole => Err(Fault::Passing(format!("the connection ended after {at} of {whole} bytes"), at - start)),
        (None, _) => Ok(()),
        (Some(why), _) => Err(Fault::Passing(format!("the connection broke after {at} bytes ({why})"), at - start)),
    }
}

/// What came is of no use; the next try begins at nothing.
fn restart(file: &mut File) -> std::result::Result<(), Fault> {
    truncate(file)?;
    Err(Fault::Passing("the server goes on at another place than asked for".into(), 0))
}

/// First byte and whole length of `bytes 10-99/100` or `bytes */100`.
fn range(headers: &HeaderMap) -> Option<(Option<u64>, Option<u64>)> {
    let (span, whole) = headers.get("content-range")?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split('-').next().and_then(|start| start.parse().ok()), whole.parse().ok()))
}

fn refused(fault: ureq::Error) -> Fault {
    match fault {
        ureq::Error::HostNotFound => Fault::Lasting("no such host, or no network".into()),
        ureq::Error::TooManyRedirects => Fault::Lasting("it redirects in a circle".into()),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Fault::Lasting("it is no http or https address".into()),
        ureq::Error::Timeout(_) => Fault::Passing("no answer in time".into(), 0),
        other if other.to_string().contains("lookup") => Fault::Lasting("no such host, or no network".into()),
        other => Fault::Passing(other.to_string(), 0),
    }
}

fn ours(fault: std::io::Error) -> Fault {
    Fault::Ours(Error::io("write", "the download")(fault))
}

fn length(file: &File) -> std::result::Result<u64, Fault> {
    Ok(file.metadata().map_err(ours)?.len())
}

fn truncate(file: &mut File) -> std::result::Result<(), Fault> {
    file.set_len(0).and_then(|()| file.rewind()).map_err(ours)
}

/// MD5 of a whole file, in hexadecimal digits. It guards against damage, as the publishers meant it; nothing is run.
pub fn md5(file: &mut File) -> std::io::Result<String> {
    file.rewind()?;
    let (mut state, mut buffer) = (Md5::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => state.update(&buffer[..n]),
        }
    }
    Ok(state.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
pub(super) mod tests;
