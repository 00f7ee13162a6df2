//! Folders of images by the real binary: crops of whole images, with and without a cache, and files that break on the way.
#![cfg(feature = "engine")]

#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};

use program::*;

/// Forty training and ten test images of two classes, of many sizes.
fn pictures(root: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (part, n) in [("train", 40u32), ("test", 10)] {
        for i in 0..n {
            let path = root.join(format!("{part}/{}/{i}.png", if i % 2 == 0 { "dark" } else { "light" }));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let (width, height, light) = (20 + i, 34 - i / 3, (i % 2 * 120) as u8);
            image::RgbImage::from_fn(width, height, |x, y| image::Rgb([light + (x * 3) as u8, light + (y * 2) as u8, (i * 5) as u8]))
                .save(&path)
                .unwrap();
            paths.push(path);
        }
    }
    paths
}

fn train(bench: &Bench, more: &[&str]) -> std::process::Command {
    let data = bench.dir.path().join("data");
    let sets = ["name=folder", "folder=own", "train_size=0", "test_size=0", "batch=10", "crop=resized", "augment=true"];
    let mut command = bench.train(&["smoke", "--data", data.to_str().unwrap()]);
    command.args(sets.iter().flat_map(|set| ["--set".to_owned(), format!("data.{set}")]));
    command.args(more.iter().flat_map(|set| ["--set", set]));
    command
}

#[test]
fn crops_of_whole_images_are_the_same_from_memory_and_from_the_disk_and_after_a_stop() {
    let [cached, read, cut] = [(); 3].map(|()| Bench::new());
    for bench in [&cached, &read, &cut] {
        pictures(&bench.dir.path().join("data/own"));
    }
    assert!(train(&cached, &[]).output().unwrap().status.success());
    let output = train(&read, &["data.cache=false"]).output().unwrap();
    assert!(output.status.success() && stdout(&output).contains("decoded when used"), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(timeless(&cached.last()), timeless(&read.last()));
    let first = |bench: &Bench| steps(&bench.last())[0]["train/loss"].as_f64().unwrap();
    let padded = Bench::new();
    pictures(&padded.dir.path().join("data/own"));
    assert!(train(&padded, &["data.crop=padded"]).output().unwrap().status.success());
    assert_ne!(first(&padded), first(&cached), "the crop is another one");
    assert!(train(&cut, &["schedule.max_steps=6"]).output().unwrap().status.success());
    let output = cut.train(&["--resume", "last", "--set", "schedule.max_steps=0"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(timeless(&cut.last()), timeless(&cached.last()));
}

#[test]
fn a_file_that_breaks_on_the_way_is_named_once_and_the_run_goes_on() {
    let bench = Bench::new();
    let paths = pictures(&bench.dir.path().join("data/own"));
    let mut command = train(&bench, &["data.cache=false", "schedule.epochs=400"]);
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_for_run(&bench, "metrics.jsonl", "\"epoch_end\":true");
    std::fs::write(&paths[7], b"no picture any more").unwrap();
    std::fs::remove_file(&paths[45]).unwrap();
    let run = bench.last();
    wait_for(&run.join("events.jsonl"), "/7.png");
    wait_for(&run.join("events.jsonl"), "/5.png");
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let said: Vec<String> = events(&run, "warning").iter().map(|event| event["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(said.iter().filter(|text| text.contains("train/light/7.png")).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|text| text.contains("test/light/5.png") && text.contains("black")).count(), 1, "{said:?}");
}
