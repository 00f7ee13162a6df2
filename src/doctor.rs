//! `doctor`: what the program finds here, what it decides from it, and what a person may do about it; with a test card.

use std::io::{IsTerminal, Write};
use std::path::Path;

use saner_ui::theme::{Depth, ROLES};

use crate::cli::Places;
use crate::config::{Looks, keymap, load, screen, themes, user_file};

/// Bytes free below which a run is likely to meet a full disk.
const LITTLE: u64 = 2 << 30;

/// Says what it finds.
pub fn doctor(places: &Places, looks: &Looks) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    let settings = screen(looks, false);
    let mut faults = 0;
    let mut say = |good: bool, what: &str, found: String, todo: &str| {
        faults += u32::from(!good);
        let todo = if good || todo.is_empty() { String::new() } else { format!("\n             → {todo}") };
        writeln!(out, "{} {what:<10} {found}{todo}", if good { "ok" } else { "!!" })
    };
    say(true, "version", format!("saner-tui {} for {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH), "")?;
    for (what, path) in [("runs", places.runs()), ("data", places.data().0)] {
        let (good, found) = folder(&path);
        say(good, what, found, "choose another folder with --runs, --data, SANER_TUI_RUNS or SANER_TUI_DATA")?;
    }
    #[cfg(feature = "engine")]
    {
        let chosen = crate::prepare::device("auto", None);
        let found = chosen.as_ref().map_or_else(ToString::to_string, |device| device.sentence.clone());
        say(chosen.is_ok(), "device", found, "--device cpu always works")?;
        let cuda = crate::prepare::device("cuda", None);
        let found = cuda.as_ref().map_or_else(|fault| fault.to_string(), |device| device.sentence.clone());
        say(true, "cuda", found, "")?;
        say(true, "gpu", crate::machine::cards(), "")?;
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    say(true, "cpu", format!("{threads} threads{}", instructions()), "")?;
    match load() {
        Ok(_) => {
            let path = user_file().map_or_else(|| "nowhere".into(), |path| path.display().to_string());
            say(true, "settings", format!("right; yours would be {path}"), "")?;
        }
        Err(fault) => say(false, "settings", fault.to_string(), "saner-tui config check tells every fault")?,
    }
    let (_, wrong) = keymap();
    say(wrong.is_empty(), "keys", if wrong.is_empty() { "right".into() } else { wrong.join("; ") }, "saner-tui keys check")?;
    let (var, terminal) = (|name: &str| std::env::var(name).unwrap_or_default(), std::io::stdout().is_terminal());
    let colours = match settings.depth {
        Depth::None => "none: NO_COLOR, or --color never",
        Depth::Ansi16 => "16",
        Depth::Indexed256 => "256",
        Depth::True => "24 bits",
    };
    let told = format!("TERM={} COLORTERM={} NO_COLOR={}", var("TERM"), var("COLORTERM"), var("NO_COLOR"));
    let theme = match settings.theme.as_str() {
        saner_ui::settings::AUTO => format!("{}, until the terminal tells its ground (OSC 11)", settings.first_theme()),
        name => name.to_owned(),
    };
    say(true, "theme", format!("{theme}; --theme and themes ls know others"), "")?;
    say(true, "colours", format!("{colours} ({told}); --color says otherwise"), "")?;
    let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"].iter().map(|name| var(name)).find(|value| !value.is_empty()).unwrap_or_default();
    let good = utf8.to_uppercase().replace('-', "").contains("UTF8");
    say(good, "letters", format!("locale `{utf8}`"), "if the signs below are wrong: --ascii, or marker = \"ascii\"; or a UTF-8 locale")?;
    if !var("TMUX").is_empty() {
        say(
            true,
            "tmux",
            "colours are those of its `default-terminal` and `terminal-features`; COLORTERM may be the outer one's".into(),
            "",
        )?;
    }
    say(
        true,
        "mouse",
        if settings.mouse {
            "clicks and the wheel (mouse = false leaves them to the terminal; so does Shift)"
        } else {
            "left to the terminal (mouse = false)"
        }
        .into(),
        "",
    )?;
    let (good, found) = clipboard(settings.copy);
    say(good, "clipboard", found, "in tmux.conf: set -g set-clipboard on")?;
    let (good, found) = limits();
    say(good, "limits", found, "ulimit -n 1024 before starting it: data, log, checkpoints and screens need descriptors")?;
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).map(|size| (size.ws_col, size.ws_row));
    match size {
        Ok((width, height)) => {
            let good = width >= 80 && height >= 24;
            say(good, "window", format!("{width}x{height}"), "80x24 and more shows two charts and the knobs; below 40x10 one line")?;
        }
        Err(_) => say(true, "window", "no terminal: `run` prints lines of words".into(), "")?,
    }
    if terminal {
        card(&mut out, &settings)?;
    }
    Ok(u8::from(faults > 0))
}

/// Whether a folder, or the nearest one above it, can be written, and what is free there.
fn folder(path: &Path) -> (bool, String) {
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let writable = rustix::fs::access(there, rustix::fs::Access::WRITE_OK).is_ok();
    let free = rustix::fs::statvfs(there).map_or(0, |disk| disk.f_bavail * disk.f_frsize);
    let gib = free as f64 / f64::from(1u32 << 30);
    let made = if there == path { "" } else { ", will be made" };
    (writable && free > LITTLE, format!("{}{made}, {gib:.1} GiB free{}", path.display(), if writable { "" } else { ", cannot be written" }))
}

/// Whether a copied value reaches a clipboard, as far as can be known.
fn clipboard(copy: bool) -> (bool, String) {
    if !copy {
        return (true, "off (copy = false)".into());
    }
    if std::env::var_os("TMUX").is_none() {
        return (true, "OSC 52 (Y on a chart), where the terminal allows it".into());
    }
    let asked = std::process::Command::new("tmux").args(["show", "-sv", "set-clipboard"]).output();
    let set = asked.map_or_else(|_| "unknown".into(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    (set != "off", format!("OSC 52 through tmux (set-clipboard {set})"))
}

/// Open files and memory that this process may have.
fn limits() -> (bool, String) {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let memory = rustix::process::getrlimit(rustix::process::Resource::As).current;
    let word = |limit: Option<u64>, unit: u64, name: &str| limit.map_or("no limit".into(), |n| format!("{}{name}", n / unit));
    (files.is_none_or(|n| n >= 256), format!("open files {}, memory {}", word(files, 1, ""), word(memory, 1 << 30, " GiB")))
}

fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            return ", AVX-512";
        }
        if std::is_x86_feature_detected!("avx2") {
            return ", AVX2";
        }
    }
    ""
}

