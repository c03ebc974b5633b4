//! Wallets of coins: every lot against its purchase and refunds, and the lots together against the viewer's accounts.

use super::{amount, content, place, posted};
use crate::base::error::Result;
use crate::base::keys::key;
use journal::{CoinsRefunded, Entry};
use ledger::{Account, AccountKind};
use live::lot::Lot;
use money::Asset;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::{Checked, Record, StoredTransaction, Tx};

const WALLET: &str = "wallet";
const PURCHASE: &str = "coin-purchase";

/// As the records keep it.
#[derive(Deserialize)]
struct WalletRecord {
    lots: Vec<Lot>,
    deficit: u64,
    /// Coins of gifts whose diamonds were taken back, by the gift's transaction number.
    #[serde(default)]
    reversed: BTreeMap<u64, u64>,
}

/// A purchase of coins as booked.
#[derive(Default)]
struct Purchase {
    viewer: Arc<str>,
    coins: u64,
    /// What was paid, in smallest units.
    price: u64,
    returned: u64,
    reclaimed: u64,
}

/// What is booked of a viewer besides purchases.
#[derive(Default)]
struct Viewer {
    /// Coins that stood in for spent ones of other lots.
    replacing: u64,
    /// Coins of gifts whose diamonds were taken back.
    reversed: u64,
}

#[derive(Default)]
pub(super) struct Wallets {
    /// By the purchase's key.
    purchases: HashMap<Arc<str>, Purchase>,
    viewers: HashMap<Arc<str>, Viewer>,
}

impl Wallets {
    pub(super) fn take(&mut self, transaction: &StoredTransaction, entry: &Entry) {
        match entry {
            Entry::CoinsBought(_) => self.purchase(transaction),
            Entry::CoinsRefunded(refunded) => self.refund(transaction, refunded),
            Entry::GiftCorrected(gift) => {
                let postings = transaction.postings.iter();
                let coins = postings.filter(|posting| posting.credit.kind == AccountKind::ViewerCoins);
                self.viewer(&gift.viewer).reversed += coins.map(|posting| posting.amount).sum::<u64>();
            }
            _ => {}
        }
    }

    fn viewer(&mut self, viewer: &Arc<str>) -> &mut Viewer {
        self.viewers.entry(viewer.clone()).or_default()
    }

    fn purchase(&mut self, transaction: &StoredTransaction) {
        let mut purchase = Purchase::default();
        for posting in &transaction.postings {
            match (posting.debit.kind, posting.credit.kind) {
                (AccountKind::CoinsIssued, AccountKind::ViewerCoins) => {
                    purchase.coins += posting.amount;
                    purchase.viewer = posting.credit.owner.clone();
                }
                (AccountKind::ChannelReceivable, AccountKind::CoinLiability) => {
                    purchase.price += posting.amount
                }
                (AccountKind::ViewerCoins, AccountKind::CoinDeficit) => {
                    self.viewer(&posting.debit.owner).replacing += posting.amount;
                }
                _ => {}
            }
        }
        self.purchases.insert(transaction.key.clone(), purchase);
    }

    fn refund(&mut self, transaction: &StoredTransaction, said: &CoinsRefunded) {
        let mut returned = 0;
        for posting in &transaction.postings {
            if (posting.debit.kind, posting.credit.kind)
                != (AccountKind::ViewerCoins, AccountKind::CoinsIssued)
            {
                continue;
            }
            match posting.reference.as_deref() {
                Some("unused") => returned += posting.amount,
                _ => self.viewer(&posting.debit.owner).replacing += posting.amount,
            }
        }
        self.viewer(&said.viewer).reversed += said.reversed_coins;
        let purchase = key(PURCHASE, &said.purchase);
        if let Some(purchase) = self.purchases.get_mut(&*purchase) {
            purchase.returned += returned;
            purchase.reclaimed += said.spent_coins;
        }
    }

    pub(super) fn compare(mut self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        let mut accounts = Accounts::read(tx)?;
        tx.each_record(WALLET, |tx, record| {
            let Some(kept) = content::<WalletRecord>(record, checked) else {
                return Ok(());
            };
            for lot in &kept.lots {
                let booked = self.purchases.remove(&*key(PURCHASE, &lot.purchase));
                compare_lot(record, lot, booked, checked);
            }
            let viewer: Arc<str> = record.id.as_str().into();
            let booked = self.viewers.remove(&viewer).unwrap_or_default();
            accounts.compare(record, &kept, &viewer, checked);
            compare_viewer(tx, record, &kept, &booked, checked)
        })?;
        for (key, purchase) in self.purchases {
            checked.find(
                format!("{WALLET} `{}`", purchase.viewer),
                format!(
                    "the {} coins of `{key}` are booked, and are no lot of it",
                    purchase.coins
                ),
            );
        }
        accounts.left_over(checked);
        Ok(())
    }
}

/// A lot against its purchase, and what refunds gave back of it.
fn compare_lot(record: &Record, lot: &Lot, booked: Option<Purchase>, checked: &mut Checked) {
    let place = format!("{}, lot `{}`", place(record), lot.purchase);
    let Some(booked) = booked else {
        return checked.find(place, "no such purchase is booked");
    };
    if *booked.viewer != *record.id {
        checked.find(&*place, format!("viewer `{}` bought it", booked.viewer));
    }
    let pairs = [
        ("coins", lot.coins, booked.coins),
        ("coins that went back unused", lot.returned, booked.returned),
        ("spent coins that were refunded", lot.reclaimed, booked.reclaimed),
    ];
    for (what, says, is) in pairs.into_iter().filter(|(_, says, is)| says != is) {
        checked.find(&*place, format!("it has {says} {what}, and {is} are booked"));
    }
    if lot.price.units() != i128::from(booked.price) {
        let asset = lot.price.asset();
        checked.find(
            &*place,
            format!(
                "its price is {}, and {} are booked",
                lot.price,
                amount(asset, booked.price.into())
            ),
        );
    }
}

