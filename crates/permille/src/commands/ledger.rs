//! `permille ledger`.

use crate::args::{Asked, Chosen, Export, Format, Ledger, Limit};
use crate::output::{Align, Listing, Stream, grouped};
use crate::session::Session;
use app::base::error::{Error, Result};
use app::queries::ledger::choose::Choice;
use app::workspace::Workspace;
use ledger::{Account, AccountKind, AccountState, Side};
use money::{Asset, Money};
use serde_json::{Value, json};
use store::{Entry, KeptHead};

/// Runs a command about the books.
pub fn run(command: &Ledger, session: &Session) -> Result<()> {
    match command {
        Ledger::Accounts { chart: true, .. } => chart(session),
        Ledger::Accounts { of, limit, .. } => accounts(of, *limit, session),
        Ledger::Balances { of, limit } => balances(of, *limit, session),
        Ledger::TrialBalance => trial_balance(session),
        Ledger::Entries { account, of, limit } => entries(account.as_deref(), of, *limit, session),
        Ledger::Verify { against } => verify(against.as_deref(), session),
        Ledger::MendClock { reason } => mend_clock(reason, session),
        Ledger::Export(args) => export(args, session),
    }
}

fn choice(of: &Chosen) -> Choice {
    Choice {
        account: None,
        kind: of.kind.clone(),
        owner: of.owner.clone(),
        asset: of.asset.clone(),
        program: of.program.clone(),
        source: of.source.clone(),
    }
}

/// The program and source of an account's money, and who earned it where the owner collects it for somebody else, for tables: empty where
/// it names none.
fn stream(account: &Account) -> [String; 3] {
    let source = account.source().map_or("", |source| source.name());
    let earner = account
        .stream
        .as_ref()
        .and_then(|stream| stream.earner.as_deref());
    [account.program(), Some(source), earner].map(|word| word.unwrap_or_default().to_owned())
}

fn chart(session: &Session) -> Result<()> {
    let names = [
        "kind",
        "class",
        "normal_side",
        "owner",
        "by",
        "holds",
        "below_zero",
        "for",
    ];
    let mut listing = Listing::new(&names.map(|name| (name, Align::Left)));
    let mut results = Vec::new();
    for kind in AccountKind::ALL {
        let side = side(kind.side());
        let may = if kind.limit() == ledger::Limit::None {
            "may"
        } else {
            "never"
        };
        let (class, owner, holds) = (kind.class().name(), kind.owner().name(), kind.holds().name());
        let by = kind.streams().name();
        listing.row(
            [kind.name(), class, side, owner, by, holds, may, kind.doc()]
                .map(str::to_owned)
                .to_vec(),
        );
        results.push(json!({
            "kind": kind.name(), "class": class, "normal_side": side, "owner": owner, "by": by, "holds": holds, "below_zero": may,
            "for": kind.doc(),
        }));
    }
    session.output.listing(&listing, "", &results)
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    }
}

/// Said when no account is listed.
const EMPTY: &str =
    "no account, or none that was asked for: `permille settle` and `permille live book` open them";

fn accounts(of: &Chosen, limit: Limit, session: &Session) -> Result<()> {
    let found = app::queries::ledger::accounts(&session.workspace()?, &choice(of))?;
    let names = [
        "account",
        "kind",
        "owner",
        "asset",
        "program",
        "source",
        "earner",
        "class",
        "normal_side",
    ];
    let mut listing = Listing::new(&names.map(|name| (name, Align::Left)));
    let mut results = Vec::new();
    for AccountState { account, .. } in first(&found, limit, session) {
        let (kind, owner) = (account.kind, account.owner.to_string());
        let (class, side) = (kind.class().name(), side(kind.side()));
        let [program, source, earner] = stream(account);
        listing.row(vec![
            account.to_string(),
            kind.to_string(),
            owner,
            account.asset.to_string(),
            program,
            source,
            earner,
            class.to_owned(),
            side.to_owned(),
        ]);
        let mut result = account_json(account);
        result["class"] = json!(class);
        result["normal_side"] = json!(side);
        results.push(result);
    }
    session.output.listing(&listing, EMPTY, &results)?;
    said_more(results.len(), found.len(), session)
}

