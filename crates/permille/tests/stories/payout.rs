//! A month is closed and paid: two people, a bank, and books that sum to zero at every step.

mod after_all;
mod alone;
mod approvals;
mod collected_debts;
mod disputes;
mod documents;
mod doubts;
mod expiry;
mod invoices;
mod one_word;
mod other_debts;
pub mod platform;
mod returns;
mod splits;
mod steps;
mod unmatched;
mod used_up;

use self::platform::{DEBTOR, PAYEES, Platform, months};
use crate::harness::{Answer, Story, checkout};
use scratch_postgres::{Durability, Server};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn codes(preview: &Value) -> Vec<String> {
    let blockers = preview["blockers"].as_array().unwrap();
    blockers
        .iter()
        .map(|blocker| blocker["code"].as_str().unwrap().to_owned())
        .collect()
}

/// A batch's payouts by creator.
pub fn payout_ids(batch: &Value) -> BTreeMap<String, String> {
    let payouts = batch["payouts"].as_array().unwrap();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    payouts
        .iter()
        .map(|one| (text(one, "creator"), text(one, "payout")))
        .collect()
}

#[test]
fn a_month_is_paid_on_sqlite() {
    a_month_is_paid(None);
}

#[test]
fn a_month_is_paid_on_postgresql() {
    let server = Server::start(Durability::None).unwrap();
    a_month_is_paid(Some(server.database().unwrap()));
}

fn a_month_is_paid(store: Option<String>) {
    let platform = Platform::new(store);
    let before = platform.preview(&["--now", "2015-11-11T00:00:00Z"]);
    assert_eq!(codes(&before["emil"]), ["not_due"]);
    blocked_and_payable(&platform);
    let (batch, payouts) = two_people_sign(&platform);
    the_bank_answers(&platform, &batch, &payouts);
    platform.sound();
}

fn blocked_and_payable(platform: &Platform) {
    let now = platform.preview(&[]);
    for (creator, blockers) in [
        ("cleo", vec!["identity"]),
        // W25: 49.99 is not paid, 50.00 is.
        ("dora", vec!["below_threshold"]),
        ("gus", vec!["no_payee"]),
        ("emil", vec![]),
    ] {
        assert_eq!(codes(&now[creator]), blockers, "{creator}");
    }
    assert!(
        now["dora"]["blockers"][0]["words"]
            .as_str()
            .unwrap()
            .contains("0.010000 USD short"),
        "{}",
        now["dora"]
    );
    let anna = &now["anna"]["payable"];
    assert_eq!(
        (&anna["gross"], &anna["withheld"], &anna["net"]),
        (&"1000.00 USD".into(), &"15.00 USD".into(), &"985.00 USD".into())
    );
    assert_eq!(anna["arrives"], "788.00 EUR");
    assert_eq!(anna["rate"]["published_on"], "2015-11-13");
    assert_eq!(now["ben"]["payable"]["remainder"], "0.005000 USD");
    assert_eq!(now["fay"]["payable"]["withheld"], "48.00 USD");
    let words = platform.ok(&["payout", "preview", "--creator", "cleo"]);
    assert!(words.contains("Your identity is being checked."), "{words}");
}

fn two_people_sign(platform: &Platform) -> (String, BTreeMap<String, Value>) {
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    assert_eq!(made.as_array().unwrap().len(), 1);
    let batch = made[0]["batch"].as_str().unwrap().to_owned();
    let payouts = made[0]["payouts"].as_array().unwrap();
    let payouts: BTreeMap<_, _> = payouts
        .iter()
        .map(|one| (one["creator"].as_str().unwrap().to_owned(), one.clone()))
        .collect();
    assert_eq!(payouts.keys().collect::<Vec<_>>(), ["anna", "ben", "emil", "fay"]);
    // The money is reserved: nobody is paid twice.
    assert!(
        platform
            .fails(&["payout", "prepare", "--user", "ann"])
            .contains("nobody can be paid now")
    );
    assert_eq!(
        platform.preview(&["--creator", "ben"])["ben"]["balance"],
        "0.005000 USD"
    );
    assert!(
        platform
            .fails(&["payout", "export", &batch, "--out", "files", "--user", "bob"])
            .contains("approve")
    );
    let refused = platform.fails(&["payout", "approve", &batch, "--user", "Ann "]);
    assert!(refused.contains("somebody else must approve it"), "{refused}");
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    platform.sound();
    let files = platform.json(&["payout", "export", &batch, "--out", "files", "--user", "bob"]);
    assert_eq!(files.as_array().unwrap().len(), 2, "{files}");
    platform.ok(&[
        "payout",
        "export",
        &batch,
        "--out",
        "again",
        "--now",
        "2015-11-18T00:00:00Z",
        "--user",
        "bob",
    ]);
    for file in files.as_array().unwrap() {
        let name = Path::new(file["file"].as_str().unwrap())
            .file_name()
            .unwrap()
            .to_owned();
        let read = |folder: &str| std::fs::read(platform.story.path().join(folder).join(&name)).unwrap();
        assert_eq!(read("files"), read("again"), "{name:?}");
    }
    is_valid(&platform.story.path().join(format!("files/{batch}-pain001.xml")));
    (batch, payouts)
}