/// What a wallet keeps besides its lots.
fn compare_viewer(
    tx: &mut Tx<'_>,
    record: &Record,
    kept: &WalletRecord,
    booked: &Viewer,
    checked: &mut Checked,
) -> Result<()> {
    let replacing: u64 = kept.lots.iter().map(|lot| lot.replacing).sum();
    if replacing != booked.replacing {
        checked.find(
            place(record),
            format!(
                "{replacing} of its coins stand in for refunded ones, and {} are booked so",
                booked.replacing
            ),
        );
    }
    let reversed: u64 = kept.reversed.values().sum();
    if booked.reversed != reversed {
        checked.find(
            place(record),
            format!(
                "diamonds of {reversed} given coins are noted as taken back, and refunds and corrections took back those of {}",
                booked.reversed
            ),
        );
    }
    for (number, coins) in &kept.reversed {
        let gift = tx.transaction_number(*number)?;
        let is_spent =
            |account: &Account| account.kind == AccountKind::ViewerCoins && *account.owner == *record.id;
        let given = gift.filter(|gift| gift.cause == journal::GIFT).map_or(0, |gift| {
            let spent = gift.postings.iter().filter(|posting| is_spent(&posting.debit));
            spent.map(|posting| posting.amount).sum()
        });
        if given < *coins {
            checked.find(
                place(record),
                format!("{coins} coins of gift {number} are noted as taken back, and {given} were given"),
            );
        }
    }
    Ok(())
}

/// What stands on viewers' accounts.
struct Accounts {
    coins: HashMap<Account, i128>,
    deficit: HashMap<Account, i128>,
    paid: HashMap<Account, i128>,
    /// Assets of the payments, by viewer.
    assets: HashMap<Arc<str>, Vec<Asset>>,
}

impl Accounts {
    fn read(tx: &mut Tx<'_>) -> Result<Accounts> {
        let paid = posted(tx, AccountKind::CoinLiability)?;
        let mut assets: HashMap<Arc<str>, Vec<Asset>> = HashMap::new();
        for account in paid.keys() {
            assets
                .entry(account.owner.clone())
                .or_default()
                .push(account.asset);
        }
        Ok(Accounts {
            coins: posted(tx, AccountKind::ViewerCoins)?,
            deficit: posted(tx, AccountKind::CoinDeficit)?,
            paid,
            assets,
        })
    }

    /// Compares a wallet with its viewer's accounts, and is done with them.
    fn compare(&mut self, record: &Record, kept: &WalletRecord, viewer: &Arc<str>, checked: &mut Checked) {
        let sum = |each: fn(&Lot) -> i128| -> i128 { kept.lots.iter().map(each).sum() };
        let unused = sum(unused);
        let mut coins = |what, of: &mut HashMap<Account, i128>, kind, kept: i128| {
            let account = Account::of(kind, viewer.clone(), crate::live::coin());
            let stands = of.remove(&account).unwrap_or(0);
            if stands != kept {
                let words = format!("it has {kept} {what}, and {stands} stand in `{account}`");
                checked.find(place(record), words);
            }
        };
        coins(
            "coins that are not spent",
            &mut self.coins,
            AccountKind::ViewerCoins,
            unused,
        );
        coins(
            "coins owing",
            &mut self.deficit,
            AccountKind::CoinDeficit,
            kept.deficit.into(),
        );
        let frozen = sum(|lot| lot.frozen.into());
        if frozen != 0 {
            checked.find(
                place(record),
                format!("it has {frozen} frozen coins, and no command freezes any"),
            );
        }
        let mut worth: BTreeMap<Asset, i128> = BTreeMap::new();
        for lot in kept.lots.iter().filter(|lot| unused_of(lot) && lot.coins > 0) {
            let value = lot.part(lot.used, lot.coins - lot.returned).value;
            *worth.entry(value.asset()).or_default() += value.units();
        }
        for asset in self.assets.remove(viewer).unwrap_or_default() {
            worth.entry(asset).or_default();
        }
        for (asset, worth) in worth {
            let account = Account::of(AccountKind::CoinLiability, viewer.clone(), asset);
            let stands = self.paid.remove(&account).unwrap_or(0);
            if stands != worth {
                checked.find(
                    place(record),
                    format!(
                        "{} were paid for its unspent coins, and {} stand in `{account}`",
                        amount(asset, worth),
                        amount(asset, stands)
                    ),
                );
            }
        }
    }

    /// Accounts of viewers without a wallet.
    fn left_over(self, checked: &mut Checked) {
        let all = [self.coins, self.deficit, self.paid];
        for (account, stands) in all.into_iter().flatten().filter(|(_, stands)| *stands != 0) {
            checked.find(
                format!("{WALLET} `{}`", account.owner),
                format!(
                    "{} stand in `{account}`, and there is no wallet",
                    amount(account.asset, stands)
                ),
            );
        }
    }
}

fn unused(lot: &Lot) -> i128 {
    i128::from(lot.coins) - i128::from(lot.used) - i128::from(lot.returned)
}

/// Whether a lot's parts make sense: no more is used and returned than there is.
fn unused_of(lot: &Lot) -> bool {
    unused(lot) >= 0
}
