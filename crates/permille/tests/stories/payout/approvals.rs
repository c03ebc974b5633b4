//! What the second person sees and decides, and that files say what was approved.

use super::platform::Platform;
use super::{is_valid, payout_ids};
use serde_json::{Value, json};

const EVIL: &str = "DE75512108001245126199";
const OURS: &str = "DE89370400440532013000";

/// A batch that ann prepared.
fn prepared(platform: &Platform, more: &[&str]) -> String {
    let made = platform.json(&[&["payout", "prepare", "--user", "ann"], more].concat());
    made[0]["batch"].as_str().unwrap().to_owned()
}

fn refused(platform: &Platform, args: &[&str]) -> String {
    let answer = platform.as_written(args);
    assert_ne!(answer.code, 0, "{}", answer.stdout);
    answer.stderr
}

fn export(batch: &str) -> [&str; 7] {
    ["payout", "export", batch, "--out", "files", "--user", "bob"]
}

fn bank_file(platform: &Platform, batch: &str) -> String {
    let file = platform.story.path().join(format!("files/{batch}-pain001.xml"));
    is_valid(&file);
    std::fs::read_to_string(file).unwrap()
}

/// Pays fay alone of a batch, so that its rate is known and the others' money is free again.
fn only_fay_is_paid(platform: &Platform, outcome: &[&str]) -> String {
    let batch = prepared(platform, &[]);
    let payouts = payout_ids(&platform.json(&["payout", "show", &batch]));
    for creator in ["anna", "ben", "emil"] {
        platform.ok(&["payout", "hold", &batch, &payouts[creator]]);
    }
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    platform.ok(&export(&batch));
    let settle = [
        "payout",
        "settle",
        &batch,
        &payouts["fay"],
        "--user",
        "bob",
        "--reason",
        "seen",
    ];
    platform.ok(&[&settle[..], outcome].concat());
    batch
}

