//! When things were done is the clock's to say: nobody writes for a day that has not come, and no wrong clock is believed for good.

use crate::harness::Story;
use crate::pairs::base::Base;
use ledger::{Account, AccountKind, Posting, Source, Stream, Transaction};
use scratch_postgres::{Durability, Server};
use std::sync::mpsc::channel;
use std::time::Duration;
use store::{Recorded, Store, StoreError};

const AHEAD: &str = "2096-11-28T10:00:00Z";

fn url(story: &Story) -> String {
    story.path().join(".permille/books.sqlite").display().to_string()
}

fn last_recorded(story: &Story) -> jiff::Timestamp {
    let mut books = Store::open(&url(story)).unwrap();
    books.read(|tx| tx.head()).unwrap().change.recorded.unwrap()
}

#[test]
fn nothing_is_written_for_a_day_that_has_not_come() {
    let base = Base::make(None);
    let story = &base.story;
    let before = story.ok(&["ledger", "verify"]);
    for command in base.commands() {
        let args: Vec<&str> = command.split(' ').chain(["--now", AHEAD]).collect();
        let said = story.fails(3, &args);
        assert!(
            said.contains("error[now/ahead]: 2096-11-28T10:00:00Z has not come"),
            "{command}: {said}"
        );
        assert!(said.contains("init --test"), "{said}");
    }
    let import = ["import", "creator", "brought.csv", "--now", AHEAD];
    assert!(story.fails(3, &import).contains("now/ahead"));
    assert_eq!(story.ok(&["ledger", "verify"]), before);
    // Looking ahead writes nothing.
    story.ok(&["payout", "preview", "--now", AHEAD]);
}

#[test]
fn what_is_done_for_another_day_is_recorded_by_the_clock_and_told() {
    let base = Base::make(None);
    let start = jiff::Timestamp::now();
    let told = base.story.run(&["live", "book", "--now", "2026-11-20T00:00:00Z"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(
        told.stderr
            .contains("the present was taken as 2026-11-20T00:00:00Z (--now)"),
        "{}",
        told.stderr
    );
    assert!(last_recorded(&base.story) >= start - Duration::from_millis(1));
}

#[test]
fn a_workspace_for_tests_has_the_time_it_is_told_and_pays_nobody() {
    let story = Story::empty();
    story.ok(&["init", "--test"]);
    story.ok(&["program", "apply", "live-gifts"]);
    story.file(
        "purchases.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nbuy,fan,2096-11-20T10:00:00Z,web,100,1.40,USD\n",
    );
    story.ok(&["import", "coin-purchase", "purchases.csv"]);
    let told = story.run(&["live", "book", "--now", AHEAD]);
    assert_eq!((told.code, told.stderr.as_str()), (0, ""));
    assert_eq!(last_recorded(&story), AHEAD.parse().unwrap());
    let export = ["payout", "export", "2096-11-28-1", "--out", "files"];
    let refused = story.fails(3, &export);
    assert!(refused.contains("payout/for-tests"), "{refused}");
    assert!(!story.path().join("files").exists());
    // What books are for was decided when they were begun.
    let config = story.path().join("permille.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("\ntest = true", "")).unwrap();
    assert!(story.fails(3, &export).contains("store/purpose"));
    let ordinary = Story::new();
    assert!(
        ordinary
            .fails(3, &["init", "--test"])
            .contains("workspace/not-for-tests")
    );
}

#[test]
fn a_clock_that_was_wrong_is_mended_by_saying_so() {
    let base = Base::make(None);
    let story = &base.story;
    let mut books = Store::open(&url(story)).unwrap();
    let usd = money::Asset::micro("USD").unwrap();
    let posting = Posting {
        debit: Account::of(AccountKind::ProgramCost, "ads", usd),
        credit: Account::streamed(
            AccountKind::CreatorAvailable,
            "c4",
            usd,
            Stream::new("ads", Source::Other),
        ),
        amount: 1_000_000,
        reference: None,
    };
    let ahead: jiff::Timestamp = AHEAD.parse().unwrap();
    let batch = [Transaction::post("wrong", "offset", ahead, vec![posting])];
    books
        .write::<_, StoreError>(store::By::new("test", "test"), ahead, |tx| tx.post(&batch))
        .unwrap();
    let expire = ["payout", "expire", "--yes", "--user", "ann"];
    let refused = story.fails(5, &expire);
    assert!(
        refused.contains("store/clock") && refused.contains("2096-11-28T10:00:00Z"),
        "{refused}"
    );
    story.ok(&["ledger", "mend-clock", "--reason", "the battery was empty"]);
    story.ok(&expire);
    story.ok(&["payout", "prepare", "--user", "ann"]);
    story.ok(&["ledger", "verify"]);
    assert!(last_recorded(story) < ahead);
    assert!(
        story
            .fails(3, &["ledger", "mend-clock", "--reason", "again"])
            .contains("nothing was changed")
    );
    // The entry stands in the statement of the month in which the next one was recorded, and in no other.
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    let statement = |month: &str| story.ok(&["statement", "--creator", "c4", "--month", month, "--money"]);
    assert!(
        statement(&month).contains("1.000000 USD"),
        "{}",
        statement(&month)
    );
    assert!(
        !statement("2096-11").contains("2096-11-28"),
        "{}",
        statement("2096-11")
    );
}

/// What is due, and what may be paid, is decided by the day: on a server's books by no other than the server's.
#[test]
fn a_clock_that_is_not_the_databases_decides_nothing() {
    let base = Base::make(Some(Server::start(Durability::None).unwrap()));
    let server = base.server.as_ref().unwrap();
    let database = base.place.rsplit('/').next().unwrap();
    // To the database this machine is sixty days ahead.
    server
        .sql(
            database,
            &format!(
                "CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
                 'SELECT pg_catalog.clock_timestamp() - interval ''60 days''';
                 ALTER DATABASE {database} SET search_path = public, pg_catalog"
            ),
        )
        .unwrap();
    for command in [
        &["payout", "expire", "--yes", "--user", "ann"][..],
        &["live", "book"],
    ] {
        let refused = base.story.fails(5, command);
        assert!(refused.contains("error[store/clocks]"), "{refused}");
    }
    // Reading decides nothing.
    base.story.ok(&["payout", "preview"]);
}

/// What a wrong clock let become payable is found, also when the clock has been mended.
#[test]
fn what_became_payable_before_its_day_is_found() {
    let base = Base::make(None);
    let story = &base.story;
    let ahead: jiff::Timestamp = AHEAD.parse().unwrap();
    let mut books = Store::open(&url(story)).unwrap();
    let by = || store::By::new("ann", "period close");
    books
        .write::<_, StoreError>(by(), ahead, |tx| {
            let period = tx.records("period", "")?.remove(0);
            let mut state: serde_json::Value = serde_json::from_str(&period.body).unwrap();
            state["stage"] = "payable".into();
            state["payable_on"] = "2096-01-01".into();
            tx.put(&[store::NewRecord {
                kind: period.kind,
                id: period.id,
                version: period.version + 1,
                body: state.to_string(),
                key: None,
            }])
        })
        .unwrap();
    let said = || story.run(&["ledger", "verify"]).stdout;
    let early = "and may on 2096-01-01";
    assert!(!said().contains(early), "{}", said());
    story.ok(&["ledger", "mend-clock", "--reason", "the battery was empty"]);
    let today = jiff::Timestamp::now().to_string()[..10].to_owned();
    let found = format!("it became payable on {today}, {early}");
    assert!(said().contains(&found), "{}", said());
}

fn waits_and_says_so(base: &Base, store: &str) {
    let (holds, held) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut books = Store::open(store).unwrap();
            let _: Result<(), StoreError> =
                books.write(store::By::new("test", "test"), Recorded::ByClock, |_| {
                    holds.send(()).unwrap();
                    std::thread::sleep(Duration::from_millis(2_500));
                    Err(StoreError::Injected)
                });
        });
        held.recv().unwrap();
        let told = base.story.run(&["payout", "expire", "--yes", "--user", "ann"]);
        assert_eq!(told.code, 0, "{}", told.stderr);
        let says = "another process is writing to ";
        assert!(
            told.stderr.contains(says) && told.stderr.contains("waiting for up to 30 s"),
            "{}",
            told.stderr
        );
        if store.contains("://") {
            assert!(
                told.stderr.contains("of its server, connected from 127.0.0.1"),
                "{}",
                told.stderr
            );
        }
    });
}

