//! Books as a hostile world would fill them.

use jiff::Timestamp;
use ledger::export::{Exported, Format, Writer};
use ledger::{
    Account, AccountKind, AccountState, Action, Balance, Books, NewPosting, NewTransaction, Posting, Source,
    Stream, Streams, Transaction,
};
use money::Asset;
use proptest::prelude::*;
use std::collections::HashMap;

/// What was accepted, and the accounts as they are then.
#[derive(Clone, Debug)]
pub struct Booked {
    pub accounts: Vec<AccountState>,
    /// Transactions by number less 1, with the postings they were booked with.
    transactions: Vec<(Transaction, Vec<Posting>)>,
    recorded: Timestamp,
}

impl Booked {
    /// Lets the state machine answer every transaction and keeps what it accepts.
    pub fn of(batch: &[Transaction], recorded: Timestamp) -> Booked {
        let mut books = Books::after(0, 0);
        for account in books.missing(batch.iter().flat_map(|transaction| &transaction.postings)) {
            let (id, last_transaction) = (0, 0);
            books.learn_account(AccountState {
                account,
                id,
                balance: Balance::default(),
                last_transaction,
            });
        }
        for (index, transaction) in batch.iter().enumerate() {
            books.apply(index, transaction, recorded);
        }
        let appended = books.take_appended();
        let accounts: HashMap<u64, Account> = appended.opened.iter().cloned().collect();
        let posting = |posting: &NewPosting| Posting {
            debit: accounts[&posting.debit].clone(),
            credit: accounts[&posting.credit].clone(),
            amount: posting.amount,
            reference: posting.reference.clone(),
        };
        let transaction = |new: &NewTransaction| {
            let postings = &appended.postings[new.postings.clone()];
            (batch[new.index].clone(), postings.iter().map(posting).collect())
        };
        Booked {
            accounts: books.take_changed().into_iter().cloned().collect(),
            transactions: appended.transactions.iter().map(transaction).collect(),
            recorded,
        }
    }

    pub fn export(&self, format: Format) -> String {
        let accounts = self.accounts.iter().map(|state| &state.account);
        let mut writer = Writer::begin(format, String::new(), accounts).unwrap();
        for (number, (transaction, postings)) in (1..).zip(&self.transactions) {
            let exported = Exported {
                number,
                key: &transaction.key,
                action: transaction.action.name(),
                linked: transaction.action.linked().map(|key| &**key),
                cause: &transaction.cause,
                detail: transaction.detail.as_deref(),
                effective: transaction.effective,
                recorded: self.recorded,
                postings,
            };
            writer.transaction(&exported).unwrap();
        }
        let (text, written) = writer.finish().unwrap();
        assert_eq!(written.postings as usize, self.postings_that_moved());
        assert_eq!(
            (written.transactions + written.left_out) as usize,
            self.transactions.len()
        );
        text
    }

