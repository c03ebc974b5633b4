//! What creators were paid for diamonds: in all, in `redeemed-in-all`, and on each day, in `redeemed`.

use super::{amount, content, day, place};
use crate::base::error::{Error, Result};
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
struct InAll {
    diamonds: u64,
    us_diamonds: u64,
    money: i128,
    us_source: i128,
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
        let mut whose = None;
        for posting in &transaction.postings {
            let units = i128::from(posting.amount);
            for (account, change) in [(&posting.credit, units), (&posting.debit, -units)] {
                if account.kind == AccountKind::CreatorAvailable {
                    paid.money += change;
                    paid.us_source += of_us(account, change);
                    whose = Some(account);
                }
            }
            if posting.debit.kind == AccountKind::UsSourceDiamonds {
                paid.us_diamonds += posting.amount;
            }
        }
        let Some(account) = whose else { return };
        let id = format!("{}/{}", account.asset, account.owner);
        let sum = self.in_all.entry(id).or_default();
        sum.diamonds += paid.diamonds;
        sum.us_diamonds += paid.us_diamonds;
        sum.money += paid.money;
        sum.us_source += paid.us_source;
        let days = self.days.entry(account.owner.to_string());
        let (_, days) = days.or_insert((account.asset, Days::default()));
        days.add(day(transaction), paid.money);
    }

    fn reversal(&mut self, transaction: &StoredTransaction, said: &GiftReversed) {
        let mut back = InAll::default();
        let mut whose = None;
        for posting in &transaction.postings {
            if posting.debit.kind == AccountKind::CreatorAvailable {
                let units = i128::from(posting.amount);
                back.money += units;
                back.us_source += of_us(&posting.debit, units);
                whose = Some(&posting.debit);
            }
        }
        // Nothing was paid for what was taken: there is nothing to note.
        let Some(account) = whose else { return };
        let id = format!("{}/{}", account.asset, account.owner);
        let booked = self.in_all.entry(id).or_default();
        let all = *booked;
        *booked = InAll {
            diamonds: all.diamonds - said.redeemed.diamonds.min(all.diamonds),
            us_diamonds: all.us_diamonds.saturating_sub(said.redeemed.us_diamonds),
            money: all.money - back.money,
            us_source: all.us_source - back.us_source,
        };
    }

    pub(super) fn compare(mut self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        tx.each_record(IN_ALL, |_, record| {
            if let Some(kept) = content::<InAll>(record, checked) {
                let booked = self.in_all.remove(&record.id).unwrap_or_default();
                compare_in_all(&place(record), record_asset(record), kept, booked, checked);
            }
            Ok::<_, Error>(())
        })?;
        for (id, &booked) in &self.in_all {
            let asset = id.rsplit_once('/').and_then(|_| asset_of(id));
            compare_in_all(
                &format!("{IN_ALL} `{id}`"),
                asset,
                InAll::default(),
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

fn compare_in_all(place: &str, asset: Option<Asset>, kept: InAll, booked: InAll, checked: &mut Checked) {
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
