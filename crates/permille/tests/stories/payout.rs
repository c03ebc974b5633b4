//! A month is closed and paid: two people, a bank, and books that sum to zero at every step.

use crate::harness::{Answer, Story, checkout};
use scratch_postgres::{Durability, Server};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const PROGRAM: &str = r#"
id = "ads"
version = 1
name = "Ads"
summary = "All revenue of advertisements goes to the creator."
effective_from = 2026-01-01
currency = "USD"
period = "month"

[eligibility]

[share]
revenue = "ad_revenue"
creator_share = "100%"

[payable]
hold_days = 7
after_months = 1
day = 15
threshold = "50.00"
below = "expire"
"#;

/// Creator, revenue from Germany, revenue from the US.
const REVENUE: [(&str, &str, &str); 7] = [
    ("anna", "900.00", "100.00"),
    ("ben", "120.00", "0.005"),
    ("cleo", "80.00", "0"),
    ("dora", "49.99", "0"),
    ("emil", "50.00", "0"),
    ("fay", "200.00", "0"),
    ("gus", "75.00", "0"),
];

const PAYEES: &str = "\
id,name,residence,town,country,identity,tax_form,tax_country,treaty_rate,signed_on,rail,currency,iban,email
anna,Anna Müller,DE,München,DE,verified,w8ben,IN,15%,2025-03-01,bank,EUR,DE89370400440532013000,
ben,Ben O'Neil,GB,Leeds,GB,verified,w8ben,GB,0%,2025-03-01,bank,USD,GB82WEST12345698765432,
cleo,Cleo,GR,Athens,GR,pending,,,,,bank,EUR,DE89370400440532013000,
dora,Dora,DE,Berlin,DE,verified,w9,,,,paypal,USD,,dora@mail.example
emil,Emil,DE,Berlin,DE,verified,w9,,,,paypal,USD,,emil@mail.example
fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE89370400440532013000,
";

const RATES: &str = "Date,USD,GBP,\n2026-11-13,1.25,0.85,\n";

const DEBTOR: &str = "
[payout]
fx = \"rates.csv\"

[payout.debtor]
name = \"Example Video Ltd\"
currency = \"EUR\"
account = { iban = \"DE89370400440532013000\" }
bic = \"COBADEFFXXX\"
address = { town = \"Berlin\", country = \"DE\" }
";

/// A platform whose October is settled, closed and payable.
struct Platform {
    story: Story,
    store: Option<String>,
}

impl Platform {
    fn new(store: Option<String>) -> Platform {
        let platform = Platform {
            story: Story::new(),
            store,
        };
        let story = &platform.story;
        story.file("ads.toml", PROGRAM);
        story.file("payees.csv", PAYEES);
        story.file("rates.csv", RATES);
        let config = std::fs::read_to_string(story.path().join("permille.toml"))
            .unwrap()
            .replace("[payout]\n", "");
        story.file("permille.toml", &format!("{config}{DEBTOR}"));
        let mut ads = "event_id,video_id,occurred_at,revenue,currency,country\n".to_owned();
        let mut videos = "video_id,effective_at,creator_id,visibility\n".to_owned();
        let mut creators = "creator_id,effective_at,country\n".to_owned();
        for (creator, home, us) in REVENUE {
            creators.push_str(&format!("{creator},2026-01-01T00:00:00Z,DE\n"));
            videos.push_str(&format!("v-{creator},2026-01-01T00:00:00Z,{creator},public\n"));
            for (country, revenue) in [("DE", home), ("US", us)] {
                ads.push_str(&format!(
                    "{creator}-{country},v-{creator},2026-10-05T10:00:00Z,{revenue},USD,{country}\n"
                ));
            }
        }
        for (kind, text) in [("creator", creators), ("video", videos), ("ad_impression", ads)] {
            let file = story.file(&format!("{kind}.csv"), &text);
            platform.ok(&["import", kind, file.to_str().unwrap()]);
        }
        platform.ok(&["program", "apply", "ads.toml"]);
        platform.ok(&["settle", "--program", "ads", "--period", "2026-10"]);
        platform.ok(&[
            "period",
            "close",
            "--program",
            "ads",
            "--period",
            "2026-10",
            "--now",
            "2026-11-10T00:00:00Z",
        ]);
        platform.ok(&["payee", "import", "payees.csv"]);
        platform
    }

    fn run(&self, args: &[&str]) -> Answer {
        let store: Vec<&str> = self.store.iter().flat_map(|url| ["--store", url]).collect();
        let now = ["--now", "2026-11-16T12:00:00Z"];
        let now = if args.contains(&"--now") {
            &[][..]
        } else {
            &now[..]
        };
        self.story.run(&[args, &store, now].concat())
    }

    fn ok(&self, args: &[&str]) -> String {
        let answer = self.run(args);
        assert_eq!(
            answer.code,
            0,
            "permille {}\n{}\n{}",
            args.join(" "),
            answer.stdout,
            answer.stderr
        );
        answer.stdout
    }

    fn fails(&self, args: &[&str]) -> String {
        let answer = self.run(args);
        assert_ne!(answer.code, 0, "permille {}\n{}", args.join(" "), answer.stdout);
        answer.stderr
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[args, &["--format", "json"]].concat())).unwrap()
    }

    /// Previews by creator.
    fn preview(&self, more: &[&str]) -> BTreeMap<String, Value> {
        let all = self.json(&[&["payout", "preview"], more].concat());
        let all = all.as_array().unwrap().clone();
        all.into_iter()
            .map(|one| (one["creator"].as_str().unwrap().to_owned(), one))
            .collect()
    }

    /// Asserts that the books are sound.
    fn sound(&self) {
        let url = self.store.clone().unwrap_or_else(|| {
            self.story
                .path()
                .join(".permille/books.sqlite")
                .display()
                .to_string()
        });
        let mut store = store::Store::open(&url).unwrap();
        let checked = store.read(|tx| tx.verify(|_| {})).unwrap();
        assert_eq!(checked.findings, []);
        assert!(checked.transactions > 0);
    }
}

