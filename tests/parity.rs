//! Against PyTorch, where it is there (`SANER_TUI_PYTHON`, or `python3` with `torch`); skipped, visibly, where not.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::process::Command;

use burn_autodiff::Autodiff;
use burn_flex::Flex;
use burn_tensor::{Bool, DType, Tensor, TensorData};
use program::*;
use rand::Rng;
use saner_core::spec::{ModelSpec, Spec};
use saner_engine::batch::Batch;
use saner_engine::checkpoint::Numbers;
use saner_engine::kernels::{Kernels, Pair};
use saner_engine::layout::Layout;
use saner_engine::model::layer::{Memory, Pass};
use saner_engine::model::{Net, init};
use saner_engine::optim::{Family, Rates, group_a, group_b};
use saner_engine::passes::numbers;
use saner_engine::step::{Weights, passes};
use saner_engine::tensors;

fn python() -> Option<String> {
    let python = std::env::var("SANER_TUI_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import torch"]).output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: {python} has no torch");
    }
    found.then_some(python)
}

fn script(python: &str, name: &str, args: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity").join(name);
    let output = Command::new(python).arg("-B").arg(path).args(args).output().unwrap();
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    eprintln!("{}", stdout(&output).lines().last().unwrap_or_default());
}

#[test]
fn weights_load_strictly_and_logits_agree() {
    let Some(python) = python() else { return };
    for (name, width, side) in [
        ("resnet18", 1.0, 32),
        ("resnet8", 0.5, 32),
        ("resnet18-imagenet", 0.5, 64),
        ("wrn-28-10", 0.1, 32),
        ("wrn-40-2", 0.5, 32),
        ("densenet121", 0.25, 32),
        ("inception-resnet-v2", 0.25, 107),
        ("vit", 0.5, 32),
        ("mixer", 0.5, 32),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let net = Net::new(&ModelSpec { name: name.into(), width, ..Default::default() }, 10, side);
        let mut rng = saner_core::rng::stream(3, "parity", 0, 0);
        // Every number drawn, so that none hides behind a start of 0 or 1.
        let w: Vec<f32> = init::parameters(&net.params, 3).iter().map(|v| v + rng.random_range(-0.02..0.02f32)).collect();
        // Running statistics of a net that has seen something, so that the test mode is tested.
        let running: Vec<f32> = init::buffers(&net.buffers).iter().map(|v| v + rng.random_range(0.0..0.5f32)).collect();
        let images: Vec<f32> = (0..4 * 3 * side * side).map(|_| rng.random_range(-2.0..2.0f32)).collect();
        let flat = |values: &[f32]| Tensor::<Flex, 1>::from_data(TensorData::new(values.to_vec(), [values.len()]), &Default::default());
        let logits = |running: Option<Vec<Tensor<Flex, 1>>>| -> Vec<f32> {
            let params = net.params.split(&flat(&w));
            let mut pass = match running {
                Some(running) => Pass::test(params, running),
                None => Pass::training(params, Memory::Off),
            };
            let images = Flex::axes(DType::F32).enter(flat(&images).reshape([4, 3, side, side]));
            net.forward(&mut pass, images).into_data().to_vec().unwrap()
        };
        let (eval, train) = (logits(Some(net.buffers.split(&flat(&running)))), logits(None));
        let mut layout = Layout::default();
        layout.add("images".into(), &[4, 3, side, side]);
        layout.add("eval".into(), &[4, 10]);
        layout.add("train".into(), &[4, 10]);
        let case = tensors::encode(&[("", &layout, &[images.clone(), eval, train].concat())], None).unwrap();
        let weights = tensors::encode(&[("", &net.params, &w), ("", &net.buffers, &running)], Some(5)).unwrap();
        let write = |file: &str, bytes: Vec<u8>| -> String {
            let path = dir.path().join(file);
            std::fs::write(&path, bytes).unwrap();
            path.display().to_string()
        };
        script(
            &python,
            "logits.py",
            &[&write("weights.safetensors", weights), &write("case.safetensors", case), name, &width.to_string(), "10"],
        );
    }
}

#[test]
fn twenty_steps_agree_with_a_transcription_of_the_formula() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let data = records(bench.dir.path());
    for (recipe, more) in [("cifar10-sym25-saner", "method.k=2"), ("cifar10-sym25-sam", "method.rho=0.05")] {
        let output = bench
            .train(&[recipe, "--data", data.to_str().unwrap(), "--seed", "48", "--set", more])
            .args([
                "--set",
                "model.name=resnet8",
                "--set",
                "model.width=0.5",
                "--set",
                "data.batch=16",
                "--set",
                "data.shuffle=false",
                "--set",
                "data.augment=false",
            ])
            .args([
                "--set",
                "schedule.max_steps=20",
                "--set",
                "schedule.lr=0.01",
                "--set",
                "probe.groups_every=1",
                "--set",
                "checkpoint.at_start=true",
            ])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let run = bench.last();
        script(&python, "transcript.py", &[run.to_str().unwrap(), data.to_str().unwrap()]);
        std::fs::rename(&run, bench.dir.path().join(recipe)).unwrap();
    }
}

