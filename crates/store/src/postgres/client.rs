//! A connection to PostgreSQL of which every wait ends: people are told of a server that does not answer, can stop waiting for it,
//! and are not kept for longer than a stated time.
//!
//! The driver waits for an answer as long as its socket is open, and a server that is frozen, or behind a network that swallows
//! packets, keeps it open. So this waits in small steps and looks in between. A connection that was given up is used no more.

use crate::turn::Tell;
use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Config, NoTls, Row};

/// So long at most it does not look whether it is to stop.
const STEP: Duration = Duration::from_millis(100);
/// How long the end of a commit is waited for after people have asked to stop: what became of it should be known.
const LAST_WORD: Duration = Duration::from_secs(5);
/// How long a closed connection is waited for.
const FAREWELL: Duration = Duration::from_millis(200);

/// How long something is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Until people are told.
    pub tell: Duration,
    /// Until it is given up.
    pub give_up: Duration,
}

/// Of a server that is to take a connection.
const CONNECTING: Patience = Patience {
    tell: Duration::from_secs(1),
    give_up: Duration::from_secs(30),
};
/// Of a statement. Locks are waited for in shorter steps, by the server.
const STATEMENT: Patience = Patience {
    tell: Duration::from_secs(5),
    give_up: Duration::from_secs(120),
};

/// Who is told of waits, and who ends them.
#[derive(Clone)]
pub(crate) struct Waits {
    /// Which store.
    pub place: String,
    /// Who is told.
    pub tell: Option<Tell>,
    /// Whether people have asked to stop.
    pub stops: Option<fn() -> bool>,
}

impl Waits {
    fn is_to_stop(&self) -> bool {
        self.stops.is_some_and(|stops| stops())
    }

    /// Waits for an answer.
    async fn answer<T>(
        &self,
        patience: Patience,
        after_stop: Duration,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        let mut answer = pin!(answer);
        let (start, mut told, mut asked) = (Instant::now(), false, None);
        loop {
            if let Ok(answer) = tokio::time::timeout(STEP, answer.as_mut()).await {
                return answer.map_err(Error::Database);
            }
            let waited = start.elapsed();
            if self.is_to_stop() && asked.get_or_insert_with(Instant::now).elapsed() >= after_stop {
                return Err(Error::Stopped);
            }
            if waited >= patience.give_up {
                return Err(Error::Silent(waited));
            }
            if !told
                && waited >= patience.tell
                && let Some(tell) = &self.tell
            {
                tell(&format!(
                    "{} does not answer; waiting for up to {} s",
                    self.place,
                    patience.give_up.as_secs()
                ));
                told = true;
            }
        }
    }
}

/// Why there is no answer, or none that is wanted.
#[derive(Debug)]
pub(crate) enum Error {
    /// The database, or the connection, says so.
    Database(tokio_postgres::Error),
    /// The server did not answer for so long.
    Silent(Duration),
    /// People asked to stop.
    Stopped,
    /// The connection was given up before.
    GivenUp,
}

