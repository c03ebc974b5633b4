//! Balances: sums of debits and credits, posted and pending.

use crate::chart::{Limit, Side};

/// What stands on an account, in smallest units of its asset. Sums only ever grow, except that pending sums shrink
/// when a pending transaction ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Sum of posted debits.
    pub debits: u64,
    /// Sum of posted credits.
    pub credits: u64,
    /// Sum of debits of pending transactions.
    pub debits_pending: u64,
    /// Sum of credits of pending transactions.
    pub credits_pending: u64,
}

/// A sum of debits or credits has reached the largest number a store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceOverflow;

impl Balance {
    /// Posted balance on the normal side.
    pub fn posted(&self, side: Side) -> i128 {
        signed(side, self.debits, self.credits)
    }

    /// Effect that pending transactions would have, on the normal side.
    pub fn pending(&self, side: Side) -> i128 {
        signed(side, self.debits_pending, self.credits_pending)
    }

    /// What can be used: the posted balance less what pending transactions reserve. Pending receipts do not count.
    pub fn available(&self, side: Side) -> i128 {
        match side {
            Side::Debit => self.posted(side) - i128::from(self.credits_pending),
            Side::Credit => self.posted(side) - i128::from(self.debits_pending),
        }
    }

    /// Whether a limit holds.
    pub fn within(&self, limit: Limit, side: Side) -> bool {
        limit == Limit::None || self.available(side) >= 0
    }

    /// Debits minus credits: what a trial balance adds up to zero.
    pub fn net_debit(&self) -> i128 {
        i128::from(self.debits) - i128::from(self.credits)
    }

    pub(crate) fn debit(&mut self, amount: u64) -> Result<(), BalanceOverflow> {
        raise(&mut self.debits, amount)
    }

    pub(crate) fn credit(&mut self, amount: u64) -> Result<(), BalanceOverflow> {
        raise(&mut self.credits, amount)
    }

    pub(crate) fn debit_pending(&mut self, amount: u64) -> Result<(), BalanceOverflow> {
        raise(&mut self.debits_pending, amount)
    }

    pub(crate) fn credit_pending(&mut self, amount: u64) -> Result<(), BalanceOverflow> {
        raise(&mut self.credits_pending, amount)
    }

    /// Ends a pending debit.
    pub(crate) fn release_debit(&mut self, amount: u64) {
        self.debits_pending = release(self.debits_pending, amount);
    }

    /// Ends a pending credit.
    pub(crate) fn release_credit(&mut self, amount: u64) {
        self.credits_pending = release(self.credits_pending, amount);
    }
}

fn release(sum: u64, amount: u64) -> u64 {
    sum.checked_sub(amount)
        .expect("a pending posting is released once, after it was reserved")
}

fn raise(sum: &mut u64, amount: u64) -> Result<(), BalanceOverflow> {
    match sum.checked_add(amount) {
        Some(raised) if raised <= crate::MAX_AMOUNT => {
            *sum = raised;
            Ok(())
        }
        _ => Err(BalanceOverflow),
    }
}

fn signed(side: Side, debits: u64, credits: u64) -> i128 {
    let net = i128::from(debits) - i128::from(credits);
    match side {
        Side::Debit => net,
        Side::Credit => -net,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_receipts_cannot_be_spent_and_pending_payments_are_reserved() {
        let balance = Balance {
            debits: 10,
            credits: 100,
            debits_pending: 30,
            credits_pending: 500,
        };
        assert_eq!(balance.posted(Side::Credit), 90);
        assert_eq!(balance.available(Side::Credit), 60);
        assert_eq!(balance.pending(Side::Credit), 470);
        assert_eq!(balance.posted(Side::Debit), -90);
    }

    #[test]
    fn a_sum_does_not_pass_what_a_store_keeps() {
        let mut balance = Balance::default();
        assert_eq!(balance.debit(crate::MAX_AMOUNT), Ok(()));
        assert_eq!(balance.debit(1), Err(BalanceOverflow));
        assert_eq!(balance.debits, crate::MAX_AMOUNT);
    }
}