#[test]
fn twenty_steps_in_f64_agree_to_the_last_element() {
    let Some(python) = python() else { return };
    let (model, width, batch, per_epoch) = ("resnet18", 0.125, 16usize, 4usize);
    let net = Net::new(&ModelSpec { name: model.into(), width, ..Default::default() }, 10, 32);
    let mut rng = saner_core::rng::stream(9, "parity64", 0, 0);
    let start = init::parameters(&net.params, 9);
    let images: Vec<f32> = (0..batch * per_epoch * 3072).map(|_| rng.random_range(-2.0..2.0f32)).collect();
    let given: Vec<i32> = (0..batch * per_epoch).map(|i| (i * 7 % 10) as i32).collect();
    let tensor = |values: &[f32]| {
        let data = TensorData::new(values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>(), [values.len()]);
        Tensor::<Flex, 1>::from_data(data, (&Default::default(), DType::F64))
    };
    let sets = ["method.name=saner", "schedule.momentum=0.9", "schedule.weight_decay=5e-4"].map(|set| set.parse().unwrap());
    let spec = Spec::load("", "parity", &sets).unwrap();
    let family = Family::new(&spec, &net.params);
    let mut weights = Weights::<Flex>::new(Numbers::start(&net, &spec), &Default::default());
    (weights.w, weights.momentum) = (tensor(&start), tensor(&vec![0.0; start.len()]));
    let mut results = Vec::new();
    for step in 0..20 {
        let (epoch, at) = (step / per_epoch, step % per_epoch);
        let alpha = if epoch < 3 { 1.0 - 0.5 * epoch as f64 / 3.0 } else { 0.5 };
        let rates = Rates { step: step as u64, lr: 0.05, rho: 0.1, alpha, others: [1.0; 2] };
        let part = &images[at * batch * 3072..(at + 1) * batch * 3072];
        let batch = Batch {
            images: tensor(part).reshape([batch, 3, 32, 32]),
            given: Tensor::from_data(TensorData::new(given[at * batch..(at + 1) * batch].to_vec(), [batch]), &Default::default()),
            flipped: tensor(&vec![0.0; batch]),
            n: batch,
            n_flipped: 0,
            smoothing: 0.0,
        };
        let found = passes::<Autodiff<Flex>>(&net, &family, &weights, &batch, &rates, Memory::Off);
        let (g, s) = (found.first.flat, found.s.unwrap());
        let share = |mask: Tensor<Flex, 1, Bool>| mask.into_data().iter::<bool>().filter(|set| *set).count() as f64 / start.len() as f64;
        let loss = numbers(&found.first.losses).iter().sum::<f64>() / batch.n as f64;
        results.push([loss, share(group_a(&g, &s, 1.0)), share(group_b(&g, &s, 1.0))]);
        let done = family.update([&weights.w, &weights.momentum], Pair { g: &g, s: &s }, &weights.traces, &rates);
        (weights.w, weights.momentum) = (done.w, done.momentum);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = |file: &str| dir.path().join(file).display().to_string();
    let mut layout = Layout::default();
    layout.add("images".into(), &[batch * per_epoch, 3, 32, 32]);
    layout.add("given".into(), &[batch * per_epoch]);
    let labels: Vec<f32> = given.iter().map(|label| *label as f32).collect();
    let parts: [(&str, &Layout, &[f32]); 3] =
        [("", &net.params, &start), ("", &net.buffers, &init::buffers(&net.buffers)), ("", &layout, &[images, labels].concat())];
    std::fs::write(path("case.safetensors"), tensors::encode(&parts, Some(0)).unwrap()).unwrap();
    let case = serde_json::json!({
        "model": model, "width": width, "batch": batch, "per_epoch": per_epoch, "steps": results,
        "method": {"name": "saner", "alpha": 0.5, "k": 3, "rho": 0.1},
        "schedule": {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4},
    });
    std::fs::write(path("case.json"), case.to_string()).unwrap();
    script(&python, "transcript64.py", &[&path("case.safetensors"), &path("case.json")]);
}

#[test]
fn golden_vectors_are_what_numpy_computes() {
    let Some(python) = python() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let output = Command::new(python).arg("-B").arg(folder.join("methods.py")).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let read = |text: &str| -> Vec<(String, Vec<f64>)> {
        let cases: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        let flat = |w: &serde_json::Value| w.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap().clone()).collect::<Vec<_>>();
        cases
            .iter()
            .map(|case| {
                (case["method"].to_string() + &case["set"].to_string(), flat(&case["w"]).iter().map(|v| v.as_f64().unwrap()).collect())
            })
            .collect()
    };
    let (fresh, kept) = (read(&stdout(&output)), read(&std::fs::read_to_string(folder.join("methods.json")).unwrap()));
    assert_eq!(fresh.len(), kept.len());
    for ((name, fresh), (kept_name, kept)) in fresh.iter().zip(&kept) {
        assert_eq!(name, kept_name);
        // Another NumPy may add in another order.
        assert!(fresh.iter().zip(kept).all(|(a, b)| (a - b).abs() < 1e-13), "{name}: methods.json is not what methods.py prints");
    }
}

/// A small CIFAR-10 in the official layout: a coloured blob for each class, with grain.
fn records(dir: &Path) -> PathBuf {
    let folder = dir.join("data/cifar-10-batches-bin");
    std::fs::create_dir_all(&folder).unwrap();
    let mut rng = saner_core::rng::stream(5, "records", 0, 0);
    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        let mut bytes = Vec::new();
        for record in 0..64usize {
            let label = (record * 7 + name.len()) % 10;
            bytes.push(label as u8);
            for channel in 0..3usize {
                for pixel in 0..1024usize {
                    let (row, column) = (pixel / 32, pixel % 32);
                    let inside = row.abs_diff(4 + 2 * label) < 7 && column.abs_diff(28 - 2 * label) < 7;
                    let base = if inside { 60 + 20 * ((label + channel) % 5) } else { 90 };
                    bytes.push((base + rng.random_range(0..80usize)) as u8);
                }
            }
        }
        std::fs::write(folder.join(format!("{name}.bin")), bytes).unwrap();
    }
    dir.join("data")
}
