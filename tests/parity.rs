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
use saner_core::spec::{Method, ModelSpec};
use saner_engine::batch::Batch;
use saner_engine::kernels::Kernels;
use saner_engine::layout::Layout;
use saner_engine::model::layer::{Memory, Pass};
use saner_engine::model::{Net, init};
use saner_engine::optim::{Rates, descend, group_a, group_b, reweight};
use saner_engine::passes::{Over, gradient, numbers};
use saner_engine::step::second_pass;
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
    for (name, width) in [("resnet18", 1.0), ("resnet8", 0.5)] {
        let dir = tempfile::tempdir().unwrap();
        let net = Net::new(&ModelSpec { name: name.into(), width, ..Default::default() }, 10);
        let mut rng = saner_core::rng::stream(3, "parity", 0, 0);
        let w = init::parameters(&net.params, 3);
        // Running statistics of a net that has seen something, so that the test mode is tested.
        let running: Vec<f32> = init::buffers(&net.buffers).iter().map(|v| v + rng.random_range(0.0..0.5f32)).collect();
        let images: Vec<f32> = (0..4 * 3 * 32 * 32).map(|_| rng.random_range(-2.0..2.0f32)).collect();
        let flat = |values: &[f32]| Tensor::<Flex, 1>::from_data(TensorData::new(values.to_vec(), [values.len()]), &Default::default());
        let logits = |running: Option<Vec<Tensor<Flex, 1>>>| -> Vec<f32> {
            let mut pass = Pass { params: net.params.split(&flat(&w)), running, seen: Vec::new(), memory: Memory::Off };
            let images = Flex::axes(DType::F32).enter(flat(&images).reshape([4, 3, 32, 32]));
            net.forward(&mut pass, images).into_data().to_vec().unwrap()
        };
        let (eval, train) = (logits(Some(net.buffers.split(&flat(&running)))), logits(None));
        let mut layout = Layout::default();
        layout.add("images".into(), &[4, 3, 32, 32]);
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
    let net = Net::new(&ModelSpec { name: model.into(), width, ..Default::default() }, 10);
    let mut rng = saner_core::rng::stream(9, "parity64", 0, 0);
    let start = init::parameters(&net.params, 9);
    let images: Vec<f32> = (0..batch * per_epoch * 3072).map(|_| rng.random_range(-2.0..2.0f32)).collect();
    let given: Vec<i32> = (0..batch * per_epoch).map(|i| (i * 7 % 10) as i32).collect();
    let tensor = |values: &[f32]| {
        let data = TensorData::new(values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>(), [values.len()]);
        Tensor::<Flex, 1>::from_data(data, (&Default::default(), DType::F64))
    };
    let method = Method::find("saner").unwrap();
    let (mut w, mut momentum) = (tensor(&start), tensor(&vec![0.0; start.len()]));
    let mut results = Vec::new();
    for step in 0..20 {
        let (epoch, at) = (step / per_epoch, step % per_epoch);
        let rates = Rates {
            lr: 0.05,
            rho: 0.1,
            alpha: if epoch < 3 { 1.0 - 0.5 * epoch as f64 / 3.0 } else { 0.5 },
            momentum: 0.9,
            weight_decay: 5e-4,
        };
        let part = &images[at * batch * 3072..(at + 1) * batch * 3072];
        let batch = Batch {
            images: tensor(part).reshape([batch, 3, 32, 32]),
            given: Tensor::from_data(TensorData::new(given[at * batch..(at + 1) * batch].to_vec(), [batch]), &Default::default()),
            flipped: tensor(&vec![0.0; batch]),
            n: batch,
            n_flipped: 0,
        };
        let first = gradient::<Autodiff<Flex>>(&net, &w, &batch, Over::Mean);
        let s = second_pass::<Autodiff<Flex>>(&net, &w, &first.flat, &batch, rates.rho, method).flat;
        let share = |mask: Tensor<Flex, 1, Bool>| mask.into_data().iter::<bool>().filter(|set| *set).count() as f64 / start.len() as f64;
        let loss = numbers(&first.losses).iter().sum::<f64>() / batch.n as f64;
        results.push([loss, share(group_a(&first.flat, &s)), share(group_b(&first.flat, &s))]);
        let d = reweight(method, &first.flat, s, rates.alpha);
        (w, momentum) = descend(&w, &momentum, d, &rates);
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
