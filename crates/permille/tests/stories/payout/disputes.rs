//! What does not agree between a bank and the books, and how people set it right.

use super::codes;
use super::platform::Platform;
use super::returns::{answer, left, posted};

fn payout(references: &[(String, String)], creator: &str) -> String {
    let reference = &references.iter().find(|(known, _)| known == creator).unwrap().1;
    format!("pay_{}", reference[3..].to_lowercase())
}

fn blockers(platform: &Platform, creator: &str) -> Vec<String> {
    codes(&platform.preview(&["--creator", creator])[creator])
}

#[test]
fn nobody_is_paid_again_while_the_bank_and_the_books_disagree() {
    let platform = Platform::new(None);
    let (batch, references) = left(&platform);
    let fay = payout(&references, "fay");
    let settle = |user: &str, to: &str, reason: &str| {
        let command = [
            "payout", "settle", &batch, &fay, "--as", to, "--reason", reason, "--user", user,
        ];
        platform.run(&command.map(str::to_owned).each_ref().map(String::as_str))
    };
    // A bank that does not answer: somebody else than who prepared says so, and why.
    assert!(
        settle("ANN ", "failed", "the bank called")
            .stderr
            .contains("ann prepared its batch")
    );
    assert!(settle("bob", "failed", " ").stderr.contains("--reason TEXT"));
    assert_eq!(settle("bob", "failed", "AM04: the bank called").code, 0);
    assert_eq!(posted(&platform, "creator-available:fay USD/6"), "200.000000");
    assert_eq!(blockers(&platform, "fay"), Vec::<String>::new());
    // And then it stands in the bank's statement all the same.
    let found = answer(&platform, &references, &[("fay", "DBIT", "121.60 EUR", "")]);
    assert_eq!(found["breaks"][0]["creator"], "fay", "{found}");
    assert_eq!(blockers(&platform, "fay"), ["disputed"]);
    assert!(
        platform
            .fails(&["payout", "prepare", "--user", "ann"])
            .contains("nobody can be paid")
    );
    // Somebody looks into it: it was paid after all.
    assert_eq!(
        settle("bob", "succeeded", "stands in the statement of 16 November").code,
        0
    );
    platform.sound();
    assert_eq!(posted(&platform, "creator-available:fay USD/6"), "0.000000");
    assert_eq!(posted(&platform, "tax-payable:US USD/6"), "48.000000");
    let id = found["breaks"][0]["id"].as_str().unwrap();
    platform.ok(&[
        "payout",
        "breaks",
        "--close",
        id,
        "--note",
        "booked by hand",
        "--user",
        "bob",
    ]);
    // Once.
    assert_eq!(settle("bob", "succeeded", "again").code, 0);
    assert_eq!(posted(&platform, "creator-available:fay USD/6"), "0.000000");
    platform.sound();
}

#[test]
fn a_return_in_the_currency_of_the_account_comes_back_whole_and_is_looked_at() {
    let platform = Platform::new(None);
    let (_, references) = left(&platform);
    answer(&platform, &references, &[("ben", "DBIT", "120.00 USD", "")]);
    let found = answer(&platform, &references, &[("ben", "CRDT", "96.10 EUR", "MS03")]);
    assert_eq!(found["outcomes"][0]["to"], "returned", "{found}");
    assert_eq!(posted(&platform, "creator-available:ben USD/6"), "120.005000");
    assert_eq!(blockers(&platform, "ben"), ["disputed"]);
}

#[test]
fn a_threshold_holds_in_every_currency() {
    let platform = Platform::new(None);
    // 60 euros are 75 dollars at 1.25; dora wants 80 dollars at least, and gets no less in euros.
    let payees = super::PAYEES
        .replace("id,name", "threshold,id,name")
        .replace("\n", "\n,");
    let payees = payees.trim_end_matches(',').replace(",emil,", "80.00 EUR,emil,");
    platform.story.file("payees.csv", &payees);
    platform.ok(&["payee", "import", "payees.csv"]);
    let emil = &platform.preview(&["--creator", "emil"])["emil"];
    assert_eq!(codes(emil), ["below_threshold"], "{emil}");
    let words = emil["blockers"][0]["words"].as_str().unwrap();
    assert!(words.contains("100.000000 USD"), "{words}");
}

