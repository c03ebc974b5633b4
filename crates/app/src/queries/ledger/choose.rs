//! Which accounts are meant, by what people write: kind, owner, asset, or an account as it is printed.

use crate::base::error::{Error, Result};
use ::ledger::{Account, AccountKind, AccountState, Source, Stream, Streams};
use money::Asset;
use std::collections::BTreeSet;
use store::{AccountFilter, Tx};

/// What was asked for; what is `None` does not restrict.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// An account as it is printed: `kind`, `kind:owner`, each perhaps with ` PROGRAM/source` and ` ASSET` behind it.
    pub account: Option<String>,
    /// Word of a kind of account.
    pub kind: Option<String>,
    /// An owner.
    pub owner: Option<String>,
    /// An asset: `USD/6`, or `USD` at any scale.
    pub asset: Option<String>,
    /// The program whose money it is.
    pub program: Option<String>,
    /// Where it has its source: `us` or `other`.
    pub source: Option<String>,
}

/// A choice with its words understood.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    kind: Option<AccountKind>,
    owner: Option<String>,
    /// An asset's code, and its scale if one was named.
    asset: Option<(String, Option<Asset>)>,
    program: Option<String>,
    source: Option<Source>,
    /// Who earned it, where the words of one account say that it is another than the owner.
    earner: Option<String>,
}

impl Choice {
    /// Understands the words, or says which one is not understood.
    pub(super) fn filter(&self) -> Result<Filter> {
        let mut filter = Filter {
            kind: self.kind.as_deref().map(kind).transpose()?,
            owner: self.owner.clone(),
            asset: self.asset.as_deref().map(asset).transpose()?,
            program: self.program.clone(),
            source: self.source.as_deref().map(source).transpose()?,
            earner: None,
        };
        if let Some(text) = &self.account {
            // An owner may contain spaces: the last word is an asset only if it reads as one.
            let (name, last) = match text.rsplit_once(' ').map(|(name, last)| (name, asset(last))) {
                Some((name, Ok(last))) => (name, Some(last)),
                _ => (text.as_str(), None),
            };
            let (word, owner) = match name.split_once(':') {
                Some((word, owner)) => (word, Some(owner)),
                None => (name, None),
            };
            let kind = kind(word)?;
            // So is a program with a source, of a kind that has them.
            let stream = owner
                .and_then(|owner| owner.rsplit_once(' '))
                .and_then(|(owner, last)| Some((owner, last.parse::<Stream>().ok()?)));
            let owner = match stream {
                Some((owner, stream)) if kind.streams() != Streams::One => {
                    filter.earner = stream.earner.map(|earner| earner.to_string());
                    filter.program = Some(stream.program.to_string());
                    filter.source = Some(stream.source);
                    Some(owner)
                }
                _ => owner,
            };
            filter.kind = Some(kind);
            filter.owner = owner.map(str::to_owned).or(filter.owner);
            filter.asset = last.or(filter.asset);
        }
        Ok(filter)
    }
}

fn kind(word: &str) -> Result<AccountKind> {
    word.parse().map_err(|_| {
        let names = AccountKind::ALL.iter().map(|kind| kind.name());
        let meant = document::did_you_mean(word, names);
        let list = "`permille ledger accounts --chart` lists the kinds";
        let hint = meant.map_or_else(|| list.to_owned(), |meant| format!("{meant} {list}"));
        Error::usage("ledger/kind", format!("there is no kind of account `{word}`")).hint(hint)
    })
}

fn source(word: &str) -> Result<Source> {
    word.parse()
        .map_err(|error: String| Error::usage("ledger/source", error).hint("write us or other"))
}

fn asset(text: &str) -> Result<(String, Option<Asset>)> {
    let parsed = if text.contains('/') {
        text.parse::<Asset>()
            .map(|asset| (asset.code().to_owned(), Some(asset)))
    } else {
        Asset::new(text, 0).map(|asset| (asset.code().to_owned(), None))
    };
    parsed.map_err(|error| {
        Error::usage("ledger/asset", error.to_string())
            .hint("write an asset as USD/6, or USD for all its scales")
    })
}

/// The accounts that match. An owner, an asset or a program that the books do not know at all is an error; a choice of known words that
/// nothing matches is an empty list.
pub(super) fn accounts(tx: &mut Tx<'_>, choice: &Choice, filter: &Filter) -> Result<Vec<AccountState>> {
    let mut found = tx.accounts(&AccountFilter {
        kind: filter.kind,
        owner: filter.owner.clone(),
        asset: None,
    })?;
    if let Some((code, exact)) = &filter.asset {
        found.retain(|state| {
            let asset = state.account.asset;
            asset.code() == code && exact.is_none_or(|exact| exact == asset)
        });
    }
    if let Some(program) = filter.program.as_deref() {
        found.retain(|state| state.account.program() == Some(program));
    }
    if let Some(source) = filter.source {
        found.retain(|state| state.account.source() == Some(source));
    }
    if let Some(earner) = filter.earner.as_deref() {
        found.retain(|state| **state.account.earner() == *earner);
    }
    if found.is_empty() {
        unknown_words(tx, choice, filter)?;
    }
    Ok(found)
}

