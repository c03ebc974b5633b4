//! The two embedded fonts, and how wide text is in them.

use crate::PaperError;
use krilla::text::Font;
use ttf_parser::Face as Parsed;

const REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.ttf");

/// Which of the fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Running text.
    Regular,
    /// Headings and totals.
    Bold,
}

/// Both fonts, to measure and to draw with.
pub struct Fonts {
    regular: (Parsed<'static>, Font),
    bold: (Parsed<'static>, Font),
}

impl Fonts {
    /// Reads the embedded fonts.
    pub fn embedded() -> Result<Self, PaperError> {
        Ok(Self {
            regular: read(REGULAR)?,
            bold: read(BOLD)?,
        })
    }

    fn pair(&self, face: Face) -> &(Parsed<'static>, Font) {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }

    /// The font to draw with.
    pub fn font(&self, face: Face) -> Font {
        self.pair(face).1.clone()
    }

    /// The width of a text in points.
    pub fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        let (parsed, _) = self.pair(face);
        let advance = |c: char| {
            let glyph = parsed.glyph_index(c).unwrap_or(ttf_parser::GlyphId(0));
            u32::from(parsed.glyph_hor_advance(glyph).unwrap_or(0))
        };
        let units: u32 = text.chars().map(advance).sum();
        units as f32 * size / f32::from(parsed.units_per_em())
    }

    /// The text, cut with an ellipsis where it is wider than `width`.
    pub fn cut(&self, face: Face, size: f32, text: &str, width: f32) -> String {
        if self.width(face, size, text) <= width {
            return text.to_owned();
        }
        let mut kept: String = text.to_owned();
        while kept.pop().is_some() {
            let shown = format!("{}…", kept.trim_end());
            if self.width(face, size, &shown) <= width {
                return shown;
            }
        }
        String::new()
    }
}

fn read(bytes: &'static [u8]) -> Result<(Parsed<'static>, Font), PaperError> {
    let broken = |what: &str| PaperError::Page(format!("the embedded font is damaged: {what}"));
    let parsed = Parsed::parse(bytes, 0).map_err(|e| broken(&e.to_string()))?;
    let font = Font::new(bytes.to_vec().into(), 0).ok_or_else(|| broken("it cannot be embedded"))?;
    Ok((parsed, font))
}
