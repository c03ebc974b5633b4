//! One suite, three stores: every test of behaviour runs on memory, SQLite and PostgreSQL.

mod cases;
mod changes;
mod connections;
mod damage;
mod fixture;
mod random;
mod records;
mod sealed;
mod times;
mod together;
mod waits;

use fixture::{Fixture, Kind};
use scratch_postgres::{Durability, Server};

type Case = fn(&Fixture);

const CASES: &[(&str, Case)] = &[
    (
        "a balanced transaction is booked and read back",
        cases::booked_and_read_back,
    ),
    (
        "the same key and body give the same answer",
        cases::same_key_same_answer,
    ),
    (
        "the same key with another body is refused",
        cases::other_body_refused,
    ),
    (
        "every refusal leaves the books as they were",
        cases::refusals_change_nothing,
    ),
    ("outcomes follow the documented precedence", cases::precedence),
    ("no account goes below zero that must not", cases::no_overdraft),
    ("a reservation is settled once", cases::reservation_settled_once),
    (
        "a reservation is voided, and its money free again",
        cases::reservation_voided,
    ),
    (
        "a reservation expires when its time is over",
        cases::reservation_expires,
    ),
    ("a transaction is reversed once", cases::reversed_once),
    (
        "entries follow the chain with running balances",
        cases::entries_run,
    ),
    (
        "an owner's accounts of several streams are several, and followed as one",
        cases::streams_apart,
    ),
    (
        "a payee's accounts name who earned what it collects",
        cases::earners_apart,
    ),
    (
        "a failed closure keeps nothing",
        together::failed_closure_keeps_nothing,
    ),
    ("a dry run keeps nothing", together::dry_run_keeps_nothing),
    ("records keep every version", records::records_keep_versions),
    (
        "a record changed by somebody else is a conflict",
        records::record_conflict,
    ),
    (
        "records are listed by prefix, page by page",
        records::records_by_prefix,
    ),
    (
        "sealed records are read until their key is destroyed",
        sealed::sealed_until_the_key_is_destroyed,
    ),
    (
        "changes say who wrote what, and follow one another",
        changes::changes_say_what_was_written,
    ),
    ("a key is used once", changes::a_key_is_used_once),
    (
        "other books have another head",
        changes::other_books_have_another_head,
    ),
    (
        "transactions are listed by the prefix of their keys, page by page",
        together::transactions_by_prefix,
    ),
    ("two handles see each other's work", together::two_handles),
    (
        "a reader sees one state while a writer writes",
        together::reader_sees_one_state,
    ),
    (
        "a large batch is grouped and keeps its order",
        together::large_batch,
    ),
    (
        "keys that are taken in a large batch reach its later groups",
        together::taken_keys_in_a_large_batch,
    ),
    (
        "recorded time does not go back",
        times::recorded_time_does_not_go_back,
    ),
    (
        "recorded time is the clock's, and a wrong clock is mended",
        times::time_is_the_clocks,
    ),
    (
        "a record of a wrong clock is mended",
        times::records_of_a_wrong_clock_are_mended,
    ),
    ("odd text survives", together::odd_text),
    ("the journal pages through everything", together::journal_pages),
];

#[test]
fn memory_conforms() {
    for (name, case) in CASES {
        println!("{name}");
        case(&Fixture::new(Kind::Memory));
    }
}

#[test]
fn sqlite_conforms() {
    for (name, case) in CASES {
        println!("{name}");
        case(&Fixture::new(Kind::Sqlite));
    }
}

#[test]
fn postgres_conforms() {
    let server = Server::start(Durability::None).unwrap();
    for (name, case) in CASES {
        println!("{name}");
        case(&Fixture::new(Kind::Postgres(&server)));
    }
}

/// Each finds no schema; all but one wait for whoever makes it, and find it then.
#[test]
fn a_new_postgres_database_is_opened_by_many_at_once() {
    let server = Server::start(Durability::None).unwrap();
    for _ in 0..3 {
        let url = server.database().unwrap();
        let all = std::sync::Barrier::new(6);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    all.wait();
                    store::Store::open(&url).unwrap();
                });
            }
        });
    }
}

