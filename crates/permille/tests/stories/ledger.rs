//! An accountant looks into the books, on SQLite and on PostgreSQL.

use crate::harness::Story;
use ledger::{Account, AccountKind, Action, Posting, Source, Stream, Streams, Transaction};
use money::Asset;
use scratch_postgres::{Durability, Server};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use store::{Store, StoreError};

/// A workspace with filled books, and how its commands are told where they are.
struct Books {
    story: Story,
    url: Option<String>,
}

impl Books {
    fn sqlite() -> Books {
        let story = Story::new();
        let path = story.path().join(".permille/books.sqlite");
        fill(path.to_str().unwrap());
        Books { story, url: None }
    }

    fn postgres(server: &Server) -> Books {
        let url = server.database().unwrap();
        fill(&url);
        Books {
            story: Story::new(),
            url: Some(url),
        }
    }

    fn args<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let store = self.url.iter().flat_map(|url| ["--store", url.as_str()]);
        ["ledger"]
            .into_iter()
            .chain(words.iter().copied())
            .chain(store)
            .collect()
    }

    fn ok(&self, words: &[&str]) -> String {
        self.story.ok(&self.args(words))
    }

    fn json(&self, words: &[&str]) -> serde_json::Value {
        self.story.json(&self.args(words))
    }

    fn fails(&self, code: i32, words: &[&str]) -> String {
        self.story.fails(code, &self.args(words))
    }
}

/// Owners as platforms have them.
const ODD: &str = "zoë; \"b\" 7";

fn usd(kind: AccountKind, owner: &str) -> Account {
    let asset = Asset::micro("USD").unwrap();
    match kind.streams() {
        Streams::One => Account::of(kind, owner, asset),
        Streams::Many | Streams::OfEarners => {
            Account::streamed(kind, owner, asset, Stream::new("creator-fund", Source::Other))
        }
    }
}

fn posting(debit: Account, credit: Account, amount: u64, reference: Option<&str>) -> Posting {
    Posting {
        debit,
        credit,
        amount,
        reference: reference.map(Into::into),
    }
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

/// A period's money, some of it made payable, and one of that taken back.
fn earnings() -> Vec<Transaction> {
    let cost = usd(AccountKind::ProgramCost, "creator-fund");
    let pending = |owner: &str| usd(AccountKind::CreatorPending, owner);
    let earned = vec![
        posting(cost.clone(), pending("anna"), 12_500_000, Some("ln_1")),
        posting(cost, pending(ODD), 7_250_001, Some("ln_2")),
    ];
    let payable = |key: &'static str, owner: &str, amount| {
        let available = usd(AccountKind::CreatorAvailable, owner);
        let moved = vec![posting(pending(owner), available, amount, None)];
        Transaction::post(key, "payable", at("2026-11-15T00:00:00Z"), moved)
    };
    let of = "payable/zoe".into();
    vec![
        Transaction::post(
            "settle/creator-fund/2026-10-31",
            "settlement",
            at("2026-10-31T23:59:59.999Z"),
            earned,
        ),
        payable("payable/anna", "anna", 12_500_000),
        payable("payable/zoe", ODD, 250_001),
        Transaction {
            action: Action::Reverse { of },
            ..Transaction::post(
                "payable/zoe/back",
                "dispute",
                at("2026-11-16T00:00:00Z"),
                Vec::new(),
            )
        },
    ]
}

/// A payout that waits, and a sale in another currency.
fn others() -> Vec<Transaction> {
    let eur = Asset::micro("EUR").unwrap();
    let cash = Account::platform(AccountKind::CashAtBank, Asset::micro("USD").unwrap());
    let paid = posting(usd(AccountKind::CreatorAvailable, "anna"), cash, 5_000_000, None);
    let receivable = Account::of(AccountKind::ChannelReceivable, "store", eur);
    let sale = posting(
        receivable,
        Account::of(AccountKind::PlatformIncome, "live", eur),
        990_000,
        None,
    );
    vec![
        Transaction {
            action: Action::Reserve { expires: None },
            ..Transaction::post("payout/1", "payout", at("2026-11-17T00:00:00Z"), vec![paid])
        },
        Transaction::post("sale/1", "sale", at("2026-11-18T00:00:00Z"), vec![sale]),
    ]
}

