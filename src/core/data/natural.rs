//! Names of files in the order of people.

use std::cmp::Ordering;

/// Names in the order of people: `2` before `10`.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Vec<(u64, String)> {
        let mut parts = vec![(0u64, String::new())];
        for c in text.chars() {
            let last = parts.len() - 1;
            match c.to_digit(10) {
                Some(digit) if parts[last].1.is_empty() => {
                    parts[last].0 = parts[last].0.saturating_mul(10).saturating_add(u64::from(digit))
                }
                Some(digit) => parts.push((u64::from(digit), String::new())),
                None => parts[last].1.push(c),
            }
        }
        parts
    };
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_in_names_count() {
        let mut names = vec!["img10.png", "img2.png", "a", "10.jpg", "9.jpg", "img2b.png"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["a", "img2.png", "img2b.png", "img10.png", "9.jpg", "10.jpg"]);
    }
}
