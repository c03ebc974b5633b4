//! Movements that name nothing and are looked at again when more is known.

use super::nameless::order;
use super::{PART, SOURCE, apply, back, entry, looked_again, one, read, report, rows, sent_batch};
use crate::reconcile::hold_back;

/// What goes out while an answer waits that frees as much is told as soon as somebody takes that up.
#[test]
fn what_goes_out_while_an_answer_waits_is_told() {
    for (freed, out) in [
        (back("+100.00 5 R1", "{1}"), "-100.00 7 V1"),
        (report("", "", &[("{1}", "RJCT AC04")]), "-100.00 7 V1"),
        (
            back("+100.00 5 R1", "{1}") + &back("+80.00 5 R2", "{2}"),
            "-180.00 7 V1",
        ),
    ] {
        let (mut batch, sent) = sent_batch();
        let left = order() + &one("-80.00 3 ORD2", "{2}");
        let is_refused = freed.contains("RJCT");
        let before = if is_refused { String::new() } else { left };
        let left = read(&batch, &sent, &before);
        apply(&mut batch, &left, SOURCE).unwrap();
        let mut waits = read(&batch, &sent, &freed);
        let waiting = hold_back(&mut waits, |_| true);
        apply(&mut batch, &waits, SOURCE).unwrap();
        let kept = vec![read(&batch, &sent, &entry(out, "")).unmatched];
        let taken_up = read(&batch, &sent, &freed);
        apply(&mut batch, &taken_up, SOURCE).unwrap();
        let said = looked_again(&mut batch, &sent, &kept);
        let told: usize = said.iter().map(|one| one.payouts.len()).sum();
        assert_eq!(told, waiting.len(), "{freed}");
    }
}

/// What names nothing is kept, and looked at again when more is known.
#[test]
fn what_is_read_too_early_is_looked_at_later() {
    let names = |text: &str| format!("<AddtlNtryInf>{text}</AddtlNtryInf>");
    let sum = || entry("-250.00 3 B1", PART);
    rows(&[
        (
            "it takes back what is read later",
            vec![order(), entry("-100.00 6 V1", ""), back("+100.00 5 R1", "{1}")],
            "RTTT",
            "1",
        ),
        (
            "less a fee",
            vec![order(), entry("-97.50 6 V1", ""), back("+97.50 5 R1", "{1}")],
            "RTTT",
            "1",
        ),
        (
            "before all of it",
            vec![entry("-100.00 6 V1", ""), order(), back("+100.00 5 R1", "{1}")],
            "RTTT",
            "1",
        ),
        (
            "on a day before it came back",
            vec![order(), entry("-100.00 4 V1", ""), back("+100.00 5 R1", "{1}")],
            "RTTT",
            "",
        ),
        (
            "of another amount",
            vec![order(), entry("-97.40 6 V1", ""), back("+97.50 5 R1", "{1}")],
            "RTTT",
            "",
        ),
        (
            "of what is refused later",
            vec![
                entry("-180.00 5 V1", ""),
                report("", "", &[("{1}", "RJCT AC04"), ("{2}", "RJCT AC04")]),
            ],
            "FFTT",
            "12",
        ),
        (
            "a return by the bank's name of what is read later",
            vec![
                entry("+97.50 5 R1", &names("/MREF/FT2630700123 REJECTED")),
                one("-100.00 3 FT2630700123", "{1}"),
            ],
            "STTT",
            "1",
        ),
        (
            "a sum that is read before the file's",
            vec![entry("-250.00 4 B2", ""), sum()],
            "SSSS",
            "1234",
        ),
        (
            "the sum itself, without and with its name",
            vec![entry("-250.00 3 B1", ""), sum()],
            "SSSS",
            "",
        ),
    ]);
}

/// What was booked before a file was written is none of it.
#[test]
fn what_was_booked_before_the_file_is_no_concern() {
    for (written, breaks) in [("2026-11-03", 1), ("2026-11-05", 0)] {
        let (mut batch, mut sent) = sent_batch();
        sent.written = Some(written.parse().unwrap());
        let kept = vec![read(&batch, &sent, &entry("-250.00 4 V1", "")).unmatched];
        let left = read(&batch, &sent, &entry("-250.00 6 B1", PART));
        apply(&mut batch, &left, SOURCE).unwrap();
        let said = looked_again(&mut batch, &sent, &kept);
        assert_eq!(said.len(), breaks, "{written}");
    }
}
