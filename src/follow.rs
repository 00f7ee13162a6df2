//! A growing file, from a place on: whole lines that were appended since the last look.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use saner_core::feed::Feed;
use saner_core::logline::LogLine;
use saner_core::rundir::RunDir;

/// Bytes that are read at once from a file; no line of a log is longer.
const BLOCK: usize = 1 << 19;
/// Bytes of an `engine.log` that are read from before its end.
pub const PAST: u64 = 1 << 16;
/// Between looks at an `engine.log`.
const LOOK: Duration = Duration::from_millis(500);

/// A file and the place in it.
pub struct Follow {
    file: File,
    at: u64,
}

impl Follow {
    /// From the last `past` bytes of a file on; a line that begins before is left out.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(path: &Path, past: u64) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut follow = Self { file, at: length.saturating_sub(past) };
        if follow.at > 0 && past > 0 {
            // The rest of the line in whose middle the place may lie.
            let _ = follow.skip_line();
        }
        Ok(follow)
    }

    fn skip_line(&mut self) -> std::io::Result<()> {
        let mut block = vec![0; PAST as usize];
        let read = self.file.read_at(&mut block, self.at)?;
        self.at += block[..read].iter().position(|byte| *byte == b'\n').map_or(read, |at| at + 1) as u64;
        Ok(())
    }

    /// Whole lines behind the place, without their ends; at most a block of them.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn lines(&mut self) -> std::io::Result<Vec<Vec<u8>>> {
        let length = self.file.metadata()?.len();
        if length <= self.at {
            // A file that was cut (half a line taken back on a full disk) is followed from its new end.
            self.at = length;
            return Ok(Vec::new());
        }
        let mut block = vec![0; BLOCK.min((length - self.at) as usize)];
        self.file.read_exact_at(&mut block, self.at)?;
        let Some(end) = block.iter().rposition(|byte| *byte == b'\n') else { return Ok(Vec::new()) };
        self.at += end as u64 + 1;
        Ok(block[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
    }
}

/// Brings a run's `engine.log` to the Logs tab, and what is appended to it while this process lives.
pub fn tell_log(run: &RunDir, feed: &Feed) {
    let Ok(mut follow) = Follow::open(&run.engine_log(), PAST) else { return };
    let feed = feed.clone();
    std::thread::spawn(move || {
        while let Ok(lines) = follow.lines() {
            if lines.is_empty() {
                std::thread::sleep(LOOK);
            }
            lines.iter().for_each(|line| feed.log(LogLine::parse(&String::from_utf8_lossy(line))));
        }
    });
}
