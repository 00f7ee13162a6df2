//! Bounded lines out of a socket that may pause: what both ends of the protocol read with.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 16;

/// Lines of a stream; what came of an unfinished one is kept over a pause.
pub struct Lines {
    stream: UnixStream,
    buffer: Vec<u8>,
    /// Where the line begins that is next.
    begin: usize,
    /// Bytes from there that hold no line end.
    searched: usize,
    /// Bytes of the longest line.
    most: usize,
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// A line without its end.
    Line(Vec<u8>),
    /// Nothing within the read timeout of the stream.
    Nothing,
    /// A line that is longer than allowed; there is no going on behind it.
    TooLong,
    /// The stream has ended, or is broken.
    End,
}

impl Lines {
    /// Of a stream, each of at most `most` bytes.
    pub fn new(stream: UnixStream, most: usize) -> Self {
        Self { stream, buffer: Vec::new(), begin: 0, searched: 0, most }
    }

    /// The next line.
    pub fn next(&mut self) -> Came {
        loop {
            let rest = &self.buffer[self.begin..];
            if let Some(at) = rest[self.searched..].iter().position(|byte| *byte == b'\n') {
                let length = self.searched + at;
                if length > self.most {
                    return Came::TooLong;
                }
                let line = rest[..length].to_vec();
                (self.begin, self.searched) = (self.begin + length + 1, 0);
                return Came::Line(line);
            }
            self.searched = rest.len();
            if self.searched > self.most {
                return Came::TooLong;
            }
            self.buffer.drain(..std::mem::take(&mut self.begin));
            let mut block = [0; BLOCK];
            match self.stream.read(&mut block) {
                Ok(0) => return Came::End,
                Ok(n) => self.buffer.extend_from_slice(&block[..n]),
                Err(fault) => match fault.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => return Came::Nothing,
                    _ => return Came::End,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::time::Duration;

    #[test]
    fn lines_over_pauses_and_up_to_a_length() {
        let (mut into, out) = UnixStream::pair().unwrap();
        out.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut lines = Lines::new(out, 10);
        into.write_all(b"one\n\ntw").unwrap();
        assert_eq!((lines.next(), lines.next(), lines.next()), (Came::Line(b"one".to_vec()), Came::Line(Vec::new()), Came::Nothing));
        into.write_all(b"o\n0123456789\n").unwrap();
        assert_eq!((lines.next(), lines.next()), (Came::Line(b"two".to_vec()), Came::Line(b"0123456789".to_vec())));
        into.write_all(b"0123456789x\nrest\n").unwrap();
        assert_eq!(lines.next(), Came::TooLong);
        drop(into);
        let (mut into, out) = UnixStream::pair().unwrap();
        let mut lines = Lines::new(out, 10);
        into.write_all(b"half").unwrap();
        drop(into);
        assert_eq!(lines.next(), Came::End);
    }
}
