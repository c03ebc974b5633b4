//! Whoever says that money is free does not sign for it to leave again: that would be one person's word for both.

use super::platform::Platform;
use super::returns::{answer, left, statement};
use super::splits::{restate, with_agency};
use super::{codes, payout_ids};

/// A batch that somebody prepared, which nobody but one person has looked at since.
pub fn prepared(platform: &Platform) -> String {
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    made[0]["batch"].as_str().unwrap().to_owned()
}

/// A batch that zoe has approved, and that has left.
pub fn left_by_zoe(platform: &Platform) -> String {
    let batch = prepared(platform);
    platform.ok(&["payout", "approve", &batch, "--user", "zoe"]);
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "ann"]);
    batch
}

/// Fay's October turns out to have brought so much more, or less.
pub fn fay_earned(platform: &Platform, id: &str, amount: &str) {
    let row = format!("{id},v-fay,2015-10-06T00:00:00Z,{amount},USD,DE");
    let text = format!("event_id,video_id,occurred_at,revenue,currency,country\n{row}\n");
    platform.story.file("more.csv", &text);
    platform.ok(&["import", "ad_impression", "more.csv"]);
    platform.ok(&["restate", "--program", "ads", "--period", "2015-10"]);
}

/// Fay is asked for what she owes when October turns out to have brought so much less: the invoice, and what it asks for.
pub fn invoiced(platform: &Platform, less: &str) -> (String, String) {
    fay_earned(platform, "less", less);
    let recover = ["payout", "recover", "--creator", "fay", "--invoice"];
    platform.ok(&[&recover[..], &["--user", "ann"]].concat());
    let invoices = platform.json(&["payout", "invoices"]);
    let text = |name: &str| invoices[0][name].as_str().unwrap().to_owned();
    (text("invoice"), text("open"))
}

/// Somebody says that so much came in for it.
pub fn receive(platform: &Platform, invoice: &str, (amount, reference): (&str, &str), who: &str) {
    let receive = [
        "payout",
        "receive",
        invoice,
        "--amount",
        amount,
        "--reference",
        reference,
    ];
    platform.ok(&[&receive[..], &["--user", who]].concat());
}

/// Somebody closes a break.
pub fn close(platform: &Platform, id: &str, who: &str) {
    let close = ["payout", "breaks", "--close", id, "--note", "the bank's mistake"];
    platform.ok(&[&close[..], &["--user", who]].concat());
}

/// The one is refused with these words, and another person approves.
pub fn only_another_approves(platform: &Platform, batch: &str, who: &str, words: &str) {
    let refused = platform.fails(&["payout", "approve", batch, "--user", who]);
    assert!(
        refused.contains("error[payout/own-change]") && refused.contains(words),
        "{refused}"
    );
    platform.ok(&["payout", "approve", batch, "--user", "zoe"]);
    platform.sound();
}

#[test]
fn who_says_that_a_payout_came_back_does_not_approve_the_next() {
    for by_file in [false, true] {
        let platform = Platform::new(None);
        let (first, references) = left(&platform);
        if by_file {
            let entries = [
                ("fay", "DBIT", "121.60 EUR", ""),
                ("fay", "CRDT", "121.60 EUR", "MS03"),
            ];
            platform.story.file("own.xml", &statement(&references, &entries));
            platform.ok(&["payout", "import-answer", "own.xml", "--user", "dan"]);
        } else {
            let ids = payout_ids(&platform.json(&["payout", "show", &first]));
            for to in ["succeeded", "returned"] {
                let settle = ["payout", "settle", &first, &ids["fay"], "--as", to];
                platform.ok(&[&settle[..], &["--reason", "MS03: seen", "--user", "dan"]].concat());
            }
        }
        let batch = prepared(&platform);
        let words = "is returned, and batch";
        only_another_approves(&platform, &batch, "dan", words);
    }
}

#[test]
fn who_closes_a_break_does_not_approve_what_it_kept_back() {
    let platform = Platform::new(None);
    let (_, references) = left(&platform);
    let twice = [
        ("fay", "DBIT", "121.60 EUR", ""),
        ("fay", "DBIT", "121.60 EUR", ""),
    ];
    let found = answer(&platform, &references, &twice);
    let id = found["breaks"][0]["id"].as_str().unwrap();
    fay_earned(&platform, "more", "100.00");
    assert!(codes(&platform.preview(&[])["fay"]).contains(&"disputed".to_owned()));
    close(&platform, id, "dan");
    let batch = prepared(&platform);
    let shown = platform.ok(&["payout", "show", &batch]);
    let words = format!("dan closed break {id}: the bank's mistake");
    assert!(shown.contains(&format!("fay: {words}, at ")), "{shown}");
    only_another_approves(&platform, &batch, "dan", &words);
}

