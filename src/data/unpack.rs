//! Archives into the data folder: all of it or nothing.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use saner_core::data::archive::Form;
use saner_core::{Error, Result};

/// Unpacks the folder `name` of an archive to `target`, which appears whole or not at all. `staging` is a place on the
/// same disk for the work; what a killed attempt left there is removed.
///
/// # Errors
/// A damaged archive, one that holds something else, a full disk.
pub fn unpack(archive: &Path, form: Form, name: &str, staging: &Path, target: &Path) -> Result<()> {
    if staging.exists() {
        std::fs::remove_dir_all(staging).map_err(Error::io("remove", staging))?;
    }
    std::fs::create_dir_all(staging).map_err(Error::io("create", staging))?;
    let done = extract(archive, form, staging).and_then(|()| {
        let inner = staging.join(name);
        if !inner.is_dir() {
            return Err(Error::data(archive, format!("holds no folder {name}; it is another archive")));
        }
        settle(staging)?;
        if target.exists() {
            return Err(Error::data(target, "appeared while the archive was unpacked; it is left as it is"));
        }
        std::fs::rename(&inner, target).map_err(Error::io("create", target))
    });
    let _ = std::fs::remove_dir_all(staging);
    done
}

fn extract(archive: &Path, form: Form, staging: &Path) -> Result<()> {
    let file = File::open(archive).map_err(Error::io("read", archive))?;
    let fault = |what: std::io::Error| match what.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::io("write", staging)(what),
        _ => Error::data(archive, format!("cannot be unpacked: {what}")),
    };
    match form {
        Form::TarGz => {
            let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(BufReader::new(file)));
            tar.set_preserve_permissions(false);
            for entry in tar.entries().map_err(fault)? {
                let mut entry = entry.map_err(fault)?;
                let kind = entry.header().entry_type();
                if !kind.is_file() && !kind.is_dir() {
                    return Err(Error::data(archive, "holds links or devices, which no data set needs; it is left packed"));
                }
                if !entry.unpack_in(staging).map_err(fault)? {
                    return Err(Error::data(archive, "holds a path outside its folder; it is left packed"));
                }
            }
            Ok(())
        }
        Form::Zip => {
            let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(|what| fault(std::io::Error::other(what)))?;
            for i in 0..zip.len() {
                let mut entry = zip.by_index(i).map_err(|what| fault(std::io::Error::other(what)))?;
                let inside = entry.enclosed_name().filter(|_| !entry.is_symlink());
                let path = staging
                    .join(inside.ok_or_else(|| Error::data(archive, "holds a link or a path outside its folder; it is left packed"))?);
                if entry.is_dir() {
                    std::fs::create_dir_all(&path).map_err(fault)?;
                    continue;
                }
                path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(fault)?;
                let mut out = File::create(&path).map_err(fault)?;
                std::io::copy(&mut entry, &mut out).map_err(fault)?;
            }
            Ok(())
        }
        // Its files are used as they are.
        Form::Plain => Ok(()),
    }
}

/// Everything on the disk before the folder gets its name.
fn settle(folder: &Path) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        let file = File::open(folder).map_err(Error::io("read", folder))?;
        rustix::fs::syncfs(&file).map_err(|fault| Error::io("write", folder)(fault.into()))?;
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        rustix::fs::sync();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for (path, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            // Not `append_data`: it refuses the paths that a hostile archive holds.
            header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn attempt(bytes: &[u8], form: Form) -> (tempfile::TempDir, Result<()>) {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("a");
        std::fs::write(&archive, bytes).unwrap();
        let done = unpack(&archive, form, "set", &dir.path().join("staging"), &dir.path().join("set"));
        assert!(!dir.path().join("staging").exists(), "no rubbish is left");
        (dir, done)
    }

    #[test]
    fn a_folder_appears_whole() {
        let (dir, done) = attempt(&tar_of(&[("set/a.bin", b"one"), ("set/b/c.bin", b"two")]), Form::TarGz);
        done.unwrap();
        assert_eq!(std::fs::read(dir.path().join("set/b/c.bin")).unwrap(), b"two");
    }

    #[test]
    fn zip_too() {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let packed = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file("set/x/y.txt", packed).unwrap();
        std::io::Write::write_all(&mut zip, &[7; 5000]).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let (dir, done) = attempt(&bytes, Form::Zip);
        done.unwrap();
        assert_eq!(std::fs::read(dir.path().join("set/x/y.txt")).unwrap(), [7; 5000]);
        let (dir, done) = attempt(&bytes[..bytes.len() / 2], Form::Zip);
        assert!(done.unwrap_err().to_string().contains("cannot be unpacked") && !dir.path().join("set").exists());
    }

    #[test]
    fn cut_and_hostile_archives_leave_nothing() {
        let mut noise = vec![0u8; 200_000];
        noise.iter_mut().enumerate().for_each(|(i, byte)| *byte = (i * i % 251) as u8);
        let whole = tar_of(&[("set/a.bin", &noise), ("set/b.bin", b"two")]);
        for (bytes, why) in [
            (whole[..whole.len() / 2].to_vec(), "cannot be unpacked"),
            (tar_of(&[("set/a", b"1"), ("../escaped", b"2")]), "outside"),
            (tar_of(&[("other/a", b"1")]), "another archive"),
            (b"<html>log in first</html>".to_vec(), "cannot be unpacked"),
        ] {
            let (dir, done) = attempt(&bytes, Form::TarGz);
            assert!(done.unwrap_err().to_string().contains(why), "{why}");
            assert!(!dir.path().join("set").exists() && !dir.path().parent().unwrap().join("escaped").exists());
        }
    }
}
