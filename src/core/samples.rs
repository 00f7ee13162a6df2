//! What a network thinks of each training sample: losses of right and of wrong labels, what wrong ones are taken for,
//! and which labels it disputes most. Looking at single losses is how label noise is found (Arazo et al. 2019).

use serde::{Deserialize, Serialize};

/// Bins of the histograms.
pub const BINS: usize = 32;
/// Disputed labels that a log line holds; `samples.csv` has all.
pub const DISPUTED: usize = 40;
/// Classes up to which the confusion is kept.
const CLASSES: usize = 20;

/// What the network says of one sample, as it is given to it, without augmentation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Cross-entropy against the given label.
    pub loss: f32,
    /// Class with the greatest probability.
    pub predicted: u8,
    /// That probability, 0..=1.
    pub confidence: f32,
}

/// A label that the network disputes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Disputed {
    /// Place in the published training set, as in `labels.csv`.
    pub index: u32,
    /// Given label.
    pub given: u8,
    /// What the network says.
    pub predicted: u8,
    /// Its probability for that.
    pub confidence: f32,
    /// Cross-entropy against the given label.
    pub loss: f32,
    /// Whether the given label is wrong, where that is known.
    pub wrong: Option<bool>,
}

/// All training samples at the end of an epoch, in short.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SampleStats {
    /// Loss at the upper end of the last bin; greater ones are counted in it. Bins are even, from 0.
    pub top: f32,
    /// Samples with a right label by loss; all of them where nobody knows which are wrong.
    pub right: Vec<u32>,
    /// Samples with a wrong label by loss.
    pub wrong: Vec<u32>,
    /// Chance that a wrong label has a greater loss than a right one: 0.5 tells nothing, 1 everything.
    pub auc: Option<f32>,
    /// Wrong labels that are predicted as given (memorised), as the truth, and as something else.
    pub wrong_as: Option<[u32; 3]>,
    /// Of wrong labels: counts by given (rows) and predicted class, where there are few classes.
    pub confusion: Vec<Vec<u32>>,
    /// Labels that are disputed with the greatest confidence.
    pub disputed: Vec<Disputed>,
}

/// Puts verdicts together; `index` are the samples' places in the published set, `truth` the true labels, where they are
/// known.
pub fn stats(verdicts: &[Verdict], index: &[u32], (given, truth): (&[u8], Option<&[u8]>), classes: usize) -> SampleStats {
    let wrong_at = |i: usize| truth.map(|truth| truth[i] != given[i]);
    let mut losses: Vec<f32> = verdicts.iter().map(|v| v.loss).filter(|loss| loss.is_finite()).collect();
    losses.sort_by(f32::total_cmp);
    // Not the greatest: one outlier would press all others into the first bin.
    let top = losses.get(losses.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(1.0).max(1e-3);
    let mut stats = SampleStats { top, right: vec![0; BINS], wrong: vec![0; BINS], ..SampleStats::default() };
    let mut counts = [0; 3];
    if classes <= CLASSES && truth.is_some() {
        stats.confusion = vec![vec![0; classes]; classes];
    }
    for (i, verdict) in verdicts.iter().enumerate().filter(|(_, v)| v.loss.is_finite()) {
        let bin = ((verdict.loss / top * BINS as f32) as usize).min(BINS - 1);
        let wrong = wrong_at(i) == Some(true);
        if wrong {
            stats.wrong[bin] += 1
        } else {
            stats.right[bin] += 1
        }
        if let Some(truth) = truth.filter(|_| wrong) {
            let which = if verdict.predicted == given[i] { 0 } else { 1 + usize::from(verdict.predicted != truth[i]) };
            counts[which] += 1;
            if let Some(cell) = stats.confusion.get_mut(usize::from(given[i])).and_then(|row| row.get_mut(usize::from(verdict.predicted))) {
                *cell += 1;
            }
        }
    }
    if truth.is_some() {
        stats.wrong_as = Some(counts);
        stats.auc = auc(verdicts, |i| wrong_at(i) == Some(true));
    }
    let all = verdicts.iter().enumerate().filter(|(i, v)| v.predicted != given[*i]);
    let mut disputed: Vec<Disputed> = all
        .map(|(i, v)| Disputed {
            index: index[i],
            given: given[i],
            predicted: v.predicted,
            confidence: v.confidence,
            loss: v.loss,
            wrong: wrong_at(i),
        })
        .collect();
    disputed.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.index.cmp(&b.index)));
    disputed.truncate(DISPUTED);
    stats.disputed = disputed;
    stats
}

