//! An account: a kind of the chart, whose it is, the one asset it holds, and of creators' money which program's it is.

use crate::chart::{AccountKind, OwnerKind, Streams};
use crate::stream::{Source, Stream};
use money::Asset;
use std::fmt;
use std::sync::Arc;

/// Whose an account is: an id, or empty for the platform's own.
pub type Owner = Arc<str>;

/// An account. Kind, owner, asset and stream name it once and for ever; it is opened by its first posting.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// The kind.
    pub kind: AccountKind,
    /// The owner; empty for the platform's own accounts.
    pub owner: Owner,
    /// The asset.
    pub asset: Asset,
    /// The program and the source of the money, exactly where the kind asks for them; and who earned it, where the owner collects it for
    /// somebody else.
    pub stream: Option<Stream>,
}

impl Account {
    /// An account of the platform itself.
    pub fn platform(kind: AccountKind, asset: Asset) -> Self {
        Self::of(kind, "", asset)
    }

    /// An account of somebody.
    pub fn of(kind: AccountKind, owner: impl Into<Owner>, asset: Asset) -> Self {
        Self {
            kind,
            owner: owner.into(),
            asset,
            stream: None,
        }
    }

    /// An account of a creator for the money of one program from one source.
    pub fn streamed(kind: AccountKind, owner: impl Into<Owner>, asset: Asset, stream: Stream) -> Self {
        Self {
            stream: Some(stream),
            ..Self::of(kind, owner, asset)
        }
    }

    /// The program whose money it is, where the account names one.
    pub fn program(&self) -> Option<&str> {
        self.stream.as_ref().map(|stream| &*stream.program)
    }

    /// The source of the money, where the account names one.
    pub fn source(&self) -> Option<Source> {
        self.stream.as_ref().map(|stream| stream.source)
    }

    /// The creator who earned the money: the owner, where the account names nobody else.
    pub fn earner(&self) -> &Owner {
        let other = self.stream.as_ref().and_then(|stream| stream.earner.as_ref());
        other.unwrap_or(&self.owner)
    }

    /// Whether the chart allows it: an owner exactly where the kind has owners, an asset the kind holds, a stream exactly where
    /// the kind is kept by streams, and an earner where the kind is kept by earners and somebody else than the owner is one.
    pub fn is_allowed(&self) -> bool {
        let needs_owner = self.kind.owner() != OwnerKind::Platform;
        let has_right_stream = match (&self.stream, self.kind.streams()) {
            (None, Streams::One) => true,
            (Some(stream), Streams::Many) => stream.is_well_formed() && stream.earner.is_none(),
            (Some(stream), Streams::OfEarners) => {
                let is_named = |earner: &Owner| !earner.is_empty() && *earner != self.owner;
                stream.is_well_formed() && stream.earner.as_ref().is_none_or(is_named)
            }
            _ => false,
        };
        needs_owner != self.owner.is_empty() && self.kind.holds().admits(self.asset) && has_right_stream
    }

    /// Reads what [`Account`]'s `Display` writes: `kind ASSET/scale`, `kind:owner ASSET/scale` or, of a kind that is kept by
    /// streams, `kind:owner PROGRAM/source ASSET/scale`. An owner may contain anything: neither the asset nor the stream, which
    /// stand behind it, contains a space.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, asset) = text
            .rsplit_once(' ')
            .ok_or_else(|| format!("`{text}` is not an account: write `kind:owner ASSET/scale`"))?;
        let asset = asset.parse::<Asset>().map_err(|e| e.to_string())?;
        let (word, rest) = name.split_once(':').unwrap_or((name, ""));
        let kind = word.parse::<AccountKind>()?;
        if kind.streams() == Streams::One {
            return Ok(Self::of(kind, rest, asset));
        }
        let (owner, stream) = rest.rsplit_once(' ').ok_or_else(|| {
            format!("`{text}` is not an account: write `{kind}:owner PROGRAM/source ASSET/scale`")
        })?;
        Ok(Self::streamed(kind, owner, asset, stream.parse()?))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if !self.owner.is_empty() {
            write!(f, ":{}", self.owner)?;
        }
        if let Some(stream) = &self.stream {
            write!(f, " {stream}")?;
        }
        write!(f, " {}", self.asset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pending(owner: &str, program: &str, source: Source) -> Account {
        let asset = Asset::micro("USD").unwrap();
        Account::streamed(
            AccountKind::CreatorPending,
            owner,
            asset,
            Stream::new(program, source),
        )
    }

    #[test]
    fn an_account_reads_back() {
        let asset = Asset::micro("USD").unwrap();
        let accounts = [
            Account::platform(AccountKind::CashAtBank, asset),
            Account::of(AccountKind::CoinLiability, "a:b c", asset),
            pending("a:b c", "fund", Source::Us),
            pending("a fund/us USD/6", "fund", Source::Other),
            Account::streamed(
                AccountKind::CreatorAvailable,
                "an agency",
                asset,
                Stream::new("fund", Source::Us).earned_by("fund/us USD/6"),
            ),
        ];
        for account in accounts {
            assert_eq!(Account::parse(&account.to_string()), Ok(account));
        }
        assert_eq!(
            pending("anna", "fund", Source::Us).to_string(),
            "creator-pending:anna fund/us USD/6"
        );
        assert!(Account::parse("creator-pending:anna USD/6").is_err());
    }

    #[test]
    fn owners_stand_where_the_chart_says() {
        let asset = Asset::micro("USD").unwrap();
        assert!(!Account::of(AccountKind::CashAtBank, "me", asset).is_allowed());
        assert!(!pending("", "fund", Source::Us).is_allowed());
        assert!(pending("me", "fund", Source::Us).is_allowed());
    }

    #[test]
    fn programs_and_sources_stand_where_the_chart_says() {
        let asset = Asset::micro("USD").unwrap();
        for kind in AccountKind::ALL {
            let owner = if kind.owner() == OwnerKind::Platform {
                ""
            } else {
                "me"
            };
            let asset = match kind.holds() {
                crate::chart::Holds::Money => asset,
                crate::chart::Holds::Coins => Asset::new("COIN", 0).unwrap(),
                crate::chart::Holds::Diamonds => Asset::new("DIAMOND", 0).unwrap(),
            };
            let is_by_stream = kind.streams() != Streams::One;
            let stream = Stream::new("fund", Source::Other);
            assert_eq!(
                Account::of(*kind, owner, asset).is_allowed(),
                !is_by_stream,
                "{kind}"
            );
            assert_eq!(
                Account::streamed(*kind, owner, asset, stream).is_allowed(),
                is_by_stream,
                "{kind}"
            );
            let of_another = |earner: &str| {
                let stream = Stream::new("fund", Source::Other).earned_by(earner);
                Account::streamed(*kind, owner, asset, stream).is_allowed()
            };
            assert_eq!(of_another("mira"), kind.streams() == Streams::OfEarners, "{kind}");
            assert!(!of_another("me") && !of_another(""), "{kind}");
        }
        assert!(!pending("me", "", Source::Us).is_allowed());
        assert!(!pending("me", "a b", Source::Us).is_allowed());
    }

    proptest! {
        #[test]
        fn no_owner_makes_two_accounts_look_alike(owner in "(\\PC|[ :/]|us|USD/6){1,40}", program in "[a-z][a-z0-9-]{0,20}") {
            for source in Source::ALL {
                let account = pending(&owner, &program, source);
                prop_assert_eq!(Account::parse(&account.to_string()), Ok(account));
            }
        }
    }
}
