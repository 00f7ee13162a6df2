//! Faults, each one clear sentence (what, where, what to write instead) with the exit code of the command line.

use std::path::{Path, PathBuf};

/// Result with a fault of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong before or beside the training itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A recipe, an option or a command asks for something that cannot be.
    #[error("{0}")]
    Input(String),
    /// A data file is missing, short or corrupt.
    #[error("{path}: {what}")]
    Data {
        /// The file at fault.
        path: PathBuf,
        /// What is wrong and what would be right.
        what: String,
    },
    /// No run of that name.
    #[error("{0}")]
    NoRun(String),
    /// A checkpoint that cannot be trusted.
    #[error("checkpoint {path}: {what}")]
    Checkpoint {
        /// The checkpoint's folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The operating system refused.
    #[error("cannot {doing} {path}: {source}{}", remedy(.source))]
    Io {
        /// Verb phrase, as "write" or "create".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The run itself failed.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// Exit code of the command line (`decisions.md` 5): 1 failed, 2 bad input, 3 no such run.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) | Self::Data { .. } | Self::Checkpoint { .. } => 2,
            Self::NoRun(_) => 3,
            Self::Io { .. } | Self::Failed(_) => 1,
        }
    }

    /// Maps an I/O fault to one that names the path.
    pub fn io(doing: &'static str, path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { doing, path, source }
    }

    /// A fault in a data file.
    pub fn data(path: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self::Data { path: path.as_ref().to_path_buf(), what: what.into() }
    }

    /// A fault in a checkpoint.
    pub fn checkpoint(path: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self::Checkpoint { path: path.as_ref().to_path_buf(), what: what.into() }
    }
}

fn remedy(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => "; free some space, or choose another disk with --runs DIR",
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => "; choose a folder you may write with --runs DIR",
        _ => "",
    }
}