fn account_json(account: &Account) -> Value {
    json!({
        "account": account.to_string(), "kind": account.kind.name(), "owner": &*account.owner, "asset": account.asset.to_string(),
        "program": account.program(), "source": account.source().map(|source| source.name()),
        "earner": account.stream.as_ref().and_then(|stream| stream.earner.as_deref()),
    })
}

fn first<'a, T>(found: &'a [T], limit: Limit, session: &Session) -> &'a [T] {
    &found[..limit.rows(session.output.format).min(found.len())]
}

fn said_more(shown: usize, all: usize, session: &Session) -> Result<()> {
    if shown == all {
        return Ok(());
    }
    let (shown, all) = (grouped(shown as u64), grouped(all as u64));
    session.output.left_out(&format!("{shown} of {all} accounts"))
}

fn decimal(asset: Asset, units: i128) -> String {
    Money::new(asset, units).to_decimal_string()
}

fn balances(of: &Chosen, limit: Limit, session: &Session) -> Result<()> {
    let found = app::queries::ledger::accounts(&session.workspace()?, &choice(of))?;
    let mut listing = Listing::new(&[
        ("kind", Align::Left),
        ("owner", Align::Left),
        ("asset", Align::Left),
        ("program", Align::Left),
        ("source", Align::Left),
        ("earner", Align::Left),
        ("posted", Align::Right),
        ("pending", Align::Right),
        ("available", Align::Right),
    ]);
    let mut results = Vec::new();
    for AccountState { account, balance, .. } in first(&found, limit, session) {
        let side = account.kind.side();
        let sums = [
            balance.posted(side),
            balance.pending(side),
            balance.available(side),
        ];
        let [posted, pending, available] = sums.map(|units| decimal(account.asset, units));
        let mut result = account_json(account);
        result["posted"] = json!(posted);
        result["pending"] = json!(pending);
        result["available"] = json!(available);
        results.push(result);
        let (kind, asset) = (account.kind.to_string(), account.asset.to_string());
        let [program, source, earner] = stream(account);
        listing.row(vec![
            kind,
            account.owner.to_string(),
            asset,
            program,
            source,
            earner,
            posted,
            pending,
            available,
        ]);
    }
    session.output.listing(&listing, EMPTY, &results)?;
    said_more(results.len(), found.len(), session)
}

/// A sum of debits or credits. It is of fewer postings than would fill an `i128`.
fn sum(asset: Asset, units: u128) -> String {
    decimal(asset, i128::try_from(units).unwrap_or(i128::MAX))
}

fn trial_balance(session: &Session) -> Result<()> {
    let trial = app::queries::ledger::trial_balance(&session.workspace()?)?;
    let mut listing = Listing::new(&[
        ("kind", Align::Left),
        ("asset", Align::Left),
        ("debits", Align::Right),
        ("credits", Align::Right),
        ("net_debit", Align::Right),
    ]);
    let mut lines = Vec::new();
    for line in &trial.lines {
        let (debits, credits) = (sum(line.asset, line.debits), sum(line.asset, line.credits));
        let net = line.debits.cast_signed() - line.credits.cast_signed();
        let net = decimal(line.asset, net);
        let asset = line.asset.to_string();
        lines.push(json!({
            "kind": line.kind.name(), "asset": asset, "debits": debits, "credits": credits, "net_debit": net,
        }));
        listing.row(vec![line.kind.to_string(), asset, debits, credits, net]);
    }
    let mut totals = Vec::new();
    let mut said = Vec::new();
    for (asset, total) in &trial.totals {
        let (debits, credits) = (sum(*asset, total.debits), sum(*asset, total.credits));
        said.push(match total.sums_to_zero() {
            true => format!("{asset}: debits {debits}, credits {credits}: sums to zero"),
            false => format!("{asset}: debits {debits}, credits {credits}: DOES NOT SUM TO ZERO"),
        });
        totals.push(json!({
            "asset": asset.to_string(), "debits": debits, "credits": credits, "sums_to_zero": total.sums_to_zero(),
        }));
    }
    session
        .output
        .listing(&listing, EMPTY, &json!({ "lines": lines, "assets": totals }))?;
    if session.output.format == Format::Table && !said.is_empty() {
        session.output.text(&format!("\n{}", said.join("\n")))?;
    }
    trial.check()
}

