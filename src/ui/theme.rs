//! Roles to styles. Themes are TOML files of roles; meaning never rests on colour alone.
//!
//! ```toml
//! inherits = "dark"           # what is not named here
//! ground = "#121212"          # what colours fade into; the ground itself stays the terminal's
//! [palette]
//! sky = "#5FAFFF"
//! [roles]
//! clean = "sky"
//! focus = "sky bold"
//! [depth.256]                 # in terminals with 256 colours, instead of the nearest
//! clean = "75"
//! [depth.16]
//! clean = "blue"
//! ```

pub mod check;
mod depth;
mod set;

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

pub use depth::Depth;
use depth::shown;
pub use set::Themes;

/// What a piece of the screen is, whatever it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the theme files name and order them")]
pub enum Role {
    Text,
    Muted,
    Border,
    Focus,
    Selection,
    Clean,
    Noisy,
    Test,
    Loss,
    Raw,
    GroupA,
    GroupB,
    GroupC,
    Overlay,
    KnobMark,
    CheckpointMark,
    Ok,
    Warn,
    Error,
}

/// Names in theme files, in the order of [`Role`].
pub const ROLES: [&str; 19] = [
    "text",
    "muted",
    "border",
    "focus",
    "selection",
    "clean",
    "noisy",
    "test",
    "loss",
    "raw",
    "group_a",
    "group_b",
    "group_c",
    "overlay",
    "knob_mark",
    "checkpoint_mark",
    "ok",
    "warn",
    "error",
];

/// A theme, ready to draw with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    styles: [Style; ROLES.len()],
    depth: Depth,
    /// What a colour fades into.
    ground: [u8; 3],
    inks: [[u8; 3]; ROLES.len()],
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    ground: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, String>,
    #[serde(default)]
    depth: BTreeMap<String, BTreeMap<String, String>>,
}

impl Theme {
    /// A theme that shows everything as the terminal shows text.
    pub fn plain(name: &str, depth: Depth) -> Self {
        Self { name: name.to_owned(), styles: [Style::reset(); ROLES.len()], depth, ground: [0; 3], inks: [[0; 3]; ROLES.len()] }
    }

    /// A theme in which every role has a colour of its own, its number: for tests.
    #[cfg(test)]
    pub fn of_roles() -> Self {
        let styles = std::array::from_fn(|i| Style::reset().fg(Color::Indexed(i as u8)));
        Self { styles, inks: [[255; 3]; ROLES.len()], ..Self::plain("roles", Depth::True) }
    }

    /// Style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// Styles in the order of [`ROLES`].
    pub fn styles(&self) -> &[Style] {
        &self.styles
    }

    /// How many colours it draws with.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// Colour of a role by its place in [`ROLES`], and the ground: for checks.
    pub fn ink(&self, role: usize) -> ([u8; 3], [u8; 3]) {
        (self.inks[role], self.ground)
    }

    /// Text on a ground that is the stronger of a role's colour, the greater the part (0..=1); where the terminal shows
    /// too few colours for that, text alone.
    pub fn heat(&self, role: Role, part: f64) -> Style {
        if part.is_nan() || part <= 0.0 {
            return self.style(Role::Muted);
        }
        if self.depth < Depth::Indexed256 {
            return self.style(role);
        }
        let ink = self.inks[role as usize];
        // The root lifts small parts: a rate of one percent is to be seen.
        let weight = part.min(1.0).sqrt();
        let [r, g, b] = std::array::from_fn(|i| (f64::from(self.ground[i]) * (1.0 - weight) + f64::from(ink[i]) * weight).round() as u8);
        let light = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b) > 128.0;
        let text = if light { [0; 3] } else { [255; 3] };
        Style::reset().bg(shown([r, g, b], self.depth)).fg(shown(text, self.depth))
    }

    /// A colour of a picture as the terminal shows it.
    pub fn dot(&self, color: [u8; 3]) -> Color {
        shown(color, self.depth)
    }

    /// Lays a file over this theme.
    ///
    /// # Errors
    /// A sentence: what is wrong in it.
    fn lay(&mut self, text: &str) -> Result<(), String> {
        let file = read(text)?;
        if let Some(hex) = &file.ground {
            self.ground = rgb(hex)?;
        }
        let at = |name: &String| {
            ROLES.iter().position(|role| role == name).ok_or_else(|| {
                let near =
                    saner_core::spec::nearest(name, ROLES.iter().copied()).map_or(String::new(), |near| format!("; did you mean {near}?"));
                format!("`{name}` is no role{near}")
            })
        };
        for (name, words) in &file.roles {
            let i = at(name)?;
            let (style, ink) = read_style(words, &file.palette, self.depth)?;
            self.styles[i] = style;
            if let Some(ink) = ink {
                self.inks[i] = ink;
            }
        }
        for (depth, roles) in &file.depth {
            let wanted = match depth.as_str() {
                "256" => Depth::Indexed256,
                "16" => Depth::Ansi16,
                other => return Err(format!("[depth.{other}] is not known; write depth.256 or depth.16")),
            };
            for (name, words) in roles {
                let (i, (style, _)) = (at(name)?, read_style(words, &file.palette, self.depth)?);
                if wanted == self.depth {
                    self.styles[i] = style;
                }
            }
        }
        Ok(())
    }
}

fn read(text: &str) -> Result<File, String> {
    toml::from_str(text).map_err(|fault| {
        let line = fault.span().map_or(1, |span| crate::format::line_of(text, span.start));
        format!("line {line}: {}", fault.message())
    })
}

/// `"#5FAFFF bold"`, `"reset reverse"`, `"sky underline"`, `"75"`, `"blue"`: the style, and the colour that it names.
fn read_style(words: &str, palette: &BTreeMap<String, String>, depth: Depth) -> Result<(Style, Option<[u8; 3]>), String> {
    words.split_whitespace().try_fold((Style::reset(), None), |(style, ink), word| {
        let modifier = match word {
            "reset" => return Ok((style, ink)),
            "bold" => Modifier::BOLD,
            "dim" => Modifier::DIM,
            "italic" => Modifier::ITALIC,
            "underline" => Modifier::UNDERLINED,
            "reverse" => Modifier::REVERSED,
            _ => {
                let word = palette.get(word).map_or(word, String::as_str);
                if let Some(named) = named(word) {
                    return Ok((if depth == Depth::None { style } else { style.fg(named) }, ink));
                }
                let rgb = rgb(word)?;
                return Ok((style.fg(shown(rgb, depth)), Some(rgb)));
            }
        };
        Ok((style.add_modifier(modifier), ink))
    })
}

/// A number of the 256 colours, or a name of the sixteen.
fn named(word: &str) -> Option<Color> {
    let name = match word {
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::White,
        "grey" => Color::DarkGray,
        _ => return word.parse().ok().map(Color::Indexed),
    };
    Some(name)
}

fn rgb(hex: &str) -> Result<[u8; 3], String> {
    let number = hex.strip_prefix('#').filter(|digits| digits.len() == 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let [_, r, g, b] = number
        .ok_or_else(|| format!("`{hex}` is no colour; write #RRGGBB, a name of [palette], a number to 255, or red, green, …"))?
        .to_be_bytes();
    Ok([r, g, b])
}
