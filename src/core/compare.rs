//! Runs side by side: those that differ in nothing but their seed are one row, mean ± standard deviation.

mod html;
pub use html::html;

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::event::{EpochSummary, Outcome, Report};
use crate::log;
use crate::rundir::RunDir;
use crate::spec::Spec;
use crate::state::{Phase, RunState};
use crate::table::Table;

/// What is compared of a run.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Its id.
    pub id: String,
    /// Its recipe.
    pub spec: Spec,
    /// Its epochs.
    pub epochs: Vec<EpochSummary>,
    /// Mean shares of the groups of each epoch, where they were measured.
    pub shares: Vec<Option<[f64; 3]>>,
    /// Live changes.
    pub tuned: u32,
    /// Whether it came to its end.
    pub done: bool,
}

impl Compared {
    /// Reads a run's files.
    ///
    /// # Errors
    /// No readable run, or no finished epoch.
    pub fn read(run: &RunDir) -> Result<Self> {
        Self::of(run, &log::read(run)?.reports)
    }

    /// Puts together what a run's log tells.
    ///
    /// # Errors
    /// No readable recipe, or no finished epoch.
    pub fn of(run: &RunDir, reports: &[Report]) -> Result<Self> {
        let (spec, _) = run.read_spec()?;
        let mut state = RunState::default();
        let mut sums: BTreeMap<u32, ([f64; 3], u32)> = BTreeMap::new();
        for report in reports {
            state.apply(report);
            if let Report::Step(sample) = report
                && let (Some(a), Some(b), Some(c)) = (sample.group_a, sample.group_b, sample.group_c)
            {
                let (sum, n) = sums.entry(sample.epoch).or_default();
                *sum = [sum[0] + f64::from(a), sum[1] + f64::from(b), sum[2] + f64::from(c)];
                *n += 1;
            }
        }
        if state.epochs.is_empty() {
            return Err(Error::Failed(format!("run {} has no finished epoch to compare", run.id())));
        }
        let shares = state.epochs.iter().map(|epoch| sums.get(&epoch.epoch).map(|(sum, n)| sum.map(|part| part / f64::from(*n)))).collect();
        let done = matches!(state.phase, Phase::Ended(Outcome::Done));
        Ok(Self { id: run.id(), spec, epochs: state.epochs, shares, tuned: state.tuned, done })
    }

    /// Test accuracy of the last epoch, of the best one, and of the best one by noisy validation.
    fn accuracies(&self) -> [Option<f64>; 3] {
        let by = |key: fn(&EpochSummary) -> Option<f64>| {
            let measured = self.epochs.iter().filter_map(|epoch| key(epoch).map(|value| (value, epoch.eval_acc)));
            // Of equal ones the first, as early stopping would.
            measured.fold(None, |best: Option<(f64, f64)>, now| if best.is_none_or(|best| now.0 > best.0) { Some(now) } else { best })
        };
        let last = self.epochs.last().map(|epoch| epoch.eval_acc);
        [last, by(|epoch| Some(epoch.eval_acc)).map(|best| best.1), by(|epoch| epoch.val_acc).map(|best| best.1)]
    }
}

/// Runs that differ in nothing but seed and name.
#[derive(Debug)]
pub struct Group<'a> {
    /// What sets it apart from the other groups.
    pub label: String,
    /// Its runs.
    pub runs: Vec<&'a Compared>,
}

/// Groups in the order of their first runs, each named by what differs between them.
pub fn groups(runs: &[Compared]) -> Vec<Group<'_>> {
    let mut found: Vec<(BTreeMap<String, String>, Vec<&Compared>)> = Vec::new();
    for run in runs {
        let mut keys = flat(&run.spec);
        keys.retain(|key, _| key != "seed" && key != "name");
        match found.iter_mut().find(|(known, _)| *known == keys) {
            Some((_, members)) => members.push(run),
            None => found.push((keys, vec![run])),
        }
    }
    let differs = |key: &String| found.iter().any(|(keys, _)| keys.get(key) != found[0].0.get(key));
    let keys: Vec<String> = found.first().map(|(keys, _)| keys.keys().filter(|key| differs(key)).cloned().collect()).unwrap_or_default();
    // What more than half of the groups share goes without saying.
    let usual = |key: &String, value: &String| 2 * found.iter().filter(|(keys, _)| keys.get(key) == Some(value)).count() > found.len();
    let label = |own: &BTreeMap<String, String>, whole: bool| {
        // The name of the method says most, so it comes first.
        let mut words: Vec<String> = keys.iter().filter(|key| *key == "method.name").map(|key| own[key].clone()).collect();
        let short = |key: &String| key.split_once('.').map_or(key.as_str(), |(_, rest)| rest).to_owned();
        let told = |key: &&String| *key != "method.name" && (whole || !usual(key, &own[*key]));
        words.extend(keys.iter().filter(told).map(|key| format!("{} {}", short(key), own[key])));
        if words.is_empty() { own["method.name"].clone() } else { words.join(", ") }
    };
    let labels_of = |whole: bool| found.iter().map(|(keys, _)| label(keys, whole)).collect::<Vec<_>>();
    let unique = |labels: &Vec<String>| labels.iter().collect::<std::collections::BTreeSet<_>>().len() == labels.len();
    let labels = Some(labels_of(false)).filter(unique).unwrap_or_else(|| labels_of(true));
    found.into_iter().zip(labels).map(|((_, runs), label)| Group { label, runs }).collect()
}

