//! What message of a bank's a file is. Nothing is decided here about what it means.

use crate::base::brought::Brought;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use payout::iso20022::{MAX_BYTES, ReadError, Statement, StatusReport, read_camt053, read_pain002};

/// A bank's message.
pub(super) enum Answer {
    /// A pain.002.
    Status(Box<StatusReport>),
    /// A camt.053.
    Statements(Vec<Statement>),
}

/// An answer, and the text of its file.
pub(super) fn answer(file: Brought, context: &Context<'_>) -> Result<(String, Answer)> {
    let name = file.name.clone();
    if file.bytes.len() > MAX_BYTES {
        let reason = ReadError::TooLarge;
        return Err(Error::bad_input("payout/answer", format!("{name}: {reason}")));
    }
    let text = file.text()?;
    let read = context.unless_stopped(move || {
        let answer = message(&text);
        (text, answer)
    });
    let (text, answer) = read?;
    let answer = answer.map_err(|error| {
        Error::bad_input("payout/answer", format!("{name}: {error}"))
            .hint("pain.002 from version 03 and camt.053 from version 02 are read")
    })?;
    Ok((text, answer))
}

fn message(text: &str) -> std::result::Result<Answer, ReadError> {
    match text.contains("BkToCstmrStmt") {
        true => read_camt053(text).map(Answer::Statements),
        false => read_pain002(text).map(|report| Answer::Status(Box::new(report))),
    }
}