fn fill(url: &str) {
    book(url, &[earnings(), others()].concat());
}

fn book(url: &str, batch: &[Transaction]) {
    let mut store = Store::open(url).unwrap();
    let now = at("2026-11-20T00:00:00Z");
    let outcomes = store
        .write::<_, StoreError>(store::By::new("test", "test"), now, |tx| tx.post(batch))
        .unwrap();
    assert!(outcomes.iter().all(ledger::Outcome::is_booked), "{outcomes:?}");
}

fn on_both(check: fn(&Books)) {
    check(&Books::sqlite());
    let server = Server::start(Durability::None).unwrap();
    check(&Books::postgres(&server));
}

#[test]
fn accounts_and_balances_are_listed() {
    on_both(|books| {
        let accounts = books.json(&["accounts", "--owner", "anna"]);
        let names: Vec<_> = accounts
            .as_array()
            .unwrap()
            .iter()
            .map(|account| account["account"].clone())
            .collect();
        assert_eq!(
            names,
            [
                "creator-available:anna creator-fund/other USD/6",
                "creator-pending:anna creator-fund/other USD/6"
            ]
        );
        let balances = books.json(&["balances", "--kind", "creator-available", "--asset", "USD"]);
        assert_eq!(balances[0]["owner"], "anna");
        assert_eq!(balances[0]["posted"], "12.500000");
        assert_eq!(balances[0]["pending"], "-5.000000");
        assert_eq!(balances[0]["available"], "7.500000");
        let csv = books.ok(&["balances", "--owner", ODD, "-f", "csv"]);
        assert_eq!(
            csv,
            "kind,owner,asset,program,source,earner,posted,pending,available\n\
             creator-available,\"zoë; \"\"b\"\" 7\",USD/6,creator-fund,other,,0.000000,0.000000,0.000000\n\
             creator-pending,\"zoë; \"\"b\"\" 7\",USD/6,creator-fund,other,,7.250001,0.000000,7.250001\n"
        );
        assert!(
            books
                .ok(&["accounts", "--limit", "1"])
                .contains("1 of 8 accounts; --limit 0")
        );
    });
}

#[test]
fn the_trial_balance_sums_to_zero_and_says_so() {
    on_both(|books| {
        let said = books.ok(&["trial-balance"]);
        assert!(
            said.contains("USD/6: debits 32.750003, credits 32.750003: sums to zero"),
            "{said}"
        );
        assert!(
            said.contains("EUR/6: debits 0.990000, credits 0.990000: sums to zero"),
            "{said}"
        );
        let trial = books.json(&["trial-balance"]);
        assert_eq!(trial["assets"][1]["sums_to_zero"], true);
        let pending = trial["lines"]
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["kind"] == "creator-pending")
            .unwrap();
        assert_eq!(pending["net_debit"], "-7.250001");
        assert!(
            books
                .ok(&["trial-balance", "-f", "csv"])
                .starts_with("kind,asset,debits,credits,net_debit\n")
        );
    });
}

#[test]
fn entries_run_backwards_with_the_balance() {
    on_both(|books| {
        let entries = books.json(&["entries", "creator-available:anna"]);
        assert_eq!(entries[0]["key"], "payout/1");
        assert_eq!(
            (&entries[0]["moves_balance"], &entries[0]["balance"]),
            (&false.into(), &"12.500000".into())
        );
        assert_eq!(
            (&entries[1]["side"], &entries[1]["amount"]),
            (&"credit".into(), &"12.500000".into())
        );
        let csv = books.ok(&[
            "entries",
            "--kind",
            "creator-pending",
            "--owner",
            ODD,
            "--limit",
            "2",
            "-f",
            "csv",
        ]);
        assert_eq!(
            csv,
            "number,effective,action,cause,debit,credit,balance,asset,program,source,earner,reference,key\n\
             4,2026-11-16T00:00:00Z,reverse,dispute,,0.250001,7.250001,USD/6,creator-fund,other,,,payable/zoe/back\n\
             3,2026-11-15T00:00:00Z,post,payable,0.250001,,7.000000,USD/6,creator-fund,other,,,payable/zoe\n"
        );
        let said = books.ok(&["entries", "creator-pending:anna USD/6", "--limit", "1"]);
        assert!(said.contains("the last 1 entries; --limit 0 lists all"), "{said}");
        let all = books.json(&["entries", "creator-pending:anna USD/6"]);
        let zero = books.json(&["entries", "creator-pending:anna USD/6", "--limit", "0"]);
        assert!(all.as_array().unwrap().len() > 1 && all == zero, "{all}\n{zero}");
        let said = books.fails(2, &["entries", "creator-pending"]);
        assert!(
            said.contains("2 accounts match")
                && said.contains("creator-pending:anna creator-fund/other USD/6"),
            "{said}"
        );
    });
}

