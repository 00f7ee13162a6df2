//! One image file: decoded, cut, brought to a size, as planes of bytes.

use std::path::Path;

use image::RgbImage;
use image::imageops::{FilterType, crop_imm, resize};
use rand_chacha::ChaCha8Rng;

use crate::rng;

/// Part of an image that a crop may take, at the least and at the most.
const AREA: [f32; 2] = [0.08, 1.0];
/// Width over height of a crop, likewise.
const RATIO: [f32; 2] = [0.75, 4.0 / 3.0];
/// Draws before the crop falls back to the middle.
const TRIES: usize = 10;

/// Decodes a file, JPEG or PNG by its first bytes, at its own size.
///
/// # Errors
/// What is wrong with the file.
pub fn open(path: &Path) -> Result<RgbImage, String> {
    let reader = image::ImageReader::open(path).map_err(|fault| fault.to_string())?;
    let reader = reader.with_guessed_format().map_err(|fault| fault.to_string())?;
    Ok(reader.decode().map_err(|fault| fault.to_string())?.into_rgb8())
}

/// Planes `[3, side, side]` of the whole image, stretched to a square as by PyTorch's `Resize` to a pair of equal sides.
pub fn square(image: &RgbImage, side: usize) -> Vec<u8> {
    let wanted = side as u32;
    if image.dimensions() == (wanted, wanted) {
        return planes(image);
    }
    planes(&resize(image, wanted, wanted, FilterType::Triangle))
}

/// Planes `[3, side, side]` of a part of the image.
pub fn cut(image: &RgbImage, part: Part, side: usize) -> Vec<u8> {
    square(&crop_imm(image, part.left, part.top, part.width, part.height).to_image(), side)
}

/// Planes as an image, for sets that lie in memory as planes.
pub fn from_planes(planes: &[u8], side: usize) -> RgbImage {
    let plane = side * side;
    RgbImage::from_fn(side as u32, side as u32, |x, y| {
        let at = y as usize * side + x as usize;
        image::Rgb([planes[at], planes[plane + at], planes[2 * plane + at]])
    })
}

fn planes(image: &RgbImage) -> Vec<u8> {
    let plane = (image.width() * image.height()) as usize;
    let mut planes = vec![0; 3 * plane];
    for (at, pixel) in image.pixels().enumerate() {
        for (channel, value) in pixel.0.iter().enumerate() {
            planes[channel * plane + at] = *value;
        }
    }
    planes
}

/// A rectangle of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Columns left of it.
    pub left: u32,
    /// Rows above it.
    pub top: u32,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
}

impl Part {
    /// A random one: area 8 to 100 percent, ratio of sides 3:4 to 4:3 evenly in its logarithm; after ten draws that do
    /// not fit, the largest middle part of an allowed ratio. Source: Szegedy et al. 2015; PyTorch's `RandomResizedCrop`.
    pub fn random(width: u32, height: u32, rng: &mut ChaCha8Rng) -> Self {
        let (w, h) = (width as f32, height as f32);
        for _ in 0..TRIES {
            let area = w * h * (AREA[0] + (AREA[1] - AREA[0]) * rng::unit(rng));
            let ratio = (RATIO[0].ln() + (RATIO[1].ln() - RATIO[0].ln()) * rng::unit(rng)).exp();
            let (width_, height_) = ((area * ratio).sqrt().round() as u32, (area / ratio).sqrt().round() as u32);
            if (1..=width).contains(&width_) && (1..=height).contains(&height_) {
                let left = rng::below(rng, width - width_ + 1);
                return Self { left, top: rng::below(rng, height - height_ + 1), width: width_, height: height_ };
            }
        }
        let (width_, height_) = match w / h {
            ratio if ratio < RATIO[0] => (width, ((w / RATIO[0]).round() as u32).clamp(1, height)),
            ratio if ratio > RATIO[1] => (((h * RATIO[1]).round() as u32).clamp(1, width), height),
            _ => (width, height),
        };
        Self { left: (width - width_) / 2, top: (height - height_) / 2, width: width_, height: height_ }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_part_lies_inside_and_keeps_its_bounds(width in 1u32..900, height in 1u32..900, seed in 0u64..50) {
            let part = Part::random(width, height, &mut rng::stream(seed, "test", 0, 0));
            prop_assert!(part.width >= 1 && part.height >= 1);
            prop_assert!(part.left + part.width <= width && part.top + part.height <= height);
            if width > 30 && height > 30 && width < 2 * height && height < 2 * width {
                let ratio = f64::from(part.width) / f64::from(part.height);
                prop_assert!((0.65..1.55).contains(&ratio), "{ratio}");
                prop_assert!(f64::from(part.width * part.height) > 0.07 * f64::from(width * height));
            }
        }
    }

    #[test]
    fn parts_spread_over_area_and_place() {
        let parts: Vec<Part> = (0..2000).map(|i| Part::random(400, 300, &mut rng::stream(1, "test", i, 0))).collect();
        let mean = |of: fn(&Part) -> f64| parts.iter().map(of).sum::<f64>() / 2000.0;
        // Areas are even over 0.08..1 but for draws that do not fit, which are large ones: 0.433 by PyTorch's rule in Python.
        let area = mean(|part| f64::from(part.width * part.height) / 120_000.0);
        assert!((0.41..0.45).contains(&area), "{area}");
        assert!((mean(|part| f64::from(part.left) + f64::from(part.width) / 2.0) - 200.0).abs() < 6.0);
    }

    #[test]
    fn a_cut_is_that_part() {
        let image = RgbImage::from_fn(40, 20, |x, y| image::Rgb([x as u8, y as u8, 7]));
        let planes = cut(&image, Part { left: 10, top: 4, width: 8, height: 8 }, 8);
        assert_eq!((planes[0], planes[9], planes[64], planes[64 + 63], planes[128]), (10, 11, 4, 11, 7));
        assert_eq!(from_planes(&planes, 8).get_pixel(1, 1).0, [11, 5, 7]);
    }
}
