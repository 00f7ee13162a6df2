//! Roles to styles. Themes are TOML files of roles; meaning never rests on colour alone.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

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
    KnobMark,
    CheckpointMark,
    Ok,
    Warn,
    Error,
}

/// Names in theme files, in the order of [`Role`].
pub const ROLES: [&str; 18] = [
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
    "knob_mark",
    "checkpoint_mark",
    "ok",
    "warn",
    "error",
];

/// Themes that the program carries.
const FILES: [(&str, &str); 3] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: only bold, reverse and dim.
    None,
    /// The sixteen ANSI colours.
    Ansi16,
    /// The 256-colour palette.
    Indexed256,
    /// 24 bits.
    True,
}

/// A theme, ready to draw with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Its name.
    pub name: &'static str,
    styles: [Style; ROLES.len()],
    depth: Depth,
    /// What a colour fades into.
    ground: [u8; 3],
    inks: [[u8; 3]; ROLES.len()],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    ground: Option<String>,
    roles: std::collections::BTreeMap<String, String>,
}

impl Depth {
    /// Reads the environment: NO_COLOR, COLORTERM, TERM.
    pub fn detect() -> Self {
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        if !var("NO_COLOR").is_empty() {
            return Self::None;
        }
        let term = var("TERM");
        match var("COLORTERM").as_str() {
            "truecolor" | "24bit" => Self::True,
            _ if term.ends_with("-256color") => Self::Indexed256,
            _ => Self::Ansi16,
        }
    }
}

impl Theme {
    /// The `n`-th theme at a colour depth; without colours always `mono`.
    ///
    /// # Panics
    /// Never: the files are part of the program and a test reads them all.
    pub fn load(n: usize, depth: Depth) -> Self {
        let n = if depth == Depth::None { FILES.len() - 1 } else { n % FILES.len() };
        let (name, text) = FILES[n];
        let mut theme = Self { name, styles: [Style::reset(); ROLES.len()], depth, ground: [0; 3], inks: [[0; 3]; ROLES.len()] };
        // A fault cannot be: a test reads every theme at every depth.
        let _ = theme.parse(text);
        theme
    }

    /// Style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// How many colours it draws with.
    pub fn depth(&self) -> Depth {
        self.depth
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

    fn parse(&mut self, text: &str) -> Result<(), String> {
        let file: File = toml::from_str(text).map_err(|fault| fault.to_string())?;
        if let Some(unknown) = file.roles.keys().find(|name| !ROLES.contains(&name.as_str())) {
            return Err(format!("unknown role {unknown}"));
        }
        if let Some(hex) = &file.ground {
            self.ground = rgb(hex)?;
        }
        for (i, name) in ROLES.iter().enumerate() {
            let words = file.roles.get(*name).ok_or_else(|| format!("no role {name}"))?;
            self.styles[i] = read_style(words, self.depth)?;
            if let Some(hex) = words.split_whitespace().find(|word| word.starts_with('#')) {
                self.inks[i] = rgb(hex)?;
            }
        }
        Ok(())
    }
}

/// `"#5FAFFF bold"`, `"reset reverse"`.
fn read_style(words: &str, depth: Depth) -> Result<Style, String> {
    words.split_whitespace().try_fold(Style::reset(), |style, word| {
        Ok(match word {
            "reset" => style,
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "reverse" => style.add_modifier(Modifier::REVERSED),
            _ => style.fg(color(word, depth)?),
        })
    })
}

fn color(hex: &str, depth: Depth) -> Result<Color, String> {
    rgb(hex).map(|rgb| shown(rgb, depth))
}

fn rgb(hex: &str) -> Result<[u8; 3], String> {
    let number = hex.strip_prefix('#').filter(|digits| digits.len() == 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let [_, r, g, b] = number.ok_or_else(|| format!("`{hex}` is not #RRGGBB"))?.to_be_bytes();
    Ok([r, g, b])
}

fn shown([r, g, b]: [u8; 3], depth: Depth) -> Color {
    match depth {
        Depth::None => Color::Reset,
        Depth::True => Color::Rgb(r, g, b),
        Depth::Indexed256 => Color::Indexed(nearest_256(r, g, b)),
        Depth::Ansi16 => nearest_16(r, g, b),
    }
}

/// Nearest of the 6×6×6 cube and the grey ramp.
fn nearest_256(r: u8, g: u8, b: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |v: u8| (0..6).min_by_key(|&i| LEVELS[i].abs_diff(v)).unwrap_or(0);
    let cube = [r, g, b].map(level);
    let grey = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = (grey.saturating_sub(3) / 10).min(23) as u8;
    let distance = |p: [u8; 3]| [r, g, b].iter().zip(p).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>();
    if distance([8 + 10 * step; 3]) < distance(cube.map(|i| LEVELS[i])) {
        232 + step
    } else {
        (16 + 36 * cube[0] + 6 * cube[1] + cube[2]) as u8
    }
}

/// By hue for colours, by lightness for greys: the sixteen have no fixed values, so only their names can be trusted.
fn nearest_16(r: u8, g: u8, b: u8) -> Color {
    let (top, low) = (r.max(g).max(b), r.min(g).min(b));
    if top - low < 40 {
        return if top > 150 { Color::Reset } else { Color::DarkGray };
    }
    let on = |v: u8| u16::from(v) * 2 > u16::from(top) + u16::from(low);
    match (on(r), on(g), on(b)) {
        (true, true, _) => Color::Yellow,
        (true, _, true) => Color::Magenta,
        (_, true, true) => Color::Cyan,
        (true, _, _) => Color::Red,
        (_, true, _) => Color::Green,
        _ => Color::Blue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_has_every_role_at_every_depth() {
        for (name, text) in FILES {
            for depth in [Depth::None, Depth::Ansi16, Depth::Indexed256, Depth::True] {
                assert_eq!(Theme::load(0, depth).parse(text), Ok(()), "{name}");
            }
        }
    }

    #[test]
    fn without_colours_nothing_is_coloured() {
        let theme = Theme::load(0, Depth::None);
        assert!(theme.styles.iter().all(|style| style.fg.is_none_or(|fg| fg == Color::Reset)));
        assert_eq!(theme.name, "mono");
    }

    #[test]
    fn palette() {
        assert_eq!(nearest_256(0x5F, 0xAF, 0xFF), 75);
        assert_eq!(nearest_256(0x8A, 0x8A, 0x8A), 245);
        assert_eq!(nearest_16(0xFF, 0x5F, 0x5F), Color::Red);
    }
}
