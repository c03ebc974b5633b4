//! By what a statement is told from others of its account.

use super::super::error::ReadError;
use super::super::tree::{self, Element};
use super::{Direction, Entry};
use crate::batch::StatementSeen;
use jiff::civil::{Date, DateTime};

/// Codes of balances that a statement begins and ends with, and of those that its page does.
const OPENING: [&[&str]; 2] = [&["OPBD", "PRCD"], &["ITBD"]];
const CLOSING: [&[&str]; 2] = [&["CLBD"], &["ITBD"]];

/// What copies of a statement have in common is its id and number or, without a number, what is on it, since banks use an id again. One
/// with a number may be brought again with more on it.
pub(super) fn of(
    node: Element<'_, '_>,
    id: &str,
    sequence: Option<&str>,
    page: Option<&str>,
    entries: &[Entry],
) -> Result<StatementSeen, ReadError> {
    let said = [
        node.text(&["FrToDt", "FrDtTm"])?,
        node.text(&["FrToDt", "ToDtTm"])?,
    ];
    let span = match said.map(|said| said.and_then(moment)) {
        [Some(from), Some(to)] if from <= to => Some([from, to]),
        _ => None,
    };
    let all = balances(node)?;
    let opening = first_of(OPENING, all.iter());
    let closing = first_of(CLOSING, all.iter().rev());
    let from = span.map_or_else(String::new, |[from, _]| from.to_string());
    let begins = [from, opening.clone().unwrap_or_default()].concat();
    let all: Vec<&str> = all.iter().map(|(_, amount)| amount.as_str()).collect();
    Ok(StatementSeen {
        digest: match sequence {
            Some(number) => digest([id, number, &begins], &[]),
            None => digest([id, page.unwrap_or_default(), &begins], entries),
        },
        content: sequence.map(|number| digest([number, &begins, &all.join(" ")], entries)),
        days: days(said, entries),
        span,
        balances: opening.zip(closing).map(|(opening, closing)| [opening, closing]),
        place: None,
    })
}

/// The first balance with one of some codes, of the first codes that there are.
fn first_of<'b>(
    codes: [&[&str]; 2],
    all: impl Iterator<Item = &'b (String, String)> + Clone,
) -> Option<String> {
    let of = |codes: &[&str]| all.clone().find(|(code, _)| codes.contains(&code.as_str()));
    codes.into_iter().find_map(of).map(|(_, amount)| amount.clone())
}

/// The time that a text begins with, as it is written.
fn moment(written: &str) -> Option<DateTime> {
    written.get(..19)?.parse().ok()
}

/// The days that a statement says it is of, and those of what is on it.
fn days(said: [Option<&str>; 2], entries: &[Entry]) -> Option<[Date; 2]> {
    let said = said.into_iter().flatten().filter_map(tree::day);
    let all = || said.clone().chain(entries.iter().filter_map(|one| one.booked_on));
    all().min().zip(all().max()).map(|(first, last)| [first, last])
}

/// The balances of a statement, each with its code.
fn balances(node: Element<'_, '_>) -> Result<Vec<(String, String)>, ReadError> {
    let mut all = Vec::new();
    for balance in node.children("Bal") {
        let code = balance.text(&["Tp", "CdOrPrtry", "Cd"])?.unwrap_or_default();
        let way = balance.text(&["CdtDbtInd"])?.unwrap_or_default();
        if let Some(amount) = balance.text(&["Amt"])? {
            all.push((code.to_owned(), format!("{way}{amount}")));
        }
    }
    Ok(all)
}

fn digest(names: [&str; 3], entries: &[Entry]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(text.as_bytes());
        hasher.update(b"\n");
    };
    names.into_iter().for_each(&mut add);
    for entry in entries {
        let sign = if entry.direction == Direction::Debit {
            '-'
        } else {
            '+'
        };
        let day = entry.booked_on.map_or_else(String::new, |day| day.to_string());
        add(&format!("{sign}{} {day}", entry.amount));
        let texts = entry.movements.iter().flat_map(|one| &one.texts);
        entry
            .bank_reference
            .iter()
            .chain(texts)
            .for_each(|text| add(text));
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
