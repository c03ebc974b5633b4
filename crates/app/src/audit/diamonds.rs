//! What creators were paid for diamonds: in all, in `redeemed-in-all`, and on each day, in `redeemed`.

use super::{amount, content, day, place};
use crate::base::error::{Error, Result};
use crate::books::collected::{Got, given_back};
use jiff::civil::Date;
use journal::{DiamondsRedeemed, Entry, GiftReversed};
use ledger::{Account, AccountKind, Source};
use money::{Asset, Money};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use store::{Checked, Record, StoredTransaction, Tx};

const IN_ALL: &str = "redeemed-in-all";
const ON_A_DAY: &str = "redeemed";

/// As the records keep it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct InAll {
    diamonds: u64,
    us_diamonds: u64,
    #[serde(with = "money::whole")]
    money: i128,
    #[serde(with = "money::whole")]
    us_source: i128,
    /// What others than the creator's own payee got of it.
    #[serde(default)]
    others: BTreeMap<String, Got>,
}

impl InAll {
    /// Adds what a payee got of a creator's diamonds, or gave back.
    fn add(&mut self, account: &Account, units: i128) {
        let source = account.source().unwrap_or(Source::Other);
        self.money += units;
        self.us_source += of_us(account, units);
        if account.earner() != &account.owner {
            let other = self.others.entry(account.owner.to_string()).or_default();
            other.add(source, units);
        }
    }

    /// What each payee got of it, the creator's own among them.
    fn by_payee(&self, creator: &str) -> BTreeMap<String, Got> {
        let mut own = Got {
            money: self.money,
            us_source: self.us_source,
        };
        let mut all = self.others.clone();
        for got in self.others.values() {
            own = own.less(*got);
        }
        all.insert(creator.to_owned(), own);
        all
    }
}

#[derive(Deserialize)]
struct OnADay {
    #[serde(with = "earning::amount")]
    money: Money,
}

/// Sums over the days of a creator: an amount that stands on another day changes the second.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Days {
    money: i128,
    money_by_day: i128,
}

impl Days {
    fn add(&mut self, day: Date, money: i128) {
        self.money += money;
        self.money_by_day += money * i128::from(run_files::days_since_epoch(day));
    }
}

#[derive(Default)]
pub(super) struct Diamonds {
    /// What is booked, by the record's id, `ASSET/CREATOR`.
    in_all: BTreeMap<String, InAll>,
    /// By creator.
    days: HashMap<String, (Asset, Days)>,
    /// What was taken back of payees otherwise than each had got.
    wrong: Vec<String>,
}

impl Diamonds {
    pub(super) fn take(&mut self, transaction: &StoredTransaction, entry: &Entry) {
        match entry {
            Entry::DiamondsRedeemed(said) => self.redemption(transaction, said),
            Entry::GiftReversed(said) => self.reversal(transaction, said),
            _ => {}
        }
    }

    fn redemption(&mut self, transaction: &StoredTransaction, said: &DiamondsRedeemed) {
        let mut paid = InAll {
            diamonds: said.diamonds,
            ..InAll::default()
        };
        let mut asset = None;
        for posting in &transaction.postings {
            let units = i128::from(posting.amount);
            for (account, change) in [(&posting.credit, units), (&posting.debit, -units)] {
                if account.kind == AccountKind::CreatorAvailable {
                    paid.add(account, change);
                    asset = Some(account.asset);
                }
            }
            if posting.debit.kind == AccountKind::UsSourceDiamonds {
                paid.us_diamonds += posting.amount;
            }
        }
        let Some(asset) = asset else { return };
        let id = format!("{asset}/{}", said.creator);
        let sum = self.in_all.entry(id).or_default();
        sum.diamonds += paid.diamonds;
        sum.us_diamonds += paid.us_diamonds;
        sum.money += paid.money;
        sum.us_source += paid.us_source;
        for (payee, got) in paid.others {
            let other = sum.others.entry(payee).or_default();
            *other = other.and(got);
        }
        let days = self.days.entry(said.creator.to_string());
        let (_, days) = days.or_insert((asset, Days::default()));
        days.add(day(transaction), paid.money);
    }

    fn reversal(&mut self, transaction: &StoredTransaction, said: &GiftReversed) {
        let mut back = InAll::default();
        let mut asset = None;
        for posting in &transaction.postings {
            let units = i128::from(posting.amount);
            for (account, change) in [(&posting.debit, units), (&posting.credit, -units)] {
                if account.kind == AccountKind::CreatorAvailable {
                    back.add(account, change);
                    asset = Some(account.asset);
                }
            }
        }
        // Nothing was paid for what was taken: there is nothing to note.
        let Some(asset) = asset else { return };
        let creator = &*said.creator;
        let booked = self.in_all.entry(format!("{asset}/{creator}")).or_default();
        let got = booked.by_payee(creator);
        let in_all = Got {
            money: back.money,
            us_source: back.us_source,
        };
        let mut should = given_back(&got, in_all).unwrap_or_default();
        let mut is = back.by_payee(creator);
        for given in [&mut should, &mut is] {
            given.retain(|_, got| *got != Got::default());
        }
        if should != is && self.wrong.len() < store::MAX_FINDINGS {
            let words = "takes back of payees otherwise than in proportion to what each got";
            self.wrong
                .push(format!("transaction `{}` {words}", transaction.key));
        }
        booked.diamonds -= said.redeemed.diamonds.min(booked.diamonds);
        booked.us_diamonds = booked.us_diamonds.saturating_sub(said.redeemed.us_diamonds);
        booked.money -= back.money;
        booked.us_source -= back.us_source;
        for (payee, got) in back.others {
            let other = booked.others.entry(payee).or_default();
            *other = other.less(got);
        }
        booked.others.retain(|_, got| *got != Got::default());
    }