fn unknown_words(tx: &mut Tx<'_>, choice: &Choice, filter: &Filter) -> Result<()> {
    if let Some(owner) = &filter.owner {
        let of_owner = AccountFilter {
            owner: Some(owner.clone()),
            ..AccountFilter::default()
        };
        if tx.accounts(&of_owner)?.is_empty() {
            return Err(Error::usage(
                "ledger/owner",
                format!("no account of the books belongs to `{owner}`"),
            )
            .hint("`permille ledger accounts` lists accounts with their owners"));
        }
    }
    let states = tx.accounts(&AccountFilter::default())?;
    if let Some(program) = filter.program.as_deref()
        && !states
            .iter()
            .any(|state| state.account.program() == Some(program))
    {
        return Err(Error::usage(
            "ledger/program",
            format!("no account of the books is of the program `{program}`"),
        )
        .hint("`permille ledger accounts` lists accounts with their programs"));
    }
    let Some((code, exact)) = &filter.asset else {
        return Ok(());
    };
    let assets: BTreeSet<Asset> = states.iter().map(|state| state.account.asset).collect();
    let is_known = |asset: &Asset| asset.code() == code && exact.is_none_or(|exact| exact == *asset);
    if assets.iter().any(is_known) {
        return Ok(());
    }
    let held: Vec<_> = assets.iter().map(ToString::to_string).collect();
    let wanted = choice.asset.as_deref().unwrap_or(code);
    let error = Error::usage(
        "ledger/asset",
        format!("no account of the books holds `{wanted}`"),
    );
    Err(match held.is_empty() {
        true => error.hint("the books are empty"),
        false => error.hint(format!("the books hold {}", held.join(", "))),
    })
}

/// Accounts named in a message when one was meant.
const NAMED: usize = 5;

/// The one account, or those of one owner and kind that differ by program and source alone; or an error that says how to name one.
pub(super) fn one(found: Vec<AccountState>) -> Result<Vec<Account>> {
    let whole = |state: &AccountState| Account {
        stream: None,
        ..state.account.clone()
    };
    let wholes: BTreeSet<Account> = found.iter().map(whole).collect();
    match wholes.len() {
        1 => Ok(found.into_iter().map(|state| state.account).collect()),
        0 => Err(Error::usage("ledger/account", "the books have no such account")
            .hint("`permille ledger accounts` lists them")),
        _ => {
            let names: Vec<_> = found
                .iter()
                .take(NAMED)
                .map(|state| format!("`{}`", state.account))
                .collect();
            let more = if found.len() > NAMED { " ..." } else { "" };
            Err(Error::usage(
                "ledger/account",
                format!(
                    "{} accounts match, and entries are of one: {}{more}",
                    found.len(),
                    names.join(", ")
                ),
            )
            .hint("name it as `kind:owner ASSET`, or with --kind, --owner and --asset"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(account: &str) -> (Option<AccountKind>, Option<String>, Option<String>) {
        let choice = Choice {
            account: Some(account.to_owned()),
            ..Choice::default()
        };
        let filter = choice.filter().unwrap();
        let asset = filter
            .asset
            .map(|(code, exact)| exact.map_or(code, |asset| asset.to_string()));
        (filter.kind, filter.owner, asset)
    }

    #[test]
    fn accounts_are_read_as_they_are_printed_and_shorter() {
        use AccountKind::{CashAtBank, CreatorPending};
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(filter("cash-at-bank"), (Some(CashAtBank), None, None));
        assert_eq!(
            filter("cash-at-bank USD/6"),
            (Some(CashAtBank), None, text("USD/6"))
        );
        assert_eq!(
            filter("creator-pending:a:b c"),
            (Some(CreatorPending), text("a:b c"), None)
        );
        assert_eq!(
            filter("creator-pending:a b USD"),
            (Some(CreatorPending), text("a b"), text("USD"))
        );
    }

    #[test]
    fn a_program_and_source_are_read_where_a_kind_has_them() {
        let streamed = |account: &str| {
            let choice = Choice {
                account: Some(account.to_owned()),
                ..Choice::default()
            };
            let filter = choice.filter().unwrap();
            (filter.owner.unwrap(), filter.program, filter.source)
        };
        let fund = Some("fund".to_owned());
        for text in ["creator-pending:a b fund/us USD/6", "creator-pending:a b fund/us"] {
            assert_eq!(streamed(text), ("a b".to_owned(), fund.clone(), Some(Source::Us)));
        }
        assert_eq!(
            streamed("viewer-coins:a fund/us"),
            ("a fund/us".to_owned(), None, None)
        );
    }

    #[test]
    fn an_unknown_kind_is_a_usage_error_with_the_nearest() {
        let choice = Choice {
            kind: Some("creator-pendign".to_owned()),
            ..Choice::default()
        };
        let error = choice.filter().unwrap_err();
        assert!(error.hint.unwrap().contains("`creator-pending`"));
    }
}
