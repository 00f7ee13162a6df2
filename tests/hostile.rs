//! Whatever bytes stand in a file or come over a socket: no panic, no endless memory, a sentence where it is refused.

use std::path::Path;

use proptest::prelude::*;
use saner_core::command::Verb;
use saner_core::protocol::{Ask, Tell, read, tame};
use saner_core::rundir::RunDir;
use saner_core::spec::{Override, Spec};
use saner_core::sweep::Sweep;
use saner_core::{log, manifest, recipes};

/// A real file with some bytes changed, cut or doubled: nearer to the readers' inner branches than noise is.
fn broken(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = whole.len();
    let change = (0..length, any::<u8>(), 0..length, any::<bool>());
    proptest::collection::vec(change, 1..6).prop_map(move |changes| {
        let mut bytes = whole.clone();
        for (at, value, cut, remove) in changes {
            if remove {
                bytes.truncate(cut.max(1));
            }
            let at = at % bytes.len();
            bytes[at] = value;
        }
        bytes
    })
}

fn event_lines() -> Vec<u8> {
    let mut text = String::new();
    for step in 0..5 {
        text += &format!(
            "{{\"seq\":{step},\"time\":1.5,\"step\":{step},\"epoch\":0,\"by\":\"me\",\"event\":\"note\",\"mark\":\"N1\",\"text\":\"x\"}}\n"
        );
    }
    text.into_bytes()
}

fn metric_lines() -> Vec<u8> {
    let mut text = String::new();
    for step in 0..5 {
        text += &format!(
            "{{\"step\":{step},\"epoch\":0,\"wall\":0.1,\"train/loss\":2.0,\"train/acc\":0.1,\"saner/alpha\":1.0,\"saner/alpha_target\":0.5,\"saner/k\":5.0,\"saner/rho\":0.1,\"lr\":0.1}}\n"
        );
    }
    text.into_bytes()
}

fn folder(events: &[u8], metrics: &[u8]) -> (tempfile::TempDir, RunDir) {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir { path: dir.path().to_path_buf() };
    std::fs::write(run.events(), events).unwrap();
    std::fs::write(run.metrics(), metrics).unwrap();
    (dir, run)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn recipes_and_sweeps(bytes in broken(recipes::find("cifar10-sym25-saner").unwrap().as_bytes().to_vec()), noise in ".{0,80}") {
        let text = String::from_utf8_lossy(&bytes);
        for text in [text.as_ref(), noise.as_str()] {
            if let Err(fault) = Spec::load(text, "x.toml", &[]) {
                prop_assert!(!fault.to_string().is_empty());
            }
            let _ = Sweep::load(text, "x.toml");
            let _ = text.parse::<Override>();
            let _ = Verb::parse(text);
        }
    }

    #[test]
    fn logs(events in broken(event_lines()), metrics in broken(metric_lines())) {
        let (_dir, run) = folder(&events, &metrics);
        let read = log::read(&run).unwrap();
        let mut state = saner_core::state::RunState::default();
        read.reports.iter().for_each(|report| state.apply(report));
        prop_assert!(read.reports.len() <= 12);
    }

    #[test]
    fn checkpoints(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let dir = tempfile::tempdir().unwrap();
        for name in ["manifest.json", "weights.safetensors", "state.safetensors"] {
            std::fs::write(dir.path().join(name), &bytes).unwrap();
        }
        prop_assert!(manifest::verify(dir.path()).is_err());
    }

    #[test]
    fn protocol_lines(bytes in broken(br#"{"type":"command","id":1,"verb":{"set":[["alpha",0.3],["k",10.0]]}}"#.to_vec()), noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        for bytes in [&bytes, &noise] {
            let _ = read::<Ask>(bytes);
            let _ = read::<Tell>(bytes);
        }
    }

    #[test]
    fn names_and_notes(text in "\\PC{0,40}|[\\x00-\\x1f\\x7f-\\u{9f}]{0,40}", most in 0usize..50) {
        let tamed = tame(&text, most);
        prop_assert!(tamed.chars().count() <= most && !tamed.chars().any(char::is_control));
    }
}

#[test]
fn a_deep_line_is_refused_without_a_stack_of_its_depth() {
    let deep = "[".repeat(200_000);
    assert!(read::<Ask>(deep.as_bytes()).is_err());
    assert!(Spec::load(&format!("a = {deep}"), "x.toml", &[]).is_err());
    let (_dir, run) = folder(format!("{deep}\n").as_bytes(), deep.as_bytes());
    assert!(log::read(&run).unwrap().reports.is_empty());
    assert!(manifest::verify(Path::new("/nowhere")).is_err());
}
