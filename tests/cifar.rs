//! Real CIFAR records and human labels, where they are at hand: `SANER_TUI_TEST_DATA`, or `../shared/data`.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use program::*;

fn short(bench: &Bench, recipe: &str, dir: &std::path::Path, more: &[&str]) -> std::process::Output {
    let mut command = bench.train(&[recipe, "--data", dir.to_str().unwrap()]);
    command.args(["--set", "model.width=0.0625", "--set", "data.batch=16", "--set", "schedule.max_steps=2", "--set", "data.test_size=100"]);
    command.args(more).output().unwrap()
}

/// `labels.csv` as numbers.
fn ledger(bench: &Bench) -> Vec<[u32; 4]> {
    let text = std::fs::read_to_string(bench.last().join("labels.csv")).unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<u32> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
            cells.try_into().unwrap()
        })
        .collect()
}

#[test]
fn symmetric_flips_are_exact_and_never_the_true_class() {
    let Some(dir) = shared_data("cifar-10-batches-bin") else { return };
    let bench = Bench::new();
    let output = short(&bench, "cifar10-sym25-saner", &dir, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let rows = ledger(&bench);
    let flipped: Vec<_> = rows.iter().filter(|row| row[3] == 1).collect();
    assert_eq!(flipped.len(), rows.len() / 4);
    if rows.len() == 5_000 {
        assert_eq!(flipped.len(), 1_250);
        assert!(stdout(&output).contains("a part: 5,000 of 50,000"), "{}", stdout(&output));
        assert_eq!(rows[1_000][0], 10_000, "indices are official ones");
    }
    assert!(rows.iter().all(|row| (row[1] != row[2]) == (row[3] == 1)));
}

#[test]
fn every_kind_of_noise_trains() {
    let Some(dir) = shared_data("cifar-10-batches-bin") else { return };
    for (recipe, more) in [
        ("cifar10-sym25-saner", ["noise.kind=asymmetric", "noise.rate=0.4"]),
        ("cifar10-sym25-sam", ["noise.kind=instance", "noise.rate=0.25"]),
        ("cifar10-sym25-sgd", ["noise.kind=human", "noise.set=worse"]),
        ("cifar100-sym50-saner", ["noise.kind=human", "noise.set=noisy_fine"]),
        ("cifar100-sym50-saner", ["noise.kind=asymmetric", "noise.rate=0.25"]),
    ] {
        let bench = Bench::new();
        let sets: Vec<&str> = more.iter().flat_map(|set| ["--set", set]).collect();
        let output = short(&bench, recipe, &dir, &[&sets[..], &["--set", "data.train_size=400"]].concat());
        assert!(output.status.success(), "{recipe} {more:?}: {}", stderr(&output));
        let rows = ledger(&bench);
        assert_eq!(rows.len(), 400);
        let share = rows.iter().filter(|row| row[3] == 1).count() as f64 / 400.0;
        assert!((0.1..0.55).contains(&share), "{recipe} {more:?}: {share}");
    }
}

#[test]
fn human_labels_have_the_published_rate() {
    let Some(dir) = shared_data("cifar-10-batches-bin") else { return };
    let bench = Bench::new();
    assert!(short(&bench, "cifar10-sym25-sgd", &dir, &["--set", "noise.kind=human"]).status.success());
    let rows = ledger(&bench);
    let share = rows.iter().filter(|row| row[3] == 1).count() as f64 / rows.len() as f64;
    assert!((share - 0.4021).abs() < 0.02, "the `worse` set is 40.21 percent wrong as a whole; this part {share}");
    let wrong = short(&Bench::new(), "cifar10-sym25-sgd", &dir, &["--set", "noise.kind=human", "--set", "noise.set=wurst"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("worse"), "{}", stderr(&wrong));
}

#[test]
fn the_published_pt_files_hold_what_the_csv_files_hold() {
    let Some(dir) = shared_data("cifar-10-batches-bin") else { return };
    for (recipe, folder, file, set) in [
        ("cifar10-sym25-sgd", "cifar-10-batches-bin", "CIFAR-10_human.pt", "random2"),
        ("cifar100-sym50-sgd", "cifar-100-binary", "CIFAR-100_human.pt", "noisy_fine"),
    ] {
        let (by_csv, by_pt) = (Bench::new(), Bench::new());
        let only_pt = by_pt.dir.path().join("data");
        std::fs::create_dir_all(only_pt.join("cifar-n")).unwrap();
        std::os::unix::fs::symlink(std::fs::canonicalize(dir.join(folder)).unwrap(), only_pt.join(folder)).unwrap();
        std::fs::copy(dir.join("cifar-n").join(file), only_pt.join("cifar-n").join(file)).unwrap();
        let set = format!("noise.set={set}");
        let more = ["--set", "noise.kind=human", "--set", &set, "--set", "data.train_size=300"];
        for (bench, dir) in [(&by_csv, &dir), (&by_pt, &only_pt)] {
            let output = short(bench, recipe, dir, &more);
            assert!(output.status.success(), "{}", stderr(&output));
        }
        assert_eq!(ledger(&by_csv), ledger(&by_pt));
    }
}