impl Error {
    /// The database's code.
    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Error::Database(error) => error.code(),
            Error::Silent(_) | Error::Stopped | Error::GivenUp => None,
        }
    }

    /// What the database says.
    pub(super) fn as_db_error(&self) -> Option<&DbError> {
        match self {
            Error::Database(error) => error.as_db_error(),
            Error::Silent(_) | Error::Stopped | Error::GivenUp => None,
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Error {
        Error::Database(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Database(error) => error.fmt(f),
            Error::Silent(waited) => write!(f, "it did not answer for {} s", waited.as_secs()),
            Error::Stopped => f.write_str("interrupted"),
            Error::GivenUp => f.write_str("the connection was given up"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Database(error) => error.source(),
            Error::Silent(_) | Error::Stopped | Error::GivenUp => None,
        }
    }
}

/// A value of a statement.
pub(super) type Value<'v> = &'v (dyn ToSql + Sync);

/// A connection.
pub(crate) struct Client {
    /// None once it is closed.
    open: Option<Open>,
    /// Whether an answer was not waited for: the next one would be taken for it.
    is_given_up: Cell<bool>,
    waits: Waits,
}

struct Open {
    client: tokio_postgres::Client,
    connection: JoinHandle<()>,
    runtime: Runtime,
}

impl Client {
    /// Connects.
    pub(super) fn connect(url: &str, waits: Waits) -> Result<Client, Error> {
        let mut config: Config = url.parse()?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTING.give_up);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| Error::GivenUp)?;
        let connected = runtime.block_on(waits.answer(CONNECTING, Duration::ZERO, config.connect(NoTls)));
        let (client, connection) = match connected {
            Ok(connected) => connected,
            Err(error) => {
                // A look-up of a name may still go on.
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let connection = runtime.spawn(async {
            // Whoever asks something of it is told what became of it.
            let _ = connection.await;
        });
        Ok(Client {
            open: Some(Open {
                client,
                connection,
                runtime,
            }),
            is_given_up: Cell::new(false),
            waits,
        })
    }

    fn open(&self) -> Result<&Open, Error> {
        let open = self.open.as_ref().filter(|_| !self.is_given_up.get());
        open.ok_or(Error::GivenUp)
    }

    /// Waits for the answer to what was asked of the server.
    fn wait<T>(
        &self,
        after_stop: Duration,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        let Open { runtime, .. } = self.open()?;
        let answer = runtime.block_on(self.waits.answer(STATEMENT, after_stop, answer));
        if matches!(answer, Err(Error::Silent(_) | Error::Stopped)) {
            self.is_given_up.set(true);
        }
        answer
    }

    fn ask<'c, T, F>(&'c self, ask: impl FnOnce(&'c tokio_postgres::Client) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        self.wait(Duration::ZERO, ask(&self.open()?.client))
    }

    /// Runs statements without values.
    pub(super) fn batch_execute(&mut self, sql: &str) -> Result<(), Error> {
        self.ask(|client| client.batch_execute(sql))
    }

    /// Makes what was written durable. Where the answer stays away, nobody knows whether it is.
    pub(super) fn commit(&mut self) -> Result<(), Error> {
        self.wait(LAST_WORD, self.open()?.client.batch_execute("COMMIT"))
    }

    /// Runs a statement.
    pub(super) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, Error> {
        self.ask(|client| client.execute(sql, values))
    }

    /// Rows.
    pub(super) fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        self.ask(|client| client.query(sql, values))
    }

    /// The one row.
    pub(super) fn query_one(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Row, Error> {
        self.ask(|client| client.query_one(sql, values))
    }

    /// The row, if there is one.
    pub(super) fn query_opt(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Option<Row>, Error> {
        self.ask(|client| client.query_opt(sql, values))
    }

    /// Copies rows in binary.
    pub(super) fn copy_in(
        &mut self,
        sql: &str,
        types: &[Type],
        rows: impl FnOnce(&mut Rows<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let sink = self.ask(|client| client.copy_in(sql))?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
        let mut into = Rows {
            writer: writer.as_mut(),
            client: self,
        };
        rows(&mut into)?;
        into.finish()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let Some(Open {
            client,
            connection,
            runtime,
        }) = self.open.take()
        else {
            return;
        };
        drop(client);
        if !self.is_given_up.get() {
            let _ = runtime.block_on(async { tokio::time::timeout(FAREWELL, connection).await });
        }
        runtime.shutdown_background();
    }
}

/// Where rows are copied to.
pub(super) struct Rows<'r> {
    writer: Pin<&'r mut BinaryCopyInWriter>,
    client: &'r Client,
}

impl Rows<'_> {
    /// Copies a row.
    pub(super) fn write(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        let mut written = pin!(self.writer.as_mut().write(row));
        // Most rows go to a buffer, and nothing is waited for.
        match written.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(written) => Ok(written?),
            Poll::Pending => self.client.wait(Duration::ZERO, written),
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        let finished = self.writer.as_mut().finish();
        self.client.wait(Duration::ZERO, finished).map(|_| ())
    }
}