#[test]
fn unknown_words_are_named_with_a_way_on() {
    on_both(|books| {
        for (words, parts) in [
            (
                &["accounts", "--kind", "creator-pendign"][..],
                ["`creator-pendign`", "did you mean `creator-pending`?"],
            ),
            (
                &["balances", "--owner", "nobody"],
                ["`nobody`", "ledger accounts"],
            ),
            (
                &["balances", "--asset", "JPY"],
                ["`JPY`", "the books hold EUR/6, USD/6"],
            ),
            (&["balances", "--asset", "USD/2"], ["`USD/2`", "USD/6"]),
            (
                &["balances", "--asset", "us$"],
                ["us$", "write an asset as USD/6"],
            ),
            (
                &["entries", "cash-at-bank EUR"],
                ["the books have no such account", "ledger accounts"],
            ),
            (&["export"], ["needs a format", "--format hledger"]),
            (
                &["balances", "--format", "hledger"],
                ["only `permille ledger export`", "table, csv or json"],
            ),
        ] {
            let said = books.fails(2, words);
            assert!(parts.iter().all(|part| said.contains(part)), "{words:?}: {said}");
        }
    });
}

#[test]
fn the_chart_lists_every_kind() {
    let chart = Story::empty().json(&["ledger", "accounts", "--chart"]);
    assert_eq!(chart.as_array().unwrap().len(), AccountKind::ALL.len());
    assert_eq!(chart[0]["kind"], "cash-at-bank");
}

#[test]
fn what_stands_in_no_period_and_what_was_changed_is_found() {
    // These books are made up: nothing says which period the pending money is of, and no batch made the payout.
    on_both(|books| {
        // Nothing was changed. But no command has booked this: none of it says what it must, and it is of no period or batch.
        let answer = books.story.run(&books.args(&["verify"]));
        assert_eq!(answer.code, 4, "{}", answer.stdout);
        let counted = "7 findings in 6 transactions, 7 postings, 8 accounts, 0 records and 1 changes";
        assert!(answer.stderr.contains(counted), "{}", answer.stderr);
        for words in [
            "7.250001 USD stand in it, and the periods and subscriptions that are not payable yet come to 0.000000 USD",
            "transaction `payout/1` cannot be read: an entry of the cause `payout` does not say what it must: missing field",
            "transaction `sale/1` cannot be read: no entry has the cause `sale` and the action `post`",
        ] {
            assert!(answer.stdout.contains(words), "{words}: {}", answer.stdout);
        }
    });
    let books = Books::sqlite();
    let path = books.story.path().join(".permille/books.sqlite");
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute(
            "UPDATE ledger_balance SET debits = debits + 1 WHERE account = 1",
            [],
        )
        .unwrap();
    drop(connection);
    let said = books.fails(4, &["trial-balance"]);
    assert!(
        said.contains("do not have the checksum they were stored with"),
        "{said}"
    );
    let answer = books.story.run(&["ledger", "verify"]);
    assert_eq!(answer.code, 4);
    assert!(
        answer
            .stdout
            .contains("account `program-cost:creator-fund USD/6`"),
        "{}",
        answer.stdout
    );
    assert!(
        answer.stderr.contains("10 findings in 6 transactions"),
        "{}",
        answer.stderr
    );
}