#[test]
fn who_says_that_a_debt_was_paid_does_not_approve_what_it_kept_back() {
    let platform = Platform::new(None);
    left(&platform);
    let (invoice, open) = invoiced(&platform, "-20.00");
    let amount = open.split(' ').next().unwrap();
    receive(&platform, &invoice, (amount, "TT-1"), "dan");
    fay_earned(&platform, "more", "100.00");
    let batch = prepared(&platform);
    let shown = platform.ok(&["payout", "show", &batch]);
    let words = format!("dan said that {open} came in for invoice {invoice} (TT-1)");
    assert!(shown.contains(&words), "{words} in {shown}");
    only_another_approves(&platform, &batch, "dan", &words);
}

/// Who is paid does not say that what was paid is free again, whichever way.
#[test]
fn who_is_paid_frees_nothing_of_it() {
    let platform = Platform::new(None);
    platform.actors(&[
        "ann --role admin --role finance",
        "carol --role approver --role creator --creator fay",
        "bob --role approver",
        "kim --role auditor",
    ]);
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap().to_owned();
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "ann"]);
    let id = payout_ids(&made[0])["fay"].clone();
    let settle = |to: &str, user: &str| {
        let settle = [
            "payout",
            "settle",
            &batch,
            &id,
            "--as",
            to,
            "--reason",
            "MS03: seen",
        ];
        platform.run(&[&settle[..], &["--user", user]].concat())
    };
    assert_eq!(settle("succeeded", "bob").code, 0);
    let refused = settle("returned", "carol");
    assert!(
        refused.code == 3 && refused.stderr.contains("carol is paid or earned it"),
        "{}",
        refused.stderr
    );
    let references = [("fay".to_owned(), format!("PAY{}", id[4..].to_uppercase()))];
    let back = [("fay", "CRDT", "121.60 EUR", "MS03")];
    platform.story.file("own.xml", &statement(&references, &back));
    let found = platform.json(&["payout", "import-answer", "own.xml", "--user", "carol"]);
    assert_eq!(found["waiting"][0]["to"], "returned", "{found}");
    let breaks = platform.json(&["payout", "breaks", "--user", "bob"]);
    let waits = breaks[0]["id"].as_str().unwrap();
    let close = [
        "payout", "breaks", "--close", waits, "--note", "mine", "--user", "carol",
    ];
    let refused = platform.fails(&close);
    assert!(refused.contains("payout/own-break"), "{refused}");
    platform.ok(&["payout", "import-answer", "own.xml", "--user", "bob"]);
    platform.sound();
}

/// One person's word that a payout failed holds for all that it took, however often and in whatever parts it is paid since.
#[test]
fn who_says_that_a_payout_failed_approves_nothing_of_it_later() {
    // The payout in between failed, too, by another person's word.
    let platform = Platform::new(None);
    let (first, _) = left(&platform);
    let fail = |batch: &str, who: &str| {
        let ids = payout_ids(&platform.json(&["payout", "show", batch]));
        let settle = ["payout", "settle", batch, &ids["fay"], "--as", "failed"];
        platform.ok(&[&settle[..], &["--reason", "AM04: no money", "--user", who]].concat());
    };
    fail(&first, "dan");
    let second = left_by_zoe(&platform);
    fail(&second, "bob");
    let third = prepared(&platform);
    only_another_approves(&platform, &third, "dan", "is failed, and batch");
    // What an agency got for two creators leaves in two parts.
    let platform = with_agency(None);
    let first = left_by_zoe(&platform);
    let ids = payout_ids(&platform.json(&["payout", "show", &first]));
    let settle = ["payout", "settle", &first, &ids["agency"], "--as", "failed"];
    platform.ok(&[&settle[..], &["--reason", "AM04: no money", "--user", "dan"]].concat());
    restate(&platform, "more,v-dora,2015-10-06T00:00:00Z,100.00,USD,DE\n");
    platform.ok(&["payee", "hold", "anna", "--reason", "look", "--user", "legal"]);
    left_by_zoe(&platform);
    platform.ok(&["payee", "unhold", "anna", "--reason", "seen", "--user", "legal"]);
    let third = prepared(&platform);
    only_another_approves(&platform, &third, "dan", "is failed, and batch");
}

