//! MNIST and Fashion-MNIST from the official IDX files, packed (`.gz`) or not; grey becomes three equal channels.

use std::io::Read;
use std::path::Path;

use super::{Dataset, Samples};
use crate::error::{Error, Result};

/// Names of classes, mean and deviation.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    classes: [&'static str; 10],
    mean: f32,
    std: f32,
}

/// The digits.
pub const MNIST: Kind = Kind { classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], mean: 0.1307, std: 0.3081 };

/// The garments.
pub const FASHION: Kind = Kind {
    classes: ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"],
    mean: 0.2860,
    std: 0.3530,
};

/// Reads the four files of a folder.
///
/// # Errors
/// Missing, cut or other files.
pub fn dataset(folder: &Path, kind: Kind) -> Result<Dataset> {
    let (train, test) = (part(folder, "train")?, part(folder, "t10k")?);
    let classes = kind.classes.map(str::to_owned).to_vec();
    Ok(Dataset { train, test, classes, mean: [kind.mean; 3], std: [kind.std; 3], knows_truth: true, ..Dataset::default() })
}

fn part(folder: &Path, name: &str) -> Result<Samples> {
    let (images, sizes) = read(folder, &format!("{name}-images-idx3-ubyte"), 3)?;
    let (labels, counts) = read(folder, &format!("{name}-labels-idx1-ubyte"), 1)?;
    let [n, side, width] = sizes[..] else { return Err(Error::data(folder, "no images")) };
    if counts[0] != n || side != width || labels.iter().any(|label| *label > 9) {
        return Err(Error::data(folder, format!("{name}: {n} images of {side}x{width} and {} labels do not belong together", counts[0])));
    }
    let mut samples = Samples::empty(side);
    for image in images.chunks_exact(side * side) {
        (0..3).for_each(|_| samples.images.extend_from_slice(image));
    }
    samples.index = (0..n as u32).collect();
    samples.labels = labels;
    Ok(samples)
}

/// Bytes of a file behind its header, and its sizes.
fn read(folder: &Path, name: &str, dims: usize) -> Result<(Vec<u8>, Vec<usize>)> {
    let (plain, packed) = (folder.join(name), folder.join(format!("{name}.gz")));
    let path = if plain.is_file() { &plain } else { &packed };
    let bytes = std::fs::read(path).map_err(|fault| {
        Error::data(
            &plain,
            format!("cannot be read, packed or not ({fault}); fetch the set with `saner-tui data fetch`, or point --data at its folder"),
        )
    })?;
    let bytes = if path == &packed {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_end(&mut unpacked)
            .map_err(|fault| Error::data(path, format!("cannot be unpacked ({fault}); the file is cut or corrupt, fetch it again")))?;
        unpacked
    } else {
        bytes
    };
    let word = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let sizes: Option<Vec<usize>> = (0..dims).map(|i| word(4 + 4 * i)).collect();
    match (word(0), sizes) {
        (Some(magic), Some(sizes)) if magic == 0x800 + dims && bytes.len() == 4 + 4 * dims + sizes.iter().product::<usize>() => {
            Ok((bytes[4 + 4 * dims..].to_vec(), sizes))
        }
        _ => Err(Error::data(
            path,
            format!("{} bytes are no IDX file of {dims} sizes; the file is cut or corrupt, fetch it again", bytes.len()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(dir: &Path, name: &str, sizes: &[u32], body: &[u8], pack: bool) {
        let mut bytes = (0x800 + sizes.len() as u32).to_be_bytes().to_vec();
        sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
        bytes.extend(body);
        if pack {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(&bytes).unwrap();
            std::fs::write(dir.join(format!("{name}.gz")), packer.finish().unwrap()).unwrap();
        } else {
            std::fs::write(dir.join(name), bytes).unwrap();
        }
    }

    #[test]
    fn packed_and_plain_files_and_what_is_wrong_with_them() {
        let dir = tempfile::tempdir().unwrap();
        file(dir.path(), "train-images-idx3-ubyte", &[2, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8], true);
        file(dir.path(), "train-labels-idx1-ubyte", &[2], &[7, 3], false);
        file(dir.path(), "t10k-images-idx3-ubyte", &[1, 2, 2], &[9; 4], false);
        file(dir.path(), "t10k-labels-idx1-ubyte", &[1], &[0], true);
        let set = dataset(dir.path(), MNIST).unwrap();
        assert_eq!((&set.train.labels[..], set.train.image(1).unwrap().as_ref()), (&[7, 3][..], &[5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8][..]));
        file(dir.path(), "t10k-labels-idx1-ubyte", &[2], &[0], false);
        let fault = dataset(dir.path(), MNIST).unwrap_err().to_string();
        assert!(fault.contains("t10k-labels") && fault.contains("cut or corrupt"), "{fault}");
        std::fs::remove_file(dir.path().join("train-labels-idx1-ubyte")).unwrap();
        assert!(dataset(dir.path(), MNIST).unwrap_err().to_string().contains("train-labels-idx1-ubyte"));
    }
}
