//! From a server, a file or a folder into the data folder.

use super::super::download::tests::{QUICK, Server, content, remote, send};
use super::*;

fn archive(form: Form, files: Vec<Remote>) -> Archive {
    Archive { licence: "none", page: "http://localhost", folder: "set", unpacked: 1_000_000, files: files.leak(), form }
}

fn packed() -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(300_000);
    header.set_mode(0o644);
    tar.append_data(&mut header, "set/pixels.bin", &content()[..]).unwrap();
    tar.into_inner().unwrap().finish().unwrap()
}

fn sources(server: &Server) -> Sources {
    Sources { from: None, mirrors: vec![server.url("mirror/")], patience: QUICK }
}

#[test]
fn an_archive_comes_from_a_mirror_and_leaves_only_its_folder() {
    let bytes = packed();
    let file = remote(&bytes);
    let server = Server::new(move |stream, path, start| {
        assert_eq!(path, "/mirror/made/set.bin");
        send(stream, &bytes, start, 500)
    });
    let dir = tempfile::tempdir().unwrap();
    let archive = archive(Form::TarGz, vec![file]);
    let missing = missing(&archive, &dir.path().join("set"));
    bring("made", &archive, &missing, dir.path(), &sources(&server)).unwrap();
    assert!(std::fs::read(dir.path().join("set/pixels.bin")).unwrap() == content());
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["set"], "nothing else is left");
    assert!(super::missing(&archive, &dir.path().join("set")).is_empty());
}

#[test]
fn what_came_before_a_fault_is_kept_for_the_next_try() {
    let bytes = packed();
    let file = remote(&bytes);
    let dir = tempfile::tempdir().unwrap();
    let archive = archive(Form::TarGz, vec![file]);
    let dying = {
        let bytes = bytes.clone();
        let first = std::sync::atomic::AtomicBool::new(true);
        Server::new(
            move |stream, _, start| {
                if first.swap(false, std::sync::atomic::Ordering::SeqCst) { send(stream, &bytes, start, 1_000) } else { Ok(()) }
            },
        )
    };
    let fault = bring("made", &archive, &[file], dir.path(), &sources(&dying)).unwrap_err().to_string();
    assert!(fault.contains("what came is kept"), "{fault}");
    let left = std::fs::metadata(dir.path().join(".fetch/made-set.bin.part")).unwrap().len();
    assert_eq!(left, 1_000);
    let server = Server::new(move |stream, _, start| {
        assert_eq!(start, 1_000);
        send(stream, &bytes, start, usize::MAX)
    });
    bring("made", &archive, &[file], dir.path(), &sources(&server)).unwrap();
    assert!(dir.path().join("set/pixels.bin").is_file());
}

#[test]
fn a_file_of_ones_own_is_checked_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own.tar.gz");
    let bytes = packed();
    std::fs::write(&own, &bytes).unwrap();
    let archive = archive(Form::TarGz, vec![remote(&bytes)]);
    let from = |path: &Path| Sources { from: Some(path.into()), mirrors: vec![], patience: QUICK };
    bring("made", &archive, archive.files, dir.path(), &from(&own)).unwrap();
    assert!(own.is_file() && dir.path().join("set/pixels.bin").is_file());
    std::fs::write(&own, b"other").unwrap();
    let fault = bring("made", &archive, archive.files, dir.path(), &from(&own)).unwrap_err().to_string();
    assert!(fault.contains("MD5") && fault.contains("own.tar.gz"), "{fault}");
    assert!(bring("made", &archive, archive.files, dir.path(), &from(&dir.path().join("no"))).is_err());
}

#[test]
fn single_files_join_those_that_are_there() {
    let (one, two) = (content(), b"labels".to_vec());
    let files = vec![Remote { name: "one.gz", ..remote(&one) }, Remote { name: "two.gz", ..remote(&two) }];
    let archive = archive(Form::Plain, files);
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("set");
    std::fs::create_dir_all(&target).unwrap();
    std::fs::write(target.join("one"), b"unpacked by hand").unwrap();
    let missing = missing(&archive, &target);
    assert_eq!(missing.iter().map(|file| file.name).collect::<Vec<_>>(), ["two.gz"]);
    let server = Server::new(move |stream, _, start| send(stream, &two, start, usize::MAX));
    bring("made", &archive, &missing, dir.path(), &sources(&server)).unwrap();
    assert_eq!(std::fs::read(target.join("two.gz")).unwrap(), b"labels");
    assert_eq!(std::fs::read(target.join("one")).unwrap(), b"unpacked by hand");
}
