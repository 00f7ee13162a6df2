//! Whether a theme can be read: contrast with its ground, and colours that stay apart, also for people who see fewer.

use super::{ROLES, Role, Theme};

/// Least contrast of text. Source: WCAG 2.1, success criterion 1.4.3.
const TEXT: f64 = 4.5;
/// Least contrast of lines and signs. Source: WCAG 2.1, success criterion 1.4.11.
const LINE: f64 = 3.0;
/// Least distance of two curves of one chart in CIE Lab: below, only their letters tell them apart.
const APART: f64 = 12.0;

/// Curves that share a chart.
const PAIRS: [(Role, Role); 5] = [
    (Role::Clean, Role::Noisy),
    (Role::Clean, Role::Test),
    (Role::GroupA, Role::GroupB),
    (Role::GroupB, Role::GroupC),
    (Role::GroupA, Role::GroupC),
];

/// Ways to see, as linear maps of light; full severity. Source: Machado, Oliveira, Fernandes 2009, table 1.
const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
    ("full colour", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("protanopia", [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]]),
    ("deuteranopia", [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]]),
    ("tritanopia", [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]]),
];

/// What is found: a sentence, and whether it is a fault (else a remark: letters at the lines' ends make up for it).
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The sentence.
    pub text: String,
    /// Whether the theme should be changed.
    pub fault: bool,
}

/// Checks a theme of 24-bit colours; roles that are the terminal's own text cannot be judged and are passed over.
pub fn check(theme: &Theme) -> Vec<Finding> {
    let mut found = Vec::new();
    for (i, name) in ROLES.iter().enumerate() {
        let (ink, ground) = theme.ink(i);
        // Raw points and borders stand back on purpose.
        let least = match *name {
            "border" | "raw" | "selection" | "overlay" => continue,
            "text" | "muted" | "error" | "warn" | "ok" => TEXT,
            _ => LINE,
        };
        let ratio = contrast(ink, ground);
        if ink != [0; 3] && ratio < least {
            found.push(Finding { text: format!("{name}: contrast {ratio:.1} with the ground, {least} are needed"), fault: true });
        }
    }
    for (a, b) in PAIRS {
        let (one, other) = (theme.ink(a as usize).0, theme.ink(b as usize).0);
        if one == [0; 3] || other == [0; 3] {
            continue;
        }
        for (sight, matrix) in SIGHTS {
            let distance = distance(seen(one, &matrix), seen(other, &matrix));
            if distance < APART {
                let (a, b) = (ROLES[a as usize], ROLES[b as usize]);
                let text = format!("{a} and {b}: distance {distance:.0} with {sight}, told apart by their letters only");
                found.push(Finding { text, fault: sight == "full colour" });
            }
        }
    }
    found
}

fn linear(value: u8) -> f64 {
    let v = f64::from(value) / 255.0;
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// WCAG contrast ratio, 1 to 21.
pub fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let light = |c: [u8; 3]| 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
    let (a, b) = (light(a), light(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn seen(color: [u8; 3], matrix: &[[f64; 3]; 3]) -> [f64; 3] {
    let light = color.map(linear);
    matrix.map(|row| row.iter().zip(light).map(|(m, v)| m * v).sum::<f64>().clamp(0.0, 1.0))
}

/// CIE76 distance of two linear colours.
fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let lab = |[r, g, b]: [f64; 3]| {
        let x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505;
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089;
        let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
    };
    let (a, b) = (lab(a), lab(b));
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::{Depth, Themes};
    use super::*;

    #[test]
    fn known_contrasts() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        assert!((contrast([0xD0; 3], [0x12; 3]) - 12.1).abs() < 0.1);
    }

    #[test]
    fn the_programs_themes_can_be_read() {
        let themes = Themes::default();
        for name in themes.names() {
            let found = check(&themes.load(&name, Depth::True).unwrap());
            let faults: Vec<_> = found.iter().filter(|finding| finding.fault).collect();
            assert!(faults.is_empty(), "{name}: {faults:?}");
        }
    }

    #[test]
    fn a_theme_that_cannot_be_read_is_told() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("faint.toml"), "inherits = \"dark\"\n[roles]\ntext = \"#333333\"\nnoisy = \"#5FAFF0\"").unwrap();
        let theme = Themes::new(Some(dir.path().into())).load("faint", Depth::True).unwrap();
        let all = check(&theme).into_iter().map(|finding| finding.text).collect::<Vec<_>>().join("\n");
        assert!(all.contains("text: contrast") && all.contains("clean and noisy: distance"), "{all}");
    }
}
