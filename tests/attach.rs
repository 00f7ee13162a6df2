//! A run outlives its screen: detach, kill, attach, control from a shell.
#![cfg(all(feature = "engine", unix))]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/program.rs"]
mod program;
#[path = "support/screen.rs"]
mod screen;

use engine::*;
use program::{Bench, events, stdout, steps, wait_for, wait_for_run};
use screen::Screen;
use serde_json::json;

const LONG: [&str; 8] = ["run", "smoke", "--device", "cpu", "--set", "schedule.epochs=200000", "--set", "checkpoint.every=1000"];

#[test]
fn a_run_goes_on_without_its_screen_and_two_screens_see_what_a_shell_changes() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let mut first = Screen::start(&bench, &LONG, &[]);
    first.wait("ctl:me");
    let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":9,");
    first.keys("q");
    first.wait("detach");
    first.keys("d");
    assert_eq!(first.exit_code(), 0);
    first.assert_restored();
    let mut killed = Screen::start(&bench, &["attach"], &[]);
    killed.wait("ctl:me");
    killed.signal("KILL");
    killed.exit_code();
    // What a killed screen held is free after a while, or taken.
    let mut one = Screen::start(&bench, &["attach", "last", "--take"], &[]);
    one.wait("ctl:me");
    let mut reader = Screen::start(&bench, &["attach", "--read-only"], &[]);
    reader.wait("ctl:me");
    reader.keys(":take\r");
    reader.wait("--read-only");
    reader.keys("q");
    reader.wait("you only watch");
    reader.keys("d");
    assert_eq!(reader.exit_code(), 0);
    let mut two = Screen::start(&bench, &["attach"], &[]);
    two.wait("2 views");
    two.keys("c");
    two.wait("me at pts/");
    two.keys(":take\r");
    two.wait("ctl:me");
    one.wait("has taken control");
    two.keys("\x1b[Be10\r");
    two.wait("staged 1");
    two.keys("\r");
    two.wait("=applied");
    let (code, refused) = ctl(&bench, &["set", "alpha", "0.3"]);
    assert_eq!((code, &refused["result"]), (4, &json!("refused")), "{refused}");
    let (code, applied) = ctl(&bench, &["set", "alpha", "0.3", "--force"]);
    assert_eq!((code, &applied["result"], &applied["value"]), (0, &json!("applied"), &json!(0.3)), "{applied}");
    let at = applied["step"].as_u64().unwrap() as usize;
    wait_for(&run.join("metrics.jsonl"), &format!("\"step\":{at},"));
    assert_eq!(steps(&run)[at]["saner/alpha_target"], 0.3, "the step that is named used the value");
    let mark = applied["mark"].as_str().unwrap().to_owned();
    one.wait("tuned ×2");
    two.wait("tuned ×2");
    one.wait(&mark);
    two.wait("ctl:me");
    assert_eq!(events(&run, "applied")[1]["by"], "ctl");
    let (code, _) = ctl(&bench, &["stop", "--force"]);
    assert_eq!(code, 0);
    for screen in [&mut one, &mut two] {
        screen.wait("STOPPED");
        screen.keys("q");
        assert_eq!(screen.exit_code(), 0);
    }
    assert_consecutive(&run);
    assert!(!run.join("control/engine.json").exists(), "the door is closed");
}

#[test]
fn signals_take_the_screen_and_leave_the_run() {
    for name in ["TERM", "INT", "HUP", "KILL"] {
        let bench = Bench::new();
        let _end = Ended(&bench);
        let mut screen = Screen::start(&bench, &LONG, &[]);
        screen.wait("> RUN");
        let run = wait_for_run(&bench, "metrics.jsonl", "\"step\":4,");
        screen.signal(name);
        if name == "INT" {
            screen.wait("detach");
            screen.signal(name);
        }
        let code = screen.exit_code();
        if ["TERM", "INT"].contains(&name) {
            assert_eq!(code, 0, "{name}");
            screen.assert_restored();
        }
        let made = steps(&run).len();
        wait_for(&run.join("metrics.jsonl"), &format!("\"step\":{},", made + 50));
        assert_eq!(ctl(&bench, &["stop", "--force"]).0, 0, "{name}");
        assert_consecutive(&run);
    }
}

