//! The chart of accounts: every kind of account, what it holds, and whether it may go below zero.
//!
//! This table is the documentation's table: `permille ledger accounts --chart` prints it.

use std::fmt;
use std::str::FromStr;

/// On which side an account's balance normally stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Assets and expenses: debits raise the balance.
    Debit,
    /// Liabilities, equity and income: credits raise the balance.
    Credit,
}

/// The class of an account in bookkeeping: the first part of its name in exported journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What the platform has.
    Assets,
    /// What the platform owes.
    Liabilities,
    /// Counter-accounts of tokens and statistics.
    Equity,
    /// What the platform earned.
    Income,
    /// What the platform spent.
    Expenses,
}

impl Class {
    /// The name in exported journals.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Assets => "Assets",
            Class::Liabilities => "Liabilities",
            Class::Equity => "Equity",
            Class::Income => "Income",
            Class::Expenses => "Expenses",
        }
    }
}

/// Whose an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerKind {
    /// One account for the whole platform.
    Platform,
    /// One for each creator.
    Creator,
    /// One for each payee: who is paid, for what it earned itself and for what it collects for others.
    Payee,
    /// One for each viewer.
    Viewer,
    /// One for each program, and for LIVE.
    Program,
    /// One for each sales channel, advertiser or other counterparty.
    Party,
}

impl OwnerKind {
    /// The word in tables and messages.
    pub const fn name(self) -> &'static str {
        match self {
            OwnerKind::Platform => "platform",
            OwnerKind::Creator => "creator",
            OwnerKind::Payee => "payee",
            OwnerKind::Viewer => "viewer",
            OwnerKind::Program => "program",
            OwnerKind::Party => "party",
        }
    }
}

/// Which assets an account may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Currencies: any asset that is not one of the tokens below.
    Money,
    /// What viewers buy and spend: `COIN/0`.
    Coins,
    /// What hosts receive: `DIAMOND/0`.
    Diamonds,
}

impl Holds {
    /// The word in tables and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Holds::Money => "money",
            Holds::Coins => "coins",
            Holds::Diamonds => "diamonds",
        }
    }

    /// Whether an asset may be held.
    pub fn admits(self, asset: money::Asset) -> bool {
        match self {
            Holds::Money => !matches!(asset.code(), "COIN" | "DIAMOND"),
            Holds::Coins => asset.code() == "COIN" && asset.scale() == 0,
            Holds::Diamonds => asset.code() == "DIAMOND" && asset.scale() == 0,
        }
    }
}

/// Whether an owner's money of every program and source stands in an account of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// One account for all of it.
    One,
    /// One for each program and source: they are part of the account's name.
    Many,
    /// One for each program, source and creator who earned it, whom the account's name has where the owner collects for somebody else.
    OfEarners,
}

impl Streams {
    /// The words in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Streams::One => "-",
            Streams::Many => "program and source",
            Streams::OfEarners => "program, source and earner",
        }
    }
}

/// Whether a balance may go below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Never: a transaction that would do so is refused.
    NotBelowZero,
    /// It may.
    None,
}

macro_rules! chart {
    ($($variant:ident $name:literal $class:ident $side:ident $owner:ident $streams:ident $holds:ident $limit:ident $doc:literal;)*) => {
        /// A kind of account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum AccountKind {
            $(#[doc = $doc] $variant,)*
        }

        impl AccountKind {
            /// Every kind, in the order of the chart.
            pub const ALL: &[AccountKind] = &[$(AccountKind::$variant,)*];

            /// The name in the store, on the command line and in documents.
            pub const fn name(self) -> &'static str {
                match self { $(AccountKind::$variant => $name,)* }
            }

            /// The class in bookkeeping.
            pub const fn class(self) -> Class {
                match self { $(AccountKind::$variant => Class::$class,)* }
            }

            /// The normal side.
            pub const fn side(self) -> Side {
                match self { $(AccountKind::$variant => Side::$side,)* }
            }

            /// Whose it is.
            pub const fn owner(self) -> OwnerKind {
                match self { $(AccountKind::$variant => OwnerKind::$owner,)* }
            }

            /// Whether it is kept by programs and sources.
            pub const fn streams(self) -> Streams {
                match self { $(AccountKind::$variant => Streams::$streams,)* }
            }

            /// What it holds.
            pub const fn holds(self) -> Holds {
                match self { $(AccountKind::$variant => Holds::$holds,)* }
            }

            /// Whether it may go below zero.
            pub const fn limit(self) -> Limit {
                match self { $(AccountKind::$variant => Limit::$limit,)* }
            }

            /// What it is for, in a sentence.
            pub const fn doc(self) -> &'static str {
                match self { $(AccountKind::$variant => $doc,)* }
            }
        }
    };
}

