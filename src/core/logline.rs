//! A line of `engine.log` taken apart: time, level, target, text.

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For who looks for a fault.
    Trace,
    /// Likewise.
    Debug,
    /// What happens.
    Info,
    /// What should not happen.
    Warn,
    /// What must not.
    Error,
}

/// Every level with its word, least grave first.
pub const LEVELS: [(Level, &str); 5] =
    [(Level::Trace, "TRACE"), (Level::Debug, "DEBUG"), (Level::Info, "INFO"), (Level::Warn, "WARN"), (Level::Error, "ERROR")];

impl Level {
    /// Its word.
    pub fn word(self) -> &'static str {
        LEVELS[self as usize].1
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct LogLine {
    /// Time as written, RFC 3339 in UTC; empty for a line that has none.
    pub time: String,
    /// How grave it is.
    pub level: Level,
    /// Where it comes from: `engine`, `train`, `knob`, `checkpoint`, `watch`.
    pub target: String,
    /// What it says, without control characters.
    pub text: String,
}

impl LogLine {
    /// Reads a line as `tracing` writes it; any other text is a line of its own, as one that a library printed.
    pub fn parse(line: &str) -> Self {
        let tame = |text: &str| crate::protocol::tame(text, 2_000);
        let mut parts = line.splitn(2, ' ');
        let (time, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().trim_start());
        let level = LEVELS.iter().find(|(_, word)| rest.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')));
        match level {
            Some((level, word)) if time.contains('T') => {
                let rest = rest[word.len()..].trim_start();
                let (target, text) = rest.split_once(": ").unwrap_or(("", rest));
                Self { time: tame(time), level: *level, target: tame(target), text: tame(text) }
            }
            _ => Self { time: String::new(), level: Level::Warn, target: "stderr".into(), text: tame(line) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_tracing_and_others() {
        let line = LogLine::parse("2026-11-25T12:58:00.123456Z  INFO train: epoch 1 of 2: done");
        assert_eq!((line.level, line.target.as_str(), line.text.as_str()), (Level::Info, "train", "epoch 1 of 2: done"));
        assert_eq!(LogLine::parse("2026-11-25T12:58:00Z ERROR engine: x").level, Level::Error);
        let other = LogLine::parse("thread 'x' \u{1b}[31mpanicked");
        assert_eq!((other.target.as_str(), other.text.as_str()), ("stderr", "thread 'x' [31mpanicked"));
        LogLine::parse("");
    }
}
