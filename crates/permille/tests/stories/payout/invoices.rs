//! Invoices for money that was taken back after it was paid: written, paid in parts, offset by what is earned later.

use super::codes;
use super::platform::{Platform, months};
use scratch_postgres::{Durability, Server};
use serde_json::Value;

const LATER: &str = "2015-12-20T12:00:00Z";
/// How the order of recovery begins.
const ORDER: &str = "It is taken first from what is not paid yet, then from future earnings";

/// Emil was paid 50 dollars; so much of it is taken back and invoiced. Gives the invoice's reference.
fn invoiced(platform: &Platform, taken_back: &str) -> String {
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap();
    let emil = &super::payout_ids(&made[0])["emil"];
    platform.ok(&["payout", "approve", batch, "--user", "bob"]);
    platform.ok(&["payout", "export", batch, "--out", "files", "--user", "bob"]);
    platform.ok(&["payout", "settle", batch, emil, "--as", "succeeded"]);
    earned(
        platform,
        &format!("back,v-emil,2015-10-06T00:00:00Z,-{taken_back},USD,DE\n"),
    );
    platform.ok(&["restate", "--program", "ads", "--period", "2015-10"]);
    // A balance below zero says what is owed and how it is recovered, before and after an invoice.
    let text = platform.ok(&["statement", "--creator", "emil", "--month", &months()[0]]);
    assert!(text.contains(ORDER) && text.contains("Owed: "), "{text}");
    let written = platform.json(&["payout", "recover", "--creator", "emil", "--invoice"]);
    written[0]["invoice"].as_str().unwrap().to_owned()
}

fn earned(platform: &Platform, rows: &str) {
    let text = format!("event_id,video_id,occurred_at,revenue,currency,country\n{rows}");
    let file = platform.story.file("earned.csv", &text);
    platform.ok(&["import", "ad_impression", file.to_str().unwrap()]);
}

/// Revenue of November, payable on the fifteenth of December.
fn november(platform: &Platform, rows: &str) {
    earned(platform, rows);
    platform.close_november();
}

fn invoice(platform: &Platform) -> Value {
    let all = platform.json(&["payout", "invoices", "--creator", "emil", "--all"]);
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    all[0].clone()
}

