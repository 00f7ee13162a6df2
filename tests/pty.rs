//! The real binary in a pseudo-terminal at 80×24: start, curves, pause, knobs, checkpoint, leave, resume, open.
#![cfg(all(feature = "engine", unix))]

#[path = "support/program.rs"]
mod program;
#[path = "support/screen.rs"]
mod screen;

use program::{Bench, events, steps, wait_for_run};
use screen::Screen;

#[test]
fn a_whole_session() {
    let bench = Bench::new();
    let mut screen =
        Screen::start(&bench, &["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=3000", "--set", "method.k=2000"], &[]);
    screen.wait("train/loss");
    screen.wait("> RUN");
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":9,");
    screen.keys("p");
    screen.wait("PAUSED");
    screen.keys("e0.3\r");
    screen.wait("staged 1");
    screen.keys("\x1b[Be10\r");
    screen.wait("staged 2");
    assert!(events(&run, "accepted").is_empty(), "staged is not sent");
    screen.keys("\r");
    screen.wait("accepted");
    screen.keys("p");
    screen.wait("=applied");
    screen.wait("tuned ×2");
    let applied = events(&run, "applied");
    let at = applied[0]["step"].as_u64().unwrap() as usize;
    assert_eq!(steps(&run)[at]["saner/alpha_target"], 0.3);
    assert_eq!(steps(&run)[at]["saner/k"], 10.0);
    // Both changes stand at one step; the newer label wins the place.
    let mark = applied[1]["mark"].as_str().unwrap().to_owned();
    screen.wait(&mark);
    // Tab goes from the knobs, where editing left the focus, round to the alpha chart.
    screen.keys("\t\t\t\t\t");
    screen.wait("target ×0.300");
    screen.keys("Cbefore the drop\r");
    program::wait_for(&run.join("events.jsonl"), "before the drop");
    screen.keys("?");
    screen.wait("pause or go on with training");
    screen.keys("\x1b");
    screen.keys("6");
    screen.wait("INFO");
    screen.keys("1q");
    screen.wait("Leave");
    screen.keys("s");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
    assert_eq!(events(&run, "finished")[0]["outcome"], "stopped");

    let made = steps(&run).len();
    let mut screen = Screen::start(&bench, &["run", "--resume", "last", "--device", "cpu"], &[]);
    screen.wait("> RUN");
    program::wait_for(&run.join("metrics.jsonl"), &format!("\"step\":{},", made + 3));
    screen.keys("\x03");
    screen.wait("Leave");
    screen.keys("\x03");
    assert_eq!(screen.exit_code(), 0);
    assert!(bench.output(&["ctl", "last", "stop"]).status.success(), "Ctrl+C twice has only left it");

    let mut screen = Screen::start(&bench, &["open", "last"], &[]);
    screen.wait("STOPPED");
    screen.wait(&mark);
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn in_one_process_signals_restore_the_screen_and_save_the_run() {
    for name in ["TERM", "INT", "HUP"] {
        let bench = Bench::new();
        let mut screen = Screen::start(&bench, &["run", "smoke", "--inline", "--device", "cpu", "--set", "schedule.epochs=3000"], &[]);
        screen.wait("> RUN");
        let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":4,");
        screen.signal(name);
        let code = screen.exit_code();
        assert_eq!(code, if name == "INT" { 130 } else { 0 }, "{name}");
        screen.assert_restored();
        assert_eq!(events(&run, "finished")[0]["outcome"], "stopped");
    }
}

#[test]
fn without_colour_the_bytes_hold_no_colour_but_bold_survives() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, &["run", "smoke", "--device", "cpu"], &[("NO_COLOR", "1")]);
    screen.wait("DONE");
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
    let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
    assert!(!bytes.contains("[38;") && !bytes.contains("[31m") && !bytes.contains("[32m"), "a colour was written");
    assert!(bytes.contains("[1m"), "nothing is bold");
}

