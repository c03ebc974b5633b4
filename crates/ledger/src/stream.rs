//! Which money it is: the program it was earned with, where it has its source, and by whom it was earned where somebody else collects it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest program id, in bytes: as long as programs may be called.
const MAX_PROGRAM: usize = 64;

/// Where money has its source, for the tax that is withheld of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Anywhere but in the United States.
    Other,
    /// The United States.
    Us,
}

impl Source {
    /// Every source, in the order in which accounts are listed.
    pub const ALL: [Source; 2] = [Source::Other, Source::Us];

    /// The word in stores, accounts and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Source::Other => "other",
            Source::Us => "us",
        }
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|source| source.name() == text);
        found.ok_or_else(|| format!("`{text}` is no source of money: it is `us` or `other`"))
    }
}

/// The program and the source that a creator's money is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream {
    /// The program's id.
    pub program: Arc<str>,
    /// The source.
    pub source: Source,
    /// The creator who earned it, where that is another than the account's owner.
    pub earner: Option<Arc<str>>,
}

impl Stream {
    /// Money of a program from a source.
    pub fn new(program: impl Into<Arc<str>>, source: Source) -> Self {
        Self {
            program: program.into(),
            source,
            earner: None,
        }
    }

    /// The same money as another one earned it.
    #[must_use]
    pub fn earned_by(self, earner: impl Into<Arc<str>>) -> Self {
        Self {
            earner: Some(earner.into()),
            ..self
        }
    }

    /// Whether the program is called as programs may be: lower-case letters, digits and hyphens. So no separator of an account's
    /// name stands in it.
    pub fn is_well_formed(&self) -> bool {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=MAX_PROGRAM).contains(&self.program.len()) && self.program.bytes().all(allowed)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.program, self.source.name())?;
        let Some(earner) = &self.earner else {
            return Ok(());
        };
        f.write_str("/")?;
        for byte in earner.bytes() {
            match is_plain(byte) {
                true => write!(f, "{}", char::from(byte))?,
                false => write!(f, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

/// Whether a byte of an earner's id stands as it is; others are `%` and two hexadecimal digits. So no space, which ends a stream, stands in
/// it.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'%'
}

/// The earner that is written so; none: nobody is.
fn earner(written: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let is_digit = |digit: &u8| digit.is_ascii_digit() || (b'A'..=b'F').contains(digit);
                let hex = std::str::from_utf8(&digits)
                    .ok()
                    .filter(|_| digits.iter().all(is_digit))?;
                Some(u8::from_str_radix(hex, 16).ok()?).filter(|byte| !is_plain(*byte))?
            }
            byte => Some(byte).filter(|byte| is_plain(*byte))?,
        });
    }
    String::from_utf8(bytes).ok().filter(|earner| !earner.is_empty())
}

impl FromStr for Stream {
    type Err = String;

    /// Reads `PROGRAM/us`, `PROGRAM/other`, or either with `/EARNER` behind it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no_stream =
            || format!("`{text}` is no program and source: write `PROGRAM/us` or `PROGRAM/other`");
        let mut parts = text.splitn(3, '/');
        let (Some(program), Some(source)) = (parts.next(), parts.next()) else {
            return Err(no_stream());
        };
        let mut stream = Self::new(program, source.parse()?);
        if let Some(written) = parts.next() {
            stream = stream.earned_by(earner(written).ok_or_else(no_stream)?);
        }
        match stream.is_well_formed() {
            true => Ok(stream),
            false => Err(no_stream()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_reads_back() {
        for source in Source::ALL {
            let stream = Stream::new("creator-fund-2", source);
            assert_eq!(stream.to_string().parse(), Ok(stream.clone()));
            for earner in ["mira", "a/b c%20", "ü \u{1f3b8}", "us"] {
                let stream = stream.clone().earned_by(earner);
                assert!(!stream.to_string().contains(' '));
                assert_eq!(stream.to_string().parse(), Ok(stream));
            }
        }
        let duo = Stream::new("fund", Source::Us).earned_by("the duo");
        assert_eq!(duo.to_string(), "fund/us/the%20duo");
        for wrong in [
            "us", "/us", "fund/de", "Fund/us", "a b/us", "a/b/us", "a:b/us", "a/us/", "a/us/%2", "a/us/%61",
            "a/us/%0a", "a/us/%FF", "a/us/b c",
        ] {
            assert!(wrong.parse::<Stream>().is_err(), "{wrong}");
        }
        assert!(!Stream::new("p".repeat(65), Source::Us).is_well_formed());
    }
}
