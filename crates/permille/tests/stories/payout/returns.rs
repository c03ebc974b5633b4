//! Payouts that come back: what the bank kept, and who bears it.

use super::platform::{Platform, months};
use super::{codes, payout_ids};
use crate::harness::sum;
use scratch_postgres::{Durability, Server};
use serde_json::Value;

/// A batch that has left: creator to reference.
pub fn left(platform: &Platform) -> (String, Vec<(String, String)>) {
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap().to_owned();
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "bob"]);
    let references = payout_ids(&made[0])
        .into_iter()
        .map(|(creator, id)| (creator, format!("PAY{}", id[4..].to_uppercase())));
    (batch, references.collect())
}

/// A statement of entries of creator, direction, amount, and why it came back.
pub fn statement(references: &[(String, String)], entries: &[(&str, &str, &str, &str)]) -> String {
    let of = |creator: &str| &references.iter().find(|(known, _)| known == creator).unwrap().1;
    let entries = entries.iter().map(|(creator, direction, amount, reason)| {
        let (number, currency) = amount.split_once(' ').unwrap();
        let returned = match reason.is_empty() {
            true => String::new(),
            false => format!("<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>"),
        };
        format!(
            "<Ntry><Amt Ccy=\"{currency}\">{number}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <NtryDtls><TxDtls><Refs><EndToEndId>{}</EndToEndId></Refs>{returned}</TxDtls></NtryDtls></Ntry>",
            of(creator)
        )
    });
    format!(
        "<Document><BkToCstmrStmt><Stmt><Id>S</Id>{}</Stmt></BkToCstmrStmt></Document>",
        entries.collect::<String>()
    )
}

/// Brings such a statement in.
pub fn answer(
    platform: &Platform,
    references: &[(String, String)],
    entries: &[(&str, &str, &str, &str)],
) -> Value {
    platform.story.file("back.xml", &statement(references, entries));
    let answered = platform.json(&["payout", "import-answer", "back.xml"]);
    platform.sound();
    answered
}

/// What stands in an account, by the books.
/// What stands in an account: `KIND:OWNER ASSET` of all programs and sources, `KIND:OWNER SOURCE ASSET` of one source.
pub fn posted(platform: &Platform, account: &str) -> String {
    let all = platform.json(&["ledger", "balances"]);
    let all = all.as_array().unwrap();
    let is_meant = |one: &&Value| {
        let word = |name: &str| one[name].as_str().unwrap_or_default();
        let (kind, owner, asset) = (word("kind"), word("owner"), word("asset"));
        let name = if owner.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}:{owner}")
        };
        account == format!("{name} {asset}") || account == format!("{name} {} {asset}", word("source"))
    };
    let rows = all.iter().filter(is_meant);
    let sum = sum(rows.map(|row| (row["asset"].as_str().unwrap(), row["posted"].as_str().unwrap())));
    sum.as_str().unwrap_or("0").to_owned()
}

const KEPT: [(&str, &str, &str, &str); 3] = [
    ("anna", "DBIT", "788.00 EUR", ""),
    ("anna", "CRDT", "780.00 EUR", "MS03"),
    // Nobody had said that it left.
    ("ben", "CRDT", "112.00 USD", "MS03"),
];

#[test]
fn the_platform_bears_what_the_bank_kept_on_sqlite() {
    the_platform_bears_what_the_bank_kept(None);
}

#[test]
fn the_platform_bears_what_the_bank_kept_on_postgresql() {
    let server = Server::start(Durability::None).unwrap();
    the_platform_bears_what_the_bank_kept(Some(server.database().unwrap()));
}

