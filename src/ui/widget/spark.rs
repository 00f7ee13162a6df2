//! A curve of fractions in one row of characters.

/// Blocks of eight heights.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Fractions (0..=1) as blocks, the whole of them in at most `width` characters: of the values that share one the last
/// counts.
pub fn spark(values: &[f64], width: usize) -> String {
    let by = values.len().div_ceil(width.max(1)).max(1);
    let cell = |chunk: &[f64]| chunk.last().map_or(' ', |value| BARS[((value.clamp(0.0, 1.0) * 8.0) as usize).min(7)]);
    values.chunks(by).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_eighths_and_many_values_share_a_character() {
        assert_eq!(spark(&[0.0, 0.5, 1.0, 7.0], 10), "▁▅██");
        assert_eq!(spark(&[0.0, 1.0, 0.0, 0.5], 2), "█▅");
        assert_eq!(spark(&[], 5), "");
    }
}
