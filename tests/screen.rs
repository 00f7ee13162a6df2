//! The screen as a person uses it: tabs, keys of their own, themes, the mouse, the clipboard, going back and forking.
#![cfg(all(feature = "engine", unix))]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/program.rs"]
mod program;
#[path = "support/screen.rs"]
mod screen;

use engine::*;
use program::{Bench, events, stdout, wait_for, wait_for_run};
use screen::Screen;

const LONG: [&str; 8] = ["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=200000", "--set", "checkpoint.keep=1000"];

#[test]
fn every_tab_and_a_way_back_to_a_checkpoint() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let mut screen = Screen::start(&bench, &LONG, &[]);
    screen.wait("ctl:me");
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":40,");
    screen.keys("2G");
    screen.wait("noise-led");
    screen.keys("/norms\r");
    screen.wait("gradient norms s");
    assert!(!screen.text().contains("train/loss"), "the filter hides the others:\n{}", screen.text());
    screen.keys("\x1b");
    screen.keys("3");
    screen.wait("Group B % by layer and epoch");
    screen.keys("\t");
    screen.wait("AUC");
    screen.wait("wrong labels");
    screen.keys("4");
    screen.wait("running");
    screen.keys("6");
    screen.wait("INFO");
    screen.keys("p5");
    screen.wait("PAUSED");
    screen.wait("Events");
    screen.keys("/step-00000010 \r");
    screen.wait("filter step-00000010");
    screen.keys("R");
    screen.wait("Take the run back to step-00000010");
    screen.keys("\r");
    wait_for(&run.join("events.jsonl"), "\"restored\"");
    screen.wait("10/1.0M st");
    screen.keys("\x1b");
    screen.keys("b");
    screen.wait("Begin a new run at");
    screen.keys("y");
    screen.wait("has begun at");
    assert!(stdout(&bench.output(&["ls"])).lines().count() == 2);
    screen.keys("qs");
    assert_eq!(screen.exit_code(), 0);
    assert_eq!(events(&run, "restored")[0]["by"], "me");
    // The run it is a fork of lies behind the charts of the fork.
    let mut screen = Screen::start(&bench, &["open", "last"], &[]);
    screen.wait("behind: ");
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn own_keys_and_an_own_theme_hold_and_faults_are_told() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let home = bench.dir.path().join("settings");
    std::fs::create_dir_all(home.join("themes")).unwrap();
    std::fs::write(home.join("config.toml"), "theme = \"mine\"\nmouse = false\n").unwrap();
    std::fs::write(home.join("keymap.toml"), "preset = \"emacs\"\n[global]\nz = \"run.pause\"\np = \"unbind\"\nx = \"run.puase\"\n")
        .unwrap();
    std::fs::write(home.join("themes/mine.toml"), "inherits = \"dark\"\n[roles]\nfocus = \"#010203\"\n").unwrap();
    let config = home.join("config.toml");
    let settings = [("SANER_TUI_CONFIG", config.to_str().unwrap()), ("COLORTERM", "truecolor")];
    let mut screen = Screen::start(&bench, &LONG, &settings);
    screen.wait("line 5: `run.puase` is no command; did you mean run.pause?");
    screen.wait("z pause");
    screen.keys("pz");
    screen.wait("PAUSED");
    let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
    assert!(bytes.contains("38;2;1;2;3"), "the theme's own colour is drawn");
    assert!(!bytes.contains("?1000h"), "the mouse is left alone");
    screen.keys(":theme nosuch\r");
    screen.wait("there is no theme `nosuch`");
    screen.keys(":smooth 0.97\r");
    screen.keys(":write-config\r");
    screen.wait("kept chart.smoothing in");
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "theme = \"mine\"\nmouse = false\n\n[chart]\nsmoothing = 0.97\n");
    screen.keys("qs");
    assert_eq!(screen.exit_code(), 0);
    let checked = bench.command(&["config", "check"]).env("SANER_TUI_CONFIG", &config).output().unwrap();
    assert_eq!((checked.status.code(), stdout(&checked).contains("line 5")), (Some(2), true));
    let shown = bench.command(&["config", "show", "--origin"]).env("SANER_TUI_CONFIG", &config).output().unwrap();
    assert!(
        stdout(&shown).contains("theme = \"mine\"    # ")
            && stdout(&shown).contains("chart.smoothing = 0.97    # /")
            && stdout(&shown).contains("chart.raw = false    # default"),
        "{}",
        stdout(&shown)
    );
}

#[test]
fn the_mouse_chooses_tabs_and_the_clipboard_and_the_bell_are_asked_for() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=40"]).output().unwrap().status.success());
    let mut screen = Screen::start(&bench, &["open", "last"], &[]);
    screen.wait("train/loss");
    // A click on the word Charts, a turn of the wheel over a chart.
    screen.raw(b"\x1b[<0;14;2M\x1b[<0;14;2m");
    screen.wait("[2 Charts]");
    screen.raw(b"\x1b[<64;20;6M");
    screen.wait("follow, zoomed");
    screen.keys("=iY");
    screen.wait("copied: train/loss ep");
    let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
    assert!(bytes.contains("\x1b]52;c;"), "nothing was copied");
    assert!(bytes.contains("?1000h") && !bytes.contains("?1003h"));
    screen.keys("4");
    screen.wait("done");
    // Pictures of what is shown stand first, then the run's own exports.
    for (down, file) in [("", "view.svg"), ("j", "view.png"), ("jj", "charts.svg"), ("jjj", "charts.png"), ("jjjj", "metrics.csv")] {
        screen.keys("E");
        screen.wait("numbers of every step");
        screen.keys(down);
        screen.keys("\r");
        let path = bench.last().join("export").join(file);
        program::wait_for_file(&path);
        screen.wait("written: ");
        let bytes = std::fs::read(&path).unwrap();
        let begins: &[u8] = if file.ends_with("svg") {
            b"<svg"
        } else if file.ends_with("png") {
            b"\x89PNG"
        } else {
            b"step,"
        };
        assert!(bytes.starts_with(begins) && bytes.len() > 1000, "{file}");
    }
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
    let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
    assert!(bytes.contains("?1000l"), "the mouse is given back");

    let mut screen = Screen::start(&bench, &["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=400"], &[]);
    screen.wait("DONE");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(screen.bytes().contains(&7), "the bell did not ring");
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn a_clock_that_goes_back_confuses_nobody() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=40"]).output().unwrap().status.success());
    let run = bench.last();
    let path = run.join("events.jsonl");
    // Each event an hour before the one that it follows.
    let lines = program::lines(&path).into_iter().enumerate().map(|(at, mut event)| {
        event["time"] = (1_700_000_000.0 - 3600.0 * at as f64).into();
        format!("{event}\n")
    });
    let text: String = lines.collect();
    std::fs::write(&path, text).unwrap();
    assert!(bench.train(&["--resume", "last", "--set", "schedule.max_steps=60"]).output().unwrap().status.success());
    assert_consecutive(&run);
    let walls: Vec<f64> = program::steps(&run).iter().map(|step| step["wall"].as_f64().unwrap()).collect();
    assert!(walls.windows(2).all(|pair| pair[0] <= pair[1]), "training time never goes back");
    assert!(stdout(&bench.output(&["ls"])).contains("done"));
    for words in [["open", "last"], ["replay", "last"]] {
        let mut screen = Screen::start(&bench, &words, &[]);
        screen.wait("DONE");
        screen.keys("5");
        screen.wait("Events");
        screen.keys("q");
        assert_eq!(screen.exit_code(), 0);
    }
}
