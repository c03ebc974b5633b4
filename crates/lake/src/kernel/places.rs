//! Countries as 16-bit codes: two capital letters are their own code, other texts are numbered.

use super::KernelError;
use std::sync::{Arc, Mutex};

/// The code of the unknown country, `""`.
pub(crate) const UNKNOWN: u16 = 0;
const FIRST_NUMBERED: u16 = 0x8000;
const LIMIT: usize = 0x7fff;

/// Is the code that of two capital letters, or of the unknown country? Such codes are in the order of their texts.
pub(crate) const fn is_letters(code: u16) -> bool {
    code < FIRST_NUMBERED
}

/// Texts that are not two capital letters, in the order in which they were met.
#[derive(Debug, Default)]
pub(crate) struct Places {
    others: Mutex<Vec<Arc<str>>>,
}

impl Places {
    /// The code of a country.
    pub(crate) fn code(&self, text: &str) -> Result<u16, KernelError> {
        match text.as_bytes() {
            [] => return Ok(UNKNOWN),
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => return Ok(u16::from_be_bytes([*a, *b])),
            _ => {}
        }
        let mut others = self.others.lock().expect("no thread panics while numbering");
        let known = others.iter().position(|other| &**other == text);
        let index = match known {
            Some(index) => index,
            None if others.len() == LIMIT => {
                return Err(KernelError::TooManyCountries {
                    limit: LIMIT,
                    country: text.to_owned(),
                });
            }
            None => {
                others.push(Arc::from(text));
                others.len() - 1
            }
        };
        Ok(FIRST_NUMBERED + index as u16)
    }

    /// The text of a code.
    pub(crate) fn text(&self, code: u16) -> Arc<str> {
        match code {
            UNKNOWN => Arc::from(""),
            FIRST_NUMBERED.. => {
                let others = self.others.lock().expect("no thread panics while numbering");
                Arc::clone(&others[usize::from(code - FIRST_NUMBERED)])
            }
            letters => Arc::from(letters.to_be_bytes().map(char::from).iter().collect::<String>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_for_texts() {
        let places = Places::default();
        for text in ["", "US", "ZZ", "us", "United States", "A"] {
            let code = places.code(text).unwrap();
            assert_eq!(&*places.text(code), text);
            assert_eq!(places.code(text).unwrap(), code);
        }
    }
}