/// A bank's statement with money that came in.
fn statement(platform: &Platform, entries: &[(&str, &str, &str)]) {
    let entries = entries.iter().map(|(bank, amount, written)| {
        format!(
            "<Ntry><Amt Ccy=\"USD\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2015-11-15</Dt></BookgDt>\
             <AcctSvcrRef>{bank}</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>{written}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        )
    });
    let text = format!(
        "<Document><BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>{}</Stmt></BkToCstmrStmt></Document>",
        entries.collect::<String>()
    );
    platform.story.file("came-in.xml", &text);
}

#[test]
fn an_invoice_is_paid_on_sqlite() {
    an_invoice_is_paid(None);
}

#[test]
fn an_invoice_is_paid_on_postgresql() {
    let server = Server::start(Durability::None).unwrap();
    an_invoice_is_paid(Some(server.database().unwrap()));
}

fn an_invoice_is_paid(store: Option<String>) {
    let platform = Platform::new(store);
    let reference = invoiced(&platform, "20.00");
    let preview = &platform.preview(&["--creator", "emil"])["emil"];
    assert_eq!(preview["invoiced"][0]["open"], "20.000000 USD", "{preview}");
    assert_eq!(codes(preview), ["negative_balance"]);
    by_hand(&platform, &reference);
    by_the_bank(&platform, &reference);
    // What is earned later pays the rest before anything is paid out; a threshold looks at what was earned.
    november(&platform, "later,v-emil,2015-11-05T10:00:00Z,52.00,USD,DE\n");
    let preview = &platform.preview(&["--creator", "emil", "--now", LATER])["emil"];
    assert_eq!(
        (&preview["payable"]["offset"], &preview["payable"]["gross"]),
        (&"5.000000 USD".into(), &"47.00 USD".into()),
        "{preview}"
    );
    let made = platform.json(&["payout", "prepare", "--user", "ann", "--now", LATER]);
    assert_eq!(made[0]["payouts"][0]["gross"], "47.00 USD", "{made}");
    assert_eq!(made[0]["payouts"].as_array().unwrap().len(), 1);
    platform.sound();
    let paid = invoice(&platform);
    assert_eq!(paid["open"], "0.000000 USD");
    assert_eq!(
        (&paid["paid"][2]["how"], &paid["paid"][2]["amount"]),
        (&"offset".into(), &"5.000000 USD".into())
    );
    assert!(
        platform
            .ok(&["payout", "invoices"])
            .contains("no invoice is open")
    );
    let [now, _] = months();
    let month = ["statement", "--creator", "emil", "--month", &now, "--now", LATER];
    let text = platform.ok(&month);
    assert!(
        text.contains("taken for an invoice") && text.contains("5.000000 USD taken from earnings"),
        "{text}"
    );
    // A payout that is given up leaves what the invoice did not take.
    platform.ok(&[
        "payout",
        "cancel",
        made[0]["batch"].as_str().unwrap(),
        "--now",
        LATER,
    ]);
    let preview = &platform.preview(&["--creator", "emil", "--now", LATER])["emil"];
    assert_eq!(preview["balance"], "47.000000 USD");
    platform.sound();
}

fn by_hand(platform: &Platform, reference: &str) {
    let receive = |amount: &str, of: &str| {
        let args = [
            "payout",
            "receive",
            reference,
            "--amount",
            amount,
            "--reference",
            of,
        ];
        platform.run(&[&args[..], &["--format", "json"]].concat())
    };
    let first = receive("12.34", "TT-1");
    assert_eq!(first.code, 0, "{}", first.stderr);
    let again: Value = serde_json::from_str(&receive("12.34", "TT-1").stdout).unwrap();
    assert_eq!(
        (&again["was_booked"], &again["open"]),
        (&true.into(), &"7.660000 USD".into())
    );
    for (amount, of, said) in [
        ("12.35", "TT-1", "under the reference `TT-1` before, not 12.35"),
        ("7.67", "TT-2", "asks for 7.660000 USD, not 7.67"),
        ("0", "TT-2", "not 0.00"),
        ("-1", "TT-2", "not -1.00"),
        ("1", " ", "is no reference"),
    ] {
        let refused = receive(amount, of);
        assert!(
            refused.code != 0 && refused.stderr.contains(said),
            "{}",
            refused.stderr
        );
    }
    // As much without a reference may be the same money.
    let alike = platform.fails(&["payout", "receive", reference, "--amount", "12.34"]);
    assert!(alike.contains("under the reference `TT-1`"), "{alike}");
    let slip = platform.fails(&[
        "payout",
        "receive",
        &reference.replace("INV", "IMV"),
        "--amount",
        "1",
    ]);
    assert!(slip.contains("is not an invoice"), "{slip}");
    let unknown = payout::invoice::InvoiceReference::derive("recover/0/USD/6/nobody").to_string();
    let unknown = platform.fails(&["payout", "receive", &unknown, "--amount", "1"]);
    assert!(
        unknown.contains("no invoice") && unknown.contains("invoices --all"),
        "{unknown}"
    );
    let future = platform.fails(&[
        "payout",
        "receive",
        reference,
        "--amount",
        "1",
        "--on",
        "2016-01-01",
    ]);
    assert!(future.contains("is to come"), "{future}");
    the_creator_sees(platform, reference);
}

fn the_creator_sees(platform: &Platform, reference: &str) {
    let [month, _] = months();
    let text = platform.ok(&["statement", "--creator", "emil", "--month", &month]);
    assert!(
        text.contains(&format!("invoice {reference} of {month}-"))
            && text.contains(": 20.000000 USD; 12.340000 USD received")
            && text.contains("still to pay: 7.660000 USD"),
        "{text}"
    );
    assert!(text.contains(&format!("Owed: 7.660000 USD. {ORDER}")), "{text}");
    let pdf = [
        "statement",
        "--creator",
        "emil",
        "--month",
        &month,
        "--pdf",
        "emil.pdf",
    ];
    platform.ok(&pdf);
    let file = platform.story.path().join("emil.pdf");
    match std::process::Command::new("pdftotext")
        .arg(&file)
        .arg("-")
        .output()
    {
        Ok(output) => {
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("Owed: 7.660000 USD."), "{text}");
        }
        Err(_) => println!("skipped: pdftotext (poppler-utils) is not installed"),
    }
    let entries = platform.json(&["ledger", "balances", "--owner", "emil"]);
    let owes = entries
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["account"].as_str().unwrap().starts_with("creator-receivable"));
    assert_eq!(owes.unwrap()["posted"], "7.660000", "{entries}");
    platform.sound();
}