fn codes(preview: &Value) -> Vec<String> {
    let blockers = preview["blockers"].as_array().unwrap();
    blockers
        .iter()
        .map(|blocker| blocker["code"].as_str().unwrap().to_owned())
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
    let before = platform.preview(&["--now", "2026-11-11T00:00:00Z"]);
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
    assert_eq!(anna["rate"]["published_on"], "2026-11-13");
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
            .fails(&["payout", "export", &batch, "--out", "files"])
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
        "2026-11-18T00:00:00Z",
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
    let answered = platform.json(&["payout", "import-answer", "answer.xml", "--user", "bob"]);
    assert_eq!(answered["outcomes"].as_array().unwrap().len(), 3, "{answered}");
    platform.sound();
    let again = platform.json(&["payout", "import-answer", "answer.xml", "--user", "bob"]);
    assert_eq!(
        (again["outcomes"].as_array().unwrap().len(), &again["unchanged"]),
        (0, &3.into()),
        "{again}"
    );
    // What the bank refused is on the creator's balance again; PayPal's are settled by hand, and the batch is closed.
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
    let month = ["statement", "--creator", "anna", "--month", "2026-11"];
    let money = &platform.json(&month)["money"][0];
    let entries = money["entries"].as_array().unwrap();
    let said: Vec<_> = entries.iter().map(|entry| (entry["what"].as_str().unwrap(), entry["amount"].as_str().unwrap())).collect();
    let expected = [("earned", "1000.000000 USD"), ("payout", "-985.000000 USD"), ("tax withheld", "-15.000000 USD")];
    assert_eq!(said.len(), 3);
    assert!(expected.iter().all(|one| said.contains(one)), "{said:?}");
    let payout = entries.iter().find(|entry| entry["what"] == "payout").unwrap();
    assert_eq!((&payout["reference"], &payout["arrives"]), (&reference.into(), &"788.00 EUR".into()));
    assert!(payout["rate"].as_str().unwrap().starts_with("0.800000 of 2026-11-13"), "{payout}");
    assert_eq!((&money["opening"], &money["closing"]), (&"0.000000 USD".into(), &"0.000000 USD".into()));
    let ben = platform.json(&["statement", "--creator", "ben", "--month", "2026-12"]);
    assert_eq!(ben["money"][0]["opening"], "0.005000 USD");
    assert!(platform.ok(&[&month[..], &["--format", "csv", "--money"]].concat()).contains("carried on"));
    platform.ok(&[&month[..], &["--pdf", "anna.pdf"]].concat());
    let file = platform.story.path().join("anna.pdf");
    let Ok(output) = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output() else {
        return println!("skipped: pdftotext (poppler-utils) is not installed");
    };
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["Anna Müller", "-985.000000 USD", "788.00 EUR", reference, "Carried on"] {
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
    platform.story.file("statement.xml", &statement);
    let answered = platform.json(&["payout", "import-answer", "statement.xml", "--user", "bob"]);
    assert_eq!(answered["outcomes"][0]["to"], "returned", "{answered}");
    platform.sound();
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
        "2026-11-01",
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
    platform.story.file("permille.toml", &config.replace(DEBTOR, ""));
    let said = platform.fails(&["payout", "prepare", "--user", "ann"]);
    assert!(
        said.contains("anna: ") && said.contains("fay: ") && said.contains("--fx FILE"),
        "{said}"
    );
    assert_eq!(
        codes(&platform.preview(&["--creator", "anna"])["anna"]),
        ["no_rate"]
    );
    let made = platform.json(&["payout", "prepare", "--user", "ann", "--fx", "rates.csv"]);
    let batch = made[0]["batch"].as_str().unwrap();
    platform.ok(&["payout", "approve", batch, "--user", "bob"]);
    let said = platform.fails(&["payout", "export", batch, "--out", "files", "--user", "bob"]);
    assert!(said.contains("[payout.debtor]"), "{said}");
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