fn the_platform_bears_what_the_bank_kept(store: Option<String>) {
    let platform = Platform::new(store);
    let (_, references) = left(&platform);
    let answered = answer(&platform, &references, &KEPT);
    assert_eq!(answered["breaks"].as_array().unwrap().len(), 0, "{answered}");
    assert_eq!(answered["outcomes"].as_array().unwrap().len(), 3, "{answered}");
    for (account, is) in [
        ("payout-fees:bank EUR/6", "8.000000"),
        ("payout-fees:bank USD/6", "8.000000"),
        ("cash-at-bank EUR/6", "-8.000000"),
        ("cash-at-bank USD/6", "-8.000000"),
        ("creator-available:anna USD/6", "1000.000000"),
        ("creator-available:ben USD/6", "120.005000"),
        ("fx-clearing USD/6", "0.000000"),
        ("tax-payable:US USD/6", "0.000000"),
    ] {
        assert_eq!(posted(&platform, account), is, "{account}");
    }
    let text = platform.ok(&["statement", "--creator", "anna", "--month", &months()[0]]);
    assert!(
        text.contains("payout returned") && text.contains("the bank kept 8.00 EUR"),
        "{text}"
    );
    // Read again, it changes nothing.
    let again = answer(&platform, &references, &KEPT);
    assert_eq!(
        (again["outcomes"].as_array().unwrap().len(), &again["unchanged"]),
        (0, &3.into())
    );
    assert_eq!(posted(&platform, "payout-fees:bank EUR/6"), "8.000000");
}

#[test]
fn the_creator_who_bears_fees_gets_what_came_back() {
    let platform = Platform::new(None);
    let config = std::fs::read_to_string(platform.story.path().join("permille.toml")).unwrap();
    let config = config.replace("\n[payout]\n", "\n[payout]\nfees = \"creator\"\n");
    platform.story.file("permille.toml", &config);
    let (_, references) = left(&platform);
    let answered = answer(&platform, &references, &KEPT);
    assert_eq!(answered["breaks"].as_array().unwrap().len(), 0, "{answered}");
    // Eight euros are ten dollars at the payout's own rate.
    for (account, is) in [
        ("payout-fees:bank EUR/6", "0"),
        ("cash-at-bank EUR/6", "-8.000000"),
        ("creator-available:anna USD/6", "990.000000"),
        ("creator-available:ben USD/6", "112.005000"),
        ("creator-available:anna us USD/6", "99.000000"),
    ] {
        assert_eq!(posted(&platform, account), is, "{account}");
    }
    let anna = &platform.preview(&["--creator", "anna"])["anna"];
    assert_eq!(
        (&anna["programs"][0]["amount"], &anna["programs"][0]["us_source"]),
        (&"990.000000 USD".into(), &"99.000000 USD".into())
    );
}

#[test]
fn more_than_was_sent_waits_for_somebody() {
    let platform = Platform::new(None);
    let (_, references) = left(&platform);
    let more = answer(&platform, &references, &[("ben", "CRDT", "121.00 USD", "MS03")]);
    assert_eq!(more["outcomes"][0]["to"], "returned");
    let words = more["breaks"][0]["words"].as_str().unwrap();
    assert!(
        words.contains("120.00 USD was sent, the bank says 121.00 USD"),
        "{words}"
    );
    assert_eq!(posted(&platform, "creator-available:ben USD/6"), "120.005000");
}

/// Blockers of a creator.
fn blocked(platform: &Platform, creator: &str) -> Vec<String> {
    codes(&platform.preview(&["--creator", creator])[creator])
}

#[test]
fn an_account_that_failed_is_not_paid_again_by_itself() {
    let platform = Platform::new(None);
    let (batch, references) = left(&platform);
    // The reason lies in the account of the first, in the address of the second, in nobody's of the third.
    let back = [
        ("anna", "CRDT", "788.00 EUR", "AC04"),
        ("ben", "CRDT", "120.00 USD", "BE04"),
        ("fay", "CRDT", "121.60 EUR", "AM04"),
    ];
    answer(&platform, &references, &back);
    let emil = format!(
        "pay_{}",
        &references.iter().find(|(known, _)| known == "emil").unwrap().1[3..]
    );
    let settle = [
        "payout",
        "settle",
        &batch,
        &emil.to_lowercase(),
        "--as",
        "failed",
        "--reason",
        "receiver is locked",
    ];
    platform.ok(&settle);
    for creator in ["anna", "ben", "emil"] {
        assert_eq!(blocked(&platform, creator), ["method_failed"], "{creator}");
    }
    assert_eq!(blocked(&platform, "fay"), Vec::<String>::new());
    let words = platform.ok(&["payout", "preview", "--creator", "emil"]);
    assert!(
        words.contains("PayPal emil@mail.example failed on 2015-11-16: receiver is locked")
            && words.contains("`permille payee confirm`"),
        "{words}"
    );
    assert!(
        platform
            .ok(&["payee", "show", "anna"])
            .contains("AC04: the account is closed")
    );
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    assert_eq!(payout_ids(&made[0]).into_keys().collect::<Vec<_>>(), ["fay"]);
    // The same row again changes nothing; another town mends the address, and not the account.
    platform.ok(&["payee", "import", "payees.csv"]);
    assert_eq!(blocked(&platform, "ben"), ["method_failed"]);
    let moved = super::PAYEES
        .replace("GB,Leeds,GB", "GB,York,GB")
        .replace("DE,München,DE", "DE,Köln,DE");
    platform.story.file("payees.csv", &moved);
    platform.ok(&["payee", "import", "payees.csv"]);
    assert_eq!(blocked(&platform, "ben"), Vec::<String>::new());
    assert_eq!(blocked(&platform, "anna"), ["method_failed"]);
    platform.fails(&["payee", "confirm", "emil", "--reason", " "]);
    platform.ok(&["payee", "confirm", "emil", "--reason", "the receiver unlocked it"]);
    assert_eq!(blocked(&platform, "emil"), Vec::<String>::new());
    let nothing = platform.fails(&["payee", "confirm", "emil", "--reason", "again"]);
    assert!(nothing.contains("has failed"), "{nothing}");
}