/// Validates a bank file by its schema, where both `xmllint` and the schema are there.
fn is_valid(file: &Path) {
    let schema = checkout("../shared/data/iso20022/xsd/pain.001.001.09.xsd");
    let Ok(output) = Command::new("xmllint")
        .args(["--noout", "--schema"])
        .arg(&schema)
        .arg(file)
        .output()
    else {
        return println!("skipped: xmllint is not installed");
    };
    if !schema.exists() {
        return println!("skipped: {} is not there", schema.display());
    }
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn the_bank_answers(platform: &Platform, batch: &str, payouts: &BTreeMap<String, Value>) {
    let reference = |creator: &str| payouts[creator]["reference"].as_str().unwrap().to_owned();
    let file =
        std::fs::read_to_string(platform.story.path().join(format!("files/{batch}-pain001.xml"))).unwrap();
    let part = |creator: &str| {
        let at = file.find(&reference(creator)).unwrap();
        let start = file[..at].rfind("<PmtInfId>").unwrap() + "<PmtInfId>".len();
        file[start..start + file[start..].find('<').unwrap()].to_owned()
    };
    let said = |creator: &str, status: &str| {
        format!(
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>{}</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId>{status}</TxInfAndSts></OrgnlPmtInfAndSts>",
            part(creator),
            reference(creator)
        )
    };
    let settled = "<TxSts>ACSC</TxSts>";
    let rejected = "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>";
    let report = format!(
        "<Document><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{batch}</OrgnlMsgId></OrgnlGrpInfAndSts>{}{}{}</CstmrPmtStsRpt></Document>",
        said("anna", settled),
        said("ben", settled),
        said("fay", rejected)
    );
    platform.story.file("answer.xml", &report);
    let [month, _] = months();
    let of_fay = ["statement", "--creator", "fay", "--month", &month];
    let before = platform.ok(&of_fay);
    assert!(before.contains("200.000000 USD under way"), "{before}");
    let answered = platform.json(&["payout", "import-answer", "answer.xml", "--user", "bob"]);
    let after = platform.ok(&of_fay);
    assert!(after.contains("200.000000 USD not paid (AC04"), "{after}");
    assert_eq!(answered["outcomes"].as_array().unwrap().len(), 3, "{answered}");
    platform.sound();
    let again = platform.json(&["payout", "import-answer", "answer.xml", "--user", "bob"]);
    assert_eq!(
        (again["outcomes"].as_array().unwrap().len(), &again["unchanged"]),
        (0, &3.into()),
        "{again}"
    );
    // What the bank refused is on the creator's balance again, and the account is not tried again by itself; PayPal's
    // are settled by hand, and the batch is closed.
    let fay = &platform.preview(&["--creator", "fay"])["fay"];
    assert_eq!(
        (codes(fay), &fay["balance"]),
        (vec!["method_failed".to_owned()], &"200.000000 USD".into())
    );
    platform.ok(&["payee", "confirm", "fay", "--reason", "the bank was wrong"]);
    assert_eq!(
        platform.preview(&["--creator", "fay"])["fay"]["payable"]["gross"],
        "200.00 USD"
    );
    let emil = payouts["emil"]["payout"].as_str().unwrap();
    let closed = platform.json(&[
        "payout",
        "settle",
        batch,
        emil,
        "--as",
        "succeeded",
        "--user",
        "bob",
    ]);
    assert_eq!(closed["closed"][0], batch);
    statement(platform, &reference("anna"));
    returned(platform, &reference("anna"));
    paid_anew_and_expired(platform);
}

fn paid_anew_and_expired(platform: &Platform) {
    // Fay is paid anew, in a batch of its own; what is below the threshold expires when somebody says so.
    let second = platform.json(&["payout", "prepare", "--user", "ann"]);
    assert_eq!(second[0]["payouts"].as_array().unwrap().len(), 2, "{second}");
    platform.ok(&[
        "payout",
        "cancel",
        second[0]["batch"].as_str().unwrap(),
        "--user",
        "ann",
    ]);
    assert_eq!(
        platform.preview(&["--creator", "fay"])["fay"]["payable"]["gross"],
        "200.00 USD"
    );
    let shown = platform.json(&["payout", "expire"]);
    // What was too small to be paid is below the threshold too.
    let amounts: Vec<_> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["amount"].as_str().unwrap())
        .collect();
    assert_eq!(amounts, ["0.005000 USD", "49.990000 USD"], "{shown}");
    assert_eq!(platform.json(&["payout", "expire", "--yes"]), shown);
    assert_eq!(
        platform.json(&["payout", "expire", "--yes"]),
        Value::Array(Vec::new())
    );
}

