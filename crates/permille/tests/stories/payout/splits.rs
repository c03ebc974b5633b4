//! A payee is not a creator: an agency collects for several, earnings are divided by agreed shares, and what is taken back is taken of
//! those who got it.

use super::platform::{Platform, months};
use scratch_postgres::{Durability, Server};
use serde_json::{Value, json};

pub(super) const AGENCY: &str = "\
id,name,residence,town,country,identity,tax_form,rail,currency,email
agency,Agency Ltd,GB,Leeds,GB,verified,w9,paypal,USD,pay@agency.example
";

/// What stands on accounts of what is payable, by payee and creator, in dollars.
pub(super) fn available(platform: &Platform, payee: &str, creator: &str) -> String {
    let rows = platform.json(&[
        "ledger",
        "balances",
        "--kind",
        "creator-available",
        "--owner",
        payee,
    ]);
    let earner = match payee == creator {
        true => Value::Null,
        false => creator.into(),
    };
    let mine = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["earner"] == earner);
    let posted = mine.map(|row| row["posted"].as_str().unwrap().replace(',', ""));
    let micros = posted.map(|text| {
        let (sign, digits) = text.strip_prefix('-').map_or((1, &*text), |digits| (-1, digits));
        let (whole, part) = digits.split_once('.').unwrap();
        sign * (whole.parse::<i64>().unwrap() * 1_000_000 + part.parse::<i64>().unwrap())
    });
    let sum: i64 = micros.sum();
    format!(
        "{}{}.{:06}",
        if sum < 0 { "-" } else { "" },
        sum.abs() / 1_000_000,
        sum.abs() % 1_000_000
    )
}

pub(super) fn split(platform: &Platform, creator: &str, payees: &[&str], from: &str) -> Value {
    let mut command = vec!["payee", "split", creator, "--from", from, "--reason", "contract"];
    command.extend(payees.iter().flat_map(|payee| ["--payee", payee]));
    command.extend(["--user", "ann"]);
    platform.json(&command)
}

pub(super) fn consent(platform: &Platform, creator: &str, number: &str) -> Value {
    platform.json(&[
        "payee",
        "consent",
        creator,
        number,
        "--evidence",
        "page 3",
        "--user",
        "bob",
    ])
}

/// An agency that collects four fifths of what anna earns, and all of dora's.
pub(super) fn with_agency(store: Option<String>) -> Platform {
    let platform = Platform::new(store);
    platform.story.file("agency.csv", AGENCY);
    platform.ok(&["payee", "import", "agency.csv"]);
    split(&platform, "anna", &["agency=4/5", "anna=20%"], "2015-10-01");
    consent(&platform, "anna", "1");
    // Of a period its last day counts.
    split(&platform, "dora", &["agency=1"], "2015-10-31");
    consent(&platform, "dora", "1");
    platform
}

pub(super) fn restate(platform: &Platform, rows: &str) {
    let text = format!("event_id,video_id,occurred_at,revenue,currency,country\n{rows}");
    let file = platform.story.file("more.csv", &text);
    platform.ok(&["import", "ad_impression", file.to_str().unwrap()]);
    platform.ok(&["restate", "--program", "ads", "--period", "2015-10"]);
}

#[test]
fn an_agency_collects_on_sqlite() {
    an_agency_collects(None);
}

#[test]
fn an_agency_collects_on_postgresql() {
    let server = Server::start(Durability::None).unwrap();
    an_agency_collects(Some(server.database().unwrap()));
}