fn by_the_bank(platform: &Platform, reference: &str) {
    statement(
        platform,
        &[
            ("B1", "7.67", reference),
            ("B2", "2.66", &format!("Emil, invoice {reference}")),
            ("B3", "9.99", "rent"),
        ],
    );
    let import = ["payout", "import-answer", "came-in.xml"];
    let answered = platform.json(&import);
    let received = answered["receipts"].as_array().unwrap();
    assert_eq!(received.len(), 1, "{answered}");
    assert_eq!(
        (
            &received[0]["amount"],
            &received[0]["open"],
            &received[0]["reference"]
        ),
        (&"2.660000 USD".into(), &"5.000000 USD".into(), &"B2".into())
    );
    assert_eq!(answered["unrelated"], 1);
    let breaks = answered["breaks"].as_array().unwrap();
    assert!(
        breaks.len() == 1 && breaks[0]["words"].as_str().unwrap().contains("7.67 USD came in"),
        "{answered}"
    );
    let again = platform.json(&import);
    assert_eq!(
        (again["receipts"].as_array().unwrap().len(), &again["unchanged"]),
        (0, &1.into()),
        "{again}"
    );
    assert_eq!(invoice(platform)["open"], "5.000000 USD");
    a_break_is_closed(platform, &again["breaks"][0]);
    platform.sound();
}

/// Somebody looks into it: closed once, kept, and never opened by reading the same file again.
fn a_break_is_closed(platform: &Platform, found: &Value) {
    let id = found["id"].as_str().unwrap();
    let breaks = |more: &[&str]| platform.json(&[&["payout", "breaks"], more].concat());
    assert_eq!(breaks(&[])[0]["id"], id);
    platform.fails(&["payout", "breaks", "--close", id]);
    let empty = platform.fails(&["payout", "breaks", "--close", id, "--note", " "]);
    assert!(empty.contains("needs a note"), "{empty}");
    let nobody = [
        "payout", "breaks", "--close", id, "--note", "x", "--user", "unknown",
    ];
    assert!(platform.fails(&nobody).contains("--user NAME"));
    let close = [
        "payout",
        "breaks",
        "--close",
        id,
        "--note",
        "sent back on the 16th",
    ];
    assert_eq!(platform.json(&close)[0]["state"], "closed");
    let twice = platform.fails(&close);
    assert!(
        twice.contains("closed already by kim") && twice.contains("sent back"),
        "{twice}"
    );
    assert_eq!(breaks(&[]).as_array().unwrap().len(), 0);
    let again = platform.json(&["payout", "import-answer", "came-in.xml"]);
    assert_eq!(again["breaks"][0]["state"], "closed", "{again}");
    assert_eq!(breaks(&[]).as_array().unwrap().len(), 0);
    platform.ok(&["payout", "breaks", "--reopen", id, "--note", "it did not arrive"]);
    platform.fails(&["payout", "breaks", "--reopen", id, "--note", "it did not arrive"]);
    assert_eq!(breaks(&[]).as_array().unwrap().len(), 1);
    platform.ok(&["payout", "breaks", "--close", id, "--note", "now it did"]);
    let all = breaks(&["--all"]);
    assert_eq!(all.as_array().unwrap().len(), 1);
    let decisions = all[0]["decisions"].as_array().unwrap();
    let said: Vec<_> = decisions.iter().map(|one| one["to"].as_str().unwrap()).collect();
    assert_eq!(said, ["closed", "open", "closed"]);
    assert_eq!(decisions[0]["note"], "sent back on the 16th");
    let unknown = platform.fails(&["payout", "breaks", "--close", "0-0", "--note", "x"]);
    assert!(unknown.contains("no break `0-0`"), "{unknown}");
}