    pub fn postings_that_moved(&self) -> usize {
        let moved = |action: &Action| {
            matches!(
                action,
                Action::Post | Action::Settle { .. } | Action::Reverse { .. }
            )
        };
        self.transactions
            .iter()
            .filter(|(of, _)| moved(&of.action))
            .map(|(_, postings)| postings.len())
            .sum()
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// One transaction, and one reservation.
pub fn small() -> Booked {
    let usd = Asset::micro("USD").unwrap();
    let [pending, available] = [AccountKind::CreatorPending, AccountKind::CreatorAvailable]
        .map(|kind| Account::streamed(kind, "anna", usd, Stream::new("creator-fund", Source::Us)));
    let earned = Posting {
        debit: Account::platform(AccountKind::CashAtBank, usd),
        credit: pending.clone(),
        amount: 12_500_000,
        reference: Some("ln_1".into()),
    };
    let held = Posting {
        debit: pending,
        credit: available,
        amount: 1,
        reference: None,
    };
    let effective = time("2026-10-31T23:30:00Z");
    let reserve = Transaction {
        action: Action::Reserve { expires: None },
        ..Transaction::post("hold/1", "hold", effective, vec![held])
    };
    let settle = Transaction::post(
        "settle/creator-fund/2026-10",
        "settlement",
        effective,
        vec![earned],
    );
    Booked::of(&[settle, reserve], time("2026-11-01T00:00:00Z"))
}

/// Text that means something to somebody.
fn hostile_text() -> impl Strategy<Value = String> {
    let known = [
        "",
        " ",
        "a",
        "A",
        "a b",
        "a  b",
        " a ",
        "scale-2",
        "a:scale-2",
        "Scale-2",
        ":",
        "a:b",
        "%",
        "%41",
        "-",
        "--",
        "-41",
        "O-",
        "\"",
        "\\",
        "\\n",
        "\n",
        "\r\n",
        "\t",
        "a\n2026-01-01 * \"x\" \"y\"",
        "; comment",
        "a|b",
        "(1)",
        "[2020-01-01]",
        "[1/1=2]",
        "date:2020-13-45",
        "date:2020-01-01, date2:1",
        "type:X",
        "{\"run\": 1, \"date\": \"x\"}",
        "@ 2 USD",
        "= 5 USD",
        "{{1}}",
        "1.00 USD",
        "*",
        "!",
        "~",
        "#tag ^link",
        "é",
        "日本",
        "\u{202e}",
        "\u{a0}",
        "\u{2028}",
        "\u{7f}",
        "\u{85}",
        "\u{0}",
        "🎥",
        "include /etc/passwd",
    ];
    prop_oneof![
        3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~]{0,40}",
        1 => "[a-z0-9_-]{1,20}",
    ]
}

fn assets(kind: AccountKind) -> Vec<Asset> {
    let codes = match kind.holds() {
        ledger::Holds::Coins => vec!["COIN/0"],
        ledger::Holds::Diamonds => vec!["DIAMOND/0"],
        ledger::Holds::Money => vec!["USD/6", "USD/2", "JPY/6", "X/18", "_A9_/0", "9/8"],
    };
    codes.iter().map(|code| code.parse().unwrap()).collect()
}

prop_compose! {
    fn posting(owners: Vec<String>)(
        debit in prop::sample::select(AccountKind::ALL.to_vec()),
        credit in prop::sample::select(AccountKind::ALL.to_vec()),
        asset in any::<prop::sample::Index>(),
        owner in prop::sample::select(owners.clone()),
        other in prop::sample::select(owners),
        program in prop::sample::select(vec!["us", "other", "scale-2", "creator-fund"]),
        source in prop::sample::select(Source::ALL.to_vec()),
        amount in prop_oneof![4 => 1..10_000_u64, 2 => 1..10_u64.pow(13), 1 => 1..=i64::MAX as u64],
        reference in prop::option::of(hostile_text()),
    ) -> Posting {
        let all = assets(debit);
        let asset = all[asset.index(all.len())];
        let account = |kind: AccountKind, owner: &str, earner: &str| match (kind.owner(), kind.streams()) {
            (ledger::OwnerKind::Platform, _) => Account::platform(kind, asset),
            (_, Streams::One) => Account::of(kind, owner, asset),
            (_, Streams::OfEarners) if owner != earner => {
                let stream = Stream::new(program, source).earned_by(earner);
                Account::streamed(kind, owner, asset, stream)
            }
            (_, Streams::Many | Streams::OfEarners) => {
                Account::streamed(kind, owner, asset, Stream::new(program, source))
            }
        };
        Posting {
            debit: account(debit, &owner, &other),
            credit: account(credit, &other, &owner),
            amount,
            reference: reference.map(Into::into),
        }
    }
}

prop_compose! {
    fn transaction(owners: Vec<String>)(
        key in hostile_text(),
        cause in hostile_text(),
        detail in prop::option::of(hostile_text()),
        seconds in prop_oneof![6 => 1_780_000_000..1_800_000_000_i64, 1 => -60_000_000_000..200_000_000_000_i64],
        what in 0..10_usize,
        linked in any::<prop::sample::Index>(),
        postings in prop::collection::vec(posting(owners), 1..5),
    ) -> (Transaction, usize, prop::sample::Index) {
        let effective = Timestamp::from_second(seconds).unwrap();
        let mut transaction = Transaction::post(key, cause, effective, postings);
        transaction.detail = detail.map(Into::into);
        (transaction, what, linked)
    }
}

/// Random books: owners, references, causes and details from a hostile world; posted, reserved, settled, voided, reversed.
pub fn hostile_books() -> impl Strategy<Value = Booked> {
    let owners = prop::collection::vec(
        hostile_text().prop_filter("an owner has a name", |owner| !owner.is_empty()),
        2..6,
    );
    let drafts = owners.prop_flat_map(|owners| prop::collection::vec(transaction(owners), 1..60));
    drafts.prop_map(|drafts| {
        let mut batch: Vec<Transaction> = Vec::new();
        for (serial, (mut draft, what, linked)) in drafts.into_iter().enumerate() {
            let keys: Vec<char> = draft.key.chars().filter(|key| !key.is_control()).collect();
            draft.key = format!("{serial}{}", keys.iter().take(30).collect::<String>()).into();
            // Postings the books would refuse are left away, so that most transactions are accepted.
            draft.postings.retain(|posting| {
                posting.debit != posting.credit && posting.debit.is_allowed() && posting.credit.is_allowed()
            });
            let earlier = |linked: prop::sample::Index| batch[linked.index(batch.len())].key.clone();
            draft.action = match what {
                5 => Action::Reserve { expires: None },
                6 | 7 if !batch.is_empty() => Action::Settle {
                    pending: earlier(linked),
                },
                8 if !batch.is_empty() => Action::Void {
                    pending: earlier(linked),
                },
                9 if !batch.is_empty() => Action::Reverse { of: earlier(linked) },
                _ => Action::Post,
            };
            if draft.action.linked().is_some() {
                draft.postings.clear();
            }
            batch.push(draft);
        }
        Booked::of(&batch, time("2026-11-01T00:00:00Z"))
    })
}