fn an_agency_collects(store: Option<String>) {
    let platform = with_agency(store);
    let now = platform.preview(&[]);
    // Alone dora would be below the threshold, and so she is not: her money is the agency's.
    assert!(!now.contains_key("dora"));
    let agency = &now["agency"];
    assert_eq!(agency["balance"], "849.990000 USD");
    assert_eq!(
        agency["creators"],
        json!([
            { "creator": "anna", "amount": "800.000000 USD" },
            { "creator": "dora", "amount": "49.990000 USD" },
        ])
    );
    assert_eq!(agency["programs"][0]["us_source"], "80.000000 USD");
    // A tax form is each payee's own: tax is withheld of anna's fifth of the money from the United States.
    assert_eq!(agency["payable"]["withheld"], "0.00 USD");
    assert_eq!(now["anna"]["payable"]["withheld"], "3.00 USD");
    let both = platform.preview(&["--creator", "anna"]);
    assert_eq!(both.keys().collect::<Vec<_>>(), ["agency", "anna"]);
    assert_eq!(platform.preview(&["--payee", "agency"]).len(), 1);

    let batch = paid(&platform);
    assert_eq!(available(&platform, "agency", "anna"), "0.000000");
    assert_eq!(available(&platform, "agency", "dora"), "0.000000");
    statements(&platform, &batch);

    // What was divided stays so; from the day after, other shares may hold.
    let late = [
        "payee",
        "split",
        "anna",
        "--payee",
        "anna=1",
        "--from",
        "2015-10-15",
        "--reason",
        "left",
        "--user",
        "ann",
    ];
    let refused = platform.fails(&late);
    assert!(
        refused.contains("what was earned up to 2015-10-31 is divided already"),
        "{refused}"
    );
    assert!(refused.contains("date the split from 2015-11-01 on"), "{refused}");
    split(&platform, "anna", &["agency=1/3", "anna=2/3"], "2015-11-01");
    consent(&platform, "anna", "2");

    // A hundred dollars were not earned: each gives back what it got of them, by the shares of October.
    restate(&platform, "less,v-anna,2015-10-06T00:00:00Z,-100,USD,DE\n");
    assert_eq!(available(&platform, "agency", "anna"), "-80.000000");
    assert_eq!(available(&platform, "anna", "anna"), "-20.000000");
    platform.sound();
    // And when nothing was earned, everybody gives back all that was got.
    restate(
        &platform,
        "all,v-anna,2015-10-07T00:00:00Z,-800,USD,DE\nus,v-anna,2015-10-07T00:00:00Z,-100,USD,US\n",
    );
    assert_eq!(available(&platform, "agency", "anna"), "-800.000000");
    assert_eq!(available(&platform, "anna", "anna"), "-200.000000");
    platform.sound();
}

/// Everybody is paid: who entered a split or consented to it does not approve it.
pub(super) fn paid(platform: &Platform) -> String {
    let made = platform.json(&["payout", "prepare", "--user", "pam"]);
    let batch = made[0]["batch"].as_str().unwrap().to_owned();
    let shown = platform.json(&["payout", "show", &batch]);
    let of = shown["review"]["of_creators"].as_array().unwrap();
    let amounts: Vec<_> = of.iter().map(|one| (&one["creator"], &one["amount"])).collect();
    assert_eq!(
        amounts,
        [
            (&json!("anna"), &json!("800.000000 USD")),
            (&json!("dora"), &json!("49.990000 USD"))
        ]
    );
    // One split of dora's, and of anna's twice: the agency's payout is by it, and her own.
    let splits = shown["review"]["splits"].as_array().unwrap();
    let of: Vec<_> = splits
        .iter()
        .map(|one| (one["payee"].as_str(), one["creator"].as_str()))
        .collect();
    assert_eq!(
        of,
        [("agency", "anna"), ("agency", "dora"), ("anna", "anna")]
            .map(|(payee, creator)| (Some(payee), Some(creator)))
    );
    assert_eq!(splits[0]["entered"]["by"], "ann");
    assert_eq!(splits[0]["consented"]["by"], "bob");
    assert_eq!(splits[0]["evidence"], "page 3");
    let words = platform.ok(&["payout", "show", &batch]);
    assert!(
        words.contains("agency collects what anna earned by a split agreed on"),
        "{words}"
    );
    for (by, did) in [
        ("ann", "ann entered a split of anna"),
        ("bob", "bob consented to a split of anna"),
    ] {
        let refused = platform.fails(&["payout", "approve", &batch, "--user", by]);
        assert!(refused.contains(did), "{refused}");
    }
    platform.ok(&["payout", "approve", &batch, "--user", "eve"]);
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "pam"]);
    platform.ok(&[
        "payout",
        "settle",
        &batch,
        "--all",
        "--as",
        "succeeded",
        "--reason",
        "told by phone",
        "--user",
        "eve",
    ]);
    platform.sound();
    batch
}