fn entries(account: Option<&str>, of: &Chosen, limit: Limit, session: &Session) -> Result<()> {
    let choice = Choice {
        account: account.map(str::to_owned),
        ..choice(of)
    };
    let limit = limit.rows(session.output.format);
    let found = app::queries::ledger::entries(&session.workspace()?, &choice, limit)?;
    let mut listing = Listing::new(&[
        ("number", Align::Right),
        ("effective", Align::Left),
        ("action", Align::Left),
        ("cause", Align::Left),
        ("debit", Align::Right),
        ("credit", Align::Right),
        ("balance", Align::Right),
        ("asset", Align::Left),
        ("program", Align::Left),
        ("source", Align::Left),
        ("earner", Align::Left),
        ("reference", Align::Left),
        ("key", Align::Left),
    ]);
    let mut results = Vec::new();
    for entry in &found.entries {
        let Some(shown) = shown(entry) else {
            continue;
        };
        let Entry {
            transaction, account, ..
        } = entry;
        let [program, source, earner] = stream(account);
        let (debit, credit) = if entry.is_debit {
            (shown.amount.as_str(), "")
        } else {
            ("", shown.amount.as_str())
        };
        listing.row(vec![
            transaction.number.to_string(),
            transaction.effective.to_string(),
            transaction.action.clone(),
            transaction.cause.clone(),
            debit.to_owned(),
            credit.to_owned(),
            shown.balance.clone(),
            entry.account.asset.to_string(),
            program,
            source,
            earner,
            shown.reference.to_owned(),
            transaction.key.to_string(),
        ]);
        results.push(json!({
            "number": transaction.number, "effective": transaction.effective, "recorded": transaction.recorded,
            "action": transaction.action, "cause": transaction.cause, "side": if entry.is_debit { "debit" } else { "credit" },
            "amount": shown.amount, "balance": shown.balance, "asset": account.asset.to_string(),
            "program": account.program(), "source": account.source().map(|source| source.name()),
            "other_account": shown.other.to_string(), "reference": shown.reference, "key": &*transaction.key,
            "moves_balance": transaction.is_posted(),
        }));
    }
    if session.output.format == Format::Table {
        session.output.text(&format!("{}\n", title(&found.accounts)))?;
    }
    session.output.listing(&listing, "no entry", &results)?;
    if found.has_more {
        let shown = grouped(limit as u64);
        session.output.left_out(&format!("the last {shown} entries"))?;
    }
    Ok(())
}

/// The name of an account; of several, what they have in common.
fn title(accounts: &[Account]) -> String {
    match accounts {
        [
            Account {
                kind, owner, asset, ..
            },
            _,
            ..,
        ] => {
            format!(
                "{kind}:{owner} {asset}, of {} programs and sources",
                accounts.len()
            )
        }
        all => all.first().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What is shown of an entry's posting.
struct Shown<'e> {
    amount: String,
    balance: String,
    other: &'e Account,
    reference: &'e str,
}

fn shown(entry: &Entry) -> Option<Shown<'_>> {
    let posting = entry.transaction.postings.get(entry.index)?;
    let asset = entry.account.asset;
    Some(Shown {
        amount: decimal(asset, posting.amount.into()),
        balance: decimal(asset, entry.balance),
        other: if entry.is_debit {
            &posting.credit
        } else {
            &posting.debit
        },
        reference: posting.reference.as_deref().unwrap_or(""),
    })
}

