//! Where the socket of a run lies, and the note that tells clients so.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use saner_core::protocol::VERSION;
use saner_core::rundir::RunDir;
use saner_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// Bytes of the longest path that a socket is given; the system's limit is 108.
const LONGEST: usize = 100;

/// `control/engine.json` in the run's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Protocol that is spoken.
    pub proto: u32,
    /// The engine's process.
    pub pid: u32,
    /// Its machine.
    pub host: String,
    /// Its socket.
    pub socket: PathBuf,
}

/// A taken place.
pub struct Place {
    /// The socket.
    pub socket: PathBuf,
    note: PathBuf,
}

/// Name of this machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Who is to be asked about a run, as its folder tells; it may be dead.
pub fn note(run: &RunDir) -> Option<Note> {
    serde_json::from_slice(&std::fs::read(run.path.join("control/engine.json")).ok()?).ok()
}

impl Place {
    /// Makes the socket: in the run's folder, else, where the path is too long or the disk knows no sockets, in a folder
    /// of this user among the temporary files. Not where the login session's files lie: those vanish at log-out.
    ///
    /// # Errors
    /// Neither is possible.
    pub fn take(run: &RunDir) -> Result<(Self, UnixListener)> {
        let folder = run.path.join("control");
        private(&folder)?;
        let near = std::path::absolute(folder.join("socket")).unwrap_or_else(|_| folder.join("socket"));
        let note = folder.join("engine.json");
        let near = Self { socket: near, note: note.clone() };
        if let Ok(listener) = near.open() {
            return Ok((near, listener));
        }
        let far = Self { socket: temporary(run)?, note };
        let listener = far.open().map_err(Error::io("open a socket at", &far.socket)).inspect_err(|_| far.leave())?;
        Ok((far, listener))
    }

    /// Note and socket. The note first: an engine that ended a moment ago sees by it that the place is not its own any more.
    fn open(&self) -> std::io::Result<UnixListener> {
        if self.socket.as_os_str().len() > LONGEST {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidFilename, "the path is too long for a socket"));
        }
        let note = Note { proto: VERSION, pid: std::process::id(), host: host(), socket: self.socket.clone() };
        let fresh = self.note.with_extension("new");
        std::fs::write(&fresh, serde_json::to_vec_pretty(&note).unwrap_or_default())?;
        std::fs::rename(&fresh, &self.note)?;
        // The run is locked by this process, so that a socket that lies there is of one that died or is leaving.
        if self.socket.exists() {
            std::fs::remove_file(&self.socket)?;
        }
        let listener = UnixListener::bind(&self.socket)?;
        std::fs::set_permissions(&self.socket, Permissions::from_mode(0o600))?;
        Ok(listener)
    }

    /// Removes socket and note, if another engine has not taken the place by now.
    pub fn leave(&self) {
        let told = std::fs::read(&self.note).ok().and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
        if told.is_some_and(|told| told.pid != std::process::id()) {
            return;
        }
        for path in [&self.note, &self.socket] {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// `TEMP/saner-tui-UID/<mark of the run's path>.sock`.
fn temporary(run: &RunDir) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("saner-tui-{}", rustix::process::getuid().as_raw()));
    private(&folder)?;
    let whole = std::path::absolute(&run.path).unwrap_or_else(|_| run.path.clone());
    // FNV-1a: short and the same in every process; two runs of one mark would be told apart by their notes.
    let mark = whole
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    Ok(folder.join(format!("{mark:016x}.sock")))
}

/// A folder that only this user can enter; one of somebody else is refused.
fn private(folder: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => Ok(()),
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = std::fs::symlink_metadata(folder).map_err(Error::io("read", folder))?;
            if !found.is_dir() || found.uid() != rustix::process::getuid().as_raw() {
                return Err(Error::Failed(format!(
                    "{} belongs to somebody else; remove it or set TMPDIR to a folder of yours",
                    folder.display()
                )));
            }
            std::fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(Error::io("protect", folder))
        }
        Err(fault) => Err(Error::io("create", folder)(fault)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_socket_is_private_and_replaces_a_dead_one() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir { path: dir.path().to_path_buf() };
        let (first, _) = Place::take(&run).unwrap();
        assert_eq!((mode(&first.socket), mode(&dir.path().join("control"))), (0o600, 0o700));
        let (second, _listener) = Place::take(&run).unwrap();
        let told = note(&run).unwrap();
        assert_eq!((told.pid, told.host, told.socket), (std::process::id(), host(), second.socket.clone()));
        let text = std::fs::read_to_string(&second.note).unwrap();
        std::fs::write(&second.note, text.replace(&std::process::id().to_string(), "1")).unwrap();
        first.leave();
        assert!(second.socket.exists() && note(&run).is_some(), "the place of another engine is left alone");
        std::fs::write(&second.note, text).unwrap();
        second.leave();
        assert!(note(&run).is_none() && !second.socket.exists());
    }

    #[test]
    fn a_long_path_goes_to_the_temporary_files() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir { path: dir.path().join("x".repeat(120)) };
        std::fs::create_dir(&run.path).unwrap();
        let (place, _listener) = Place::take(&run).unwrap();
        assert!(place.socket.as_os_str().len() <= LONGEST && !place.socket.starts_with(&run.path));
        assert_eq!(mode(place.socket.parent().unwrap()), 0o700);
        place.leave();
    }
}
