//! `data ls|fetch|check|noise` by the real binary. Downloads themselves are tried in `src/data/download/tests.rs`.

#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};

use program::*;

fn picture(path: PathBuf) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::from_pixel(12, 12, image::Rgb([9, 90, 200])).save(path).unwrap();
}

fn data(bench: &Bench, dir: &Path, args: &[&str]) -> std::process::Output {
    bench.command(&[&["data"], args].concat()).env("SANER_TUI_DATA", dir).env("SANER_TUI_CONFIG", "/dev/null").output().unwrap()
}

#[test]
fn published_labels_from_a_folder_of_ones_own_have_the_known_checksum() {
    let Some(shared) = shared_data("cifar-n/CIFAR-10_human.pt") else { return };
    let (bench, dir) = (Bench::new(), tempfile::tempdir().unwrap());
    let fetched = data(&bench, dir.path(), &["fetch", "cifar-n", "--from", shared.join("cifar-n").to_str().unwrap()]);
    assert!(fetched.status.success(), "{}", stderr(&fetched));
    let said = stdout(&fetched);
    assert!(said.contains("CC BY-NC 4.0") && said.contains("3.82 MiB"), "terms and size come first: {said}");
    assert!(dir.path().join("cifar-n/CIFAR-100_human.pt").is_file());
    assert!(stdout(&data(&bench, dir.path(), &["fetch", "cifar-n"])).contains("already"));
    assert!(stdout(&data(&bench, dir.path(), &["ls"])).contains("cifar-n         here"));
}

#[test]
fn what_cannot_be_fetched_says_why() {
    let (bench, dir) = (Bench::new(), tempfile::tempdir().unwrap());
    for (args, said) in [
        (&["fetch", "cifr10"][..], "did you mean `cifar10`?"),
        (&["fetch", "shapes"], "nothing to fetch"),
        (&["fetch", "clothing1m"], "missing there: noisy_train_kv.txt, clean_test_kv.txt, images"),
        (&["check", "cifar10"], "saner-tui data fetch cifar10"),
        (&["check", "folder", "--folder", "none"], "train.csv"),
        (&["fetch", "mnist", "--from", "/nowhere"], "--from takes train-images-idx3-ubyte.gz"),
    ] {
        let output = data(&bench, dir.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(said), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn what_a_person_placed_is_checked_and_damaged_files_are_named() {
    let (bench, dir) = (Bench::new(), tempfile::tempdir().unwrap());
    let root = dir.path().join("clothing1m");
    picture(root.join("images/0/x.jpg"));
    picture(root.join("images/0/y.jpg"));
    std::fs::write(root.join("noisy_train_kv.txt"), "images/0/x.jpg 13\n").unwrap();
    std::fs::write(root.join("clean_test_kv.txt"), "images/0/y.jpg 2\n").unwrap();
    let whole = data(&bench, dir.path(), &["fetch", "clothing1m"]);
    assert!(whole.status.success() && stdout(&whole).contains("1 training and 1 test images, 14 classes"), "{}", stderr(&whole));
    std::fs::write(root.join("noisy_train_kv.txt"), "images/0/x.jpg 13\nimages/0/z.jpg 1\n").unwrap();
    let broken = data(&bench, dir.path(), &["check", "clothing1m"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(stdout(&broken).contains("damaged: ") && stdout(&broken).contains("z.jpg"), "{}", stdout(&broken));
}

#[test]
fn the_matrix_of_a_recipe_as_a_map_and_as_numbers() {
    let (bench, dir) = (Bench::new(), tempfile::tempdir().unwrap());
    let file = dir.path().join("matrix.csv");
    let pair = ["noise", "shapes", "--set", "noise.kind=pair-flip", "--set", "noise.rate=0.3"];
    let shown = data(&bench, dir.path(), &[&pair[..], &["--out", file.to_str().unwrap()]].concat());
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert!(stdout(&shown).contains("30.00 percent") && !stdout(&shown).contains('\u{1b}'), "{}", stdout(&shown));
    let table = std::fs::read_to_string(&file).unwrap();
    assert_eq!(table, stdout(&data(&bench, dir.path(), &[&pair[..], &["--csv"]].concat())));
    let counts: Vec<Vec<u64>> =
        table.lines().skip(1).map(|line| line.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect()).collect();
    let all: u64 = counts.iter().flatten().sum();
    let right: u64 = (0..10).map(|i| counts[i][i]).sum();
    let next: u64 = (0..10).map(|i| counts[i][(i + 1) % 10]).sum();
    assert_eq!((right + next, next), (all, all * 3 / 10));
    let again = data(&bench, dir.path(), &[&pair[..], &["--out", file.to_str().unwrap()]].concat());
    assert_eq!(again.status.code(), Some(2), "nothing is overwritten");
}