    pub(super) fn compare(mut self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        for wrong in std::mem::take(&mut self.wrong) {
            checked.find("books", wrong);
        }
        tx.each_record(IN_ALL, |_, record| {
            if let Some(kept) = content::<InAll>(record, checked) {
                let booked = self.in_all.remove(&record.id).unwrap_or_default();
                compare_in_all(&place(record), record_asset(record), &kept, &booked, checked);
            }
            Ok::<_, Error>(())
        })?;
        for (id, booked) in &self.in_all {
            let asset = id.rsplit_once('/').and_then(|_| asset_of(id));
            compare_in_all(
                &format!("{IN_ALL} `{id}`"),
                asset,
                &InAll::default(),
                booked,
                checked,
            );
        }
        self.compare_days(tx, checked)
    }

    fn compare_days(self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        let mut kept: HashMap<String, (Asset, Days)> = HashMap::new();
        tx.each_record(ON_A_DAY, |_, record| {
            let Some(OnADay { money }) = content(record, checked) else {
                return Ok(());
            };
            let Some((creator, Ok(day))) = record.id.rsplit_once('/').map(|(of, day)| (of, day.parse()))
            else {
                checked.find(place(record), "its id names no creator and day");
                return Ok(());
            };
            let days = kept.entry(creator.to_owned());
            let (_, days) = days.or_insert((money.asset(), Days::default()));
            days.add(day, money.units());
            Ok::<_, Error>(())
        })?;
        for (creator, (asset, booked)) in &self.days {
            let (_, kept) = kept.remove(creator).unwrap_or((*asset, Days::default()));
            if kept != *booked {
                checked.find(
                    format!("{ON_A_DAY} `{creator}/...`"),
                    days_differ(*asset, kept, *booked),
                );
            }
        }
        for (creator, (asset, kept)) in kept.into_iter().filter(|(_, (_, kept))| *kept != Days::default()) {
            let words = days_differ(asset, kept, Days::default());
            checked.find(format!("{ON_A_DAY} `{creator}/...`"), words);
        }
        Ok(())
    }
}

/// What of an amount has a source in the United States, by the account it moved.
fn of_us(account: &Account, units: i128) -> i128 {
    match account.source() {
        Some(Source::Us) => units,
        _ => 0,
    }
}

fn days_differ(asset: Asset, kept: Days, booked: Days) -> String {
    match kept.money == booked.money {
        true => "what was redeemed does not stand on the days on which it was booked".to_owned(),
        false => format!(
            "{} were redeemed over all days, and {} are booked",
            amount(asset, kept.money),
            amount(asset, booked.money)
        ),
    }
}

fn record_asset(record: &Record) -> Option<Asset> {
    asset_of(&record.id)
}

/// The asset of an id `CODE/SCALE/CREATOR`.
fn asset_of(id: &str) -> Option<Asset> {
    let mut parts = id.splitn(3, '/');
    let (code, scale) = (parts.next()?, parts.next()?);
    format!("{code}/{scale}").parse().ok()
}

fn compare_in_all(place: &str, asset: Option<Asset>, kept: &InAll, booked: &InAll, checked: &mut Checked) {
    if kept.others != booked.others {
        checked.find(place, "other payees got of it otherwise than is booked");
    }
    let money = |units| asset.map_or_else(|| format!("{units}"), |asset| amount(asset, units));
    let pairs = [
        (kept.diamonds.into(), booked.diamonds.into(), "diamonds"),
        (
            kept.us_diamonds.into(),
            booked.us_diamonds.into(),
            "diamonds with a source in the United States",
        ),
    ];
    for (kept, booked_sum, what) in pairs {
        let (kept, booked_sum): (i128, i128) = (kept, booked_sum);
        if kept != booked_sum {
            checked.find(
                place,
                format!("{kept} {what} were redeemed, and {booked_sum} are booked"),
            );
        }
    }
    if kept.money != booked.money {
        let words = format!(
            "{} were paid for diamonds, and {} are booked",
            money(kept.money),
            money(booked.money)
        );
        checked.find(place, words);
    }
    if kept.us_source != booked.us_source {
        let (kept, booked) = (money(kept.us_source), money(booked.us_source));
        let words = format!("{kept} of it have a source in the United States, and {booked} are booked");
        checked.find(place, words);
    }
}
