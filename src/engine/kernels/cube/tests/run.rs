//! A whole run on the device beside the same run on the CPU.

use std::sync::Arc;

use saner_core::event::Report;
use saner_core::rundir::RunDir;
use saner_core::spec::{Override, Spec};
use saner_core::{data, noise, recipes};

use super::there;
use crate::backend::{DeviceChoice, choose};
use crate::engine::spawn;
use crate::trainer::{End, OnNonFinite, Start};

/// Loss, Group B share and epochs' test accuracy of a run of the recipe `smoke`.
fn reports(device: DeviceChoice, sets: &[(&str, &str)]) -> (Vec<(f32, Option<f32>)>, Vec<f64>) {
    let dir = tempfile::tempdir().unwrap();
    let sets: Vec<Override> = sets.iter().map(|(key, value)| Override { key: (*key).into(), value: (*value).into() }).collect();
    let spec = Spec::load(recipes::find("smoke").unwrap(), "smoke", &sets).unwrap();
    let set = data::load(&spec.data, spec.seed, dir.path()).unwrap();
    let flips = noise::flip(&spec, &set, dir.path()).unwrap();
    let start = Start {
        spec,
        set: Arc::new(set),
        flips: Arc::new(flips),
        run: RunDir::create(dir.path(), "stamp", "gpu").unwrap(),
        device: "test".into(),
        resume: None,
        on_non_finite: OnNonFinite::Stop,
        interventions: Vec::new(),
        unanswered: Vec::new(),
        parent: None,
    };
    let engine = spawn(choose(device, None).unwrap(), start).unwrap();
    let (mut steps, mut epochs) = (Vec::new(), Vec::new());
    for report in engine.reports.iter() {
        match report {
            Report::Step(step) => steps.push((step.loss, step.group_b)),
            Report::Epoch(epoch) => epochs.push(epoch.eval_loss),
            _ => {}
        }
    }
    assert_eq!(engine.thread.join().unwrap(), End::Done);
    (steps, epochs)
}

#[test]
fn a_run_is_that_of_the_cpu() {
    if !there("a run") {
        return;
    }
    let sets = [("method.name", "saner"), ("data.augment", "true"), ("schedule.epochs", "2"), ("probe.groups_every", "1")];
    let (got, got_tests) = reports(DeviceChoice::Vulkan, &sets);
    let (want, want_tests) = reports(DeviceChoice::Cpu, &sets);
    assert!(got.len() > 5 && got.len() == want.len(), "{} steps", got.len());
    for (step, ((loss, b), (loss_cpu, b_cpu))) in got.iter().zip(&want).enumerate() {
        // The same data, weights and order of operations: only the order of sums differs.
        assert!((loss / loss_cpu - 1.0).abs() < 1e-4, "step {step}: {loss} instead of {loss_cpu}");
        let (Some(b), Some(b_cpu)) = (b, b_cpu) else { panic!("no share at step {step}") };
        assert!((b - b_cpu).abs() < 2e-3, "step {step}: share {b} instead of {b_cpu}");
    }
    assert_eq!(got_tests.len(), 2);
    for (got, want) in got_tests.iter().zip(&want_tests) {
        assert!((got / want - 1.0).abs() < 1e-3, "test loss {got} instead of {want}");
    }
}