#[test]
fn what_cannot_begin_says_so_in_one_sentence() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, &["run", "cifar10-small", "--device", "cpu", "--data", "/nowhere"], &[]);
    assert_eq!(screen.exit_code(), 2);
    let said = String::from_utf8_lossy(&screen.bytes()).into_owned();
    assert!(said.contains("data_batch_1.bin") && said.lines().count() == 1, "{said}");
}

#[test]
fn an_engine_that_is_killed_is_seen_and_gone_on_with() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let mut screen = Screen::start(&bench, &[&LONG[..], &["--set", "checkpoint.every=5"]].concat(), &[]);
    screen.wait("> RUN");
    let run = wait_for_run(&bench, "events.jsonl", "step-00000050");
    kill(&run);
    screen.wait("FAILED");
    screen.keys("q");
    assert_eq!(screen.exit_code(), 1);
    let (code, answer) = ctl(&bench, &["pause"]);
    assert_eq!((code, &answer["reason"]), (2, &json!("the run has ended")));
    assert_eq!(ctl(&bench, &["status"]).1["state"], "failed");
    let mut screen = Screen::start(&bench, &["run", "--resume", "auto", "--device", "cpu"], &[]);
    screen.wait("> RUN");
    screen.keys("q");
    screen.wait("detach");
    screen.keys("s");
    assert_eq!(screen.exit_code(), 0);
    assert_consecutive(&run);
}

#[test]
fn a_shell_can_do_everything_and_wait() {
    let bench = Bench::new();
    let _end = Ended(&bench);
    let run = engine(&bench, &["smoke", "--set", "schedule.epochs=100000", "--set", "checkpoint.every=1000"]);
    assert_eq!(ctl(&bench, &["wait", "epoch", "3"]).0, 0);
    let (code, status) = ctl(&bench, &["status"]);
    assert_eq!((code, &status["state"], &status["alive"]), (0, &json!("running"), &json!(true)), "{status}");
    assert_eq!(ctl(&bench, &["pause"]).0, 0);
    let (code, status) = ctl(&bench, &["wait", "paused"]);
    assert_eq!((code, &status["state"]), (0, &json!("paused")));
    let before = steps(&run).len();
    assert_eq!(ctl(&bench, &["pause"]).0, 2, "it is paused already");
    let (code, saved) = ctl(&bench, &["checkpoint", "before", "the", "drop"]);
    assert_eq!((code, saved["checkpoint"].as_str().unwrap()), (0, format!("step-{before:08}").as_str()), "{saved}");
    let (code, evaluated) = ctl(&bench, &["eval"]);
    assert!(code == 0 && evaluated["eval/acc"].as_f64().unwrap() > 0.0, "{evaluated}");
    assert_eq!(ctl(&bench, &["note", "\u{1b}[31mred", "--by", "script"]).0, 0);
    let noted = &events(&run, "note")[0];
    assert_eq!((&noted["text"], &noted["by"]), (&json!("[31mred"), &json!("script")), "no escape sequence reaches a terminal");
    let (code, staged) = ctl(&bench, &["set", "rho", "0.2", "--timeout", "0.5"]);
    assert_eq!((code, &staged["result"]), (5, &json!("accepted")), "taken, but no step has used it: {staged}");
    assert_eq!(steps(&run).len(), before, "it stood still");
    assert_eq!(ctl(&bench, &["resume"]).0, 0);
    wait_for(&run.join("events.jsonl"), "\"applied\"");
    assert_eq!(events(&run, "applied")[0]["step"], before as u64);
    assert_eq!(ctl(&bench, &["set", "alpha", "9"]).0, 2);
    assert_eq!(ctl(&bench, &["wait", "done", "--timeout", "0.3"]).0, 5);
    assert_eq!(ctl(&bench, &["stop"]).0, 0);
    assert_eq!(ctl(&bench, &["wait", "done"]).0, 1, "it was stopped, not done");
    assert_eq!(bench.output(&["ctl", "nothing", "status"]).status.code(), Some(3));
    assert_consecutive(&run);
    assert!(stdout(&bench.output(&["ls"])).contains("stopped"));
}