#[test]
fn an_invoice_asks_for_what_can_be_paid() {
    let platform = Platform::new(None);
    invoiced(&platform, "20.006");
    assert_eq!(invoice(&platform)["amount"], "20.000000 USD");
    let preview = &platform.preview(&["--creator", "emil"])["emil"];
    assert_eq!(preview["balance"], "-0.006000 USD", "{preview}");
    platform.sound();
    let nothing = platform.fails(&["payout", "recover", "--creator", "emil", "--invoice"]);
    assert!(nothing.contains("owes nothing"), "{nothing}");
}

#[test]
fn an_invoice_may_take_all_that_is_there() {
    let platform = Platform::new(None);
    invoiced(&platform, "50.00");
    november(&platform, "later,v-emil,2015-11-05T10:00:00Z,50.00,USD,DE\n");
    let answer = platform.run(&["payout", "prepare", "--user", "ann", "--now", LATER]);
    assert!(
        answer.code == 0 && answer.stdout.is_empty(),
        "{}{}",
        answer.stdout,
        answer.stderr
    );
    assert!(
        answer.stderr.contains("has gone to their invoices"),
        "{}",
        answer.stderr
    );
    assert_eq!(invoice(&platform)["open"], "0.000000 USD");
    let again = platform.fails(&["payout", "prepare", "--user", "ann", "--now", LATER]);
    assert!(again.contains("nobody can be paid now"), "{again}");
    platform.sound();
}

#[test]
fn statements_of_the_configured_account_are_taken_before_anything_left() {
    let platform = Platform::new(None);
    statement(&platform, &[("B1", "1.00", "rent")]);
    let import = ["payout", "import-answer", "came-in.xml"];
    assert_eq!(platform.json(&import)["unrelated"], 1);
    let text = std::fs::read_to_string(platform.story.path().join("came-in.xml")).unwrap();
    let other = text.replace("DE89370400440532013000", "FR1420041010050500013M02606");
    platform.story.file("came-in.xml", &other);
    assert!(platform.fails(&import).contains("from which no payout left"));
}

