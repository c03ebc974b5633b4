//! Files as people bring them: a name and bytes, wherever they are from.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use std::fs;
use std::io::Read;
use std::path::Path;

/// A file that somebody brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// What it is called, for messages.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Brought {
    /// Reads a file, and no more than is taken of its kind and one byte: who takes it says that it is too large. A wish to stop is heard
    /// at once, whatever it is read from.
    ///
    /// # Errors
    /// It cannot be read; the user wants to stop.
    pub fn read(path: &Path, most: usize, context: &Context<'_>) -> Result<Brought> {
        let file = path.to_owned();
        let bytes = context.unless_stopped(move || {
            let mut bytes = Vec::new();
            let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
            let read = fs::File::open(&file).and_then(|file| file.take(most).read_to_end(&mut bytes));
            read.map(|_| bytes).map_err(|e| Error::unreadable(&file, &e))
        })??;
        Ok(Brought {
            name: path.display().to_string(),
            bytes,
        })
    }

    /// The same of an ordinary file: what is at the other end of a pipe nobody could look at again.
    ///
    /// # Errors
    /// It is none, or cannot be read.
    pub fn of_file(path: &Path, most: usize) -> Result<Brought> {
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let bytes = lake::sound::read_at_most(path, most).map_err(|e| Error::unreadable(path, &e))?;
        Ok(Brought {
            name: path.display().to_string(),
            bytes,
        })
    }

    /// Its name without the folder that it lies in.
    pub fn file_name(&self) -> &str {
        let name = Path::new(&self.name).file_name().and_then(|name| name.to_str());
        name.unwrap_or(&self.name)
    }

    /// The end of its name, which says of what form it is: `csv`.
    pub fn extension(&self) -> Option<&str> {
        Path::new(&self.name).extension().and_then(|end| end.to_str())
    }

    /// Its text.
    ///
    /// # Errors
    /// It is not in UTF-8: in which line that shows first.
    pub fn text(self) -> Result<String> {
        String::from_utf8(self.bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1;
            Error::bad_input(
                "input/encoding",
                format!("{}: line {line}: not in UTF-8", self.name),
            )
            .hint("convert it: `iconv -f ISO-8859-1 -t UTF-8` or `-f UTF-16`; of XML the declaration, too")
        })
    }
}
