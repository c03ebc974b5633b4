//! Write the books for other people's programs: one transaction at a time, from one state of the store.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::files::{must_be_replaceable, sync_folder};
use ::ledger::Posting;
use ::ledger::export::{Exported, Format, Writer, Written};
use lake::unique;
use std::fmt;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use store::{AccountFilter, StoredPosting, StoredTransaction};

/// Transactions between two looks at the progress bar and at Ctrl-C.
const STRIDE: u64 = 1_000;

/// Writes the books. Accounts and balances are those of one state of the store, whoever writes to it meanwhile.
pub fn export(
    workspace: &Workspace,
    format: Format,
    out: impl Write,
    context: &Context<'_>,
) -> Result<Written> {
    let books = workspace.books()?;
    books.read(|tx| {
        let mut sink = Sink {
            out: BufWriter::new(out),
            failed: None,
        };
        let accounts = tx.accounts(&AccountFilter::default())?;
        let all = tx.head()?.transaction;
        context.progress.stage("exporting the books", Some(all));
        let accounts = accounts.iter().map(|state| &state.account);
        let mut writer = Writer::begin(format, &mut sink, accounts).map_err(|_| interrupted())?;
        tx.journal(|transaction| {
            if transaction.number % STRIDE == 0 {
                context.check()?;
                context.progress.position(transaction.number);
            }
            write_one(&mut writer, transaction).map_err(|_| interrupted())
        })
        .and_then(|()| {
            writer
                .finish()
                .map(|(_, written)| written)
                .map_err(|_| interrupted())
        })
        .and_then(|written| {
            sink.out.flush().map_err(|error| cannot_write(&error))?;
            Ok(written)
        })
        // What the output said is the reason; the formatter knows only that there was one.
        .map_err(|error| sink.failed.take().map_or(error, |reason| cannot_write(&reason)))
    })
}

/// Writes the books to a file: whoever reads it sees what was there before, or all of the new.
pub fn export_to(
    workspace: &Workspace,
    format: Format,
    path: &Path,
    context: &Context<'_>,
) -> Result<Written> {
    must_be_replaceable(path).map_err(|error| {
        error.hint("name a file, or leave --out out: the export goes to standard output then")
    })?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| {
        Error::usage(
            "ledger/export",
            format!("{} is not a file's name", path.display()),
        )
    })?;
    fs::create_dir_all(folder).map_err(|e| Error::io("make folder", folder, &e))?;
    // A name of its own: two exports to one file do not mix.
    let temporary = folder.join(format!(".{}.{:016x}.tmp", name.display(), unique()));
    let file = fs::File::create(&temporary).map_err(|e| Error::io("create", &temporary, &e))?;
    let written = export(workspace, format, &file, context).and_then(|written| {
        file.sync_all().map_err(|e| Error::io("write", &temporary, &e))?;
        fs::rename(&temporary, path).map_err(|e| Error::io("rename into place", path, &e))?;
        sync_folder(folder)?;
        Ok(written)
    });
    if written.is_err() {
        // Gone already if it was renamed; the error that counts is the first.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_one<W: fmt::Write>(writer: &mut Writer<W>, transaction: &StoredTransaction) -> fmt::Result {
    let postings: Vec<Posting> = transaction.postings.iter().map(StoredPosting::posting).collect();
    writer.transaction(&Exported {
        number: transaction.number,
        key: &transaction.key,
        action: &transaction.action,
        linked: transaction.linked_key.as_deref(),
        cause: &transaction.cause,
        detail: transaction.detail.as_deref(),
        effective: transaction.effective,
        recorded: transaction.recorded,
        postings: &postings,
    })
}

/// Text for an output that takes bytes; keeps the reason why it took no more.
struct Sink<W: Write> {
    out: BufWriter<W>,
    failed: Option<io::Error>,
}

impl<W: Write> fmt::Write for &mut Sink<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.failed = Some(error);
            fmt::Error
        })
    }
}

fn interrupted() -> Error {
    Error::unavailable("ledger/export", "the export was cut short")
}

fn cannot_write(error: &io::Error) -> Error {
    Error::unavailable("ledger/export", format!("cannot write the export: {error}"))
}