#[test]
fn sqlite_refuses_to_change_what_is_booked() {
    let fixture = Fixture::new(Kind::Sqlite);
    cases::booked_and_read_back(&fixture);
    sealed::another(&mut fixture.open());
    let connection = rusqlite::Connection::open(fixture.url()).unwrap();
    let own = [
        "UPDATE ledger_transaction SET postings = '[]'",
        "UPDATE ledger_key SET transaction_number = 1",
        "DELETE FROM ledger_key",
        "INSERT OR REPLACE INTO ledger_account SELECT id, kind, 'x', asset, program, source, earner FROM ledger_account LIMIT 1",
        "INSERT OR REPLACE INTO ledger_account SELECT id + 1000, kind, owner, asset, program, source, earner FROM ledger_account LIMIT 1",
        "INSERT OR REPLACE INTO record SELECT kind, id, version, '{}', author, recorded_ms, change, digest, key FROM record LIMIT 1",
    ];
    for statement in fixture::FORBIDDEN.iter().chain(&own) {
        let error = connection.execute_batch(statement).unwrap_err().to_string();
        assert!(error.contains("never"), "{statement}: {error}");
    }
}

/// What no trigger sees, `verify` says.
#[test]
fn what_was_changed_behind_the_triggers_is_found_out() {
    let changes = [
        (
            "DROP TRIGGER record_is_fixed; UPDATE record SET author = 'somebody else'",
            "not what it was when it was stored",
        ),
        ("DROP TRIGGER record_is_kept; DELETE FROM record WHERE version = 1", "one is missing"),
        (
            "INSERT OR REPLACE INTO ledger_transaction SELECT number, key, action, linked, 'x', detail, effective_ms, recorded_ms,
             expires_ms, body, postings FROM ledger_transaction",
            "does not have the hash it was booked with",
        ),
        (
            "INSERT OR REPLACE INTO ledger_transaction SELECT number, key, action, linked, cause, detail, effective_ms,
             recorded_ms + 86400000 * (number = 1), expires_ms, body, postings FROM ledger_transaction",
            "it says that it was recorded at",
        ),
        (
            "INSERT OR REPLACE INTO ledger_key SELECT key, transaction_number + 1 FROM ledger_key",
            "does not lead to it",
        ),
        ("INSERT INTO ledger_key VALUES ('planted', 1)", "some lead to none"),
    ];
    for (change, words) in changes {
        let fixture = Fixture::new(Kind::Sqlite);
        cases::booked_and_read_back(&fixture);
        let mut store = fixture.open();
        store
            .write::<_, store::StoreError>(store::By::new("ann", "test"), fixture::at(11), |tx| {
                tx.put(&[records::record("payee", "ann", 2, "{}")])
            })
            .unwrap();
        fixture::post_at(&mut store, 12, &[fixture::receipt("r/2", "ann", 5)]);
        let checked = store.read(|tx| tx.verify(|_| ())).unwrap();
        assert_eq!((checked.records, checked.findings), (2, vec![]));
        let connection = rusqlite::Connection::open(fixture.url()).unwrap();
        connection.execute_batch(change).unwrap();
        let checked = fixture.open().read(|tx| tx.verify(|_| ())).unwrap();
        let found = &checked.findings;
        assert!(
            found.iter().any(|found| found.what.contains(words)),
            "{change}: {found:?}"
        );
    }
}

#[test]
fn what_was_cut_or_put_in_is_found() {
    changes::what_was_cut_is_found();
    changes::what_cannot_be_read_is_found();
    changes::an_account_that_cannot_be_read_is_found();
}

#[test]
fn recorded_times_that_were_moved_are_found() {
    times::moved_times_are_found();
}