#[test]
fn a_rate_that_one_person_brought_needs_a_second_persons_word() {
    let platform = Platform::new(None);
    platform
        .story
        .file("absurd.csv", "Date,USD,\n2015-11-13,0.0001,\n2015-11-12,1.09,\n");
    let absurd = refused(
        &platform,
        &["payout", "prepare", "--user", "ann", "--fx", "absurd.csv"],
    );
    assert!(
        absurd.contains("0.0001 for one euro is no exchange rate"),
        "{absurd}"
    );

    let file = platform.story.file(
        "half.csv",
        "Date,USD,GBP,\n2015-11-13,0.5,0.85,\n2015-11-12,1.25,0.85,\n",
    );
    let hash = blake3::hash(&std::fs::read(file).unwrap()).to_string();
    let batch = prepared(&platform, &["--fx", "half.csv"]);
    let shown = platform.json(&["payout", "show", &batch]);
    assert_eq!(shown["payouts"][0]["conversion"]["file"], json!(hash));
    let rate = &shown["review"]["rates"][0];
    assert_eq!(
        (&rate["file"], &rate["rate"]["rate"]),
        (&json!(hash), &json!("2"))
    );
    let source = rate["source"].as_str().unwrap();
    assert!(source.starts_with("file in the format of the ECB's"), "{source}");
    let arrives: Vec<_> = shown["arrives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["amount"])
        .collect();
    assert_eq!(arrives, ["2274.00 EUR", "170.00 USD"]);
    let words = platform.ok(&["payout", "show", &batch]);
    for part in [
        "exchange rate USD/EUR 2.000000: no payout has left at a rate of these currencies yet",
        "+150.00 % away from the day before in its own file, 0.800000 of 2015-11-12",
        &hash[..16],
        "leaves from  DE89370400440532013000",
        "2274.00 EUR in 2 payouts",
    ] {
        assert!(words.contains(part), "{part} in {words}");
    }
    let said = refused(&platform, &["payout", "approve", &batch, "--user", "bob"]);
    assert!(
        said.contains("payout/rates")
            && said.contains("USD/EUR 2.000000 of 2015-11-13")
            && said.contains("--rates"),
        "{said}"
    );
    // The preparer's own word is no second one.
    let said = refused(
        &platform,
        &["payout", "approve", &batch, "--rates", "--user", "ann"],
    );
    assert!(said.contains("somebody else must approve it"), "{said}");
    platform.ok(&["payout", "cancel", &batch]);
}

#[test]
fn a_rate_near_the_last_known_one_passes_and_one_beyond_the_band_does_not() {
    let platform = Platform::new(None);
    only_fay_is_paid(&platform, &["--as", "succeeded"]);
    for (usd, is_doubtful) in [("1.35", false), ("1.15", false), ("1.12", true), ("1.60", true)] {
        platform
            .story
            .file("new.csv", &format!("Date,USD,\n2015-11-16,{usd},\n"));
        let batch = prepared(&platform, &["--fx", "new.csv"]);
        let answer = platform.as_written(&["payout", "approve", &batch, "--user", "bob"]);
        assert_eq!(answer.code != 0, is_doubtful, "{usd}: {}", answer.stderr);
        if is_doubtful {
            assert!(
                answer
                    .stderr
                    .contains("% away from the last confirmed one, 0.800000 of 2015-11-13"),
                "{}",
                answer.stderr
            );
        }
        platform.ok(&["payout", "cancel", &batch]);
    }
    // A batch that was given up makes no rate known, and an old rate is doubtful when it is approved.
    let batch = prepared(&platform, &[]);
    let late = [
        "payout",
        "approve",
        &batch,
        "--user",
        "bob",
        "--now",
        "2015-11-23T12:00:00Z",
    ];
    let said = refused(&platform, &late);
    assert!(
        said.contains("it is 10 days old") && !said.contains("away from"),
        "{said}"
    );
    platform.ok(&late);
}

#[test]
fn money_leaves_from_the_account_that_was_approved() {
    let platform = Platform::new(None);
    let config = std::fs::read_to_string(platform.story.path().join("permille.toml")).unwrap();
    let swapped = config.replace(OURS, EVIL);
    let batch = prepared(&platform, &[]);
    assert_eq!(
        platform.json(&["payout", "show", &batch])["debtor"]["account"]["iban"],
        OURS
    );
    platform.story.file("permille.toml", &swapped);
    let said = refused(
        &platform,
        &["payout", "approve", &batch, "--user", "bob", "--rates"],
    );
    assert!(
        said.contains("payout/debtor-changed") && said.contains(EVIL),
        "{said}"
    );
    platform.story.file("permille.toml", &config);
    let said = platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    assert!(said.contains(OURS), "{said}");
    platform.story.file("permille.toml", &swapped);
    let said = refused(&platform, &export(&batch));
    assert!(
        said.contains(&format!("debtor's account was {OURS}, is {EVIL}")),
        "{said}"
    );
    assert!(!platform.story.path().join("files").exists());
    platform.story.file("permille.toml", &config);
    let files = platform.json(&export(&batch));
    assert_eq!(files[0]["debtor"]["account"]["iban"], OURS);
    assert_eq!(files[0]["arrives"][0]["amount"], "909.60 EUR");
    assert!(bank_file(&platform, &batch).contains(OURS));
}

#[test]
fn a_payee_that_changed_after_the_preparation_is_not_paid_by_what_was() {
    let platform = Platform::new(None);
    let batch = prepared(&platform, &[]);
    let payouts = payout_ids(&platform.json(&["payout", "show", &batch]));
    let changed = super::PAYEES.replace(
        "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE89370400440532013000",
        &format!("fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,{EVIL}"),
    );
    platform.story.file("eve.csv", &changed);
    platform.ok(&["payee", "import", "eve.csv", "--user", "eve"]);
    let shown = platform.json(&["payout", "show", &batch]);
    let since = &shown["review"]["changed_since"];
    assert_eq!(
        (&since[0]["creator"], &since[0]["by"]),
        (&json!("fay"), &json!("eve")),
        "{since}"
    );
    let said = refused(
        &platform,
        &["payout", "approve", &batch, "--user", "bob", "--rates"],
    );
    assert!(
        said.contains("`fay`, who has another account") && said.contains("by eve"),
        "{said}"
    );
    platform.ok(&["payout", "hold", &batch, &payouts["fay"]]);
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    // Between the approval and the export, too.
    platform
        .story
        .file("more.csv", &changed.replace("Ben O'Neil", "Eve"));
    platform.ok(&["payee", "import", "more.csv", "--user", "eve"]);
    let said = refused(&platform, &export(&batch));
    assert!(said.contains("`ben`, who has another name"), "{said}");
    platform.ok(&["payout", "hold", &batch, &payouts["ben"]]);
    platform.ok(&export(&batch));

    let history = platform.json(&["payee", "history", "fay"]);
    let versions = history.as_array().unwrap();
    assert_eq!(versions.len(), 2, "{history}");
    assert_eq!(
        (&versions[0]["by"], &versions[1]["by"]),
        (&json!("kim"), &json!("eve"))
    );
    assert_eq!(versions[1]["changes"][0]["field"], "methods");
    let table = platform.ok(&["payee", "history", "fay"]);
    assert!(
        table.contains("DE89…3000") && table.contains("DE75…6199") && !table.contains(EVIL),
        "{table}"
    );
    let csv = platform.ok(&["payee", "history", "fay", "--format", "csv"]);
    assert!(csv.starts_with("version,at,by,what\n1,"), "{csv}");
    assert!(refused(&platform, &["payee", "history", "nobody"]).contains("no payee `nobody`"));
}

#[test]
fn what_is_unusual_is_said_before_it_is_approved() {
    let platform = Platform::new(None);
    only_fay_is_paid(&platform, &["--as", "returned"]);
    let changed = super::PAYEES.replace(
        "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE89370400440532013000",
        &format!("fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,{EVIL}"),
    );
    platform.story.file("eve.csv", &changed);
    platform.ok(&["payee", "import", "eve.csv", "--user", "eve"]);
    let config = std::fs::read_to_string(platform.story.path().join("permille.toml")).unwrap();
    platform.story.file("permille.toml", &config.replace(OURS, EVIL));
    let batch = prepared(&platform, &[]);
    let shown = platform.json(&["payout", "show", &batch]);
    let review = &shown["review"];
    let from = format!("debtor's account was {OURS}, is {EVIL}");
    assert_eq!(review["debtor_changed"], json!([from]));
    assert_eq!(review["new_payees"], json!(["anna", "ben", "emil"]));
    assert_eq!(review["changed"][0]["creator"], "fay");
    assert_eq!(review["changed"][0]["author"]["by"], "eve");
    // Cleo is not paid, and has the account all the same.
    assert_eq!(
        review["shared"],
        json!([{"account": "bank account DE89…3000", "creators": ["anna"], "others": ["cleo"]}])
    );
    let rails: Vec<_> = review["by_rail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["rail"], &one["amount"]))
        .collect();
    assert_eq!(rails.len(), 3, "{rails:?}");
    let said = platform.ok(&["payout", "approve", &batch, "--user", "cid"]);
    for part in [
        &*format!("not the account that the last batch left from: {from}"),
        "never paid before: 3 (anna, ben, emil)",
        "fay since the last payout of 2015-11-16 (",
        ", returned: seen): account was bank account DE89…3000, is bank account DE75…6199, by eve",
        "several payees on one account, bank account DE89…3000",
        "by rail",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let listed = said.find("approved by").unwrap();
    assert!(said.find("unusual:").unwrap() < listed, "{said}");
}

#[test]
fn the_second_person_is_not_the_first_under_another_name() {
    let platform = Platform::new(None);
    let batch = prepared(&platform, &[]);
    for name in [
        "ann.", "a n n", "Ann", "A-N-N", "аnn", "AΝΝ", "ánn", "ａnn", "...",
    ] {
        let said = refused(
            &platform,
            &["payout", "approve", &batch, "--rates", "--user", name],
        );
        assert!(
            said.contains("somebody else must approve it") || said.contains("letter or digit"),
            "{said}"
        );
    }
    platform.ok(&["payout", "approve", &batch, "--user", "anna"]);
}

#[test]
fn the_bank_is_asked_to_pay_on_a_day_on_which_it_does() {
    let platform = Platform::new(None);
    let answer = platform.run(&[
        "payout",
        "prepare",
        "--user",
        "ann",
        "--execution-date",
        "2015-11-28",
        "-f",
        "json",
    ]);
    assert!(answer.stderr.contains("moved to 2015-11-30"), "{}", answer.stderr);
    let made: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(made[0]["execution_date"], "2015-11-30");
    let batch = made[0]["batch"].as_str().unwrap();
    let later = ["--now", "2015-12-05T12:00:00Z"];
    let approve = ["payout", "approve", batch, "--user", "bob"];
    let said = platform.ok(&[&approve[..], &later].concat());
    assert!(
        said.contains("the execution date 2015-11-30 is over") && said.contains("moved to 2015-12-07"),
        "{said}"
    );
    let digest = platform.json(&["payout", "show", batch])["digest"].clone();
    let holiday = ["--now", "2015-12-25T12:00:00Z", "-f", "json"];
    let answer = platform.run(&[&export(batch)[..], &holiday].concat());
    assert!(answer.stderr.contains("moved to 2015-12-28"), "{}", answer.stderr);
    let files: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(
        (&files[0]["execution_date"], &files[0]["digest"]),
        (&json!("2015-12-28"), &digest)
    );
    let file = bank_file(&platform, batch);
    assert!(
        file.contains("<Dt>2015-12-28</Dt>") && !file.contains("<Dt>2015-11"),
        "{file}"
    );
    // Each instruction has an id of its own.
    let mut ids: Vec<_> = file
        .split("<InstrId>")
        .skip(1)
        .map(|rest| &rest[..rest.find('<').unwrap()])
        .collect();
    assert_eq!(ids.len(), file.matches("<CdtTrfTxInf>").count());
    assert!(ids.iter().all(|id| id.len() <= 35));
    ids.dedup();
    assert_eq!(ids.len(), 3);
    // What is over when it is asked for is moved by the same rule.
    let again = Platform::new(None);
    let made = again.json(&[
        "payout",
        "prepare",
        "--user",
        "ann",
        "--execution-date",
        "2009-01-01",
    ]);
    assert_eq!(made[0]["execution_date"], "2015-11-16");
}

fn books(platform: &Platform) -> store::Store {
    let books = platform.story.path().join(".permille/books.sqlite");
    store::Store::open(books.to_str().unwrap()).unwrap()
}

/// The newest body of a record.
fn stored(platform: &Platform, kind: &str, id: &str) -> Value {
    let record = books(platform).read(|tx| tx.record(kind, id));
    serde_json::from_str(&record.unwrap().unwrap().body).unwrap()
}

/// Writes another version of a record, past all commands.
fn rewrite(platform: &Platform, kind: &str, id: &str, body: &Value) {
    let mut store = books(platform);
    let written: Result<(), store::StoreError> = store.write(
        store::By::new("mallory", "test"),
        store::Recorded::ByClock,
        |tx| {
            let record = tx.record(kind, id)?.unwrap();
            tx.put(&[store::NewRecord {
                kind: kind.to_owned(),
                id: id.to_owned(),
                version: record.version + 1,
                body: body.to_string(),
                key: None,
            }])
        },
    );
    written.unwrap();
}

#[test]
fn files_say_what_was_approved_or_are_not_written() {
    let platform = Platform::new(None);
    let batch = prepared(&platform, &[]);
    let payouts = payout_ids(&platform.json(&["payout", "show", &batch]));
    platform.ok(&["payout", "hold", &batch, &payouts["ben"]]);
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    let evil = |body: &mut Value| body["fixed"]["debtor"]["account"]["iban"] = json!(EVIL);
    type Change<'c> = &'c dyn Fn(&mut Value);
    let cases: [(&str, &str, Change<'_>, &str); 4] = [
        (
            "payout",
            &payouts["anna"],
            &|body| body["payout"]["amount"] = json!("999.00 EUR"),
            "amount was 788.00 EUR, is 999.00 EUR",
        ),
        (
            "batch",
            &batch,
            &|body| body["execution_date"] = json!("2015-11-17"),
            "execution date was 2015-11-16, is 2015-11-17",
        ),
        (
            "payout",
            &payouts["ben"],
            &|body| body["payout"]["state"] = json!("pending"),
            "was kept back, and would leave",
        ),
        ("batch", &batch, &evil, "payout/debtor-changed"),
    ];
    for (kind, id, change, said) in cases {
        let approved = stored(&platform, kind, id);
        let mut other = approved.clone();
        change(&mut other);
        rewrite(&platform, kind, id, &other);
        let answer = refused(&platform, &export(&batch));
        assert!(answer.contains(said), "{said}: {answer}");
        rewrite(&platform, kind, id, &approved);
    }
    // What is kept back after the approval is no difference.
    platform.ok(&["payout", "hold", &batch, &payouts["emil"]]);
    platform.ok(&export(&batch));
}

/// Somebody wrote it past all commands: it is taken neither for a payee nor for one who is erased.
#[test]
fn a_payee_who_is_not_sealed_is_damage() {
    let platform = Platform::new(None);
    let anna = stored(&platform, "payee", "anna");
    rewrite(&platform, "payee", "anna", &anna);
    for command in [
        ["payee", "list"].as_slice(),
        &["payee", "show", "anna"],
        &["payee", "history", "anna"],
    ] {
        let said = refused(&platform, command);
        assert!(said.contains("payee `anna` version 2 cannot be read"), "{said}");
    }
}
