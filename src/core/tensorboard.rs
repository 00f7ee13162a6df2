//! TensorBoard's event files: every number of every step and epoch as a scalar, events as text.
//!
//! The format is a sequence of records (length, its masked CRC-32C, bytes, their masked CRC-32C), each a protocol buffer
//! `Event`. Source: tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto, summary.proto.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::event::{Event, Report};
use crate::words;

/// Reports as records.
pub struct Events {
    /// Seconds since 1970 at which training would have begun had it never paused; steps tell only how long they trained.
    began: f64,
}

impl Events {
    /// Of a run that began then.
    pub fn new(began: f64) -> Self {
        Self { began }
    }

    /// The first record of a file.
    pub fn head(&self) -> Vec<u8> {
        let mut out = Vec::new();
        record(&mut out, &event(self.began, 0, &[bytes(3, b"brain.Event:2")]));
        out
    }

    /// The records of a report.
    ///
    /// # Errors
    /// A line cannot be encoded.
    pub fn encode(&self, report: &Report) -> Result<Vec<u8>> {
        let bad = |fault| Error::Failed(format!("cannot encode a line: {fault}"));
        let mut out = Vec::new();
        match report {
            Report::Event(happened) => {
                if let Event::Restored { .. } = happened.event {
                    // A session begins (field 7, status START): what older files have from this step on is dropped.
                    record(&mut out, &event(happened.time, happened.step, &[bytes(7, &[0x08, 1])]));
                }
                let text = summary("events/text_summary", Kind::Text(&words::event(happened)));
                record(&mut out, &event(happened.time, happened.step, &[text]));
            }
            Report::Step(sample) => {
                let values = serde_json::to_value(sample).map_err(bad)?;
                record(&mut out, &event(self.began + sample.wall, sample.step, &scalars(&values, "")));
            }
            Report::Epoch(sum) => {
                let values = serde_json::to_value(sum).map_err(bad)?;
                record(&mut out, &event(self.began + sum.wall, sum.step, &scalars(&values, "epoch/")));
            }
        }
        Ok(out)
    }
}

enum Kind<'a> {
    Scalar(f32),
    Text(&'a str),
}

/// Every number of a log line but its place.
fn scalars(line: &Value, prefix: &str) -> Vec<Vec<u8>> {
    const PLACE: [&str; 3] = ["step", "epoch", "wall"];
    let numbers = line.as_object().into_iter().flatten().filter(|(key, _)| !PLACE.contains(&key.as_str()));
    numbers.filter_map(|(key, value)| Some(summary(&format!("{prefix}{key}"), Kind::Scalar(value.as_f64()? as f32)))).collect()
}

/// Field 5 of an event: a summary with one value.
fn summary(tag: &str, value: Kind<'_>) -> Vec<u8> {
    let inner = match value {
        Kind::Scalar(number) => [bytes(1, tag.as_bytes()), [&[0x15][..], &number.to_le_bytes()].concat()].concat(),
        // Text: the tensor's type (7, string) and value, and the plugin that shows it.
        Kind::Text(text) => {
            let tensor = [vec![0x08, 7], bytes(8, text.as_bytes())].concat();
            let metadata = bytes(1, &bytes(1, b"text"));
            [bytes(1, tag.as_bytes()), bytes(8, &tensor), bytes(9, &metadata)].concat()
        }
    };
    bytes(5, &bytes(1, &inner))
}

/// An event: time, step, and its parts. Parts of the same summary may come one after another: they are merged.
fn event(time: f64, step: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut message = [&[0x09][..], &time.to_le_bytes()].concat();
    message.push(0x10);
    varint(&mut message, step);
    parts.iter().for_each(|part| message.extend_from_slice(part));
    message
}

/// A field of bytes.
fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, field << 3 | 2);
    varint(&mut out, content.len() as u64);
    out.extend_from_slice(content);
    out
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn record(file: &mut Vec<u8>, message: &[u8]) {
    let length = (message.len() as u64).to_le_bytes();
    file.extend_from_slice(&length);
    file.extend_from_slice(&masked(&length).to_le_bytes());
    file.extend_from_slice(message);
    file.extend_from_slice(&masked(message).to_le_bytes());
}

fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_numbers_are_as_the_format_wants_them() {
        // The first record of every file that TensorBoard's own writer makes, up to its time.
        let mut file = Vec::new();
        record(&mut file, &event(0.0, 0, &[bytes(3, b"brain.Event:2")]));
        assert_eq!(&file[..8], &26u64.to_le_bytes());
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283, "the check value of CRC-32C");
        let mut out = Vec::new();
        varint(&mut out, 300);
        assert_eq!(out, [0xac, 0x02]);
        assert_eq!(bytes(1, b"ab"), [0x0a, 2, b'a', b'b']);
    }
}
