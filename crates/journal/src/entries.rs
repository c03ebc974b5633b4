//! What each kind of entry says beside its postings. Amounts that are only told are texts with their currency.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The money of a period, as a run settled it: where it comes from, and what of it is not the creators'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Funded {
    /// The program.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// The period.
    pub period: String,
    /// The run.
    pub run: u32,
    /// The run that stood before, if this is the difference to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_run: Option<u32>,
}

/// What a creator earned in a period, as a run settled it, or what changed of it after the period was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earned {
    /// The program.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// The period.
    pub period: String,
    /// The run.
    pub run: u32,
    /// The run that stood before, if this is the difference to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_run: Option<u32>,
    /// What changed of its first lines, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// Why a line is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The line.
    pub line: String,
    /// Its video.
    pub video: String,
    /// What it was, in the account's currency; none if it is new.
    pub was: Option<String>,
    /// What it is; none if it is gone.
    pub is: Option<String>,
    /// The reason's name.
    pub reason: String,
}

/// A period's money of one creator that became payable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The program.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// The period.
    pub period: String,
    /// The run.
    pub run: u32,
}

/// Money of subscriptions that became payable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionsReleased {
    /// The program.
    pub program: String,
    /// The day on which it became payable.
    pub payable_on: String,
}

/// A payout, reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutReserved {
    /// The batch.
    pub batch: String,
    /// The payout.
    pub payout: String,
    /// Its reference at the bank.
    pub reference: String,
    /// What arrives, in the payout's currency.
    pub arrives: String,
    /// What was withheld.
    pub withheld: String,
    /// The exchange rate; none in one currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateUsed>,
}

/// The exchange rate of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateUsed {
    /// Units of what arrives for one of what is paid, exact.
    pub rate: String,
    /// The day it was published.
    pub date: String,
    /// Where it is from.
    pub source: String,
    /// The BLAKE3 hash of the file it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// A payout's reservation that was given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutVoided {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A payout that came back, or that was paid after all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutMoved {
    /// The batch.
    pub batch: String,
    /// The payout.
    pub payout: String,
    /// Its reference at the bank.
    pub reference: String,
    /// Why.
    pub reason: String,
}

/// What a creator owes, as an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoiced {
    /// The invoice.
    pub reference: String,
}

/// Money that came in for an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The invoice.
    pub invoice: String,
    /// The bank's reference.
    pub reference: String,
    /// Who said so, or brought in the file that does.
    pub by: String,
}

/// Money below a program's threshold that expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expired {
    /// The program.
    pub program: String,
    /// The period that it was earned in; none of what has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The threshold.
    pub threshold: String,
    /// With the first of what expires at once: periods that earned nothing or less in the same money.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
}

/// Expired money that a restatement found not to have been earned: it is taken of what expired, and not of the creator once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpiryUndone {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// The run that earned less.
    pub run: u32,
}

/// For which period of its program something is booked that is booked when it happens, and not settled by period.
///
/// That is the period that it is dated in, by the transaction's effective time; where that was closed before, the first one that was open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookedFor {
    /// The period in whose figures it is.
    pub period: Arc<str>,
    /// The period that it is dated in, where that was closed before it was booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_of: Option<Arc<str>>,
}

impl BookedFor {
    /// The period that it is dated in.
    pub fn dated(&self) -> &Arc<str> {
        self.late_of.as_ref().unwrap_or(&self.period)
    }
}

fn is_zero(coins: &u64) -> bool {
    *coins == 0
}

/// A gift, or the gifts of a streak that were booked at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gift {
    /// The program.
    pub program: Arc<str>,
    /// Its version.
    pub version: u32,
    /// For which period of the program.
    pub booked_for: BookedFor,
    /// The room.
    pub room: Arc<str>,
    /// Who gave.
    pub viewer: Arc<str>,
    /// For whom.
    pub recipient: Arc<str>,
    /// What.
    pub gift: Arc<str>,
    /// How many.
    pub count: u64,
    /// The streak's count with them.
    pub upto: u64,
    /// The price of one.
    pub coins_each: u32,
    /// How many of the coins were bought in the United States.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub us_coins: u64,
    /// What ended the streak, or that it goes on.
    pub closed_by: String,
}

/// A gift that was taken back whole: frames that came later say that it was no gift of its own, or had another price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GiftCorrected {
    /// The program.
    pub program: Arc<str>,
    /// For which period of the program.
    pub booked_for: BookedFor,
    /// The room.
    pub room: Arc<str>,
    /// Who gave.
    pub viewer: Arc<str>,
    /// For whom.
    pub recipient: Arc<str>,
    /// What.
    pub gift: Arc<str>,
    /// How many.
    pub count: u64,
    /// The number of the gift's transaction.
    pub number: u64,
    /// The period that the gift was booked for.
    pub given_in: Arc<str>,
}

/// Coins that were bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoinsBought {
    /// The program.
    pub program: Arc<str>,
    /// For which period of the program.
    pub booked_for: BookedFor,
    /// By whom.
    pub viewer: Arc<str>,
    /// Through which store.
    pub channel: Arc<str>,
    /// How many.
    pub coins: u32,
    /// For how much.
    pub price: String,
}

/// A purchase that was given back or charged back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoinsRefunded {
    /// The program.
    pub program: Arc<str>,
    /// For which period of the program.
    pub booked_for: BookedFor,
    /// To whom.
    pub viewer: Arc<str>,
    /// The purchase.
    pub purchase: Arc<str>,
    /// Why, by its name.
    pub reason: String,
    /// How much money.
    pub money: Option<String>,
    /// Coins of the purchase that were spent already.
    pub spent_coins: u64,
    /// Coins that the viewer owes.
    pub deficit: u64,
    /// Coins whose diamonds were taken back.
    pub reversed_coins: u64,
}

/// Diamonds that were taken back from a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GiftReversed {
    /// The program.
    pub program: String,
    /// For which period of the program.
    pub booked_for: BookedFor,
    /// From whom.
    pub creator: Arc<str>,
    /// The refunded purchase; where the gift was corrected, the key of its transaction.
    pub purchase: Arc<str>,
    /// Why, by its name.
    pub reason: String,
    /// How many.
    pub diamonds: u64,
    /// How many of them had been redeemed.
    pub redeemed: Redeemed,
}

/// Redeemed diamonds that were taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redeemed {
    /// How many.
    pub diamonds: u64,
    /// How many of them have a source in the United States.
    pub us_diamonds: u64,
}

/// Diamonds that became money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiamondsRedeemed {
    /// The program.
    pub program: String,
    /// For which period of the program.
    pub booked_for: BookedFor,
    /// Whose.
    pub creator: Arc<str>,
    /// How many.
    pub diamonds: u64,
    /// What one was worth.
    pub unit_value: String,
    /// What they came to.
    pub money: String,
}

/// A subscription to a creator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribed {
    /// The program.
    pub program: String,
    /// For which period of the program.
    pub booked_for: BookedFor,
    /// Who subscribed.
    pub viewer: Arc<str>,
    /// To whom.
    pub creator: Arc<str>,
    /// The tier, if there are several.
    pub tier: Option<Arc<str>>,
    /// What was paid.
    pub price: String,
    /// The day on which the creator's part becomes payable.
    pub payable_on: String,
}
