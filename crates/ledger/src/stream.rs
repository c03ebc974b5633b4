//! Which money it is: the program it was earned with, and where it has its source.

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
}

impl Stream {
    /// Money of a program from a source.
    pub fn new(program: impl Into<Arc<str>>, source: Source) -> Self {
        Self {
            program: program.into(),
            source,
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
        write!(f, "{}/{}", self.program, self.source.name())
    }
}

impl FromStr for Stream {
    type Err = String;

    /// Reads `PROGRAM/us` or `PROGRAM/other`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no_stream =
            || format!("`{text}` is no program and source: write `PROGRAM/us` or `PROGRAM/other`");
        let (program, source) = text.rsplit_once('/').ok_or_else(no_stream)?;
        let stream = Self::new(program, source.parse()?);
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
            assert_eq!(stream.to_string().parse(), Ok(stream));
        }
        for wrong in ["us", "/us", "fund/de", "Fund/us", "a b/us", "a/b/us", "a:b/us"] {
            assert!(wrong.parse::<Stream>().is_err(), "{wrong}");
        }
        assert!(!Stream::new("p".repeat(65), Source::Us).is_well_formed());
    }
}
