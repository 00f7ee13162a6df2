//! Taste as a test: sizes, module docs, forbidden words and imports, and that layers see only what they may.

use std::path::{Path, PathBuf};

/// Longest file.
const LIMIT: usize = 300;
/// Longer ones, each with its reason.
const LONGER: &[(&str, &str)] = &[("src/core/event.rs", "the log's keys are a contract and stand together, one doc line each")];

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    found
}

fn name(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string()
}

#[test]
fn files_are_small_and_begin_with_what_they_are() {
    for path in sources("src").into_iter().chain(sources("tests")) {
        let (name, text) = (name(&path), std::fs::read_to_string(&path).unwrap());
        assert!(text.starts_with("//! "), "{name} does not begin with `//!`");
        let lines = text.lines().count();
        assert!(lines <= LIMIT || LONGER.iter().any(|(known, _)| *known == name), "{name} has {lines} lines");
        let doc = |line: Option<&str>| line.is_some_and(|line| line.trim_start().starts_with("/// "));
        let all: Vec<&str> = text.lines().collect();
        for (i, line) in all.iter().enumerate().filter(|(_, line)| line.trim() == "///") {
            let between = i > 0 && doc(all.get(i - 1).copied()) && doc(all.get(i + 1).copied());
            assert!(between, "{name}:{} is an empty doc line: {line}", i + 1);
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!["mod.rs", "utils.rs", "common.rs", "misc.rs", "types.rs", "helpers.rs"].contains(&file.as_str()), "{name}");
    }
}

#[test]
fn no_stubs_no_stray_prints_no_machine_paths() {
    let (todo, dbg, home) = (concat!("todo", "!("), concat!("dbg", "!("), concat!("/ho", "me/"));
    let prints = concat!("print", "ln!(");
    for path in sources("src") {
        let (name, text) = (name(&path), std::fs::read_to_string(&path).unwrap());
        for word in [todo, dbg, home, concat!("unimple", "mented!("), concat!("#[ig", "nore")] {
            assert!(!text.contains(word), "{name} has {word}");
        }
        let speaks = ["src/main.rs", "src/headless.rs", "src/run.rs", "src/view.rs"].contains(&name.as_str());
        assert!(speaks || !text.contains(prints), "{name} prints");
        let code = text.split("#[cfg(test)]").next().unwrap();
        let tested = name.contains("tests");
        assert!(tested || !code.contains(".unwrap()"), "{name} unwraps outside tests");
    }
}

#[test]
fn layers_see_only_what_they_may() {
    let forbidden: &[(&str, &[&str])] = &[
        ("src/core", &["burn_", "ratatui", "crossterm", "tokio", "Instant::now", "SystemTime", "thread::spawn"]),
        ("src/engine", &["ratatui", "crossterm", "tokio", "clap", concat!("print", "ln!")]),
        ("src/ui", &["burn_", "saner_engine", "std::fs", "saner_core::log::", "saner_core::log;", "saner_core::rundir"]),
    ];
    for (folder, words) in forbidden {
        for path in sources(folder) {
            let text = std::fs::read_to_string(&path).unwrap();
            let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            let code = code.split("#[cfg(test)]").next().unwrap();
            // A person's theme files are the screen's business; a run's files are not.
            let themes = name(&path) == "src/ui/theme/set.rs";
            for word in words.iter().filter(|word| !(themes && **word == "std::fs")) {
                assert!(!code.contains(word), "{} names {word}", name(&path));
            }
        }
    }
    // Only the backend file names a concrete device type for training; kernels name the backends they extend.
    for path in sources("src/engine") {
        let (name, text) = (name(&path), std::fs::read_to_string(&path).unwrap());
        let code = text.split("#[cfg(test)]").next().unwrap();
        let may = name == "src/engine/backend.rs" || name.starts_with("src/engine/kernels/") || name.contains("tests");
        let named = ["burn_flex", "burn_cuda", "burn_wgpu", "burn_fusion"].into_iter().find(|backend| code.contains(backend));
        assert!(may || named.is_none(), "{name} names a backend: {named:?}");
    }
}

#[test]
fn the_readme_names_both_commands_and_every_recipe_is_built_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for command in ["cargo run --release", "cargo test --release"] {
        assert!(readme.contains(command), "{command}");
    }
    let stems = |folder: &str| -> Vec<String> {
        let files = std::fs::read_dir(root.join(folder)).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_file());
        files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    for stem in stems("configs") {
        assert!(saner_core::recipes::find(&stem).is_some(), "{stem} is not in recipes.rs");
    }
    for stem in stems("configs/paper") {
        let name = stem.trim_end_matches("-small");
        assert!(saner_core::experiment::Experiment::find(name).is_some(), "{stem} is not in experiment.rs");
    }
}