/// What the creator sees of it: earned, paid at a rate, withheld, carried on; the next month begins with it.
fn statement(platform: &Platform, reference: &str) {
    let [month, next] = months();
    let month = ["statement", "--creator", "anna", "--month", &month];
    let money = &platform.json(&month)["money"][0];
    assert!(money["recovery_order"].is_null(), "{money}");
    let entries = money["entries"].as_array().unwrap();
    let said: Vec<_> = entries
        .iter()
        .map(|entry| (entry["what"].as_str().unwrap(), entry["amount"].as_str().unwrap()))
        .collect();
    let expected = [
        ("earned", "1000.000000 USD"),
        ("payout", "-985.000000 USD"),
        ("tax withheld", "-15.000000 USD"),
    ];
    assert_eq!(said.len(), 3);
    assert!(expected.iter().all(|one| said.contains(one)), "{said:?}");
    let payout = entries.iter().find(|entry| entry["what"] == "payout").unwrap();
    assert_eq!(
        (&payout["reference"], &payout["arrives"]),
        (&reference.into(), &"788.00 EUR".into())
    );
    assert!(
        payout["rate"]
            .as_str()
            .unwrap()
            .starts_with("0.800000 of 2015-11-13"),
        "{payout}"
    );
    assert_eq!(
        (&money["opening"], &money["closing"]),
        (&"0.000000 USD".into(), &"0.000000 USD".into())
    );
    let ben = platform.json(&["statement", "--creator", "ben", "--month", &next]);
    assert_eq!(ben["money"][0]["opening"], "0.005000 USD");
    assert!(
        platform
            .ok(&[&month[..], &["--format", "csv", "--money"]].concat())
            .contains("carried on")
    );
    platform.ok(&[&month[..], &["--pdf", "anna.pdf"]].concat());
    let file = platform.story.path().join("anna.pdf");
    let Ok(output) = Command::new("pdftotext")
        .arg("-layout")
        .arg(&file)
        .arg("-")
        .output()
    else {
        return println!("skipped: pdftotext (poppler-utils) is not installed");
    };
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Anna Müller",
        "-985.000000 USD",
        "788.00 EUR",
        reference,
        "Carried on",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

/// Money that had been paid comes back: it is on the balance again, with its tax.
fn returned(platform: &Platform, reference: &str) {
    let statement = format!(
        "<Document><BkToCstmrStmt><GrpHdr><MsgId>S1</MsgId></GrpHdr><Stmt><Id>1</Id><Ntry><Amt Ccy=\"EUR\">788.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><Amt Ccy=\"EUR\">788.00</Amt>\
         <CdtDbtInd>CRDT</CdtDbtInd><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
    );
    let of = |iban: &str| {
        let account = format!("<Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>");
        platform
            .story
            .file("statement.xml", &statement.replace("<Id>1</Id>", &account));
    };
    let import = ["payout", "import-answer", "statement.xml", "--user", "bob"];
    of("FR1420041010050500013M02606");
    let refused = platform.fails(&import);
    assert!(refused.contains("from which no payout left"), "{refused}");
    of("DE89 3704 0044 0532 0130 00");
    let answered = platform.json(&import);
    assert_eq!(answered["outcomes"][0]["to"], "returned", "{answered}");
    platform.sound();
    // A new account is paid; nobody has to confirm it.
    assert_eq!(
        codes(&platform.preview(&["--creator", "anna"])["anna"]),
        ["method_failed"]
    );
    let moved = PAYEES.replacen("DE89370400440532013000", "FR1420041010050500013M02606", 1);
    platform.story.file("payees.csv", &moved);
    platform.ok(&["payee", "import", "payees.csv"]);
    assert_eq!(
        platform.preview(&["--creator", "anna"])["anna"]["payable"]["withheld"],
        "15.00 USD"
    );
}

#[test]
fn payees_are_imported_row_by_row_and_decisions_stay() {
    let story = Story::new();
    story.file("payees.csv", PAYEES);
    assert_eq!(story.json(&["payee", "import", "payees.csv"])["added"], 6);
    story.ok(&["payee", "verify", "cleo"]);
    story.ok(&["payee", "hold", "cleo", "--reason", "list 7"]);
    story.ok(&[
        "payee",
        "tax-form",
        "fay",
        "--w8ben",
        "DE",
        "--rate",
        "0.15",
        "--signed",
        "2015-11-01",
    ]);
    let again = story.json(&["payee", "import", "payees.csv"]);
    assert_eq!((&again["unchanged"], &again["changed"]), (&6.into(), &0.into()));
    let moved = PAYEES.replace("Cleo,GR,Athens", "Cleo,GR,Patras");
    story.file(
        "payees.csv",
        &format!("{moved}hal,,DE,Berlin,DE,,,,,,,,,\nanna,Anna,DE,Berlin,DE,,,,,,,,,\n"),
    );
    let answer = story.run(&["payee", "import", "payees.csv"]);
    assert_eq!(answer.code, 4, "{}", answer.stderr);
    assert!(
        answer.stdout.contains("stands on lines 2 and 9"),
        "{}",
        answer.stdout
    );
    assert!(
        answer.stderr.contains("1 changed") && answer.stderr.contains("2 rows with errors"),
        "{}",
        answer.stderr
    );
    let cleo = story.json(&["payee", "show", "cleo"]);
    assert_eq!(
        (&cleo["identity"], &cleo["sanctions_hold"]["reason"]),
        (&"verified".into(), &"list 7".into())
    );
    assert_eq!(cleo["address"]["town"], "Patras");
    assert_eq!(cleo["methods"][0]["to"], "bank account DE89…3000");
    let said = story.fails(3, &["payee", "reject", "ben"]);
    assert!(said.contains("next is restricted or pending"), "{said}");
}

#[test]
fn what_is_missing_is_named() {
    let platform = Platform::new(None);
    let config = std::fs::read_to_string(platform.story.path().join("permille.toml")).unwrap();
    // Without an account nothing is prepared that leaves from one.
    let no_account = DEBTOR.split_once("[payout.debtor]").unwrap().0;
    platform
        .story
        .file("permille.toml", &config.replace(DEBTOR, no_account));
    let said = platform.fails(&["payout", "prepare", "--user", "ann"]);
    assert!(said.contains("[payout.debtor]"), "{said}");
    platform
        .story
        .file("permille.toml", &config.replace("fx = \"rates.csv\"\n", ""));
    assert_eq!(
        codes(&platform.preview(&["--creator", "anna"])["anna"]),
        ["no_rate"]
    );
    // Who needs no rate is paid; the others wait, by name.
    let answer = platform.run(&["payout", "prepare", "--user", "zoe"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(
        answer.stderr.contains("payouts wait for an exchange rate") && answer.stderr.contains("anna"),
        "{}",
        answer.stderr
    );
    let nobody = platform.fails(&["payout", "prepare", "--user", "ann"]);
    assert!(nobody.contains("--fx FILE"), "{nobody}");
    let made = platform.json(&["payout", "prepare", "--user", "ann", "--fx", "rates.csv"]);
    let batch = made[0]["batch"].as_str().unwrap();
    platform.ok(&["payout", "approve", batch, "--user", "bob"]);
}

#[test]
fn two_prepare_at_once_and_nobody_is_paid_twice() {
    let platform = Platform::new(None);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let handles: Vec<_> = ["ann", "zoe", "kim"]
            .map(|user| scope.spawn(|| platform.run(&["payout", "prepare", "--user", user])))
            .into();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.code == 0).count(), 1);
    assert_eq!(platform.json(&["payout", "list"]).as_array().unwrap().len(), 1);
    platform.sound();
}
