//! A regular expression that a person types, for charts, events, runs and lines.

use regex::{Regex, RegexBuilder};

/// Bytes that an expression may grow to: a typed one has no business being larger.
const SIZE: usize = 1 << 20;

/// A filter; an empty one lets everything through.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    regex: Option<Regex>,
}

impl Filter {
    /// Reads an expression; small letters match capitals too.
    ///
    /// # Errors
    /// A sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let built = RegexBuilder::new(text).case_insensitive(text.to_lowercase() == text).size_limit(SIZE).build();
        let regex = built.map_err(|fault| {
            let last = fault.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("`{text}` is no regular expression: {last}")
        })?;
        Ok(Self { regex: Some(regex) })
    }

    /// Whether a text passes.
    pub fn passes(&self, text: &str) -> bool {
        self.regex.as_ref().is_none_or(|regex| regex.is_match(text))
    }

    /// Whether a text passes that is made only where it matters.
    pub fn accepts(&self, text: impl FnOnce() -> String) -> bool {
        self.regex.as_ref().is_none_or(|regex| regex.is_match(&text()))
    }

    /// What was typed.
    pub fn text(&self) -> Option<&str> {
        self.regex.as_ref().map(Regex::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        let filter = Filter::read("alpha|^C").unwrap();
        assert!(filter.passes("C3 checkpoint") && filter.passes("a2 alpha") && !filter.passes("note c"));
        assert!(Filter::read("alpha").unwrap().passes("Alpha"));
        assert!(Filter::read("(").unwrap_err().contains("no regular expression"));
        assert!(Filter::default().passes("anything"));
    }
}
