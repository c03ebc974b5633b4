//! The two embedded fonts and those that stand in for what they lack, and how wide text is in them.

use crate::{FontFile, PaperError};
use krilla::text::Font;
use rustybuzz::{Face as Parsed, UnicodeBuffer, ttf_parser};
use std::collections::BTreeSet;

const REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.ttf");

/// Which of the embedded fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Running text.
    Regular,
    /// Headings and totals.
    Bold,
}

/// A font to measure and to draw with.
struct Pair<'a> {
    parsed: Parsed<'a>,
    font: Font,
}

impl Pair<'_> {
    fn has(&self, character: char) -> bool {
        self.parsed.glyph_index(character).is_some()
    }

    /// In parts of the font size.
    fn advance(&self, character: char) -> f32 {
        let glyph = self
            .parsed
            .glyph_index(character)
            .unwrap_or(ttf_parser::GlyphId(0));
        let units = self.parsed.glyph_hor_advance(glyph).unwrap_or(0);
        f32::from(units) / self.units_per_em()
    }

    fn units_per_em(&self) -> f32 {
        f32::from(ttf_parser::Face::units_per_em(&self.parsed))
    }

    /// In parts of the font size, of a text whose letters join: each is as wide as its neighbours make it.
    fn joined(&self, text: &str) -> f32 {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let shaped = rustybuzz::shape(&self.parsed, &[], buffer);
        let units: i32 = shaped.glyph_positions().iter().map(|glyph| glyph.x_advance).sum();
        units as f32 / self.units_per_em()
    }
}

/// All fonts: the embedded ones, and others in the order in which they are asked.
pub struct Fonts<'a> {
    regular: Pair<'a>,
    bold: Pair<'a>,
    others: Vec<Pair<'a>>,
}

/// A part of a text that one font draws in one direction.
pub struct Run<'t> {
    /// The part.
    pub text: &'t str,
    /// Its font.
    pub font: Font,
    /// How wide it is, in points.
    pub width: f32,
}

/// What a run has in common: its font, by its place among those that are asked, and its direction.
type Manner = (usize, bool);

impl<'a> Fonts<'a> {
    /// Reads the embedded fonts and those of files. Errors: a file that is no font.
    pub fn new(files: &'a [FontFile]) -> Result<Self, PaperError> {
        let embedded = |bytes| {
            read(bytes, 0).map_err(|what| PaperError::Page(format!("the embedded font is damaged: {what}")))
        };
        let other = |file: &'a FontFile| {
            read(&file.bytes, file.face).map_err(|reason| PaperError::Font {
                name: file.name.clone(),
                reason,
            })
        };
        Ok(Self {
            regular: embedded(REGULAR)?,
            bold: embedded(BOLD)?,
            others: files.iter().map(other).collect::<Result<_, _>>()?,
        })
    }

    /// The fonts in the order in which they are asked for a character.
    fn asked(&self, face: Face) -> impl Iterator<Item = &Pair<'a>> {
        let embedded = match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        };
        std::iter::once(embedded).chain(&self.others)
    }

    /// The font that draws a character: the first that has it, else the embedded one, which draws a box.
    fn of(&self, face: Face, character: char) -> usize {
        self.asked(face).position(|pair| pair.has(character)).unwrap_or(0)
    }

    /// Takes a text apart, so that each part is drawn by one font in one direction. Signs and spaces go with what is before
    /// them where its font has them.
    pub fn runs<'t>(&self, face: Face, size: f32, text: &'t str) -> Vec<Run<'t>> {
        let fonts: Vec<&Pair<'a>> = self.asked(face).collect();
        let mut runs: Vec<(Manner, usize)> = Vec::new();
        for (at, character) in text.char_indices() {
            let last = runs.last().map(|(manner, _)| *manner);
            let manner = match last {
                Some(last) if is_unseen(character) => last,
                Some(last @ (font, false)) if !character.is_alphanumeric() && fonts[font].has(character) => {
                    last
                }
                // A sign within a text from right to left belongs to it, one after it does not.
                Some(last @ (font, true))
                    if !character.is_alphanumeric()
                        && fonts[font].has(character)
                        && goes_on_leftwards(&text[at..]) =>
                {
                    last
                }
                _ => (self.of(face, character), is_leftward(character)),
            };
            if last != Some(manner) {
                runs.push((manner, at));
            }
        }
        let ends = runs.iter().skip(1).map(|(_, start)| *start).chain([text.len()]);
        runs.iter()
            .zip(ends)
            .map(|(((font, leftward), start), end)| {
                let (text, pair) = (&text[*start..end], fonts[*font]);
                let seen = text.chars().filter(|character| !is_unseen(*character));
                let width = match leftward {
                    true => pair.joined(text),
                    false => seen.map(|character| pair.advance(character)).sum(),
                };
                Run {
                    text,
                    font: pair.font.clone(),
                    width: width * size,
                }
            })
            .collect()
    }

    /// The width of a text in points.
    pub fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        self.runs(face, size, text).iter().map(|run| run.width).sum()
    }

    /// Characters of a text that no font has.
    pub fn missing(&self, face: Face, text: &str) -> BTreeSet<char> {
        let shown = text.chars().filter(|character| !is_unseen(*character));
        shown
            .filter(|character| !self.asked(face).any(|pair| pair.has(*character)))
            .collect()
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

/// Characters that say how others are shown, and are not shown themselves.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

/// Characters of scripts that are written from right to left: Hebrew, Arabic and others of their blocks.
fn is_leftward(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Whether the next letter or digit is written from right to left.
fn goes_on_leftwards(text: &str) -> bool {
    text.chars()
        .find(|character| character.is_alphanumeric())
        .is_some_and(is_leftward)
}

fn read(bytes: &[u8], face: u32) -> Result<Pair<'_>, String> {
    let parsed =
        Parsed::from_slice(bytes, face).ok_or("it is neither TrueType nor OpenType, or has no such face")?;
    let font = Font::new(bytes.to_vec().into(), face).ok_or("it cannot be embedded")?;
    Ok(Pair { parsed, font })
}
