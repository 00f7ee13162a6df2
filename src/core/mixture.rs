//! Two Gaussians fitted to the losses of an epoch: clean samples have small ones, wrong labels large ones, until both
//! are memorised.
//!
//! Source: the split of Arazo et al. 2019 and DivideMix, here only as a measure of how far apart the two lie.

/// Rounds of expectation and maximization.
const ROUNDS: usize = 30;

/// A component.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// Part of the samples, 0..=1.
    pub weight: f64,
    /// Mean loss.
    pub mean: f64,
    /// Variance.
    pub var: f64,
}

/// Two components, the one with the smaller mean first; none for fewer than eight finite losses or equal ones.
pub fn fit(losses: &[f32]) -> Option<[Component; 2]> {
    let mut sorted: Vec<f64> = losses.iter().filter(|loss| loss.is_finite()).map(|loss| f64::from(*loss)).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n < 8 || sorted[0] == sorted[n - 1] {
        return None;
    }
    let mean = sorted.iter().sum::<f64>() / n as f64;
    let spread = sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
    // A component that shrinks to a point would win for ever.
    let floor = spread * 1e-4;
    let mut parts = [0.25, 0.75].map(|at| Component { weight: 0.5, mean: sorted[(at * (n - 1) as f64) as usize], var: spread });
    for _ in 0..ROUNDS {
        let (mut total, mut sum, mut square) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        for x in &sorted {
            let logs = parts.map(|part| part.weight.max(1e-12).ln() - 0.5 * (part.var.ln() + (x - part.mean).powi(2) / part.var));
            let second = 1.0 / (1.0 + (logs[0] - logs[1]).exp());
            for (i, share) in [1.0 - second, second].into_iter().enumerate() {
                total[i] += share;
                sum[i] += share * x;
                square[i] += share * x * x;
            }
        }
        for (i, part) in parts.iter_mut().enumerate() {
            let count = total[i].max(1e-9);
            let mean = sum[i] / count;
            *part = Component { weight: total[i] / n as f64, mean, var: (square[i] / count - mean * mean).max(floor) };
        }
    }
    parts.sort_by(|a, b| a.mean.total_cmp(&b.mean));
    Some(parts)
}

/// Distance of the two means in root mean square deviations (Ashman's D / √2).
pub fn separation(losses: &[f32]) -> Option<f64> {
    let [low, high] = fit(losses)?;
    Some((high.mean - low.mean) / ((low.var + high.var) / 2.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    fn two(distance: f64) -> Vec<f32> {
        let mut rng = crate::rng::stream(1, "mixture", 0, 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        (0..4000).map(|i| (normal() + if i % 4 == 0 { distance } else { 0.0 }) as f32).collect()
    }

    #[test]
    fn the_parts_are_found_again() {
        let [low, high] = fit(&two(6.0)).unwrap();
        assert!((low.weight - 0.75).abs() < 0.02 && (high.mean - 6.0).abs() < 0.1 && low.mean.abs() < 0.1, "{low:?} {high:?}");
        assert!((low.var - 1.0).abs() < 0.1);
    }

    #[test]
    fn closer_parts_are_less_apart() {
        let apart = [8.0, 6.0, 4.0].map(|distance| separation(&two(distance)).unwrap());
        assert!(apart[0] > apart[1] && apart[1] > apart[2], "{apart:?}");
    }

    #[test]
    fn nothing_to_fit() {
        assert_eq!(fit(&[1.0; 100]), None);
        assert_eq!(fit(&[1.0, f32::NAN]), None);
    }
}
