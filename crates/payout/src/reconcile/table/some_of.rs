//! What some of several payouts came to, out or back, in one movement that names nothing.

use super::nameless::{text, with_account};
use super::{entry, of_kind, one, report, rows};

/// Some of those that are free, in one debit.
#[test]
fn some_of_what_was_refused_is_looked_at() {
    let refused = || report("", "", &["{1}", "{2}", "{3}"].map(|id| (id, "RJCT AC04")));
    rows(&[
        (
            "two of three",
            vec![refused(), entry("-180.00 5 V1", "")],
            "FFFT",
            "12",
        ),
        (
            "all three",
            vec![refused(), entry("-230.00 5 V1", "")],
            "FFFT",
            "123",
        ),
        (
            "with one that is under way",
            vec![refused(), entry("-120.00 5 V1", "")],
            "FFFT",
            "",
        ),
    ]);
}

/// A file may come back in part as one sum: what some of its payouts came to, of ten at most.
#[test]
fn some_of_a_file_that_comes_back_as_one_is_looked_at() {
    let out = || {
        let all = [
            ("100.00", "{1}"),
            ("80.00", "{2}"),
            ("50.00", "{3}"),
            ("20.00", "{4}"),
        ];
        let each = all.map(|(amount, id)| one(&format!("-{amount} 3 B{id}"), id));
        each.to_vec()
    };
    let then = |entry: String| [out(), vec![entry]].concat();
    let words = || text("RETURNED PAYMENTS");
    rows(&[
        ("two of four", then(entry("+120.00 6 V1", &words())), "SSSS", "14"),
        (
            "of a kind that says nothing",
            then(of_kind(&entry("+120.00 6 V1", &words()), "NTAV")),
            "SSSS",
            "14",
        ),
        (
            "three of four",
            then(entry("+200.00 6 V1", &words())),
            "SSSS",
            "124",
        ),
        ("all", then(entry("+250.00 6 V1", &words())), "SSSS", "1234"),
        // One alone is as much as many a payment.
        ("one of four", then(entry("+80.00 6 V1", &words())), "SSSS", ""),
        ("no choice", then(entry("+121.00 6 V1", &words())), "SSSS", ""),
        (
            "what somebody paid",
            then(of_kind(&entry("+120.00 6 V1", &words()), "RCDT")),
            "SSSS",
            "",
        ),
        (
            "from somebody's account",
            then(entry(
                "+120.00 6 V1",
                &with_account("Dbtr", "GB82WEST12345698765432"),
            )),
            "SSSS",
            "",
        ),
    ]);
}