pub(super) fn verify(against: Option<&str>, session: &Session) -> Result<()> {
    let kept = against
        .map(str::parse::<KeptHead>)
        .transpose()
        .map_err(|e| Error::usage("ledger/head", e.to_string()).hint("`permille ledger verify` prints it"))?;
    let workspace = session.workspace()?;
    let checked = session.work(Some(&workspace), |context| {
        app::queries::ledger::verify(&workspace, kept.as_ref(), context)
    })?;
    let mut listing = Listing::new(&[("place", Align::Left), ("what", Align::Left)]);
    let mut findings = Vec::new();
    for finding in &checked.findings {
        listing.row(vec![finding.place.clone(), finding.what.clone()]);
        findings.push(json!({ "place": finding.place, "what": finding.what }));
    }
    let counted = format!(
        "{} transactions, {} postings, {} accounts, {} records and {} changes",
        grouped(checked.transactions),
        grouped(checked.postings),
        grouped(checked.accounts),
        grouped(checked.records),
        grouped(checked.changes)
    );
    let head = checked.head.map(|head| head.to_string());
    let said_head = head.as_ref().map_or_else(String::new, |head| {
        format!("\nhead: {head}\nkeep it where nobody who writes to the books can change it; `permille ledger verify --against HEAD` compares")
    });
    let sound = format!("the books are sound: {counted} were checked{said_head}");
    let json = json!({
        "transactions": checked.transactions, "postings": checked.postings, "accounts": checked.accounts, "records": checked.records,
        "changes": checked.changes, "head": head, "findings": findings,
    });
    session.output.listing(&listing, &sound, &json)?;
    match checked.findings.len() {
        0 => Ok(()),
        found => Err(Error::bad_input(
            "ledger/damaged",
            format!("{found} findings in {counted}"),
        )
        .hint("restore the store from a backup; nothing in the books is ever changed, so an older copy plus what came later is whole")),
    }
}

/// Says what the books end with, when something was closed or has left.
pub(super) fn tell_head(workspace: &Workspace, session: &Session) -> Result<()> {
    if session.is_dry_run {
        return Ok(());
    }
    let head = app::queries::ledger::changes::head(workspace)?;
    session.note(&format!("head of the books: {head}"));
    Ok(())
}

fn mend_clock(reason: &str, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    session.work(Some(&workspace), |context| {
        app::queries::ledger::mend_clock(&workspace, reason, context)
    })?;
    let said =
        "what comes next is recorded by the clock again; `permille ledger entries` shows what is dated later";
    match session.output.format {
        Format::Json => session.output.json(&json!({ "mended": true })),
        Format::Table | Format::Csv => session.output.text(said),
    }
}

fn export(args: &Export, session: &Session) -> Result<()> {
    use ledger::export::Format as To;
    let format = match session.asked {
        Asked::Hledger => To::Hledger,
        Asked::Beancount => To::Beancount,
        Asked::Csv => To::Csv,
        Asked::Table | Asked::Json => {
            return Err(Error::usage("ledger/export", "an export needs a format")
                .hint("add --format hledger, --format beancount or --format csv"));
        }
    };
    let workspace = session.workspace()?;
    let Some(path) = &args.out else {
        let out = Stream(std::io::stdout().lock());
        session.work(Some(&workspace), |context| {
            app::queries::ledger::export::export(&workspace, format, out, context)
        })?;
        return Ok(());
    };
    let written = session.work(Some(&workspace), |context| {
        app::queries::ledger::export::export_to(&workspace, format, path, context)
    })?;
    crate::output::say(&format!(
        "{}: {} transactions with {} postings; {} that moved no balance are left out",
        path.display(),
        grouped(written.transactions),
        grouped(written.postings),
        grouped(written.left_out)
    ));
    Ok(())
}
