//! The samples whose labels are disputed most, as one picture in the run's folder: a person sees at a glance who is right.
//!
//! The tiles lie row by row in the order of [`SampleStats::disputed`](crate::samples::SampleStats::disputed). The file's
//! name tells the epoch, so that a picture is never taken for that of another look.

use std::path::PathBuf;

use image::{ImageFormat, RgbImage};

use crate::data::{Samples, picture};
use crate::error::{Error, Result};
use crate::rundir::{RunDir, replace};
use crate::samples::Disputed;

/// Tiles of a row.
const ACROSS: u32 = 8;
/// Largest side of a tile, in dots.
const MOST: usize = 64;

/// Tiles, read back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Side of a tile, in dots.
    pub side: u32,
    /// Dots of each tile, row by row.
    pub tiles: Vec<Vec<[u8; 3]>>,
}

/// Path of the picture of an epoch, counted from 0; the name counts from 1, as people do.
pub fn path(run: &RunDir, epoch: u32) -> PathBuf {
    run.path.join(format!("disputed-epoch-{}.png", epoch + 1))
}

/// The newest picture, if there is one.
pub fn newest(run: &RunDir) -> Option<PathBuf> {
    let epoch = |path: &PathBuf| path.file_stem()?.to_str()?.strip_prefix("disputed-epoch-")?.parse::<u32>().ok();
    let files = std::fs::read_dir(&run.path).ok()?.flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|end| end == "png")).filter(|path| epoch(path).is_some()).max_by_key(epoch)
}

/// Draws the disputed samples of a set and takes the place of the picture before; an image that cannot be read is grey.
///
/// # Errors
/// The file cannot be written.
pub fn write(run: &RunDir, epoch: u32, samples: &Samples, disputed: &[Disputed]) -> Result<()> {
    let before = newest(run);
    let target = path(run, epoch);
    if !disputed.is_empty() {
        let side = samples.side.min(MOST);
        let rows = (disputed.len() as u32).div_ceil(ACROSS);
        let mut sheet = RgbImage::new(ACROSS * side as u32, rows * side as u32);
        for (at, one) in (0u32..).zip(disputed) {
            let place = samples.index.iter().position(|index| *index == one.index);
            let whole = place.and_then(|i| samples.whole(i).ok());
            let tile = whole.map_or_else(
                || RgbImage::from_pixel(side as u32, side as u32, image::Rgb([128; 3])),
                |whole| picture::from_planes(&picture::square(&whole, side), side),
            );
            image::imageops::replace(&mut sheet, &tile, i64::from(at % ACROSS) * side as i64, i64::from(at / ACROSS) * side as i64);
        }
        let mut bytes = std::io::Cursor::new(Vec::new());
        sheet.write_to(&mut bytes, ImageFormat::Png).map_err(|fault| Error::Failed(format!("cannot draw disputed samples: {fault}")))?;
        replace(&target, bytes.get_ref())?;
    }
    if let Some(old) = before.filter(|old| *old != target) {
        std::fs::remove_file(&old).map_err(Error::io("remove", &old))?;
    }
    Ok(())
}

/// Reads the tiles of an epoch back.
///
/// # Errors
/// There are none, or the file is damaged.
pub fn read(run: &RunDir, epoch: u32, n: usize) -> Result<Sheet> {
    let path = path(run, epoch);
    let sheet = picture::open(&path).map_err(|fault| Error::Failed(format!("{}: {fault}", path.display())))?;
    let side = sheet.width() / ACROSS;
    if side == 0 || (n as u32).div_ceil(ACROSS) * side > sheet.height() {
        return Err(Error::Failed(format!("{}: not a sheet of {n} tiles", path.display())));
    }
    let tile = |at: u32| {
        let (left, top) = (at % ACROSS * side, at / ACROSS * side);
        (0..side * side).map(|dot| sheet.get_pixel(left + dot % side, top + dot / side).0).collect()
    };
    Ok(Sheet { side, tiles: (0..n as u32).map(tile).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(index: u32) -> Disputed {
        Disputed { index, given: 0, predicted: 1, confidence: 0.9, loss: 2.0, wrong: None }
    }

    #[test]
    fn tiles_come_back_as_they_went_in_and_the_sheet_before_goes() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir { path: folder.path().to_path_buf() };
        let mut samples = Samples::empty(4);
        for i in 0..20u8 {
            samples.images.extend((0..48).map(|byte| i * 10 + byte % 7));
            samples.labels.push(0);
            samples.index.push(100 + u32::from(i));
        }
        let disputed: Vec<Disputed> = (0..11).map(|i| one(119 - i)).collect();
        write(&run, 0, &samples, &disputed).unwrap();
        write(&run, 4, &samples, &disputed).unwrap();
        assert_eq!(newest(&run), Some(path(&run, 4)));
        assert!(!path(&run, 0).exists());
        let sheet = read(&run, 4, 11).unwrap();
        assert_eq!((sheet.side, sheet.tiles.len()), (4, 11));
        for (tile, one) in sheet.tiles.iter().zip(&disputed) {
            let image = samples.whole(one.index as usize - 100).unwrap();
            assert_eq!(*tile, image.pixels().map(|dot| dot.0).collect::<Vec<_>>());
        }
        assert!(read(&run, 0, 11).is_err() && read(&run, 4, 17).is_err());
        write(&run, 5, &samples, &[]).unwrap();
        assert_eq!(newest(&run), None, "no label is disputed any more");
    }
}
