//! Appends every report with one write call, so that a killed process loses nothing that was reported; synced to the
//! disk at checkpoints and ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::event::{Event, Report};
use crate::feed::Sink;
use crate::rundir::RunDir;

/// Writer of both files; holds the run's lock.
pub struct LogWriter {
    metrics: Lines,
    events: Lines,
    run: RunDir,
    /// Whether this process has written a step.
    wrote: bool,
}

struct Lines {
    file: File,
    path: PathBuf,
}

impl LogWriter {
    /// Opens both files for appending and locks the run.
    ///
    /// # Errors
    /// The files cannot be opened, or another process writes this run.
    pub fn open(run: &RunDir) -> Result<Self> {
        let events = Lines::open(run.events())?;
        if events.file.try_lock().is_err() {
            return Err(Error::Input(format!("run {} is being written by another process; stop that one first", run.id())));
        }
        Ok(Self { metrics: Lines::open(run.metrics())?, events, run: run.clone(), wrote: false })
    }

    /// Whether a process is writing this run now.
    pub fn is_taken(run: &RunDir) -> bool {
        File::open(run.events()).is_ok_and(|file| file.try_lock_shared().is_err())
    }

    /// Sets the log lines from `step` on aside (see `supersede`) and goes on appending; returns how many.
    ///
    /// # Errors
    /// The files cannot be read or written.
    pub fn rewind(&mut self, step: u64) -> Result<u64> {
        let moved = super::supersede(&self.run, step)?;
        self.metrics = Lines::open(self.run.metrics())?;
        Ok(moved)
    }

    fn sync(&mut self) -> Result<()> {
        self.metrics.sync()?;
        self.events.sync()
    }
}

impl Sink for LogWriter {
    fn take(&mut self, report: &Report) -> Result<()> {
        match report {
            Report::Step(sample) => {
                self.wrote = true;
                self.metrics.append(sample)
            }
            Report::Epoch(summary) => self.metrics.append(summary),
            Report::Event(record) => {
                // Where a run begins to go on, that was done before the first report.
                if self.wrote && matches!(record.event, Event::Restored { .. }) {
                    self.rewind(record.step)?;
                }
                self.events.append(record)?;
                match record.event {
                    Event::Saved(_) | Event::Finished { .. } | Event::Failed { .. } => self.sync(),
                    _ => Ok(()),
                }
            }
        }
    }
}

impl Lines {
    fn open(path: PathBuf) -> Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(Error::io("open", &path))?;
        end_torn_line(&mut file).map_err(Error::io("read", &path))?;
        Ok(Self { file, path })
    }

    fn append(&mut self, line: &impl serde::Serialize) -> Result<()> {
        let mut bytes = serde_json::to_vec(line).map_err(|fault| Error::Failed(format!("cannot encode a log line: {fault}")))?;
        bytes.push(b'\n');
        let before = self.file.metadata().map(|meta| meta.len()).map_err(Error::io("read", &self.path))?;
        self.file.write_all(&bytes).map_err(|fault| {
            // Half a line on a full disk is taken back, so that the file stays whole.
            let _ = self.file.set_len(before);
            Error::io("write", &self.path)(fault)
        })
    }

    fn sync(&mut self) -> Result<()> {
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }
}

/// Puts a line break behind a torn last line, so that the next one stands alone.
fn end_torn_line(file: &mut File) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    if length > 0 {
        let mut last = [0u8];
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
        if last[0] != b'\n' {
            file.write_all(b"\n")?;
        }
    }
    Ok(())
}
