//! Every bad input: one clear sentence, the right exit code, nothing written.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use program::*;

/// Arguments, exit code, words of the sentence.
const CASES: &[(&[&str], i32, &[&str])] = &[
    (&["run", "smoke", "--set", "method.alhpa=0.3"], 2, &["method.alhpa", "did you mean `method.alpha`"]),
    (&["run", "smoke", "--set", "method.alpha=2.1"], 2, &["--set method.alpha=2.1", "from 0 to 2"]),
    (&["run", "smoke", "--set", "method.k=-1"], 2, &["method.k", "from 0"]),
    (&["run", "smoke", "--set", "method.name=sanner"], 2, &["did you mean `saner`"]),
    (&["run", "smoke", "--set", "method.alpha"], 2, &["section.key=value"]),
    (&["run", "smoke", "--set", "data.batch=5000"], 2, &["5000 is more than the 100 training samples"]),
    (&["run", "smoke", "--set", "noise.kind=human"], 2, &["cifar10 and cifar100 only"]),
    (&["run", "smoke", "--set", "schedule.epochs=many"], 2, &["--set schedule.epochs=many"]),
    (&["run", "smok"], 2, &["neither a built-in recipe", "did you mean the recipe `smoke`"]),
    (&["run", "smoke", "--device", "gpu"], 2, &["auto, cpu, cuda or cuda:N"]),
    (&["run", "smoke", "--device", "cuda:99"], 2, &["--device cuda"]),
    (&["run", "cifar10-sym25-saner", "--data", "/nonexistent"], 2, &["data_batch_1.bin", "no such file", "--data"]),
    (&["run", "--resume", "nothing"], 3, &["no runs in", "saner-tui run"]),
    (&["open", "last"], 3, &["no runs in"]),
    (&["export", "last", "--format", "csv"], 3, &["no runs in"]),
    (&["fly"], 2, &["unrecognized subcommand"]),
];

#[test]
fn each_gets_a_sentence_and_its_exit_code() {
    for (args, code, words) in CASES {
        let bench = Bench::new();
        let output = bench.output(args);
        assert_eq!(output.status.code(), Some(*code), "{args:?}: {}", stderr(&output));
        for word in *words {
            assert!(stderr(&output).contains(word), "{args:?}: `{word}` is not in {}", stderr(&output));
        }
        let left = std::fs::read_dir(bench.runs()).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{args:?} left a run behind");
    }
}

#[test]
fn a_recipe_file_is_blamed_by_name_and_line() {
    let bench = Bench::new();
    let file = bench.dir.path().join("mine.toml");
    std::fs::write(&file, "name = \"mine\"\n\n[schedule]\nlr = \"fast\"\n").unwrap();
    let output = bench.output(&["run", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("mine.toml, line 4"), "{}", stderr(&output));
}

#[test]
fn a_run_that_goes_on_keeps_its_recipe() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=3"]).output().unwrap().status.success());
    let run = bench.last();
    let resume = |args: &[&str]| bench.train(&[&["--resume", "last"], args].concat()).output().unwrap();
    let output = resume(&["--set", "model.width=0.5"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("model.width: locked"), "{}", stderr(&output));
    let text = std::fs::read_to_string(run.join("run.toml")).unwrap();
    std::fs::write(run.join("run.toml"), text.replace("format = 1", "format = 7")).unwrap();
    let output = resume(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("format 7"), "{}", stderr(&output));
    std::fs::write(run.join("run.toml"), text).unwrap();
    std::fs::write(run.join("labels.csv"), "index,true,given,flipped\n").unwrap();
    let output = resume(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("labels.csv"), "{}", stderr(&output));
}

#[test]
fn exports_overwrite_nothing() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=3"]).output().unwrap().status.success());
    let out = bench.dir.path().join("table.csv");
    let export = |format: &str, out: &str| bench.output(&["export", "last", "--format", format, "--out", out]);
    assert!(export("csv", out.to_str().unwrap()).status.success());
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 4, "a head and three steps");
    let again = export("csv", out.to_str().unwrap());
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("not overwritten"));
    assert_eq!(export("pdf", "x").status.code(), Some(2));
    for format in ["csv", "jsonl", "safetensors"] {
        let output = bench.output(&["export", "last", "--format", format]);
        assert!(output.status.success() && std::path::Path::new(stdout(&output).trim()).is_file(), "{format}: {}", stderr(&output));
    }
    let wrong = bench.output(&["export", "last", "--format", "safetensors", "--checkpoint", "step-9"]);
    assert!(stderr(&wrong).contains("step-00000003"), "{}", stderr(&wrong));
}

#[test]
fn two_engines_on_one_run_are_refused() {
    let bench = Bench::new();
    let mut first = bench.spawn(&["smoke", "--set", "schedule.epochs=4000"]);
    wait_for_run(&bench, "metrics.jsonl", "\"step\":3,");
    let second = bench.train(&["--resume", "last"]).output().unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(stderr(&second).contains("another process"), "{}", stderr(&second));
}