#[test]
fn postgres_refuses_to_change_what_is_booked() {
    let server = Server::start(Durability::None).unwrap();
    let fixture = Fixture::new(Kind::Postgres(&server));
    cases::booked_and_read_back(&fixture);
    sealed::another(&mut fixture.open());
    let name = fixture.database();
    for statement in fixture::FORBIDDEN.iter().chain(&["TRUNCATE ledger_posting"]) {
        let error = server.sql(&name, statement).unwrap_err();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
}

#[test]
fn a_posting_that_was_put_into_postgres_is_found() {
    let server = Server::start(Durability::None).unwrap();
    let fixture = Fixture::new(Kind::Postgres(&server));
    let name = fixture.database();
    changes::a_posting_of_no_transaction_is_found(&fixture, |sql| {
        server.sql(&name, sql).unwrap();
    });
}

#[test]
fn a_copy_that_was_altered_is_found() {
    let fixture = Fixture::new(Kind::Sqlite);
    drop(fixture.open());
    let connection = rusqlite::Connection::open(fixture.url()).unwrap();
    connection
        .execute_batch("DROP TRIGGER ledger_transaction_is_fixed")
        .unwrap();
    changes::a_copy_that_was_altered_is_found(
        &fixture,
        |sql| connection.execute_batch(sql).unwrap(),
        |transaction, column, value| {
            let place = if column == "amount" { 2 } else { 5 };
            format!(
                "UPDATE ledger_transaction SET postings = json_set(postings, '$[0][{place}]', {value}) WHERE number = {transaction};"
            )
        },
    );
    let server = Server::start(Durability::None).unwrap();
    let fixture = Fixture::new(Kind::Postgres(&server));
    drop(fixture.open());
    let name = fixture.database();
    server
        .sql(&name, "DROP TRIGGER ledger_posting_is_fixed ON ledger_posting")
        .unwrap();
    changes::a_copy_that_was_altered_is_found(
        &fixture,
        |sql| {
            server.sql(&name, sql).unwrap();
        },
        |transaction, column, value| {
            format!("UPDATE ledger_posting SET {column} = {value} WHERE transaction_number = {transaction};")
        },
    );
}

#[test]
fn what_was_changed_on_the_disk_decides_nothing() {
    const KEPT: [&str; 3] = ["record", "ledger_account", "ledger_transaction"];
    let fixture = Fixture::new(Kind::Sqlite);
    drop(fixture.open());
    let connection = rusqlite::Connection::open(fixture.url()).unwrap();
    for table in KEPT {
        let sql = format!("DROP TRIGGER {table}_is_fixed");
        connection.execute_batch(&sql).unwrap();
    }
    damage::what_was_changed_on_the_disk_decides_nothing(&fixture, |sql| {
        connection.execute_batch(sql).unwrap();
    });
    let server = Server::start(Durability::None).unwrap();
    let fixture = Fixture::new(Kind::Postgres(&server));
    drop(fixture.open());
    let name = fixture.database();
    for table in KEPT {
        let sql = format!("DROP TRIGGER {table}_is_fixed ON {table}");
        server.sql(&name, &sql).unwrap();
    }
    damage::what_was_changed_on_the_disk_decides_nothing(&fixture, |sql| {
        server.sql(&name, sql).unwrap();
    });
}

#[test]
fn nothing_that_is_sealed_can_be_read_in_files() {
    let fixture = Fixture::new(Kind::Sqlite);
    drop(fixture.open());
    let key = || {
        let connection = rusqlite::Connection::open(fixture.url()).unwrap();
        let sql = "SELECT key FROM sealing_key WHERE name = 'payee/ann'";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let files = || {
        let each = ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", fixture.url())));
        each.into_iter().flatten().flatten().collect()
    };
    sealed::nothing_can_be_read_in_files(&fixture, key, files);
}

#[test]
fn what_was_done_to_keys_is_found() {
    let fixture = Fixture::new(Kind::Sqlite);
    drop(fixture.open());
    let connection = rusqlite::Connection::open(fixture.url()).unwrap();
    sealed::what_was_done_to_keys_is_found(&fixture, |sql| connection.execute_batch(sql).unwrap());
    let server = Server::start(Durability::None).unwrap();
    let fixture = Fixture::new(Kind::Postgres(&server));
    drop(fixture.open());
    let name = fixture.database();
    sealed::what_was_done_to_keys_is_found(&fixture, |sql| {
        server.sql(&name, sql).unwrap();
    });
}

#[test]
fn a_changed_schema_is_found() {
    let fixture = Fixture::new(Kind::Sqlite);
    drop(fixture.open());
    let connection = rusqlite::Connection::open(fixture.url()).unwrap();
    let made = "CREATE TRIGGER record_is_kept BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'records are never removed'); END;";
    let other = made.replace("RAISE(ABORT, 'records are never removed')", "1");
    damage::a_changed_schema_is_found(
        &fixture,
        |sql| connection.execute_batch(sql).unwrap(),
        &[
            (
                "DROP TRIGGER record_is_kept;",
                made,
                "trigger record_is_kept is gone",
            ),
            (
                &format!("DROP TRIGGER record_is_kept; {other}"),
                &format!("DROP TRIGGER record_is_kept; {made}"),
                "trigger record_is_kept is not as it was made",
            ),
            (
                "CREATE TRIGGER mine AFTER INSERT ON record BEGIN DELETE FROM ledger_balance; END;",
                "DROP TRIGGER mine",
                "trigger mine is not one of ours",
            ),
        ],
    );
    let server = Server::start(Durability::None).unwrap();
    let fixture = Fixture::new(Kind::Postgres(&server));
    drop(fixture.open());
    let name = fixture.database();
    let made = "CREATE TRIGGER record_is_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON record EXECUTE FUNCTION refuse_change();";
    damage::a_changed_schema_is_found(
        &fixture,
        |sql| {
            server.sql(&name, sql).unwrap();
        },
        &[
            (
                "DROP TRIGGER record_is_fixed ON record",
                made,
                "trigger record_is_fixed on record is gone",
            ),
            (
                "ALTER TABLE record DISABLE TRIGGER record_is_fixed",
                "ALTER TABLE record ENABLE TRIGGER record_is_fixed",
                "trigger record_is_fixed on record is not as it was made",
            ),
            (
                &made.replace("record_is_fixed", "mine"),
                "DROP TRIGGER mine ON record",
                "trigger mine on record is not one of ours",
            ),
        ],
    );
}

#[test]
fn a_name_that_leads_nowhere_is_found() {
    damage::a_name_that_leads_nowhere_is_found(&Fixture::new(Kind::Sqlite));
}

#[test]
fn random_books_are_the_same_on_every_store() {
    let server = Server::start(Durability::None).unwrap();
    random::same_on_every_store(&[Kind::Memory, Kind::Sqlite, Kind::Postgres(&server)]);
}

#[test]
fn faults_at_any_operation_lose_and_double_nothing() {
    random::survives_faults(3_000);
}

#[test]
fn many_threads_use_one_store() {
    let server = Server::start(Durability::None).unwrap();
    for kind in [Kind::Sqlite, Kind::Postgres(&server)] {
        connections::threads_take_turns(&Fixture::new(kind));
        connections::others_are_seen(&Fixture::new(kind));
        connections::a_panic_keeps_nobody_out(&Fixture::new(kind));
        connections::readers_do_not_wait(&Fixture::new(kind));
    }
    #[cfg(unix)]
    connections::a_restored_file_is_opened_anew(&Fixture::new(Kind::Sqlite));
}

#[test]
fn writers_on_one_postgres_do_correct_concurrent_work() {
    let server = Server::start(Durability::None).unwrap();
    together::concurrent_writers(&Fixture::new(Kind::Postgres(&server)), 8);
}

#[test]
fn writers_on_one_sqlite_file_do_correct_concurrent_work() {
    together::concurrent_writers(&Fixture::new(Kind::Sqlite), 4);
}

#[test]
fn batches_of_many_callers_are_committed_together_and_answered_each() {
    together::group_commit(&Fixture::new(Kind::Memory));
    together::group_commit(&Fixture::new(Kind::Sqlite));
}

#[test]
fn a_schema_of_another_time_is_refused() {
    let fixture = Fixture::new(Kind::Sqlite);
    drop(fixture.open());
    let connection = rusqlite::Connection::open(fixture.url()).unwrap();
    for (schema, words) in [(99, "newer permille"), (5, "never released")] {
        connection.pragma_update(None, "user_version", schema).unwrap();
        let error = store::Store::open(fixture.url()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("schema {schema}")) && error.contains(words),
            "{error}"
        );
    }
}
