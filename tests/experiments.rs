//! Methods, recipes, sweeps and experiments by the real binary.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use program::*;
use saner_core::experiment::EXPERIMENTS;
use saner_core::recipes::RECIPES;
use saner_core::spec::{RULES, VARIANTS};
use saner_core::sweep::Sweep;

/// Accuracy of the last epoch on the test set.
fn accuracy(run: &Path) -> f64 {
    let epochs: Vec<_> = timeless(run).into_iter().filter(|line| line["epoch_end"] == true).collect();
    epochs.last().unwrap()["eval/acc"].as_f64().unwrap()
}

/// Chance is a tenth; a method that learns from noisy labels reaches more than half.
#[test]
fn every_method_trains_shapes_to_five_times_chance() {
    let names = VARIANTS.iter().map(|row| row.name.to_owned()).chain(RULES.iter().map(|rule| rule.name.to_owned()));
    let pairs = ["asam", "gsam", "fsam", "vasso"].map(|variant| format!("{variant}+saner"));
    let names: Vec<String> = names.chain(pairs).collect();
    for pair in names.chunks(2) {
        let benches: Vec<(Bench, &String)> = pair.iter().map(|name| (Bench::new(), name)).collect();
        let children: Vec<_> = benches
            .iter()
            .map(|(bench, name)| {
                let mut command = bench.train(&["shapes", "--threads", "1", "--set", "checkpoint.at_start=false"]);
                command.args(["--set", &format!("method.name={name}")]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
            })
            .collect();
        for (mut child, (bench, name)) in children.into_iter().zip(&benches) {
            assert!(child.wait().unwrap().success(), "{name}");
            let acc = accuracy(&bench.last());
            assert!(acc > 0.5, "{name}: {acc}");
        }
    }
}

/// Every recipe, with `shapes` in the place of its data and a narrow net: two steps.
#[test]
fn every_recipe_and_the_first_cell_of_every_experiment_makes_two_steps() {
    let small = ["data.name=shapes", "data.size=16", "data.batch=16", "data.train_size=64", "data.test_size=32", "schedule.max_steps=2"];
    let small = || small.iter().flat_map(|set| ["--set", set]);
    for (name, text) in RECIPES {
        let bench = Bench::new();
        let width = if text.contains("resnet8") { "model.width=0.25" } else { "model.width=0.0625" };
        let output = bench.train(&[name, "--set", width]).args(small()).output().unwrap();
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        assert!(stdout(&output).contains("done after 2 steps"), "{name}");
    }
    for experiment in EXPERIMENTS {
        for text in experiment.sweeps {
            let sweep = Sweep::load(text, experiment.name).unwrap();
            let cells = sweep.cells(&sweep.recipe_text(Path::new(".")).unwrap()).unwrap();
            // Human labels are those of CIFAR; the other cells of that sweep are of kinds that shapes has too.
            let cell = cells.iter().find(|cell| cell.spec.noise.kind != saner_core::spec::NoiseKind::Human).unwrap();
            let bench = Bench::new();
            let own: Vec<String> = cell.sets.iter().map(|set| format!("{}={}", set.key, set.value)).collect();
            let own = own.iter().flat_map(|set| ["--set", set.as_str()]);
            let output = bench.train(&[&sweep.recipe]).args(own).args(small()).args(["--set", "model.width=0.125"]).output().unwrap();
            assert!(output.status.success(), "{}: {}", sweep.name, stderr(&output));
        }
    }
}

const SWEEP: &str =
    "name = \"t\"\nrecipe = \"smoke\"\n[set]\n\"schedule.epochs\" = 12\n[grid]\n\"method.name\" = [\"sgd\", \"saner\"]\nseed = [1, 2]\n";

fn sweep(bench: &Bench, more: &[&str]) -> Command {
    let file = bench.dir.path().join("t.toml");
    std::fs::write(&file, SWEEP).unwrap();
    let mut command = bench.command(&["sweep", file.to_str().unwrap(), "--device", "cpu"]);
    command.args(more).stdin(Stdio::null());
    command
}

#[test]
fn a_killed_sweep_goes_on_and_its_table_is_that_of_an_unbroken_one() {
    let (whole, cut) = (Bench::new(), Bench::new());
    let output = sweep(&whole, &["--jobs", "2"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let table = stdout(&output);
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.contains("saner") && table.contains('±'), "{table}");
    for delay in [120, 350, 600] {
        let mut child = sweep(&cut, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = sweep(&cut, &[]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output), table);
    let again = sweep(&cut, &[]).output().unwrap();
    assert!(stderr(&again).contains("4 cells, 4 done"), "{}", stderr(&again));
    assert_eq!(stdout(&again), table, "what is done is not done again");
    let compared = cut.command(&["compare", "t", "--format", "markdown"]).output().unwrap();
    assert!(stdout(&compared).starts_with("| run"), "{}", stderr(&compared));
    let figure = cut.command(&["compare", "t", "--format", "svg"]).output().unwrap();
    assert!(stdout(&figure).starts_with("<svg"));
}

#[test]
fn failed_cells_are_named_and_other_settings_are_not_mixed_in() {
    let bench = Bench::new();
    let file = bench.dir.path().join("f.toml");
    let run = |text: &str| {
        std::fs::write(&file, text).unwrap();
        bench.command(&["sweep", file.to_str().unwrap(), "--device", "cpu", "--retries", "0"]).output().unwrap()
    };
    let output = run(
        "name = \"f\"\nrecipe = \"smoke\"\n[grid]\n\"schedule.lr\" = [0.1, 50.0]\n[set]\n\"schedule.momentum\" = 0.999\n\"schedule.weight_decay\" = 9.0\n",
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("cells failed") && stderr(&output).contains("lr50.0"), "{}", stderr(&output));
    let output = run("name = \"f\"\nrecipe = \"smoke\"\n[grid]\n\"schedule.lr\" = [0.1, 50.0]\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("another recipe"), "{}", stderr(&output));
}

#[test]
fn a_job_array_runs_single_cells() {
    let bench = Bench::new();
    let script = stdout(&sweep(&bench, &["--slurm"]).output().unwrap());
    assert!(script.contains("#SBATCH --array=0-3") && script.contains("--cell \"$SLURM_ARRAY_TASK_ID\""), "{script}");
    for cell in 0..4 {
        assert!(sweep(&bench, &["--cell", &cell.to_string()]).output().unwrap().status.success());
    }
    let output = sweep(&bench, &[]).output().unwrap();
    assert!(stderr(&output).contains("4 cells, 4 done"), "{}", stderr(&output));
    let bad = sweep(&bench, &["--cell", "4"]).output().unwrap();
    assert_eq!(bad.status.code(), Some(2));
}

/// Class folders of PNG and the binary files made of the same pixels: the same samples, and, by a list, the same order.
#[test]
fn a_folder_of_images_is_the_same_set_as_its_binary_files() {
    let bench = Bench::new();
    let data = bench.dir.path().join("data");
    let mut lists = [("train", 12, String::from("file,label\n")), ("test", 6, String::from("file,label\n"))];
    let binary = data.join("cifar-10-batches-bin");
    std::fs::create_dir_all(&binary).unwrap();
    let mut records: Vec<Vec<u8>> = vec![Vec::new(); 6];
    for (part, n, list) in &mut lists {
        for i in 0..*n {
            let label = (i * 7 + 3) % 10;
            let image =
                image::RgbImage::from_fn(32, 32, |x, y| image::Rgb([(x * 7 + i) as u8, (y * 5 + label) as u8, (x * y + 3 * i) as u8]));
            let name = format!("{part}/c{label}/{i}.png");
            let path: PathBuf = data.join("own").join(&name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            image.save(&path).unwrap();
            *list += &format!("{name},c{label}\n");
            let file = if *part == "train" { i as usize * 5 / *n as usize } else { 5 };
            records[file].push(label as u8);
            (0..3).for_each(|channel| records[file].extend(image.pixels().map(|pixel| pixel.0[channel])));
        }
    }
    for (file, bytes) in records.iter().enumerate() {
        let name = if file == 5 { "test_batch.bin".to_owned() } else { format!("data_batch_{}.bin", file + 1) };
        std::fs::write(binary.join(name), bytes).unwrap();
    }
    for (part, _, list) in &lists {
        std::fs::write(data.join("own").join(format!("{part}.csv")), list).unwrap();
    }
    let spec = |name: &str| saner_core::spec::DataSpec {
        name: name.into(),
        folder: if name == "folder" { "own".into() } else { String::new() },
        size: 32,
        batch: 1,
        ..Default::default()
    };
    let (folder, binary) =
        (saner_core::data::load(&spec("folder"), 1, &data).unwrap(), saner_core::data::load(&spec("cifar10"), 1, &data).unwrap());
    // The list names ten classes of which only those that occur are classes here, so labels are compared by name.
    let names = |set: &saner_core::data::Dataset| {
        set.train.labels.iter().map(|l| set.classes[usize::from(*l)].trim_start_matches('c').to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&folder), names(&binary));
    assert_eq!((folder.train.images, folder.test.images), (binary.train.images, binary.test.images));
    let output = bench
        .train(&["smoke", "--data", data.to_str().unwrap()])
        .args([
            "--set",
            "data.name=folder",
            "--set",
            "data.folder=own",
            "--set",
            "data.train_size=0",
            "--set",
            "data.test_size=0",
            "--set",
            "data.batch=4",
            "--set",
            "noise.kind=none",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let ledger = std::fs::read_to_string(bench.last().join("labels.csv")).unwrap();
    assert!(
        ledger.lines().nth(1).unwrap().starts_with("0,,") && ledger.lines().nth(1).unwrap().ends_with(','),
        "nobody knows the true labels: {ledger}"
    );
    assert!(timeless(&bench.last()).iter().all(|line| line.get("train/noisy_acc").is_none() && line.get("train/clean_acc").is_none()));
}
