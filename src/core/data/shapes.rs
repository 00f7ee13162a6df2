//! Ten classes of figures drawn by the program: five outlines, filled or hollow, on cluttered ground.
//!
//! Only additions, products, quotients and square roots are used, which IEEE 754 rounds alike everywhere, so a seed
//! gives the same bytes on every machine. Rotation comes from the rational circle instead of sine and cosine.

use rand::RngCore;

use super::{Dataset, Samples};
use crate::error::{Error, Result};
use crate::rng::{self, unit};
use crate::spec::DataSpec;

/// Sizes where the recipe names none.
const DEFAULT_TRAIN: usize = 640;
const DEFAULT_TEST: usize = 500;
/// Most images that are drawn.
const LIMIT: usize = 100_000;

const CLASSES: [&str; 10] =
    ["disc", "ring", "square", "frame", "triangle", "hollow triangle", "cross", "hollow cross", "diamond", "hollow diamond"];

/// Draws the set of a recipe: classes in turn, so every class has its share.
///
/// # Errors
/// More than 100,000 images.
pub fn dataset(spec: &DataSpec, seed: u64) -> Result<Dataset> {
    let or = |asked: usize, default: usize| if asked == 0 { default } else { asked };
    let (n_train, n_test) = (or(spec.train_size, DEFAULT_TRAIN), or(spec.test_size, DEFAULT_TEST));
    for (key, n) in [("data.train_size", n_train), ("data.test_size", n_test)] {
        if n > LIMIT {
            return Err(Error::Input(format!("{key}: {n} is more than shapes draws; write at most {LIMIT}")));
        }
    }
    Ok(Dataset {
        train: samples(n_train, spec.size, seed, "shapes-train"),
        test: samples(n_test, spec.size, seed, "shapes-test"),
        classes: CLASSES.map(str::to_owned).to_vec(),
        mean: [0.45; 3],
        std: [0.25; 3],
        knows_truth: true,
        ..Dataset::default()
    })
}

fn samples(n: usize, side: usize, seed: u64, purpose: &str) -> Samples {
    let mut set = Samples::empty(side);
    for i in 0..n {
        let label = (i % CLASSES.len()) as u8;
        draw(label, side, &mut rng::stream(seed, purpose, i as u64, side as u64), &mut set.images);
        set.labels.push(label);
        set.index.push(i as u32);
    }
    set
}

/// One figure: place, size and direction in units of the image's side.
struct Figure {
    x: f32,
    y: f32,
    radius: f32,
    cos: f32,
    sin: f32,
    kind: u8,
}

impl Figure {
    fn random(rng: &mut impl RngCore, kind: u8, radius: (f32, f32)) -> Self {
        let radius = radius.0 + (radius.1 - radius.0) * unit(rng);
        let room = (0.5 - radius * 0.9).max(0.0);
        let mut place = || 0.5 + room * (2.0 * unit(rng) - 1.0);
        let (x, y) = (place(), place());
        // A small turn, up to about 27 degrees either way: t = tan(angle / 2).
        let t = (2.0 * unit(rng) - 1.0) * 0.24;
        let norm = 1.0 + t * t;
        Self { x, y, radius, cos: (1.0 - t * t) / norm, sin: 2.0 * t / norm, kind }
    }

    /// How far a point lies inside, in units of the radius: 1 at the centre, 0 on the edge, negative outside.
    fn depth(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = ((x - self.x) / self.radius, (y - self.y) / self.radius);
        let (u, v) = (dx * self.cos + dy * self.sin, dy * self.cos - dx * self.sin);
        match self.kind {
            0 => 1.0 - (u * u + v * v).sqrt(),
            1 => 0.8 - u.abs().max(v.abs()),
            2 => (0.6 - v).min((0.9 + v - 1.6 * u.abs()) * 0.53),
            3 => (0.32 - u.abs()).min(0.95 - v.abs()).max((0.32 - v.abs()).min(0.95 - u.abs())),
            _ => (1.0 - u.abs() - v.abs()) * 0.7,
        }
    }
}

fn draw(label: u8, side: usize, rng: &mut impl RngCore, out: &mut Vec<u8>) {
    // A light figure on dark ground, far enough apart that the class can be seen at all.
    let ground = color(rng).map(|v| 0.6 * v);
    let mut ink = color(rng).map(|v| 0.5 + 0.5 * v);
    for _ in 0..16 {
        if contrast(ground, ink) >= 0.35 {
            break;
        }
        ink = color(rng).map(|v| 0.5 + 0.5 * v);
    }
    let clutter: [([f32; 3], Figure); 3] = std::array::from_fn(|_| {
        let shade = color(rng);
        let kind = rng::below(rng, 5) as u8;
        (std::array::from_fn(|c| 0.75 * ground[c] + 0.25 * shade[c]), Figure::random(rng, kind, (0.06, 0.14)))
    });
    let figure = Figure::random(rng, label / 2, (0.32, 0.46));
    let hollow = label % 2 == 1;
    let step = 1.0 / side as f32;
    let mut planes = vec![0u8; 3 * side * side];
    for row in 0..side {
        for column in 0..side {
            let mut sum = [0.0f32; 3];
            // Four by four samples a pixel: smooth edges even at 16 pixels.
            for sub in 0..16 {
                let x = (column as f32 + ((sub % 4) as f32 + 0.5) / 4.0) * step;
                let y = (row as f32 + ((sub / 4) as f32 + 0.5) / 4.0) * step;
                let depth = figure.depth(x, y);
                let inside = depth > 0.0 && !(hollow && depth > 0.24);
                let seen = if inside { ink } else { clutter.iter().find(|(_, f)| f.depth(x, y) > 0.0).map_or(ground, |(c, _)| *c) };
                for c in 0..3 {
                    sum[c] += seen[c];
                }
            }
            let noise = 0.12 * (unit(rng) - 0.5);
            for c in 0..3 {
                let value = (sum[c] / 16.0 + noise).clamp(0.0, 1.0);
                planes[(c * side + row) * side + column] = (value * 255.0 + 0.5) as u8;
            }
        }
    }
    out.extend(planes);
}

fn color(rng: &mut impl RngCore) -> [f32; 3] {
    [unit(rng), unit(rng), unit(rng)]
}

/// Mean difference over the channels, 0..=1.
fn contrast(a: [f32; 3], b: [f32; 3]) -> f32 {
    ((a[0] - b[0]).abs() + (a[1] - b[1]).abs() + (a[2] - b[2]).abs()) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_same_bytes_on_every_machine() {
        let spec = DataSpec { train_size: 40, test_size: 20, batch: 10, ..DataSpec::default() };
        let set = dataset(&spec, 42).unwrap();
        let digest = Sha256::digest(&set.train.images);
        let hex: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "2925c5892a00dc5c");
        assert_eq!(set.train.labels.iter().filter(|&&l| l == 3).count(), 4);
        assert_ne!(set.train.image(0).unwrap(), set.test.image(0).unwrap());
    }
}
