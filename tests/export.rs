//! Every export of a real run.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use program::{Bench, stderr, stdout};

#[test]
fn every_format_is_written_once_and_never_over_another_file() {
    let bench = Bench::new();
    assert!(bench.train(&["smoke", "--set", "schedule.max_steps=20"]).output().unwrap().status.success());
    for format in ["csv", "jsonl", "markdown", "latex", "svg", "png", "html", "pgfplots", "tensorboard", "safetensors"] {
        let paths = [(); 2].map(|()| {
            let output = bench.output(&["export", "last", "--format", format]);
            assert!(output.status.success(), "{format}: {}", stderr(&output));
            stdout(&output).trim().to_owned()
        });
        assert_ne!(paths[0], paths[1], "the second does not replace the first");
        let bytes = paths.map(|path| std::fs::read(path).unwrap());
        assert!(bytes[0] == bytes[1] && !bytes[0].is_empty(), "{format}");
    }
    let wrong = bench.output(&["export", "last", "--format", "xlsx"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("tensorboard"), "{}", stderr(&wrong));
    if !cfg!(feature = "parquet") {
        let other = bench.output(&["export", "last", "--format", "parquet"]);
        assert_eq!(other.status.code(), Some(2));
        assert!(stderr(&other).contains("--features parquet"), "{}", stderr(&other));
    }
    let page = std::fs::read_to_string(bench.last().join("export/report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("</html>") && page.matches("<tr>").count() > 4);
    assert!(!page.contains("http://www.w3.org/1999/xhtml") && !page.contains("<script"), "nothing is loaded from elsewhere");
}

#[test]
fn the_look_at_every_sample_names_them_as_the_ledger_does() {
    let bench = Bench::new();
    let sets = ["smoke", "--set", "probe.samples_every=2", "--set", "data.train_size=80", "--set", "data.batch=16"];
    assert!(bench.train(&sets).output().unwrap().status.success());
    let run = bench.last();
    let columns = |file: &str, wanted: [&str; 3]| -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(run.join(file)).unwrap();
        let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        let at = wanted.map(|name| header.iter().position(|own| *own == name).unwrap());
        text.lines().skip(1).map(|line| at.map(|at| line.split(',').nth(at).unwrap().to_owned()).to_vec()).collect()
    };
    let samples = columns("samples.csv", ["index", "given", "true"]);
    assert_eq!(samples, columns("labels.csv", ["index", "given", "true"]));
    let epochs: Vec<serde_json::Value> =
        program::lines(&run.join("metrics.jsonl")).into_iter().filter(|line| line.get("epoch_end").is_some()).collect();
    let looked: Vec<bool> = epochs.iter().map(|epoch| epoch.get("samples").is_some()).collect();
    assert_eq!(looked, (1..=epochs.len()).map(|n| n % 2 == 0 || n == epochs.len()).collect::<Vec<_>>());
    let stats = &epochs.last().unwrap()["samples"];
    let sum = |name: &str| stats[name].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum("right") + sum("wrong"), samples.len() as u64);
    assert_eq!(sum("wrong_as"), sum("wrong"));
}