#[test]
fn who_waits_for_another_writer_is_told_on_sqlite() {
    let base = Base::make(None);
    waits_and_says_so(&base, &url(&base.story));
}

#[test]
fn who_waits_for_another_writer_is_told_on_postgresql() {
    let base = Base::make(Some(Server::start(Durability::None).unwrap()));
    let store = base.place.clone();
    waits_and_says_so(&base, &store);
}

/// Whoever locks the tables keeps readers and writers out alike: an `ALTER TABLE`, a `VACUUM FULL`.
#[test]
fn who_waits_for_a_lock_on_the_tables_is_told() {
    let base = Base::make(Some(Server::start(Durability::None).unwrap()));
    let server = base.server.as_ref().unwrap();
    let database = base.place.rsplit('/').next().unwrap();
    for (table, mode, command, told_of) in [
        (
            "record",
            "ACCESS EXCLUSIVE",
            "ledger trial-balance",
            "which has locked its tables; waiting for up to 30 s",
        ),
        (
            "record",
            "SHARE",
            "payout expire --yes --user ann",
            "which has locked its tables; waiting for up to 30 s",
        ),
        (
            "permille_schema",
            "ACCESS EXCLUSIVE",
            "ledger trial-balance",
            "waiting for up to 30 s",
        ),
    ] {
        std::thread::scope(|scope| {
            let lock = format!("BEGIN; LOCK TABLE {table} IN {mode} MODE; SELECT pg_sleep(3); COMMIT;");
            scope.spawn(move || server.sql(database, &lock).unwrap());
            let held =
                format!("SELECT count(*) FROM pg_locks WHERE granted AND relation = '{table}'::regclass");
            while server.sql(database, &held).unwrap().trim() == "0" {}
            let args: Vec<&str> = command.split(' ').collect();
            let told = base.story.run(&args);
            assert_eq!(told.code, 0, "{}", told.stderr);
            assert!(told.stderr.contains(told_of), "{command}: {}", told.stderr);
        });
    }
}
