//! An SVG as a PNG. With fonts of its own: a GPU box has none.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::error::{Error, Result};

/// Widest and highest picture, in dots: one that is greater is a mistake, and would take all of the memory.
const MOST: u32 = 16_384;

/// Dots for each unit of an SVG: sharp on a screen of twice the density, and in print.
pub const SHARP: f32 = 2.0;

/// Draws an SVG at `scale` dots for each of its units.
///
/// # Errors
/// It is no SVG, or would be empty or too large.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>> {
    let failed = |what: String| Error::Failed(format!("the picture cannot be drawn as PNG: {what}"));
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.load_font_data(epaint_default_fonts::HACK_REGULAR.to_vec());
    let name_of = |family: usize| fonts.faces().nth(family).and_then(|face| Some(face.families.first()?.0.clone()));
    let (sans, mono) = (name_of(0).unwrap_or_default(), name_of(1).unwrap_or_default());
    fonts.set_sans_serif_family(sans.clone());
    fonts.set_monospace_family(mono);
    options.font_family = sans;
    let tree = Tree::from_str(svg, &options).map_err(|fault| failed(fault.to_string()))?;
    let [width, height] = [tree.size().width(), tree.size().height()].map(|side| (side * scale).ceil() as u32);
    if width > MOST || height > MOST {
        return Err(failed(format!("{width}x{height} dots are more than {MOST} a side")));
    }
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| failed("it is empty".into()))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|fault| failed(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Share of dots that are dark, over a white ground.
    fn dark(svg: &str) -> f64 {
        let bytes = png(svg, 1.0).unwrap();
        let image = image::load_from_memory(&bytes).unwrap().into_luma8();
        image.pixels().filter(|p| p.0[0] < 128).count() as f64 / f64::from(image.width() * image.height())
    }

    fn page(inside: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"40\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>{inside}</svg>"
        )
    }

    #[test]
    fn shapes_and_letters_are_drawn_without_any_font_of_the_machine() {
        assert!((dark(&page("<rect width=\"50\" height=\"40\"/>")) - 0.5).abs() < 0.01);
        assert_eq!(dark(&page("")), 0.0);
        for family in ["sans-serif", "monospace", "No Such Font, monospace"] {
            let share = dark(&page(&format!("<text x=\"4\" y=\"30\" font-family=\"{family}\" font-size=\"30\">HHHH</text>")));
            assert!(share > 0.05, "{family}: {share}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(png("<svg", 1.0).is_err());
        let huge = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9000\" height=\"10\"/>";
        assert!(png(huge, 2.0).unwrap_err().to_string().contains("16384"));
    }
}