#[test]
fn a_storm_of_sizes_loses_nothing() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, &["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=3000"], &[]);
    screen.wait("> RUN");
    for (width, height) in [(200, 60), (1, 1), (39, 9), (40, 10), (300, 100), (7, 50), (120, 40), (80, 24)] {
        screen.resize(width, height);
        std::thread::sleep(std::time::Duration::from_millis(120));
    }
    screen.wait("Knobs");
    screen.wait("train/loss");
    screen.keys("qs");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn a_paused_screen_writes_nothing() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, &["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=3000"], &[]);
    screen.wait("> RUN");
    screen.keys("p");
    screen.wait("PAUSED");
    std::thread::sleep(std::time::Duration::from_millis(500));
    let before = screen.bytes().len();
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(screen.bytes().len(), before, "an idle screen costs no bytes");
    screen.keys("qs");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn a_sweep_shows_its_cells_and_stops_when_asked_twice() {
    let bench = Bench::new();
    let file = bench.dir.path().join("t.toml");
    let text = "name = \"t\"\nrecipe = \"smoke\"\n[set]\n\"schedule.epochs\" = 150\n[grid]\n\"method.name\" = [\"sgd\", \"saner\"]\n";
    std::fs::write(&file, text).unwrap();
    let arguments = ["sweep", file.to_str().unwrap(), "--device", "cpu", "--jobs", "2"];
    let mut screen = Screen::start(&bench, &arguments, &[]);
    screen.wait("0 of 2 done, 2 running");
    screen.wait("noisy");
    screen.keys("q");
    screen.wait("q again");
    screen.keys("x");
    screen.wait("q leave");
    screen.keys("qq");
    assert_eq!(screen.exit_code(), 130);
    screen.assert_restored();
    let mut screen = Screen::start(&bench, &arguments, &[]);
    screen.wait("2 running");
    assert_eq!(screen.exit_code(), 0);
    let said = String::from_utf8_lossy(&screen.bytes()).into_owned();
    assert!(said.contains("test, last"), "the table follows the view");
}

#[test]
fn a_terminal_that_can_nothing_gets_lines_of_words() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, &["run", "smoke", "--device", "cpu"], &[("TERM", "dumb")]);
    assert_eq!(screen.exit_code(), 0);
    let bytes = screen.bytes();
    assert!(!bytes.contains(&0x1b), "{}", String::from_utf8_lossy(&bytes));
    assert!(screen.text().contains("done after"), "{}", screen.text());
}

#[test]
fn what_is_pasted_is_text_in_a_field_and_nothing_elsewhere() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, &["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=3000"], &[]);
    screen.wait("> RUN");
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":4,");
    // Were these keys, the run would stop.
    screen.raw(b"\x1b[200~qs\x1b[201~");
    screen.keys("m");
    screen.raw(b"\x1b[200~lr too high, q s\x1b[201~");
    screen.wait("lr too high, q s");
    screen.keys("\r");
    program::wait_for(&run.join("events.jsonl"), "lr too high, q s");
    screen.wait("> RUN");
    screen.keys("qs");
    assert_eq!(screen.exit_code(), 0);
    assert_eq!(events(&run, "note")[0]["text"], "lr too high, q s");
}

#[test]
fn standard_error_may_be_closed() {
    let bench = Bench::new();
    for line in ["$0 run smoke --device cpu 2>&-", "$0 run smoke --inline --device cpu 2>&-", "$0 open last 2>&-"] {
        let mut screen = Screen::shell(&bench, line, &[]);
        screen.wait("DONE");
        screen.keys("q");
        assert_eq!(screen.exit_code(), 0, "{line}");
        screen.assert_restored();
    }
}

#[test]
fn the_ground_is_asked_for_and_an_answer_is_no_key() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=20"]).output().unwrap().status.success());
    let has = |screen: &Screen, words: &str| String::from_utf8_lossy(&screen.bytes()).contains(words);
    for (ground, light) in [("ffff/ffff/ffff", true), ("1212/1212/1212", false)] {
        let mut screen = Screen::start(&bench, &["open", "last"], &[("COLORTERM", "truecolor")]);
        screen.wait("[1 Live]");
        assert!(has(&screen, "\x1b]11;?"));
        // An answer that comes as late as this one holds letters that would do things: b, f, r, g, and digits.
        std::thread::sleep(std::time::Duration::from_millis(600));
        screen.raw(format!("\x1b]11;rgb:{ground}\x1b\\").as_bytes());
        std::thread::sleep(std::time::Duration::from_millis(600));
        assert_eq!(has(&screen, "38;2;26;26;26"), light, "the light theme's text");
        assert!(screen.text().contains("[1 Live]"), "{}", screen.text());
        screen.keys("q");
        assert_eq!(screen.exit_code(), 0);
    }
    // Who has chosen a theme is not asked for anything.
    let mut screen = Screen::start(&bench, &["open", "last", "--theme", "okabe-ito"], &[]);
    screen.wait("[1 Live]");
    assert!(!has(&screen, "\x1b]11;?"));
    screen.keys("q");
    assert_eq!(screen.exit_code(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn suspended_the_screen_is_given_back_and_the_run_goes_on() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, &["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=200000"], &[]);
    screen.wait("> RUN");
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":4,");
    screen.keys("\x1a");
    screen.wait_until("it stands still", |screen| screen.state() == 'T');
    screen.assert_restored();
    let (made, bytes) = (steps(&run).len(), screen.bytes().len());
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert!(steps(&run).len() > made, "the run must not stand still with its screen");
    assert_eq!(screen.bytes().len(), bytes);
    screen.signal("CONT");
    screen.wait_until("it is drawn again", |screen| screen.bytes().len() > bytes + 1000);
    screen.wait("Knobs");
    screen.keys("qs");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_restored();
}
