//! The themes that there are: those of the program, and those of a person's folder.

use std::path::{Path, PathBuf};

use super::{Depth, Theme, read};

/// Themes that the program carries; `mono` is the one for terminals without colour.
const OWN: [(&str, &str); 7] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("okabe-ito", include_str!("../../../themes/okabe-ito.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("dusk", include_str!("../../../themes/dusk.toml")),
    ("paper", include_str!("../../../themes/paper.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// Themes that inherit from one another, at most so many.
const DEPTH: usize = 8;

/// All themes by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Themes {
    folder: Option<PathBuf>,
}

impl Themes {
    /// Those of the program and of a folder, if there is one.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// Names, the program's first.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = OWN.iter().map(|(name, _)| (*name).to_owned()).collect();
        let entries = self.folder.as_deref().and_then(|folder| std::fs::read_dir(folder).ok());
        let mut more: Vec<String> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str().and_then(|name| name.strip_suffix(".toml")).map(str::to_owned))
            .filter(|name| !names.contains(name))
            .collect();
        more.sort();
        names.extend(more);
        names
    }

    /// Text of a theme: a person's file before the program's of the same name; `name` may also be a path.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn text(&self, name: &str) -> Result<String, String> {
        let path = |path: &Path| std::fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()));
        let own = OWN.iter().find(|(own, _)| *own == name).map(|(_, text)| (*text).to_owned());
        if name.ends_with(".toml") {
            return path(Path::new(name));
        }
        match self.folder.as_ref().map(|folder| folder.join(format!("{name}.toml"))).filter(|file| file.is_file()) {
            Some(file) => path(&file),
            None => own.ok_or_else(|| {
                let names = self.names();
                let near = saner_core::spec::nearest(name, names.iter().map(String::as_str))
                    .map_or(String::new(), |near| format!("did you mean {near}? "));
                format!("there is no theme `{name}`; {near}there are {}", names.join(", "))
            }),
        }
    }

    /// A theme at a colour depth; without colours always `mono`.
    ///
    /// # Errors
    /// A sentence with the theme's name.
    pub fn load(&self, name: &str, depth: Depth) -> Result<Theme, String> {
        let name = if depth == Depth::None { "mono" } else { name };
        let mut chain = vec![(name.to_owned(), self.text(name)?)];
        loop {
            let (of, text) = &chain[chain.len() - 1];
            let Some(parent) = read(text).map_err(|fault| format!("theme {of}: {fault}"))?.inherits else { break };
            if chain.len() >= DEPTH || chain.iter().any(|(known, _)| *known == parent) {
                return Err(format!("theme {name}: `inherits` goes in a circle or too far"));
            }
            let text = self.text(&parent).map_err(|fault| format!("theme {name} inherits {parent}: {fault}"))?;
            chain.push((parent, text));
        }
        let mut theme = Theme::plain(name, depth);
        // Everything that a person's theme leaves out is as in the program's own.
        if !OWN.iter().any(|(own, text)| chain.iter().any(|(known, used)| known == own && used == text)) {
            theme.lay(OWN[0].1)?;
        }
        for (of, text) in chain.iter().rev() {
            theme.lay(text).map_err(|fault| format!("theme {of}: {fault}"))?;
        }
        Ok(theme)
    }

    /// When the file of a person's theme was changed last.
    pub fn changed(&self, name: &str) -> Option<std::time::SystemTime> {
        let own = self.folder.as_ref().map(|folder| folder.join(format!("{name}.toml")));
        let path = if name.ends_with(".toml") { Some(PathBuf::from(name)) } else { own };
        path.and_then(|path| path.metadata().ok()).and_then(|meta| meta.modified().ok())
    }

    /// The `n`-th theme of the program, counted round.
    pub fn nth(n: usize, depth: Depth) -> Theme {
        Self::default().load(OWN[n % OWN.len()].0, depth).unwrap_or_else(|_| Theme::plain("plain", depth))
    }

    /// A theme that can always be had.
    pub fn fallback(depth: Depth) -> Theme {
        Self::nth(0, depth)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ROLES, Role};
    use super::*;
    use proptest::prelude::*;
    use ratatui::style::Color;

    #[test]
    fn every_theme_of_the_program_has_every_role_at_every_depth() {
        for (name, text) in OWN {
            let file = read(text).unwrap();
            assert!(file.inherits.is_some() || ROLES.iter().all(|role| file.roles.contains_key(*role)), "{name}");
            for depth in [Depth::None, Depth::Ansi16, Depth::Indexed256, Depth::True] {
                assert!(Themes::default().load(name, depth).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn without_colours_nothing_is_coloured() {
        let theme = Themes::default().load("dark", Depth::None).unwrap();
        assert_eq!(theme.name, "mono");
        assert!((0..ROLES.len()).all(|i| theme.styles[i].fg.is_none_or(|fg| fg == Color::Reset)));
    }

    #[test]
    fn a_persons_theme_inherits_names_colours_and_has_its_own_for_few_colours() {
        let dir = tempfile::tempdir().unwrap();
        let text = "inherits = \"dark\"\n[palette]\nsky = \"#00FF00\"\n[roles]\nclean = \"sky bold\"\n[depth.16]\nclean = \"red\"\n";
        std::fs::write(dir.path().join("mine.toml"), text).unwrap();
        let themes = Themes::new(Some(dir.path().into()));
        assert!(themes.names().contains(&"mine".to_owned()));
        let of = |depth| themes.load("mine", depth).unwrap();
        assert_eq!(of(Depth::True).style(Role::Clean).fg, Some(Color::Rgb(0, 255, 0)));
        assert_eq!(of(Depth::Ansi16).style(Role::Clean).fg, Some(Color::Red));
        assert_eq!(of(Depth::True).style(Role::Noisy), themes.load("dark", Depth::True).unwrap().style(Role::Noisy));
        std::fs::write(dir.path().join("round.toml"), "inherits = \"round\"").unwrap();
        std::fs::write(dir.path().join("wrong.toml"), "[roles]\nclaen = \"red\"").unwrap();
        assert!(themes.load("round", Depth::True).unwrap_err().contains("circle"));
        assert!(themes.load("wrong", Depth::True).unwrap_err().contains("did you mean clean?"));
        assert!(themes.load("drak", Depth::True).unwrap_err().contains("did you mean dark?"));
    }

    proptest! {
        #[test]
        fn any_file_is_read_without_a_panic(text in "([a-z]{1,8} = \"[ -~]{0,12}\"\n)?(\\[[a-z.0-9]{1,9}\\]\n([a-z_]{1,8} = \"[#0-9A-Fa-f a-z]{0,12}\"\n){0,3}){0,3}") {
            let _ = Theme::plain("x", Depth::True).lay(&text);
        }

        #[test]
        fn so_are_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Theme::plain("x", Depth::Ansi16).lay(&String::from_utf8_lossy(&bytes));
        }
    }
}