/// What a statement says: of the money of a payee, what happened to what each creator earned.
fn entries(money: &Value) -> Vec<(String, String, String)> {
    let text = |one: &Value| one.as_str().unwrap_or("-").to_owned();
    let entries = money["entries"].as_array().unwrap().iter();
    entries
        .map(|one| (text(&one["what"]), text(&one["creator"]), text(&one["amount"])))
        .collect()
}

fn statements(platform: &Platform, batch: &str) {
    let month = &months()[0];
    let all = |rows: &[(&str, &str, &str)]| -> Vec<(String, String, String)> {
        let row = |(what, creator, amount): &(&str, &str, &str)| {
            ((*what).to_owned(), (*creator).to_owned(), (*amount).to_owned())
        };
        rows.iter().map(row).collect()
    };
    let agency = platform.json(&["statement", "--payee", "agency", "--month", month]);
    assert_eq!(agency["name"], "Agency Ltd");
    assert_eq!(
        entries(&agency["money"][0]),
        all(&[
            ("earned", "anna", "800.000000 USD"),
            ("earned", "dora", "49.990000 USD"),
            ("payout", "anna", "-800.000000 USD"),
            ("payout", "dora", "-49.990000 USD"),
        ])
    );
    assert_eq!(agency["money"][0]["closing"], "0.000000 USD");
    let anna = platform.json(&["statement", "--creator", "anna", "--month", month]);
    let divided = anna["divided"].as_array().unwrap();
    assert_eq!(divided.len(), 1, "{divided:?}");
    assert_eq!(divided[0]["amount"], "1000.000000 USD");
    assert_eq!(
        divided[0]["parts"],
        json!([{ "payee": "anna", "amount": "200.000000 USD" }, { "payee": "agency", "amount": "800.000000 USD" }])
    );
    assert_eq!(anna["money"][1]["payee"], "agency");
    assert_eq!(
        entries(&anna["money"][1]),
        all(&[
            ("earned", "-", "800.000000 USD"),
            ("payout", "-", "-800.000000 USD")
        ])
    );
    // Of dora all is the agency's, and her statement says so.
    let dora = platform.ok(&["statement", "--creator", "dora", "--month", month, "--money"]);
    assert!(dora.contains("carried in at agency"), "{dora}");
    assert!(
        dora.contains("divided: earned 49.990000 USD, ads 2015-10: agency 49.990000 USD"),
        "{dora}"
    );
    let words = platform.ok(&["statement", "--payee", "agency", "--month", month]);
    assert!(words.contains("of dora"), "{words}");
    for whose in [["--payee", "agency"], ["--creator", "anna"]] {
        platform.ok(&[&["statement", "--month", month, "--pdf", "s.pdf"], &whose[..]].concat());
    }
    let shown = platform.ok(&["payout", "show", batch]);
    assert!(shown.contains("anna: 800.000000 USD with ads"), "{shown}");
}