/// Whoever reads at the other end would wait for ever, and a device would be a file from then on.
#[test]
#[cfg(unix)]
fn nothing_but_a_file_is_replaced_by_a_file() {
    use std::os::unix::fs::FileTypeExt;
    let story = Story::new();
    story.ok(&["program", "apply", "open-pool"]);
    let made = Command::new("mkfifo").arg(story.path().join("pipe")).status();
    assert!(made.unwrap().success());
    std::os::unix::fs::symlink("pipe", story.path().join("link")).unwrap();
    std::os::unix::fs::symlink("/proc/self/fd/1", story.path().join("out")).unwrap();
    std::fs::create_dir(story.path().join("folder")).unwrap();
    for name in ["pipe", "link", "out", "folder"] {
        for command in [
            &["ledger", "export", "--format", "csv"][..],
            &["facts"],
            &["verdicts"],
        ] {
            let said = story.fails(2, &[command, &["--out", name]].concat());
            let words = format!("{name} is no ordinary file, and is not replaced by one");
            assert!(said.contains(&words), "{command:?}: {said}");
        }
    }
    let said = story.fails(2, &["ledger", "export", "--format", "csv", "--out", "pipe"]);
    assert!(
        said.contains("hint: name a file, or leave --out out: the export goes to standard output then"),
        "{said}"
    );
    assert!(
        story
            .ok(&["ledger", "export", "--format", "csv"])
            .contains("transaction")
    );
    let kind = std::fs::symlink_metadata(story.path().join("pipe"))
        .unwrap()
        .file_type();
    assert!(kind.is_fifo());
    let left = std::fs::read_link(story.path().join("out")).unwrap();
    assert_eq!(left, std::path::Path::new("/proc/self/fd/1"));
    // A link to a file is a file.
    std::fs::write(story.path().join("old.csv"), "old").unwrap();
    std::os::unix::fs::symlink("old.csv", story.path().join("newest")).unwrap();
    story.ok(&["ledger", "export", "--format", "csv", "--out", "newest"]);
}

#[test]
fn exports_are_the_same_from_every_store_and_pass_their_tools() {
    let sqlite = Books::sqlite();
    let server = Server::start(Durability::None).unwrap();
    let postgres = Books::postgres(&server);
    for format in ["hledger", "beancount", "csv"] {
        let text = sqlite.ok(&["export", "--format", format]);
        assert_eq!(text, postgres.ok(&["export", "--format", format]), "{format}");
        let said = sqlite
            .story
            .run(&["ledger", "export", "--format", format, "--out", "out/books.txt"]);
        assert!(
            said.stderr
                .contains("5 transactions with 6 postings; 1 that moved no balance"),
            "{}",
            said.stderr
        );
        assert_eq!(
            std::fs::read_to_string(sqlite.story.path().join("out/books.txt")).unwrap(),
            text
        );
        assert_eq!(
            std::fs::read_dir(sqlite.story.path().join("out"))
                .unwrap()
                .count(),
            1,
            "nothing half-written is left"
        );
    }
    let journal = sqlite.ok(&["export", "--format", "hledger"]);
    assert!(
        journal.contains(
            "liabilities:creator-pending:zo%C3%AB%3B%20%22b%22%207:creator-fund:other  -7.250001 USD"
        ),
        "{journal}"
    );
    let mut check = Command::new("hledger");
    check.args(["-f", "-", "check", "--strict"]).stdin(Stdio::piped());
    match check.spawn() {
        Err(error) => println!("skipped: hledger: {error}"),
        Ok(mut child) => {
            child.stdin.take().unwrap().write_all(journal.as_bytes()).unwrap();
            assert!(child.wait().unwrap().success());
        }
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let books = Books::sqlite();
    let path = books.story.path().join(".permille/books.sqlite");
    let cash = Account::platform(AccountKind::CashAtBank, Asset::micro("USD").unwrap());
    let batch: Vec<_> = (0..3_000)
        .map(|serial| {
            let owner = format!("c{serial}");
            let earned = posting(
                cash.clone(),
                usd(AccountKind::CreatorPending, &owner),
                1 + serial,
                None,
            );
            Transaction::post(
                format!("many/{serial}"),
                "settlement",
                at("2026-11-18T00:00:00Z"),
                vec![earned],
            )
        })
        .collect();
    book(path.to_str().unwrap(), &batch);
    let mut child = Command::new(env!("CARGO_BIN_EXE_permille"))
        .args(["ledger", "export", "--format", "hledger"])
        .current_dir(books.story.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 20];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