/// What a payout that may never leave has taken does not make the rest too little.
#[test]
fn nothing_expires_beside_a_payout_under_way() {
    let platform = Platform::new(None);
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    november(&platform, "later,v-emil,2015-11-05T10:00:00Z,25.00,USD,DE\n");
    let expiring = || {
        let all = platform.json(&["payout", "expire", "--now", LATER]);
        let all = all.as_array().unwrap().iter();
        all.map(|one| one["creator"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(!expiring().contains(&"emil".to_owned()), "{:?}", expiring());
    let batch = made[0]["batch"].as_str().unwrap();
    platform.ok(&["payout", "cancel", batch, "--user", "ann"]);
    let preview = &platform.preview(&["--creator", "emil", "--now", LATER])["emil"];
    assert_eq!(preview["payable"]["gross"], "75.00 USD", "{preview}");
    platform.sound();
}

/// Of what an invoice has taken a part of, the rest does not expire.
#[test]
fn what_an_invoice_left_does_not_expire() {
    let platform = Platform::new(None);
    invoiced(&platform, "30.00");
    november(&platform, "later,v-emil,2015-11-05T10:00:00Z,60.00,USD,DE\n");
    let made = platform.json(&["payout", "prepare", "--user", "ann", "--now", LATER]);
    let batch = made[0]["batch"].as_str().unwrap();
    platform.ok(&["payout", "cancel", batch, "--user", "ann", "--now", LATER]);
    let expiring = platform.json(&["payout", "expire", "--now", LATER]);
    let mut all = expiring.as_array().unwrap().iter();
    assert!(!all.any(|one| one["creator"] == "emil"), "{expiring}");
    platform.sound();
}

#[test]
fn what_would_be_paid_pays_the_invoice_first() {
    let platform = Platform::new(None);
    invoiced(&platform, "50.00");
    november(
        &platform,
        "later,v-emil,2015-11-05T10:00:00Z,50.00,USD,DE\ndora,v-dora,2015-11-05T10:00:00Z,60.00,USD,DE\n",
    );
    // Money that an invoice will take does not expire.
    let expiring = platform.json(&["payout", "expire", "--now", LATER]);
    let all: Vec<_> = expiring
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["creator"].clone())
        .collect();
    assert!(!all.contains(&"emil".into()), "{expiring}");
    let preview = &platform.preview(&["--creator", "emil", "--now", LATER])["emil"];
    assert_eq!(codes(preview), ["offset"]);
    let made = platform.json(&["payout", "prepare", "--user", "ann", "--now", LATER]);
    assert_eq!(
        super::payout_ids(&made[0]).into_keys().collect::<Vec<_>>(),
        ["dora"]
    );
    assert_eq!(invoice(&platform)["open"], "0.000000 USD");
    platform.sound();
}

#[test]
fn money_taken_back_after_it_was_paid_is_a_debt_that_can_be_invoiced() {
    let platform = Platform::new(None);
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap();
    let payouts = made[0]["payouts"].as_array().unwrap();
    let emil = payouts.iter().find(|payout| payout["creator"] == "emil").unwrap();
    platform.ok(&["payout", "approve", batch, "--user", "bob"]);
    platform.ok(&["payout", "export", batch, "--out", "files", "--user", "bob"]);
    let emil = emil["payout"].as_str().unwrap();
    platform.ok(&[
        "payout",
        "settle",
        batch,
        emil,
        "--as",
        "succeeded",
        "--user",
        "bob",
    ]);
    // The advertiser gets 20 dollars back: the closed month is restated.
    let correction = "event_id,video_id,occurred_at,revenue,currency,country\nback,v-emil,2015-10-06T00:00:00Z,-20.00,USD,DE\n";
    let file = platform.story.file("correction.csv", correction);
    platform.ok(&["import", "ad_impression", file.to_str().unwrap()]);
    platform.ok(&["restate", "--program", "ads", "--period", "2015-10"]);
    let preview = &platform.preview(&["--creator", "emil"])["emil"];
    assert_eq!(preview["balance"], "-20.000000 USD");
    assert_eq!(codes(preview), ["negative_balance"]);
    let statement = platform.json(&["statement", "--creator", "emil", "--month", &months()[0]]);
    let entries = statement["money"][0]["entries"].as_array().unwrap();
    let adjustment = entries
        .iter()
        .find(|entry| entry["what"] == "adjustment")
        .unwrap();
    assert_eq!(
        (&adjustment["period"], &adjustment["amount"]),
        (&"2015-10".into(), &"-20.000000 USD".into())
    );
    assert_eq!(adjustment["changes"][0]["was"], "50.000000", "{adjustment}");
    let invoice = platform.json(&[
        "payout",
        "recover",
        "--creator",
        "emil",
        "--invoice",
        "--user",
        "bob",
    ]);
    assert_eq!(invoice[0]["amount"], "20.000000 USD");
    assert!(
        platform
            .fails(&["payout", "recover", "--creator", "emil", "--invoice"])
            .contains("owes nothing")
    );
    let statement = platform.json(&["statement", "--creator", "emil", "--month", &months()[0]]);
    let money = &statement["money"][0];
    assert_eq!(
        (&money["closing"], &money["invoiced"]),
        (&"0.000000 USD".into(), &"20.000000 USD".into())
    );
    platform.sound();
}