#[test]
fn a_split_takes_two_people_and_names_whom_it_pays() {
    let platform = Platform::new(None);
    platform.story.file("agency.csv", AGENCY);
    let enter = |payees: &[&str]| {
        let mut command = vec![
            "payee",
            "split",
            "anna",
            "--from",
            "2015-10-01",
            "--reason",
            "deal",
            "--user",
            "ann",
        ];
        command.extend(payees.iter().flat_map(|payee| ["--payee", payee]));
        command.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let fails = |payees: &[&str]| {
        let command = enter(payees);
        platform.fails(&command.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(fails(&["agency=1"]).contains("no payee `agency`"));
    platform.ok(&["payee", "import", "agency.csv"]);
    assert!(fails(&["agency=1/3", "anna=1/3"]).contains("the shares sum to 2/3, not to 1"));
    assert!(fails(&["agency"]).contains("write it like agency=4/5"));
    let shown = split(&platform, "anna", &["agency=1/3", "anna=2/3"], "2015-10-01");
    assert_eq!(shown[0]["shares"], json!({ "agency": "1/3", "anna": "2/3" }));
    // Nobody has consented: it divides nothing.
    assert!(!platform.preview(&[]).contains_key("agency"));
    let say = |by: &str, more: &[&str]| {
        platform.fails(&[&["payee", "consent", "anna", "1", "--user", by], more].concat())
    };
    let same = say("Ann", &["--evidence", "page 3"]);
    assert!(
        same.contains("ann entered split 1, and another person consents to it"),
        "{same}"
    );
    assert!(say("bob", &[]).contains("where the creator's consent is seen"));
    consent(&platform, "anna", "1");
    assert!(say("bob", &["--evidence", "x"]).contains("split 1 is agreed already"));
    thirds_and_what_is_withdrawn(&platform);
}

fn thirds_and_what_is_withdrawn(platform: &Platform) {
    assert_eq!(platform.preview(&[])["agency"]["balance"], "333.333333 USD");
    // Thirds of a source from the United States are the agency's too: 33.333333 of 100, and 300 of 900.
    assert_eq!(
        platform.preview(&[])["agency"]["programs"][0]["us_source"],
        "33.333333 USD"
    );
    split(platform, "anna", &["anna=1"], "2015-10-01");
    let withdraw = [
        "payee",
        "withdraw",
        "anna",
        "2",
        "--reason",
        "not agreed",
        "--user",
        "ann",
    ];
    platform.ok(&withdraw);
    let listed = platform.json(&["payee", "splits", "anna"]);
    let states: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["is_in_force"])
        .collect();
    assert_eq!(states, [true, false]);
    assert_eq!(listed[1]["withdrawn"]["reason"], "not agreed");
    let messages = platform.json(&["audit", "messages"]);
    let told = messages.as_array().unwrap().iter();
    let told = told.filter(|one| one["message"] == "split_changed");
    let told: Vec<_> = told.map(|one| (&one["number"], &one["to"])).collect();
    let expected = [(1, "open"), (1, "agreed"), (2, "open"), (2, "withdrawn")];
    assert_eq!(
        told,
        expected
            .map(|(number, to)| (json!(number), json!(to)))
            .iter()
            .map(|(a, b)| (a, b))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        platform
            .json(&["payee", "splits", "--payee", "agency"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    platform.sound();
}

#[test]
fn a_hold_on_a_creator_stops_what_is_collected_for_her_alone() {
    let platform = with_agency(None);
    platform.ok(&["payee", "hold", "anna", "--reason", "a list", "--user", "zoe"]);
    let now = platform.preview(&[]);
    assert_eq!(now["anna"]["blockers"][0]["code"], "sanctions_hold");
    // Of dora alone it is below the threshold.
    let codes: Vec<_> = now["agency"]["blockers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["code"])
        .collect();
    assert_eq!(codes, ["below_threshold", "creator_stopped"]);
    restate(&platform, "more,v-dora,2015-10-06T00:00:00Z,0.01,USD,DE\n");
    let agency = &platform.preview(&[])["agency"];
    assert_eq!(agency["payable"]["gross"], "50.00 USD");
    assert_eq!(agency["payable"]["left_out"][0]["code"], "creator_stopped");
    let made = platform.json(&["payout", "prepare", "--user", "pam"]);
    let batch = made[0]["batch"].as_str().unwrap();
    assert_eq!(available(&platform, "agency", "anna"), "800.000000");
    platform.sound();
    // And one that begins after the preparation stops the payout that has something of hers.
    platform.ok(&["payee", "import", &held_dora(&platform)]);
    let refused = platform.fails(&["payout", "approve", batch, "--user", "eve"]);
    assert!(
        refused.contains("collects what `dora` earned, for whom payments have been stopped"),
        "{refused}"
    );
}

/// A file that puts a hold on dora.
fn held_dora(platform: &Platform) -> String {
    let row = "id,name,residence,town,country,identity,tax_form,rail,currency,email,sanctions_since,sanctions_reason\n\
         dora,Dora,DE,Berlin,DE,verified,w9,paypal,USD,dora@mail.example,2015-11-16,list\n";
    platform.story.file("dora.csv", row).to_str().unwrap().to_owned()
}

/// One creator's debt is the agency's, and is taken of what it collects for others.
#[test]
fn what_one_creator_owes_is_taken_of_what_is_collected_for_another() {
    let platform = with_agency(None);
    paid(&platform);
    restate(&platform, "less,v-dora,2015-10-06T00:00:00Z,-30,USD,DE\n");
    assert_eq!(available(&platform, "agency", "dora"), "-30.000000");
    let blocked = &platform.preview(&["--payee", "agency"])["agency"];
    assert_eq!(blocked["blockers"][0]["code"], "negative_balance");
    restate(&platform, "more,v-anna,2015-10-07T00:00:00Z,125,USD,DE\n");
    let agency = &platform.preview(&["--payee", "agency"])["agency"];
    assert_eq!(agency["balance"], "70.000000 USD");
    assert_eq!(agency["payable"]["gross"], "70.00 USD");
    let made = platform.json(&["payout", "prepare", "--user", "pam"]);
    let batch = made[0]["batch"].as_str().unwrap();
    platform.sound();
    platform.ok(&["payout", "approve", batch, "--user", "eve"]);
    platform.ok(&["payout", "export", batch, "--out", "more", "--user", "pam"]);
    platform.ok(&[
        "payout",
        "settle",
        batch,
        "--all",
        "--as",
        "succeeded",
        "--reason",
        "told by phone",
        "--user",
        "eve",
    ]);
    assert_eq!(available(&platform, "agency", "anna"), "0.000000");
    assert_eq!(available(&platform, "agency", "dora"), "0.000000");
    platform.sound();
    let month = &months()[0];
    let dora = platform.json(&["statement", "--creator", "dora", "--month", month]);
    let what: Vec<_> = entries(&dora["money"][0])
        .into_iter()
        .map(|(what, _, amount)| (what, amount))
        .collect();
    let last = ("debt covered".to_owned(), "30.000000 USD".to_owned());
    assert_eq!(what.last(), Some(&last), "{what:?}");
    assert_eq!(dora["money"][0]["closing"], "0.000000 USD");
}

/// Somebody who changes a split in the database after it has divided something is found out.
#[test]
fn other_shares_than_were_divided_by_are_found() {
    let platform = with_agency(None);
    platform.ok(&["period", "close", "--due"]);
    platform.sound();
    restate(&platform, "less,v-anna,2015-10-06T00:00:00Z,-100,USD,DE\n");
    platform.sound();
    let changed = |from: &str, to: &str| {
        let books = platform.story.path().join(".permille/books.sqlite");
        let mut store = store::Store::open(books.to_str().unwrap()).unwrap();
        let at: jiff::Timestamp = "2026-11-19T00:00:00Z".parse().unwrap();
        store
            .write::<_, store::StoreError>(store::By::new("mal", "test"), at, |tx| {
                let known = tx.record("split", "anna")?.unwrap();
                assert!(known.body.contains(from), "{}", known.body);
                tx.put(&[store::NewRecord {
                    kind: known.kind,
                    id: known.id,
                    version: known.version + 1,
                    body: known.body.replace(from, to),
                    key: None,
                }])
            })
            .unwrap();
        platform.run(&["ledger", "verify"]).stdout
    };
    let said = changed(r#""agency":"4/5","anna":"1/5""#, r#""agency":"1/2","anna":"1/2""#);
    // What was released, and what the restatement made of it.
    assert!(said.contains("payable/ads/2015-10/anna"), "{said}");
    assert!(said.contains("period `ads/2015-10`"), "{said}");
    assert!(said.contains("by the split of 2015-10-31"), "{said}");
    let said = changed(r#""by":"bob""#, r#""by":"ann""#);
    assert!(
        said.contains("ann entered split 1 of it and consented to it"),
        "{said}"
    );
}
