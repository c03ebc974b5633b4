//! Which payouts, and which parts of files, a text names: wherever in an answer it stands, and however it was written.
//!
//! A payout's reference is long enough that a text that holds it by chance does not exist: it is found in small letters,
//! with spaces or hyphens in it, within other words, and with letters that somebody misread for its digits. The id of a file or part is found by `ids.rs`, which has to tell
//! it from others that begin with it.

use super::ids::Ids;
use crate::batch::EndToEndId;
use crate::invoice::plain;
use crate::iso20022::{Sent, SentPayment};
use std::collections::{BTreeSet, HashMap};
use std::ptr;

/// What every payout's reference begins with.
const MARK: &str = "PAY";
/// So many characters of a reference that was cut off or damaged, at either end, are no chance: 45 bits behind the mark.
const ENOUGH: usize = 12;

/// What a text names of payouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mention<'a> {
    /// One payout.
    One(&'a str),
    /// More than one.
    Several(Vec<&'a str>),
    /// The beginning or the end of one payout's reference.
    Cut(&'a str),
    /// None.
    Nothing,
}

/// Payouts that were sent together and may be booked as one sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group<'a> {
    /// The id by which the bank names them.
    pub id: String,
    /// The payouts.
    pub members: Vec<&'a EndToEndId>,
}

impl<'a> Mention<'a> {
    /// The payouts that it is or may be of.
    pub(super) fn payouts(&self) -> Vec<&'a str> {
        match self {
            Mention::One(one) | Mention::Cut(one) => vec![one],
            Mention::Several(all) => all.clone(),
            Mention::Nothing => Vec::new(),
        }
    }
}

impl<'a> Group<'a> {
    /// The references of its payouts.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a str> + use<'a, '_> {
        self.members.iter().map(|id| id.as_str())
    }
}

/// A file or a part of one.
#[derive(Clone, Copy)]
enum Named<'a> {
    Whole(&'a Sent),
    Part(&'a SentPayment),
}

/// The references of payouts and of what was sent.
pub(super) struct References<'a> {
    /// Payouts by the first characters of their references.
    payouts: HashMap<&'a str, Vec<&'a str>>,
    /// Payouts by the last characters.
    ends: HashMap<&'a [u8], &'a str>,
    sent: Ids<Named<'a>>,
}

impl<'a> References<'a> {
    pub(super) fn new(payouts: impl Iterator<Item = &'a str>, sent: &'a [Sent]) -> Self {
        let mut by_start: HashMap<&'a str, Vec<&'a str>> = HashMap::new();
        let mut ends = HashMap::new();
        for reference in payouts {
            let start = reference.get(..ENOUGH).unwrap_or(reference);
            by_start.entry(start).or_default().push(reference);
            ends.extend(
                reference
                    .as_bytes()
                    .last_chunk::<ENOUGH>()
                    .map(|end| (&end[..], reference)),
            );
        }
        let files = sent
            .iter()
            .map(|file| (file.message_id.as_str(), Named::Whole(file)));
        let parts = sent.iter().flat_map(|file| &file.payments);
        let parts = parts.map(|part| (part.id.as_str(), Named::Part(part)));
        Self {
            payouts: by_start,
            ends,
            sent: files.chain(parts).collect(),
        }
    }