/// A statement with one debit or credit, by the bank's reference or by day.
fn statement(platform: &Platform, reference: &str, direction: &str, seen: &str) -> serde_json::Value {
    let seen = match seen.starts_with("2015") {
        true => format!("<BookgDt><Dt>{seen}</Dt></BookgDt>"),
        false => format!("<AcctSvcrRef>{seen}</AcctSvcrRef>"),
    };
    let text = format!(
        "<Document><BkToCstmrStmt><Stmt><Id>S</Id><Ntry><Amt Ccy=\"EUR\">121.60</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts>{seen}<NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs></TxDtls></NtryDtls>\
         </Ntry></Stmt></BkToCstmrStmt></Document>"
    );
    platform.story.file("statement.xml", &text);
    platform.json(&["payout", "import-answer", "statement.xml"])
}

#[test]
fn a_second_debit_in_another_statement_is_a_break_and_the_same_one_is_not() {
    for [first, second] in [["B-1", "B-2"], ["2015-11-16", "2015-11-17"]] {
        let platform = Platform::new(None);
        let (_, references) = left(&platform);
        let fay = &references.iter().find(|(known, _)| known == "fay").unwrap().1;
        let outcome = |answered: serde_json::Value| {
            let count = |key: &str| answered[key].as_array().unwrap().len();
            (
                count("outcomes"),
                answered["unchanged"].as_u64().unwrap(),
                count("breaks"),
            )
        };
        assert_eq!(outcome(statement(&platform, fay, "DBIT", first)), (1, 0, 0));
        // The same one in a weekly statement.
        assert_eq!(outcome(statement(&platform, fay, "DBIT", first)), (0, 1, 0));
        assert_eq!(outcome(statement(&platform, fay, "DBIT", second)), (0, 0, 1));
        // And one of the two comes back: the other is still out, so nothing is free.
        assert_eq!(outcome(statement(&platform, fay, "CRDT", second)), (0, 0, 1));
        assert_eq!(posted(&platform, "creator-available:fay USD/6"), "0.000000");
        let open = platform.json(&["payout", "breaks"]);
        assert_eq!(open.as_array().unwrap().len(), 2, "{open}");
        platform.sound();
    }
}

/// What the bank says after a batch was prepared stops it as it would have stopped its preparation.
#[test]
fn a_dispute_stops_a_batch_that_was_prepared_before_it() {
    let platform = Platform::new(None);
    let (first, references) = left(&platform);
    let fay = payout(&references, "fay");
    platform.ok(&[
        "payout",
        "settle",
        &first,
        &fay,
        "--as",
        "failed",
        "--reason",
        "AM09: refused",
        "--user",
        "bob",
    ]);
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap().to_owned();
    let shown = platform.json(&["payout", "show", &batch]);
    let again = shown["payouts"][0]["payout"].as_str().unwrap().to_owned();
    let found = answer(&platform, &references, &[("fay", "DBIT", "121.60 EUR", "")]);
    let id = found["breaks"][0]["id"].as_str().unwrap().to_owned();
    let approve = ["payout", "approve", &batch, "--user", "cid"];
    let told = platform.fails(&approve);
    assert!(told.contains("may have been paid"), "{told}");
    // Who approves sees that it was sent before, and who said that it failed.
    let shown = platform.ok(&["payout", "show", &batch]);
    assert!(
        shown.contains("fay is paid again after the payout of") && shown.contains("bob said so by hand"),
        "{shown}"
    );
    platform.ok(&["payout", "hold", &batch, &again, "--reason", "look"]);
    let told = platform.fails(&["payout", "release", &batch, &again]);
    assert!(told.contains("may have been paid"), "{told}");
    let close = ["payout", "breaks", "--note", "another payment", "--user", "bob"];
    platform.ok(&[&close[..], &["--close", &id]].concat());
    platform.ok(&["payout", "release", &batch, &again, "--user", "eve"]);
    let shown = platform.ok(&["payout", "show", &batch]);
    assert!(
        shown.contains("fay was held (look), and put back by eve at"),
        "{shown}"
    );
    platform.ok(&approve);
    // Once it is approved, too.
    platform.ok(&[&close[..], &["--reopen", &id]].concat());
    let told = platform.fails(&["payout", "export", &batch, "--out", "again", "--user", "ann"]);
    assert!(told.contains("may have been paid"), "{told}");
}