/// Signs and colours as charts use them, for a person to look at.
fn card(out: &mut impl Write, settings: &saner_ui::settings::Settings) -> std::io::Result<()> {
    let theme =
        themes().load(&settings.first_theme(), settings.depth).unwrap_or_else(|_| saner_ui::theme::Themes::fallback(settings.depth));
    writeln!(out, "\ntest card, theme {}: every line must be readable, no two neighbours alike", theme.name)?;
    for (i, role) in ROLES.iter().enumerate() {
        write!(out, "{} ", saner_ui::print::styled(role, theme.styles()[i]))?;
    }
    writeln!(out, "\nbraille ⣀⣤⣶⣿⠉⠛   octant 𜴉𜴘𜵊𜷀   half-block ▀▄█   dot •   lines ┌─┬─┐│┊╌   signs ✓✗▸×→")?;
    let keymap = &settings.keymap;
    let missing: Vec<&str> =
        saner_ui::action::ACTIONS.iter().filter(|row| keymap.keys(row.action).is_empty()).map(|row| row.name).collect();
    writeln!(out, "without a key, behind `:` only: {}", if missing.is_empty() { "none".to_owned() } else { missing.join(", ") })?;
    let help = keymap.key(saner_ui::action::Action::Help);
    writeln!(out, "help is on `{help}`, leaving on `{}`", keymap.key(saner_ui::action::Action::Leave))
}