/// Area under the curve of the loss as a test for wrong labels (Mann-Whitney, ties count half).
fn auc(verdicts: &[Verdict], wrong: impl Fn(usize) -> bool) -> Option<f32> {
    let mut order: Vec<usize> = (0..verdicts.len()).filter(|i| verdicts[*i].loss.is_finite()).collect();
    order.sort_by(|a, b| verdicts[*a].loss.total_cmp(&verdicts[*b].loss));
    let (mut rank_sum, mut n_wrong, mut at) = (0.0f64, 0.0f64, 0);
    while at < order.len() {
        let loss = verdicts[order[at]].loss;
        let end = at + order[at..].iter().take_while(|i| verdicts[**i].loss == loss).count();
        // Ranks from 1; equal losses share their mean.
        let rank = (at + 1 + end) as f64 / 2.0;
        let here = order[at..end].iter().filter(|i| wrong(**i)).count() as f64;
        rank_sum += rank * here;
        n_wrong += here;
        at = end;
    }
    let n_right = order.len() as f64 - n_wrong;
    (n_wrong > 0.0 && n_right > 0.0).then(|| ((rank_sum - n_wrong * (n_wrong + 1.0) / 2.0) / (n_wrong * n_right)) as f32)
}

/// Every sample as CSV: `index,given,true,predicted,confidence,loss,disputed`; `true` is empty where nobody knows it.
pub fn csv(verdicts: &[Verdict], index: &[u32], (given, truth): (&[u8], Option<&[u8]>)) -> String {
    let mut text = String::from("index,given,true,predicted,confidence,loss,disputed\n");
    for (i, v) in verdicts.iter().enumerate() {
        let truth = truth.map_or(String::new(), |truth| truth[i].to_string());
        let disputed = u8::from(v.predicted != given[i]);
        text += &format!("{},{},{truth},{},{:.6},{:.6},{disputed}\n", index[i], given[i], v.predicted, v.confidence, v.loss);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verdict(loss: f32, predicted: u8) -> Verdict {
        Verdict { loss, predicted, confidence: 0.9 }
    }

    #[test]
    fn wrong_labels_are_counted_by_what_they_are_taken_for() {
        let (given, truth) = ([0, 1, 2, 1], [0, 0, 1, 2]);
        let verdicts = [verdict(0.1, 0), verdict(0.2, 1), verdict(3.0, 1), verdict(4.0, 0)];
        let index = [10, 11, 12, 13];
        let stats = stats(&verdicts, &index, (&given, Some(&truth)), 3);
        assert_eq!(stats.wrong_as, Some([1, 1, 1]));
        assert_eq!((stats.right.iter().sum::<u32>(), stats.wrong.iter().sum::<u32>()), (1, 3));
        assert_eq!((stats.confusion[1][1], stats.confusion[2][1], stats.confusion[1][0]), (1, 1, 1));
        assert_eq!(stats.auc, Some(1.0));
        assert_eq!(stats.disputed.iter().map(|d| d.index).collect::<Vec<_>>(), [12, 13]);
        assert!(csv(&verdicts, &index, (&given, None)).lines().nth(3) == Some("12,2,,1,0.900000,3.000000,1"));
    }

    #[test]
    fn where_nobody_knows_the_truth_nothing_is_said_of_it() {
        let stats = stats(&[verdict(0.1, 0), verdict(f32::NAN, 1)], &[0, 1], (&[0, 0], None), 2);
        assert_eq!((stats.auc, stats.wrong_as, stats.confusion.len()), (None, None, 0));
        assert_eq!(stats.right.iter().sum::<u32>(), 1, "a loss that is not finite is in no bin");
    }

    proptest! {
        #[test]
        fn the_area_equals_a_count_over_all_pairs(losses in prop::collection::vec((0u8..6, any::<bool>()), 2..40)) {
            let verdicts: Vec<Verdict> = losses.iter().map(|(loss, _)| verdict(f32::from(*loss), 0)).collect();
            let (mut sum, mut pairs) = (0.0, 0.0);
            for (a, wrong) in losses.iter().filter(|l| l.1) {
                let _ = wrong;
                for (b, _) in losses.iter().filter(|l| !l.1) {
                    pairs += 1.0;
                    sum += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            match auc(&verdicts, |i| losses[i].1) {
                Some(area) => prop_assert!((f64::from(area) - sum / pairs).abs() < 1e-6),
                None => prop_assert!(pairs == 0.0),
            }
        }
    }
}
