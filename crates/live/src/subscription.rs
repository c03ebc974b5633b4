//! Subscriptions: the creator's share of a payment, with its bonus.

use money::{Money, MoneyError, Ratio, Rounding};

/// A payment divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divided {
    /// The creator's part.
    pub creator: Money,
    /// The platform's part: all the rest.
    pub platform: Money,
    /// The share that was applied.
    pub share: Ratio,
}

/// The share of a tier with the bonuses that were reached: their sum, at most everything.
pub fn share_with(base: Ratio, bonuses: impl IntoIterator<Item = Ratio>) -> Result<Ratio, MoneyError> {
    let mut share = base;
    for bonus in bonuses {
        share = share.checked_add(bonus)?;
    }
    Ok(share.min(Ratio::ONE))
}

/// Divides a payment. The creator's part is rounded down to the currency's unit; the platform has the rest, so that both
/// sum to the payment.
pub fn divide(price: Money, share: Ratio) -> Result<Divided, MoneyError> {
    let creator = price.mul_ratio(share, Rounding::Floor)?.value;
    Ok(Divided {
        creator,
        platform: price.checked_sub(creator)?,
        share,
    })
}
