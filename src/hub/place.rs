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
        let (socket, listener) = match bind(&near) {
            Ok(listener) => (near, listener),
            Err(_) => {
                let far = temporary(run)?;
                let listener = bind(&far).map_err(Error::io("open a socket at", &far))?;
                (far, listener)
            }
        };
        let place = Self { socket, note: folder.join("engine.json") };
        let note = Note { proto: VERSION, pid: std::process::id(), host: host(), socket: place.socket.clone() };
        let fresh = place.note.with_extension("new");
        let text = serde_json::to_vec_pretty(&note).unwrap_or_default();
        let written = std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, &place.note));
        written.map_err(Error::io("write", &place.note)).inspect_err(|_| place.leave())?;
        Ok((place, listener))
    }

    /// Removes socket and note.
    pub fn leave(&self) {
        for path in [&self.note, &self.socket] {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn bind(path: &Path) -> std::io::Result<UnixListener> {
    if path.as_os_str().len() > LONGEST {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidFilename, "the path is too long for a socket"));
    }
    // The run is locked by this process, so that a socket that lies there is of one that died.
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
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
