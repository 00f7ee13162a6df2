//! `bench`, `--threads` and `--precision` as a user meets them.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use program::*;
use serde_json::Value;

const SMALL: [&str; 6] = ["--set", "model.width=0.125", "--set", "data.size=16", "--repeats", "2"];

#[test]
fn the_last_line_is_the_object_of_the_contract() {
    let bench = Bench::new();
    let output = bench
        .command(&["bench", "--device", "cpu", "--model", "resnet8", "--batch", "20", "--method", "sam", "--threads", "2", "--json"])
        .args(SMALL)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let line: Value = serde_json::from_str(stdout(&output).lines().last().unwrap()).unwrap();
    let text = |key: &str| line[key].as_str().unwrap().to_owned();
    let number = |value: &Value| value.as_f64().unwrap();
    assert_eq!([text("model"), text("method"), text("device"), text("precision")], ["resnet8", "sam", "cpu", "f32"]);
    assert_eq!([line["batch"].as_u64(), line["size"].as_u64()], [Some(20), Some(16)]);
    let step = &line["step_s"];
    assert!(
        0.0 < number(&step["min"]) && number(&step["min"]) <= number(&step["median"]) && number(&step["median"]) <= number(&step["max"])
    );
    assert!((number(&line["images_per_s"]) * number(&step["median"]) / 20.0 - 1.0).abs() < 1e-9);
    assert!(number(&line["flops_per_s"]) > 0.0);
    assert!(!cfg!(target_os = "linux") || line["peak_bytes"].as_u64().unwrap() > 1 << 20);
    assert_eq!(line.as_object().unwrap().len(), 10);
}

#[test]
fn words_without_json() {
    let bench = Bench::new();
    let output = bench.command(&["bench", "--device", "cpu", "--model", "resnet8", "--batch", "4"]).args(SMALL).output().unwrap();
    let text = stdout(&output);
    for word in ["resnet8 x0.125, saner, 4 images of 16x16, f32: 2 steps", "images/s", "GFLOP/s", "MiB"] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}

#[test]
fn what_a_device_cannot_do_is_said_in_one_sentence() {
    let bench = Bench::new();
    for (args, words) in [
        (["bench", "--precision", "tf32"], "write f32, bf16 or auto"),
        (["bench", "--precision", "f8"], "f8"),
        (["bench", "--model", "resnet9"], "did you mean `resnet8`"),
        (["bench", "--method", "adam"], "method.name"),
        (["run", "--precision", "tf32"], "write f32, bf16 or auto"),
        (["run", "--threads", "0"], "0"),
        (["bench", "--repeats", "0"], "0"),
    ] {
        let output = bench.command(&args).args(["--device", "cpu"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
    }
}

/// The lines of a short run, without its clock.
fn trained(args: &[&str]) -> Vec<Value> {
    let bench = Bench::new();
    let output = bench.train(args).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    timeless(&bench.last())
}

#[test]
fn threads_change_no_number() {
    let one = trained(&["smoke", "--threads", "1"]);
    assert_eq!(trained(&["smoke", "--threads", "3"]), one);
    assert!(one.len() > 5);
}

#[test]
fn bf16_trains_beside_f32() {
    let (wide, half) = (trained(&["smoke"]), trained(&["smoke", "--precision", "bf16"]));
    let losses = |lines: &[Value]| lines.iter().filter_map(|line| line["train/loss"].as_f64()).collect::<Vec<_>>();
    let (wide, half) = (losses(&wide), losses(&half));
    assert_eq!(wide.len(), half.len());
    assert_ne!(wide, half, "the precision has an effect");
    for (at, (wide, half)) in wide.iter().zip(&half).enumerate().take(10) {
        assert!((wide / half - 1.0).abs() < 0.05, "step {at}: {wide} and {half}");
    }
}