    /// The payouts that texts name.
    pub(super) fn payouts(&self, texts: &[String]) -> Mention<'a> {
        let mut whole: BTreeSet<&'a str> = BTreeSet::new();
        let mut cut: BTreeSet<&'a str> = BTreeSet::new();
        for text in texts {
            let plain = as_written(text);
            for (at, _) in plain.match_indices(MARK) {
                let rest = &plain[at..];
                let start = rest.get(..ENOUGH).and_then(|start| self.payouts.get(start));
                let Some(begun) = start else { continue };
                match begun.iter().find(|reference| rest.starts_with(**reference)) {
                    Some(reference) => drop(whole.insert(reference)),
                    None => cut.extend(begun.first()),
                }
            }
            let ends = plain.as_bytes().windows(ENOUGH);
            cut.extend(ends.filter_map(|end| self.ends.get(end).copied()));
        }
        // What is whole somewhere may be cut elsewhere in the same texts.
        let all: Vec<&'a str> = whole.union(&cut).copied().collect();
        match (&all[..], whole.len()) {
            ([], _) => Mention::Nothing,
            ([one], 1) => Mention::One(one),
            ([one], _) => Mention::Cut(one),
            _ => Mention::Several(all),
        }
    }

    /// What may be booked as the sum that texts name; nothing, if they name no file and no part. Several: a file was named, and
    /// it may be the whole or one of its parts.
    pub(super) fn groups(&self, texts: &[String]) -> Vec<Group<'a>> {
        let (mut files, mut parts): (Vec<&Sent>, Vec<&SentPayment>) = (Vec::new(), Vec::new());
        for named in self.sent.named(texts) {
            match named {
                Named::Whole(file) if !files.iter().any(|known| ptr::eq(*known, *file)) => files.push(file),
                Named::Part(part) if !parts.iter().any(|known| ptr::eq(*known, *part)) => parts.push(part),
                Named::Whole(_) | Named::Part(_) => {}
            }
        }
        // Where parts are named, their file's name only says whose parts they are.
        files.retain(|file| !file.payments.iter().any(|part| parts.contains(&part)));
        let of_part = |part: &'a SentPayment| Group {
            id: part.id.clone(),
            members: part.end_to_end_ids.iter().collect(),
        };
        if let ([file], []) = (&files[..], &parts[..]) {
            let whole = Group {
                id: file.message_id.to_string(),
                members: file
                    .payments
                    .iter()
                    .flat_map(|part| &part.end_to_end_ids)
                    .collect(),
            };
            let parts = file.payments.iter().map(of_part);
            let parts = parts.filter(|part| part.members.len() < whole.members.len());
            let parts: Vec<_> = parts.collect();
            return [vec![whole], parts].concat();
        }
        let of_files = files.iter().flat_map(|file| &file.payments);
        let all = parts.iter().copied().chain(of_files).map(of_part);
        let together = all.reduce(|one, other| Group {
            id: format!("{}, {}", one.id, other.id),
            members: [one.members, other.members].concat(),
        });
        together.into_iter().collect()
    }
}

/// A text as references are written: the alphabet has no letters that look like its digits.
fn as_written(text: &str) -> String {
    let digit = |letter| match letter {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    plain(text).chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::batch;

    #[test]
    fn however_it_is_written() {
        let batch = batch(&["anna", "ben"]);
        let refs: Vec<&str> = batch
            .payouts
            .iter()
            .map(|one| one.end_to_end_id.as_str())
            .collect();
        let references = References::new(refs.iter().copied(), &[]);
        let (anna, ben) = (refs[0], refs[1]);
        let one = Mention::One(anna);
        let both = Mention::Several(
            [anna, ben]
                .into_iter()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
        );
        let spaced: Vec<String> = anna
            .as_bytes()
            .chunks(4)
            .map(|c| String::from_utf8_lossy(c).into())
            .collect();
        for (text, expected) in [
            (anna.to_owned(), one.clone()),
            (anna.to_lowercase(), one.clone()),
            (spaced.join(" "), one.clone()),
            (spaced.join("-"), one.clone()),
            (format!("RETURN PAY {anna}."), one.clone()),
            (format!("EREF+{anna}KREF+2"), one.clone()),
            (batch.payouts[0].id.to_string(), one.clone()),
            (format!("{anna} {anna}"), one),
            (
                format!("{anna}/{ben}"),
                Mention::Several(
                    [anna, ben]
                        .into_iter()
                        .collect::<BTreeSet<_>>()
                        .into_iter()
                        .collect(),
                ),
            ),
            (anna[..20].to_owned(), Mention::Cut(anna)),
            (format!("{}X", &anna[..28]), Mention::Cut(anna)),
            (anna[..12].to_owned(), Mention::Cut(anna)),
            (anna[..11].to_owned(), Mention::Nothing),
            (anna[6..].to_owned(), Mention::Cut(anna)),
            (format!("REF {} OK", &anna[16..]), Mention::Cut(anna)),
            (anna[18..].to_owned(), Mention::Nothing),
            (format!("{}, {ben}", &anna[6..]), both.clone()),
            (format!("{ben}, {}", &anna[..20]), both),
            (format!("{} {anna}", &anna[..20]), Mention::One(anna)),
            (anna.replace('0', "O").replace('1', "l"), Mention::One(anna)),
            ("PAYPAL PAYMENT REPAY".to_owned(), Mention::Nothing),
            ("PÄY ü €".to_owned(), Mention::Nothing),
        ] {
            assert_eq!(
                references.payouts(std::slice::from_ref(&text)),
                expected,
                "{text}"
            );
        }
    }
}
