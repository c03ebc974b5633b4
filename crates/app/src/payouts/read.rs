//! Reading a bank's answer from a file: its text, and what message it is. Nothing is decided here about what it means.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use payout::iso20022::{MAX_BYTES, ReadError, Statement, StatusReport, read_camt053, read_pain002};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often a wish to stop is looked for while a file is read and matched.
const LOOK_UP: Duration = Duration::from_millis(50);

/// A bank's message.
pub(super) enum Answer {
    /// A pain.002.
    Status(Box<StatusReport>),
    /// A camt.053.
    Statements(Vec<Statement>),
}

/// An answer, and the text of its file.
pub(super) fn answer(path: &Path, context: &Context<'_>) -> Result<(String, Answer)> {
    let file = path.to_owned();
    unless_stopped(context, move || read(&file))?
}

/// Does work of which nobody knows how long it takes. A wish to stop is heard at once: neither a pipe nor the reader of XML
/// can be told of it, so they are left behind.
pub(super) fn unless_stopped<T: Send + 'static>(
    context: &Context<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        // Nobody listens any more after a wish to stop.
        let _ = send.send(work());
    });
    loop {
        context.check()?;
        match receive.recv_timeout(LOOK_UP) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::bug(
                    "payout/answer",
                    "reading the answer ended without an answer",
                ));
            }
        }
    }
}

fn read(path: &Path) -> Result<(String, Answer)> {
    let text = text(path)?;
    let answer = message(&text).map_err(|error| {
        Error::bad_input("payout/answer", format!("{}: {error}", path.display()))
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

/// The text of a file, in UTF-8 and not larger than what is read.
fn text(path: &Path) -> Result<String> {
    let unreadable = |e: std::io::Error| Error::unreadable(path, &e);
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_BYTES {
        let reason = ReadError::TooLarge;
        return Err(Error::bad_input(
            "payout/answer",
            format!("{}: {reason}", path.display()),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("{}: line {line}: not in UTF-8", path.display());
        Error::bad_input("payout/encoding", message).hint(
            "ask the bank for UTF-8, or convert it and its XML declaration: `iconv -f ISO-8859-1 -t UTF-8` or `-f UTF-16`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::progress::Silent;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn work_that_does_not_end_is_left_behind() {
        let cancel = Arc::new(AtomicBool::new(false));
        let writes = AtomicBool::new(false);
        let now = jiff::Timestamp::UNIX_EPOCH;
        let context = Context {
            progress: &Silent,
            cancel: &cancel,
            now,
            clock: now,
            recorded: now.into(),
            writes: &writes,
            threads: 1,
            memory: None,
            user: "bob",
            way: "test",
            key: None,
            command: "payout import-answer",
        };
        assert_eq!(unless_stopped(&context, || 7).unwrap(), 7);
        // The wish to stop comes when the work has begun, and the work waits for what never comes.
        let (never, comes) = channel::<()>();
        let wish = Arc::clone(&cancel);
        let stopped = unless_stopped(&context, move || {
            wish.store(true, Ordering::Relaxed);
            comes.recv()
        });
        assert!(stopped.unwrap_err().to_string().contains("interrupted"));
        drop(never);
    }
}
