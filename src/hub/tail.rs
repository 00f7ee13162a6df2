//! A client's place in the run's files: what was appended since, as lines of the protocol.

use saner_core::logline::LogLine;
use saner_core::protocol::{Tell, line};
use saner_core::rundir::RunDir;

use crate::follow::{Follow, PAST};

/// The files with the client's place in each.
pub struct Tail {
    metrics: Follow,
    events: Follow,
    /// Absent where the run has no text log.
    log: Option<Follow>,
}

impl Tail {
    /// From the end of the files on; of the text log also the newest lines before.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn end(run: &RunDir) -> std::io::Result<Self> {
        Self::behind(run, Follow::open(&run.engine_log(), PAST).ok())
    }

    /// From the end of the files on, as they are now; the text log is gone on with.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn anew(self, run: &RunDir) -> std::io::Result<Self> {
        Self::behind(run, self.log)
    }

    fn behind(run: &RunDir, log: Option<Follow>) -> std::io::Result<Self> {
        Ok(Self { metrics: Follow::open(&run.metrics(), 0)?, events: Follow::open(&run.events(), 0)?, log })
    }

    /// What was appended since the last look, at most a block of each file.
    ///
    /// # Errors
    /// The files cannot be read any more.
    pub fn news(&mut self) -> std::io::Result<Vec<Vec<u8>>> {
        let mut news = Vec::new();
        let mut points: Vec<u8> = Vec::new();
        let flush = |points: &mut Vec<u8>, news: &mut Vec<Vec<u8>>| {
            if !points.is_empty() {
                news.push([b"{\"type\":\"points\",\"points\":[", points.as_slice(), b"]}\n"].concat());
                points.clear();
            }
        };
        for line in self.metrics.lines()? {
            if line.starts_with(b"{\"epoch_end\"") {
                flush(&mut points, &mut news);
                news.push([b"{\"type\":\"epoch\",\"summary\":", line.as_slice(), b"}\n"].concat());
            } else {
                if !points.is_empty() {
                    points.push(b',');
                }
                points.extend_from_slice(&line);
            }
        }
        flush(&mut points, &mut news);
        for line in self.events.lines()? {
            news.push([b"{\"type\":\"event\",\"record\":", line.as_slice(), b"}\n"].concat());
        }
        for text in self.log.as_mut().and_then(|log| log.lines().ok()).unwrap_or_default() {
            news.push(line(&Tell::Log { line: LogLine::parse(&String::from_utf8_lossy(&text)) }));
        }
        Ok(news)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write;

    #[test]
    fn only_whole_lines_in_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir { path: dir.path().to_path_buf() };
        let mut files = [run.metrics(), run.events()].map(|path| File::options().create(true).append(true).open(path).unwrap());
        writeln!(files[0], "{{\"step\":0}}").unwrap();
        let mut tail = Tail::end(&run).unwrap();
        assert!(tail.news().unwrap().is_empty());
        write!(files[0], "{{\"step\":1}}\n{{\"step\":2}}\n{{\"epoch_end\":true}}\n{{\"st").unwrap();
        writeln!(files[1], "{{\"seq\":0}}").unwrap();
        let text: Vec<String> = tail.news().unwrap().into_iter().map(|line| String::from_utf8(line).unwrap()).collect();
        assert_eq!(
            text,
            [
                "{\"type\":\"points\",\"points\":[{\"step\":1},{\"step\":2}]}\n",
                "{\"type\":\"epoch\",\"summary\":{\"epoch_end\":true}}\n",
                "{\"type\":\"event\",\"record\":{\"seq\":0}}\n"
            ]
        );
        writeln!(files[0], "ep\":3}}").unwrap();
        assert_eq!(tail.news().unwrap(), [b"{\"type\":\"points\",\"points\":[{\"step\":3}]}\n".to_vec()]);
    }
}
