//! Instance-dependent noise: the class that a random linear map of the image scores highest, softly drawn.
//!
//! Two kinds over one map. `instance`, the authors' `dataloader` ("dependent"): one Gaussian matrix W `[classes, pixels,
//! classes]`; for a chosen sample x of class y: scores = `x·W[y]`, `score[y] = −∞`, softmax, draw; the number of flips is
//! fixed at floor(rate·n). Differs: the authors score the randomly augmented image; here it is the image itself, so that
//! labels do not depend on an epoch. `part-dependent`, Xia et al. 2020: every sample has its own rate of flipping, drawn
//! from a normal distribution around `rate` with deviation 0.1, cut to 0..1.

use rand_distr::{Distribution, StandardNormal};

use crate::data::Dataset;
use crate::data::augment::{View, write_view};
use crate::rng;

/// Deviation of the rates of single samples.
const RATE_DEVIATION: f64 = 0.1;

/// Given labels after flipping the `drawn` samples.
pub fn flip(set: &Dataset, drawn: &[usize], seed: u64) -> Vec<u8> {
    let mut given = set.train.labels.clone();
    for (i, scores) in scored(set, drawn, seed) {
        let mut rng = rng::stream(seed, "noise-instance", i as u64, 0);
        given[i] = softmax_draw(&scores, set.train.labels[i] as usize, f64::from(rng::unit(&mut rng))) as u8;
    }
    given
}

/// Given labels after each sample met its own rate.
pub fn flip_by_rates(set: &Dataset, rate: f64, seed: u64) -> Vec<u8> {
    let meets = |i: &usize| {
        let mut rng = rng::stream(seed, "noise-rate", *i as u64, 0);
        let own = loop {
            let normal: f64 = StandardNormal.sample(&mut rng);
            let own = rate + RATE_DEVIATION * normal;
            if (0.0..=1.0).contains(&own) {
                break own;
            }
        };
        f64::from(rng::unit(&mut rng)) < own
    };
    let drawn: Vec<usize> = (0..set.train.len()).filter(meets).collect();
    flip(set, &drawn, seed)
}

/// Scores of the other classes for each drawn sample.
fn scored(set: &Dataset, drawn: &[usize], seed: u64) -> Vec<(usize, Vec<f64>)> {
    let n_classes = set.classes.len();
    let pixels = set.train.image_bytes();
    let mut image = vec![0.0f32; pixels];
    let mut found = Vec::with_capacity(drawn.len());
    for class in 0..n_classes {
        // One class's matrix at a time: a hundred of them together would take 120 MB.
        let members: Vec<usize> = drawn.iter().copied().filter(|&i| set.train.labels[i] as usize == class).collect();
        if members.is_empty() {
            continue;
        }
        let mut weights_rng = rng::stream(seed, "noise-instance-w", class as u64, 0);
        let weights: Vec<f32> = (0..pixels * n_classes).map(|_| StandardNormal.sample(&mut weights_rng)).collect();
        for i in members {
            // A file that broke since the set was read is seen as black here; its training says so.
            let _ = write_view(&set.train, i, View::PLAIN, set, &mut image);
            let mut scores = vec![0.0f64; n_classes];
            for (x, row) in image.iter().zip(weights.chunks_exact(n_classes)) {
                for (score, weight) in scores.iter_mut().zip(row) {
                    *score += f64::from(x * weight);
                }
            }
            scores[class] = f64::NEG_INFINITY;
            found.push((i, scores));
        }
    }
    found
}

/// The class at which the cumulative softmax passes `u`; never `excluded`.
fn softmax_draw(scores: &[f64], excluded: usize, u: f64) -> usize {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| (score - top).exp()).collect();
    super::draw_class(&weights, Some(excluded), u)
}