/// Every key of a recipe with its value as text.
fn flat(spec: &Spec) -> BTreeMap<String, String> {
    let Ok(toml::Value::Table(table)) = toml::Value::try_from(spec) else { return BTreeMap::new() };
    let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    table
        .into_iter()
        .flat_map(|(section, value)| match value {
            toml::Value::Table(keys) => keys.iter().map(|(key, value)| (format!("{section}.{key}"), text(value))).collect::<Vec<_>>(),
            value => vec![(section, text(&value))],
        })
        .collect()
}

/// Mean and sample standard deviation, in percent: `70.1 ± 0.4`, or `70.1` of one; `-` of none.
fn percent(values: &[f64]) -> String {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    match values.len() {
        0 => "-".into(),
        1 => format!("{:.1}", 100.0 * mean),
        _ => {
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
            format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * variance.sqrt())
        }
    }
}

/// The table of runs: test accuracy last, best and best by noisy validation; clean and noisy training accuracy at the end.
pub fn table(runs: &[Compared]) -> Table {
    let header = ["run", "seeds", "test, last", "test, best", "by noisy val.", "clean, last", "noisy, last"].map(str::to_owned).to_vec();
    let row = |group: &Group<'_>| {
        let accuracy = |which: usize| percent(&group.runs.iter().filter_map(|run| run.accuracies()[which]).collect::<Vec<_>>());
        let last = |key: fn(&EpochSummary) -> Option<f64>| {
            percent(&group.runs.iter().filter_map(|run| run.epochs.last().and_then(key)).collect::<Vec<_>>())
        };
        let changes: u32 = group.runs.iter().map(|run| run.tuned).sum();
        let tuned = if changes > 0 { format!(" (tuned ×{changes})") } else { String::new() };
        let open = group.runs.iter().filter(|run| !run.done).count();
        let open = if open > 0 { format!(" ({open} not finished)") } else { String::new() };
        vec![
            format!("{}{tuned}{open}", group.label),
            group.runs.len().to_string(),
            accuracy(0),
            accuracy(1),
            accuracy(2),
            last(|epoch| epoch.clean_acc),
            last(|epoch| epoch.noisy_acc),
        ]
    };
    Table { header, rows: groups(runs).iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(method: &str, seed: u64, accs: &[f64], vals: &[f64]) -> Compared {
        let mut spec = Spec { seed, name: format!("{method}-{seed}"), ..Spec::default() };
        spec.method.name = method.into();
        let epoch = |i: usize| EpochSummary {
            epoch: i as u32,
            eval_acc: accs[i],
            val_acc: vals.get(i).copied(),
            noisy_acc: Some(0.1 * i as f64),
            ..EpochSummary::default()
        };
        let epochs: Vec<EpochSummary> = (0..accs.len()).map(epoch).collect();
        Compared { id: spec.name.clone(), spec, shares: vec![None; epochs.len()], epochs, tuned: 0, done: true }
    }

    #[test]
    fn seeds_are_one_row_with_mean_and_deviation() {
        let runs = [
            run("sam", 1, &[0.5, 0.7, 0.6], &[0.3, 0.2, 0.1]),
            run("sgd", 1, &[0.4, 0.4, 0.4], &[]),
            run("sam", 2, &[0.5, 0.8, 0.8], &[0.1, 0.3, 0.2]),
        ];
        let table = table(&runs);
        assert_eq!(table.rows[0], ["sam", "2", "70.0 ± 14.1", "75.0 ± 7.1", "65.0 ± 21.2", "-", "20.0 ± 0.0"]);
        assert_eq!(table.rows[1], ["sgd", "1", "40.0", "40.0", "-", "-", "20.0"]);
    }

    #[test]
    fn labels_tell_what_differs_and_marks_tell_what_is_special() {
        let mut runs = [run("saner", 1, &[0.5], &[]), run("saner", 1, &[0.5], &[]), run("sam", 1, &[0.5], &[])];
        runs[1].spec.method.alpha = 0.25;
        (runs[1].tuned, runs[2].done) = (3, false);
        let rows: Vec<String> = table(&runs).rows.into_iter().map(|row| row[0].clone()).collect();
        assert_eq!(rows, ["saner", "saner, alpha 0.25 (tuned ×3)", "sam (1 not finished)"]);
    }
}