#[test]
fn an_account_that_failed_after_the_preparation_is_not_paid() {
    let platform = Platform::new(None);
    let first = platform.json(&["payout", "prepare", "--user", "ann"]);
    let (first, payouts) = (first[0]["batch"].as_str().unwrap(), payout_ids(&first[0]));
    platform.ok(&["payout", "approve", first, "--user", "bob"]);
    platform.ok(&["payout", "export", first, "--out", "files", "--user", "bob"]);
    let now = "2015-12-20T12:00:00Z";
    let more = "event_id,video_id,occurred_at,revenue,currency,country\nlate,v-emil,2015-11-05T10:00:00Z,60.00,USD,DE\n";
    let file = platform.story.file("more.csv", more);
    platform.ok(&["import", "ad_impression", file.to_str().unwrap()]);
    platform.close_november();
    let second = platform.json(&["payout", "prepare", "--user", "ann", "--now", now]);
    let (second, of_emil) = (
        second[0]["batch"].as_str().unwrap(),
        &payout_ids(&second[0])["emil"],
    );
    let failed = [
        "payout",
        "settle",
        first,
        &payouts["emil"],
        "--as",
        "failed",
        "--reason",
        "no such receiver",
    ];
    platform.ok(&failed);
    let refused = platform.fails(&["payout", "approve", second, "--user", "bob", "--now", now]);
    assert!(
        refused.contains("emil") && refused.contains("no such receiver"),
        "{refused}"
    );
    platform.ok(&["payout", "hold", second, of_emil, "--now", now]);
    // Nothing else is in it.
    let refused = platform.fails(&["payout", "approve", second, "--user", "bob", "--now", now]);
    assert!(refused.contains("nothing of batch"), "{refused}");
    platform.ok(&["payout", "cancel", second, "--now", now]);
}

/// Files of which the bank has refused something are not written again: uploaded, they would pay what another batch may pay.
#[test]
fn files_are_not_written_again_once_something_of_them_is_free() {
    let platform = Platform::new(None);
    let (batch, references) = left(&platform);
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "bob"]);
    let (_, first) = &references[0];
    let text = format!(
        "<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>{batch}</OrgnlMsgId></OrgnlGrpInfAndSts>\
         <OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch}-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{first}</OrgnlEndToEndId>\
         <TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    );
    platform.story.file("refused.xml", &text);
    // What the preparer brings in waits: it is not written again either.
    platform.ok(&["payout", "import-answer", "refused.xml", "--user", "ann"]);
    let refused = platform.fails(&["payout", "export", &batch, "--out", "files", "--user", "bob"]);
    assert!(refused.contains("the bank's answer waits"), "{refused}");
    let answered = platform.json(&["payout", "import-answer", "refused.xml", "--user", "bob"]);
    assert_eq!(
        answered["outcomes"].as_array().map(Vec::len),
        Some(1),
        "{answered}"
    );
    let refused = platform.fails(&["payout", "export", &batch, "--out", "files", "--user", "bob"]);
    assert!(
        refused.contains("payout/answered") && refused.contains(first),
        "{refused}"
    );
}