chart! {
    CashAtBank "cash-at-bank" Assets Debit Platform One Money None "Money in the platform's bank accounts.";
    AdvertiserReceivable "advertiser-receivable" Assets Debit Program One Money None "What advertisers owe for the revenue a program shares.";
    ChannelReceivable "channel-receivable" Assets Debit Party One Money None "What an app store or payment provider owes for coins and subscriptions it sold.";
    CreatorReceivable "creator-receivable" Assets Debit Payee One Money NotBelowZero "Clawed-back money a payee was invoiced for.";
    FxClearing "fx-clearing" Assets Debit Platform One Money None "Both sides of currency conversions; one balance per currency.";
    CreatorPending "creator-pending" Liabilities Credit Creator Many Money None "Earned and still held: estimated, or final and not yet payable.";
    CreatorAvailable "creator-available" Liabilities Credit Payee OfEarners Money None "Payable to a payee, by who earned it. Below zero after a clawback of money already paid.";
    CreatorWithheld "creator-withheld" Liabilities Credit Payee Many Money NotBelowZero "Tax withheld from payouts that are not executed yet.";
    TaxPayable "tax-payable" Liabilities Credit Party One Money None "Withheld tax owed to an authority.";
    BeneficiaryPayable "beneficiary-payable" Liabilities Credit Program One Money None "Carve-outs of a program owed to their beneficiary, such as music licensing.";
    CoinLiability "coin-liability" Liabilities Credit Viewer One Money NotBelowZero "Paid for coins a viewer has not spent yet.";
    DiamondLiability "diamond-liability" Liabilities Credit Creator One Money None "Value of diamonds a creator has not redeemed yet.";
    Fund "fund" Liabilities Credit Program One Money None "A program's money of a period, until it is divided: zero afterwards.";
    ViewerCoins "viewer-coins" Liabilities Credit Viewer One Coins NotBelowZero "Coins a viewer can spend.";
    CoinDeficit "coin-deficit" Assets Debit Viewer One Coins NotBelowZero "Refunded coins that had been spent: taken from future purchases.";
    CoinsIssued "coins-issued" Equity Debit Platform One Coins None "Counter-account of all coins.";
    CreatorDiamonds "creator-diamonds" Liabilities Credit Creator One Diamonds NotBelowZero "Diamonds a creator can redeem.";
    DiamondsIssued "diamonds-issued" Equity Debit Platform One Diamonds None "Counter-account of all diamonds.";
    PlatformIncome "platform-income" Income Credit Program One Money None "The platform's part.";
    ExpiredIncome "expired-income" Income Credit Program One Money None "Creators' money that expired below a threshold.";
    ProgramCost "program-cost" Expenses Debit Program One Money None "What the platform puts into a program out of its own money.";
    RefundCost "refund-cost" Expenses Debit Party One Money None "Refunds and chargebacks the platform bears.";
    PayoutFees "payout-fees" Expenses Debit Party One Money None "Fees of banks and rails that the platform bears.";
    UsSourceDiamonds "us-source-diamonds" Equity Credit Creator One Diamonds None "Statistics: the part of a creator's diamonds that was given out of coins bought in the United States.";
    UsSourceDiamondsContra "us-source-diamonds-contra" Equity Debit Platform One Diamonds None "Counter-account of the statistics of diamonds' sources.";
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AccountKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|kind| kind.name() == text);
        found.ok_or_else(|| {
            format!("unknown account kind `{text}`: `permille ledger accounts --chart` lists them")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct_and_read_back() {
        let names: BTreeSet<_> = AccountKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), AccountKind::ALL.len());
        for kind in AccountKind::ALL {
            assert_eq!(kind.name().parse::<AccountKind>(), Ok(*kind));
        }
    }

    #[test]
    fn tokens_never_stand_in_money_accounts() {
        let coin = money::Asset::new("COIN", 0).unwrap();
        let dollar = money::Asset::micro("USD").unwrap();
        assert!(AccountKind::ViewerCoins.holds().admits(coin));
        assert!(!AccountKind::ViewerCoins.holds().admits(dollar));
        assert!(!AccountKind::CashAtBank.holds().admits(coin));
        assert!(!AccountKind::CreatorDiamonds.holds().admits(coin));
    }
}
