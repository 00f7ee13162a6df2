//! Numbers as short text of foreseeable width.

/// Three significant digits or so: `0.641`, `12.3`, `5.0e-4`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "NaN".into()
    } else if value == 0.0 {
        "0".into()
    } else if !(1e-3..1e5).contains(&size) {
        format!("{value:.1e}")
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}

/// A fraction as percent without the sign: `92.4`; a dash where there is none.
pub fn percent(fraction: Option<f64>) -> String {
    fraction.map_or_else(|| "-".into(), |value| format!("{:.1}", 100.0 * value))
}

/// `950`, `14.3k`, `2.1M`.
pub fn count(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{:.1}k", n as f64 / 1e3),
        _ => format!("{:.1}M", n as f64 / 1e6),
    }
}

/// Local time of day of a Unix time.
pub fn clock(unix: f64) -> String {
    local(unix).map_or_else(|| "--:--:--".into(), |time| time.strftime("%H:%M:%S").to_string())
}

fn local(unix: f64) -> Option<jiff::Zoned> {
    Some(jiff::Timestamp::from_second(unix as i64).ok()?.to_zoned(jiff::tz::TimeZone::system()))
}

/// Seconds that local time is ahead of UTC then.
pub fn offset(unix: f64) -> f64 {
    local(unix).map_or(0.0, |time| f64::from(time.offset().seconds()))
}

/// Local time of an axis whose labels are so many seconds apart: with seconds, without, or the day alone.
pub fn clock_label(unix: f64, apart: f64) -> String {
    let form = match apart {
        ..60.0 => "%H:%M:%S",
        86_400.0.. => "%b %d",
        _ => "%H:%M",
    };
    local((unix + 0.5).floor()).map_or_else(String::new, |time| time.strftime(form).to_string())
}

/// Number of the line, from 1, that holds a byte of a text.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// Text that may hold anything a person or a file said, without control characters.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!([0.0005, 0.641, 12.34, 123.4, 0.0].map(number), ["5.0e-4", "0.641", "12.3", "123", "0"]);
        assert_eq!(count(14_330), "14.3k");
        assert_eq!(percent(None), "-");
        assert_eq!(plain("a\u{1b}[31mb"), "a·[31mb");
    }
}
