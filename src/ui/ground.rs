//! Asks the terminal for the colour of its ground (OSC 11). The answer comes as keys: it is taken out of them, however late
//! it is, so that nothing waits for a terminal that never answers.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The question.
const ASK: &str = "\x1b]11;?\x1b\\";
/// How every answer begins.
const HEAD: &str = "11;rgb";
/// Longest answer: `11;rgba:ffff/ffff/ffff/ffff`.
const LONGEST: usize = 32;

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A person's.
    No,
    /// Part of the answer.
    Part,
    /// The last one of an answer: whether the ground is light.
    Answer(bool),
}

/// The answer that is awaited.
#[derive(Debug, Default)]
pub struct Ground {
    awaited: bool,
    /// What has come of it.
    begun: Option<String>,
}

impl Ground {
    /// The bytes that ask; from now on an answer is looked for. Nothing for terminals that would show the question.
    pub fn ask(&mut self, term: &str) -> &'static str {
        self.awaited = !matches!(term, "" | "dumb" | "linux");
        if self.awaited { ASK } else { "" }
    }

    /// Looks at a key.
    pub fn take(&mut self, key: &KeyEvent) -> Taken {
        if !self.awaited {
            return Taken::No;
        }
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match (&mut self.begun, key.code) {
            (None, KeyCode::Char(']')) if alt => self.begun = Some(String::new()),
            (Some(text), KeyCode::Char(sign)) if !alt && !control && goes_on(text, sign) => text.push(sign),
            (Some(text), KeyCode::Char('\\' | 'g')) if alt || control => {
                let light = light(text);
                *self = Self::default();
                return light.map_or(Taken::Part, Taken::Answer);
            }
            (Some(_), _) => {
                *self = Self::default();
                return Taken::No;
            }
            (None, _) => return Taken::No,
        }
        Taken::Part
    }
}

/// Whether a sign may follow what has come of an answer; a person's keys after Alt+] are soon told from one.
fn goes_on(text: &str, sign: char) -> bool {
    match HEAD.as_bytes().get(text.len()) {
        Some(wanted) => char::from(*wanted) == sign,
        None => text.len() < LONGEST && (sign.is_ascii_hexdigit() || matches!(sign, ':' | '/')),
    }
}

/// Whether `11;rgb:RRRR/GGGG/BBBB` (one to four hexadecimal digits each) is nearer to white than to black.
fn light(answer: &str) -> Option<bool> {
    let colors = answer.strip_prefix("11;rgb:").or_else(|| answer.strip_prefix("11;rgba:"))?;
    let part = |digits: &str| {
        let most = 16u32.checked_pow(digits.len() as u32)? - 1;
        Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(most))
    };
    let parts: Vec<f64> = colors.split('/').take(3).map(part).collect::<Option<_>>()?;
    let [r, g, b] = parts[..] else { return None };
    Some(0.2126 * r + 0.7152 * g + 0.0722 * b > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<KeyEvent> {
        let mut alt = false;
        let mut keys = Vec::new();
        for sign in text.chars() {
            match sign {
                '\x1b' => alt = true,
                '\x07' => keys.push(KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL)),
                _ => {
                    keys.push(KeyEvent::new(KeyCode::Char(sign), if alt { KeyModifiers::ALT } else { KeyModifiers::NONE }));
                    alt = false;
                }
            }
        }
        keys
    }

    fn answers(text: &str) -> Vec<Taken> {
        let mut ground = Ground::default();
        assert_eq!(ground.ask("xterm-256color"), ASK);
        keys(text).iter().map(|key| ground.take(key)).collect()
    }

    #[test]
    fn an_answer_is_no_key_of_anybody() {
        for (text, light) in
            [("\x1b]11;rgb:ffff/ffff/fafa\x1b\\", true), ("\x1b]11;rgb:12/12/12\x07", false), ("\x1b]11;rgba:0/0/0/f\x07", false)]
        {
            let taken = answers(&format!("{text}q"));
            let (last, before) = (taken[taken.len() - 2], &taken[..taken.len() - 2]);
            assert!(before.iter().all(|taken| *taken == Taken::Part), "{text:?}");
            assert_eq!((last, taken[taken.len() - 1]), (Taken::Answer(light), Taken::No), "{text:?}: the key behind it is a person's");
        }
    }

    #[test]
    fn other_keys_are_persons() {
        assert!(answers("qp]11;s").iter().all(|taken| *taken == Taken::No));
        let taken = answers("\x1b]11;rgb:\x1bxp");
        assert_eq!(taken[taken.len() - 2..], [Taken::No, Taken::No], "an answer that breaks off is over");
        let taken = answers("\x1b]1q11;rgb");
        assert!(taken[2..].iter().all(|taken| *taken == Taken::No), "a person's keys after Alt+]: {taken:?}");
        assert_eq!(answers("\x1b]11;rgb:/\x07").last(), Some(&Taken::Part));
        let mut ground = Ground::default();
        assert_eq!((ground.ask("dumb"), ground.take(&keys("\x1b]")[0])), ("", Taken::No));
        assert_eq!((light("11;rgb:zz/0/0"), light("11;rgb:0/0"), light("11;rgb://")), (None, None, None));
    }
}