/// Whoever approved does not lift afterwards what keeps the batch back.
#[test]
fn who_approved_clears_nothing_afterwards() {
    let platform = Platform::new(None);
    let batch = prepared(&platform);
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    platform.ok(&["payee", "hold", "fay", "--reason", "OFAC", "--user", "legal"]);
    platform.ok(&["payee", "unhold", "fay", "--reason", "fine", "--user", "bob"]);
    let export = ["payout", "export", &batch, "--out", "files", "--user", "ann"];
    let refused = platform.fails(&export);
    assert!(
        refused.contains("bob changed or cleared fay after batch") && refused.contains("payout/own-change"),
        "{refused}"
    );
}

/// Who owes does not say that it was paid, and who earned does not say that what another collects is free.
#[test]
fn who_owes_or_earned_frees_nothing() {
    let platform = with_agency(None);
    let batch = left_by_zoe(&platform);
    let ids = payout_ids(&platform.json(&["payout", "show", &batch]));
    fay_earned(&platform, "less", "-20.00");
    platform.ok(&[
        "payout",
        "recover",
        "--payee",
        "fay",
        "--invoice",
        "--user",
        "ann",
    ]);
    let invoices = platform.json(&["payout", "invoices"]);
    let invoice = invoices[0]["invoice"].as_str().unwrap();
    platform.actors(&[
        "ann --role admin --role finance",
        "pat --role finance --role payee --payee fay",
        "cre --role finance --role creator --creator dora",
    ]);
    let receive = [
        "payout",
        "receive",
        invoice,
        "--amount",
        "20.00",
        "--reference",
        "TT-1",
    ];
    let refused = platform.fails(&[&receive[..], &["--user", "pat"]].concat());
    assert!(refused.contains("payout/own-invoice"), "{refused}");
    let agency = ids["agency"].clone();
    let settle = [
        "payout", "settle", &batch, &agency, "--as", "failed", "--reason", "AM04: no",
    ];
    let refused = platform.fails(&[&settle[..], &["--user", "cre"]].concat());
    assert!(refused.contains("cre is paid or earned it"), "{refused}");
    platform.ok(&[&receive[..], &["--user", "ann"]].concat());
    // Nor does she close a break about it.
    let reference = [("agency".to_owned(), format!("PAY{}", agency[4..].to_uppercase()))];
    let twice = [
        ("agency", "DBIT", "849.99 USD", ""),
        ("agency", "DBIT", "849.99 USD", ""),
    ];
    platform.story.file("twice.xml", &statement(&reference, &twice));
    platform.ok(&["payout", "import-answer", "twice.xml", "--user", "ann"]);
    let breaks = platform.json(&["payout", "breaks", "--user", "ann"]);
    let id = breaks[0]["id"].as_str().unwrap();
    let refused = platform.fails(&[
        "payout", "breaks", "--close", id, "--note", "mine", "--user", "cre",
    ]);
    assert!(refused.contains("cre is paid or earned it"), "{refused}");
}

/// What an approver is shown, and who may not approve, goes by what the payee itself was paid, and not by what others of its batch were.
#[test]
fn a_split_that_no_payout_was_of_is_still_to_be_seen() {
    let platform = with_agency(None);
    // From November on the agency collects fay's, too: eve consents. The batch pays both, and nothing of fay's to the agency.
    platform.ok(&[
        "payee",
        "split",
        "fay",
        "--payee",
        "agency=1",
        "--from",
        "2015-11-01",
        "--reason",
        "deal",
        "--user",
        "ann",
    ]);
    platform.ok(&[
        "payee",
        "consent",
        "fay",
        "1",
        "--evidence",
        "page 3",
        "--user",
        "eve",
    ]);
    left_by_zoe(&platform);
    let more = "event_id,video_id,occurred_at,revenue,currency,country\nnov,v-fay,2015-11-06T00:00:00Z,500.00,USD,DE\n";
    platform.story.file("november.csv", more);
    platform.ok(&["import", "ad_impression", "november.csv"]);
    platform.close_november();
    let later = ["--now", "2015-12-16T12:00:00Z"];
    let made = platform.json(&[&["payout", "prepare", "--user", "ann"], &later[..]].concat());
    let batch = made[0]["batch"].as_str().unwrap();
    let refused = platform.fails(&[&["payout", "approve", batch, "--user", "eve"], &later[..]].concat());
    assert!(
        refused.contains("payout/own-change") && refused.contains("eve consented to a split of fay"),
        "{refused}"
    );
}
