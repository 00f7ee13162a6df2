//! The method's invariants on a whole network, by the real binary: equal weights, bit for bit.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use program::*;
use serde_json::Value;

/// Weights after the smoke recipe, and its epoch lines.
fn trained(sets: &[&str]) -> (Vec<u8>, Vec<Value>) {
    let bench = Bench::new();
    let args: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let output = bench.train(&["smoke"]).args(args).output().unwrap();
    assert!(output.status.success(), "{sets:?}: {}", stderr(&output));
    let run = bench.last();
    let epochs = timeless(&run).into_iter().filter(|line| line["epoch_end"] == true).collect();
    (std::fs::read(run.join("checkpoints/step-00000020/weights.safetensors")).unwrap(), epochs)
}

#[test]
fn alpha_one_is_sam() {
    let sam = trained(&["method.name=sam"]).0;
    assert!(trained(&["method.alpha=1"]).0 == sam);
    assert!(trained(&[]).0 != sam, "alpha 0.5 is something else");
}

#[test]
fn rho_zero_is_sgd() {
    let sgd = trained(&["method.name=sgd"]).0;
    for name in ["method.name=sam", "method.name=saner"] {
        assert!(trained(&[name, "method.rho=0"]).0 == sgd, "{name}");
    }
}

#[test]
fn special_cases_of_the_variants_are_sam() {
    let sam = trained(&["method.name=sam"]).0;
    for sets in [
        ["method.name=gsam", "method.gsam_alpha=0"],
        ["method.name=fsam", "method.sigma=0"],
        ["method.name=vasso", "method.theta=1"],
        ["method.name=saner-quantile", "method.quantile=0"],
        ["method.name=sgd-gr-b", "method.tau=0"],
        ["method.name=saner", "method.layers=[\"*=0\"]"],
        ["method.name=sam", "method.m=20"],
    ] {
        assert!(trained(&sets).0 == sam, "{sets:?}");
    }
    for other in ["gsam", "asam", "fsam", "vasso", "sgd-gr-b"] {
        assert!(trained(&[&format!("method.name={other}")]).0 != sam, "{other}");
    }
    assert!(trained(&["method.name=sam", "method.m=5"]).0 != sam, "m-sharpness");
}

#[test]
fn plain_schedules_are_what_they_replace() {
    let plain = trained(&[]).0;
    for set in ["schedule.label_smoothing=0", "schedule.clip=1e6", "schedule.ema=0.9", "method.shape=linear", "method.alpha_a=1"] {
        assert!(trained(&[set]).0 == plain, "{set}");
    }
    for set in
        ["schedule.label_smoothing=0.1", "schedule.clip=0.5", "schedule.optimizer=adamw", "schedule.curve=cosine", "schedule.warmup=1"]
    {
        assert!(trained(&[set]).0 != plain, "{set}");
    }
}

#[test]
fn probes_change_no_parameter() {
    for name in ["method.name=sgd", "method.name=saner", "method.name=fsam+saner-mean"] {
        let often = trained(&[name, "probe.groups_every=1", "probe.dominance_every=1"]).0;
        assert!(often == trained(&[name, "probe.groups_every=0", "probe.dominance_every=0"]).0, "{name}");
    }
}

#[test]
fn the_norm_rule_moves_the_running_statistics_and_nothing_else() {
    let (first, second) = (trained(&["method.norm=first-pass"]).1, trained(&["method.norm=second-pass"]).1);
    let of = |lines: &[Value], key: &str| lines.iter().map(|line| line[key].as_f64().unwrap()).collect::<Vec<_>>();
    assert_eq!(of(&first, "train/loss"), of(&second, "train/loss"), "training uses the batch's own statistics");
    assert_ne!(of(&first, "eval/loss"), of(&second, "eval/loss"), "the test pass uses the running ones");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_one_does_not() {
    let one = trained(&[]);
    assert!(one == trained(&[]));
    assert!(one.0 != trained(&["seed=43"]).0);
}
