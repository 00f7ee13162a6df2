//! Noise by a transition matrix: row = true class, column = given class, each row a distribution.

use std::path::Path;

use crate::error::{Error, Result};
use crate::rng;

/// Given labels, each drawn from the row of its true one.
pub fn flip(labels: &[u8], matrix: &[Vec<f64>], seed: u64) -> Vec<u8> {
    let draw = |(i, label): (usize, &u8)| {
        let mut rng = rng::stream(seed, "noise-matrix", i as u64, 0);
        super::draw_class(&matrix[usize::from(*label)], None, f64::from(rng::unit(&mut rng))) as u8
    };
    labels.iter().enumerate().map(draw).collect()
}

/// Reads a square matrix of `n` rows without a header, values parted by commas.
///
/// # Errors
/// No such file, another size, a value outside 0..=1, a row whose sum is not 1.
pub fn read(path: &Path, n: usize) -> Result<Vec<Vec<f64>>> {
    let text = std::fs::read_to_string(path).map_err(|fault| Error::data(path, format!("cannot be read: {fault}")))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let rows: Vec<Vec<f64>> = lines
        .map(|(at, line)| row(line, n).map_err(|what| Error::data(path, format!("line {}: {what}", at + 1))))
        .collect::<Result<_>>()?;
    if rows.len() != n {
        return Err(Error::data(path, format!("{} rows for {n} classes; write one row for each true class", rows.len())));
    }
    Ok(rows)
}

fn row(line: &str, n: usize) -> std::result::Result<Vec<f64>, String> {
    let values: Vec<f64> = line
        .split(',')
        .map(|cell| cell.trim().parse::<f64>().map_err(|_| format!("`{}` is not a number", cell.trim())))
        .collect::<std::result::Result<_, _>>()?;
    let sum: f64 = values.iter().sum();
    if values.len() != n {
        return Err(format!("{} values for {n} classes", values.len()));
    }
    if values.iter().any(|value| !(0.0..=1.0).contains(value)) || (sum - 1.0).abs() > 1e-3 {
        return Err(format!("not a distribution: its values sum to {sum:.4}, and each must be from 0 to 1"));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_rows() {
        let labels: Vec<u8> = (0..20_000).map(|i| (i % 2) as u8).collect();
        let given = flip(&labels, &[vec![0.7, 0.3], vec![0.0, 1.0]], 5);
        let wrong = labels.iter().zip(&given).filter(|(label, given)| label != given).count();
        assert!((wrong as f64 / 10_000.0 - 0.3).abs() < 0.02, "{wrong}");
        assert!(labels.iter().zip(&given).all(|(label, given)| *label == 0 || *given == 1));
    }

    #[test]
    fn bad_files_are_named_by_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        let fault = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path, 2).unwrap_err().to_string()
        };
        assert!(fault("1,0\n0.5,0.6\n").contains("line 2: not a distribution"));
        assert!(fault("1,0\n").contains("1 rows for 2 classes"));
        assert!(fault("1,0\nx,1\n").contains("`x` is not a number"));
        assert!(fault("1,0,0\n").contains("3 values"));
    }
}
