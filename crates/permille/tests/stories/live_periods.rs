//! LIVE money has periods that close and lock: what comes late is booked, for the first open one, and says so.

use crate::harness::Story;
use crate::live_money::{book, platform};
use serde_json::{Value, json};

const GIFTS: &str =
    "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\n";

fn bring(story: &Story, kind: &str, text: &str) {
    story.file("brought.csv", text);
    let read = story.json(&["import", kind, "brought.csv"]);
    assert_eq!(read["quarantined"], 0, "{read}");
}

/// A gift of 100 coins.
fn gift(story: &Story, id: &str, at: &str) {
    bring(
        story,
        "gift-frame",
        &format!("{GIFTS}{id},room,host,zoe,rose,{at},1,true,2,100\n"),
    );
}

fn period(name: &str) -> [&str; 4] {
    ["--program", "live-gifts", "--period", name]
}

fn on(story: &Story, what: &str, name: &str) -> Value {
    story.json(&[&["period", what][..], &period(name)].concat())
}

fn fails(story: &Story, what: &str, name: &str, now: &str) -> String {
    story.fails(
        3,
        &[&["period", what][..], &period(name), &["--now", now]].concat(),
    )
}

/// Program, period, stage, locked, what creators have of it.
fn stands(story: &Story) -> Vec<String> {
    let status = story.json(&["period", "status"]);
    let one = |of: &Value| {
        let text = |name: &str| of[name].as_str().unwrap().to_owned();
        let locked = if of["locked"] == json!(true) {
            " locked"
        } else {
            ""
        };
        format!("{} {}{locked} {}", text("period"), text("stage"), of["earned"])
    };
    status.as_array().unwrap().iter().map(one).collect()
}

/// What of an account's kind changed by entries of a cause, and the period that they are dated in.
fn booked(report: &Value, what: &str, account: &str) -> Vec<(String, String)> {
    let rows = report.as_array().unwrap().iter();
    let is_it = |row: &&Value| row["what"] == what && row["account"] == account;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.filter(is_it)
        .map(|row| (text(&row["dated"]), text(&row["change"])))
        .collect()
}

fn of(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(dated, change): &(&str, &str)| ((*dated).to_owned(), (*change).to_owned());
    all.iter().map(own).collect()
}

#[test]
fn a_period_is_estimated_then_final_then_locked() {
    let story = platform();
    book(&story);
    assert_eq!(stands(&story), [r#"2026-09 estimated ["100.000000 USD"]"#]);
    let early = fails(&story, "close", "2026-09", "2026-10-15T00:00:00Z");
    assert!(
        early.contains("live-gifts 2026-09 can be closed from 2026-10-16 on"),
        "{early}"
    );
    let open = fails(&story, "lock", "2026-09", "2026-11-22T00:00:00Z");
    assert!(open.contains("live-gifts 2026-09 is not closed"), "{open}");
    let none = fails(&story, "close", "2026-08", "2026-11-22T00:00:00Z");
    assert!(
        none.contains("nothing of live-gifts in 2026-08 is booked"),
        "{none}"
    );
    let day = story.fails(2, &[&["period", "close"][..], &period("2026-09-21")].concat());
    assert!(day.contains("write 2026-09"), "{day}");
    let closed = on(&story, "close", "2026-09");
    assert_eq!(
        (&closed[0]["stage"], &closed[0]["result"], &closed[0]["final_on"]),
        (&json!("final"), &json!("closed"), &json!("2026-10-16"))
    );
    // Again it changes nothing.
    assert_eq!(on(&story, "close", "2026-09")[0]["result"], Value::Null);
    on(&story, "lock", "2026-09");
    assert_eq!(stands(&story), [r#"2026-09 final locked ["100.000000 USD"]"#]);
    let messages = story.json(&["audit", "messages"]);
    let told: Vec<&Value> = messages
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["period"] == "2026-09")
        .map(|one| &one["message"])
        .collect();
    assert_eq!(told, ["live_period_closed", "live_period_locked"]);
    story.ok(&["ledger", "verify"]);
}

#[test]
fn what_comes_late_is_booked_for_the_first_open_period_and_says_of_which_it_is() {
    let story = platform();
    book(&story);
    on(&story, "close", "2026-09");
    let before = story.json(&["live", "period", "live-gifts", "2026-09"])["booked"].clone();
    gift(&story, "late", "2026-09-30T23:59:59Z");
    gift(&story, "own", "2026-10-05T10:00:00Z");
    let done = book(&story);
    assert_eq!((&done["late"], &done["late_of_locked"]), (&json!(1), &json!(0)));
    let september = story.json(&["live", "period", "live-gifts", "2026-09"]);
    assert_eq!(september["booked"], before);
    let october = story.json(&["live", "period", "live-gifts", "2026-10"]);
    // A diamond is worth half a cent in September, and six tenths in October.
    let expected = of(&[("2026-09", "0.500000 USD"), ("2026-10", "0.600000 USD")]);
    assert_eq!(booked(&october["booked"], "gift", "diamond-liability"), expected);
    let later = &september["booked_later"][0];
    assert_eq!(later["period"], "2026-10");
    let expected = of(&[("2026-09", "-100 COIN")]);
    assert_eq!(booked(&later["booked"], "gift", "viewer-coins"), expected);
    let books = story
        .ok(&["ledger", "export", "--format", "beancount"])
        .replace('\\', "");
    for words in [
        r#""booked_for":{"period":"2026-10","late_of":"2026-09"}"#,
        r#""booked_for":{"period":"2026-10"}"#,
    ] {
        assert_eq!(books.matches(words).count(), 1, "{words}: {books}");
    }
    on(&story, "lock", "2026-09");
    gift(&story, "later", "2026-09-30T23:00:00Z");
    let said = story.run(&["live", "book"]).stderr;
    assert!(said.contains("1 entries are dated in locked periods"), "{said}");
    on(&story, "close", "2026-10");
    story.ok(&["ledger", "verify"]);
}

#[test]
fn what_is_taken_back_of_a_closed_period_stands_in_the_open_one() {
    let story = platform();
    book(&story);
    on(&story, "close", "2026-09");
    bring(
        &story,
        "coin-refund",
        "event_id,purchase_id,viewer_id,occurred_at,reason\nback,ours,fan,2026-09-25T00:00:00Z,chargeback\n",
    );
    book(&story);
    let october = story.json(&["live", "period", "live-gifts", "2026-10"])["booked"].clone();
    let expected = of(&[("2026-09", "-12000 DIAMOND")]);
    assert_eq!(booked(&october, "gift-reversal", "creator-diamonds"), expected);
    let expected = of(&[("2026-09", "-280.000000 USD")]);
    assert_eq!(booked(&october, "coin-refund", "channel-receivable"), expected);
    assert_eq!(
        stands(&story),
        [
            r#"2026-09 final ["100.000000 USD"]"#,
            r#"2026-10 estimated ["-60.000000 USD"]"#
        ]
    );
    story.ok(&["ledger", "verify"]);
}

#[test]
fn a_period_is_not_closed_while_something_of_it_is_not_booked() {
    let story = platform();
    book(&story);
    gift(&story, "more", "2026-09-30T10:00:00Z");
    gift(&story, "another", "2026-11-01T00:00:00Z");
    let said = fails(&story, "close", "2026-09", "2026-11-22T00:00:00Z");
    assert!(
        said.contains("1 event is imported and not booked") && said.contains("`permille live book`"),
        "{said}"
    );
    let due = story.fails(3, &["period", "close", "--due"]);
    assert!(
        due.contains("live-gifts 2026-09: live-gifts 2026-09 is not closed"),
        "{due}"
    );
    book(&story);
    // A gift that waits for coins does not keep a period open.
    bring(
        &story,
        "gift-frame",
        &format!("{GIFTS}dear,room,host,new,ship,2026-09-30T11:00:00Z,1,true,2,100\n"),
    );
    story.ok(&["live", "book"]);
    let closed = on(&story, "close", "2026-09");
    let note = closed[0]["notes"][0].as_str().unwrap();
    assert!(
        note.starts_with("1 event that is dated before its end waits"),
        "{note}"
    );
    story.ok(&["ledger", "verify"]);
}

#[test]
fn a_period_is_closed_with_those_before_it() {
    let story = platform();
    gift(&story, "own", "2026-10-05T10:00:00Z");
    book(&story);
    let closed = on(&story, "close", "2026-10");
    let results: Vec<String> = closed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["period"], one["result"]))
        .collect();
    assert_eq!(results, [r#""2026-09" "closed""#, r#""2026-10" "closed""#]);
    assert_eq!(on(&story, "close", "2026-10").as_array().unwrap().len(), 1);
    // What is dated in August, of which nothing was booked, is late too.
    bring(
        &story,
        "coin-purchase",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nold,kim,2026-08-10T10:00:00Z,web,5,0.07,USD\n",
    );
    book(&story);
    let november = story.json(&["live", "period", "live-gifts", "2026-11"])["booked"].clone();
    let expected = of(&[("2026-08", "5 COIN")]);
    assert_eq!(booked(&november, "coin-purchase", "viewer-coins"), expected);
}

/// The rows of LIVE in a creator's statements of some months.
fn rows(story: &Story, months: &[&str]) -> Vec<Value> {
    let of = |month: &&str| {
        let statement = story.json(&["statement", "--creator", "host", "--month", month]);
        statement["live"].as_array().unwrap().clone()
    };
    months.iter().flat_map(of).collect()
}

/// What LIVE brought in October is there for spreadsheets, too.
fn has_rows_for_spreadsheets(story: &Story) {
    let statement = ["statement", "--creator", "host", "--month", "2026-10", "--live"];
    let csv = story.run(&[&statement[..], &["-f", "csv"]].concat()).stdout;
    let october = story.json(&statement);
    assert!(
        csv.starts_with("program,period,dated,what,entries,of,amount,currency\n"),
        "{csv}"
    );
    assert_eq!(
        csv.lines().count(),
        1 + october.as_array().unwrap().len(),
        "{csv}"
    );
    assert!(
        csv.contains("live-gifts,2026-10,2026-09,redemption,1,diamonds,-10000"),
        "{csv}"
    );
}

#[test]
fn statements_show_live_by_the_period_that_it_is_booked_for_and_sum_to_the_balances() {
    let story = platform();
    book(&story);
    on(&story, "close", "2026-09");
    gift(&story, "late", "2026-09-30T23:59:59Z");
    bring(
        &story,
        "redemption",
        "event_id,creator_id,occurred_at,diamonds\nfirst,host,2026-09-30T23:59:59.5Z,10000\n",
    );
    bring(
        &story,
        "subscription",
        "event_id,viewer_id,creator_id,occurred_at,price,currency\ns1,fan,host,2026-11-05T00:00:00Z,10.00,USD\n",
    );
    book(&story);
    let rows = rows(&story, &["2026-09", "2026-10", "2026-11"]);
    let said: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            ["period", "dated", "what", "of", "amount"].map(text).join(" ")
        })
        .collect();
    assert_eq!(
        said,
        [
            "2026-09 2026-09 gift diamonds 20000 DIAMOND",
            "2026-09 2026-09 gift worth 100.000000 USD",
            "2026-10 2026-09 gift diamonds 100 DIAMOND",
            "2026-10 2026-09 gift worth 0.500000 USD",
            "2026-10 2026-09 redemption diamonds -10000 DIAMOND",
            "2026-10 2026-09 redemption money 50.000000 USD",
            "2026-10 2026-09 redemption worth -50.000000 USD",
            "2026-11 2026-11 subscription money 7.000000 USD",
        ]
    );
    let summed = |of: &str| {
        let amounts = rows.iter().filter(|row| row["of"] == of);
        let amounts = amounts.map(|row| row["amount"].as_str().unwrap().split_once(' ').unwrap());
        let asset = if of == "diamonds" { "DIAMOND/0" } else { "USD/6" };
        crate::harness::sum(amounts.map(|(amount, _)| (asset, amount)))
    };
    assert_eq!(summed("diamonds"), story.posted("creator-diamonds", "host", None));
    assert_eq!(summed("worth"), story.posted("diamond-liability", "host", None));
    assert_eq!(summed("money"), "57.000000");
    let entry = story.json(&["statement", "--creator", "host", "--month", "2026-11"])["money"][0]["entries"]
        [0]
    .clone();
    assert_eq!(
        (&entry["period"], &entry["reason"]),
        (&json!("2026-10"), &json!("dated in 2026-09, which was closed"))
    );
    let text = story.ok(&["statement", "--creator", "host", "--month", "2026-10"]);
    assert!(
        text.contains("What is dated in 2026-09 came after that was closed"),
        "{text}"
    );
    has_rows_for_spreadsheets(&story);
}

/// Numbers that look random, the same ones for a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Events of three months in some files, in no order of time.
fn history(numbers: &mut Numbers) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    for file in 0..6 {
        let mut instant = || {
            let (month, day) = (8 + numbers.below(3), 1 + numbers.below(28));
            (
                format!("2026-{month:02}-{day:02}T{:02}:", numbers.below(24)),
                numbers.below(1000),
            )
        };
        let ((at, n), (later, m)) = (instant(), instant());
        let viewer = ["fan", "zoe"][usize::try_from(n % 2).unwrap()];
        files.push(match file % 6 {
            0 | 3 => (
                "coin-purchase",
                format!(
                    "event_id,viewer_id,occurred_at,channel,coins,price,currency,country\n\
                     p{file},{viewer},{at}00:00Z,web,{},{}.07,USD,US\n",
                    20_000 + n,
                    m
                ),
            ),
            1 | 4 => (
                "gift-frame",
                format!(
                    "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each,streak_id\n\
                     a{file},r{m},host,{viewer},rose,{at}00:01Z,3,false,1,{},s{n}\n\
                     b{file},r{m},host,{viewer},rose,{at}00:02Z,{},true,1,{},s{n}\n\
                     c{file},r{m},host,{viewer},rose,{later}00:00Z,1,true,2,{},\n",
                    10 + n,
                    4 + m % 3,
                    10 + n,
                    100 + m
                ),
            ),
            2 => (
                "coin-refund",
                format!("event_id,purchase_id,viewer_id,occurred_at,reason\nf{file},ours,fan,{at}00:00Z,chargeback\n"),
            ),
            _ => (
                "gift-frame",
                format!(
                    "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each,streak_id\n\
                     x{file},late,host,{viewer},rose,{at}59:01Z,2,true,1,9,\n\
                     y{file},late,host,{viewer},rose,{at}59:40Z,5,false,1,9,\n"
                ),
            ),
        });
    }
    for place in (1..files.len()).rev() {
        let other = usize::try_from(numbers.below(place as u64 + 1)).unwrap();
        files.swap(place, other);
    }
    files
}

/// Everything that the books have but the names of periods: balances, wallets, what waits.
fn all_but_periods(story: &Story) -> [Value; 4] {
    [
        story.json(&["ledger", "balances"]),
        story.json(&["live", "wallet", "fan"]),
        story.json(&["live", "wallet", "zoe"]),
        story.json(&["live", "waiting"]),
    ]
}

/// Whether and when periods are closed decides for which one something is booked, and nothing else.
#[test]
fn wallets_diamonds_and_money_are_the_same_whenever_periods_are_closed() {
    let mut late = 0;
    for seed in 0..8 {
        let mut numbers = Numbers(seed);
        let files = history(&mut numbers);
        let mut come_to = Vec::new();
        for closes in [false, true] {
            let story = platform();
            story.ok(&["live", "book"]);
            for (kind, text) in &files {
                bring(&story, kind, text);
                if closes && numbers.below(2) == 0 {
                    story.run(&["period", "close", "--due"]);
                    let month = format!("2026-{:02}", 8 + numbers.below(3));
                    story.run(&[&["period", "lock"][..], &period(&month)].concat());
                }
                let booked = story.json(&["live", "book"]);
                late += booked["late"].as_u64().unwrap();
                if closes && numbers.below(2) == 0 {
                    story.ok(&["period", "close", "--due"]);
                }
            }
            story.ok(&["ledger", "verify"]);
            come_to.push(all_but_periods(&story));
        }
        assert_eq!(come_to[0], come_to[1], "seed {seed}: {files:?}");
    }
    assert!(late > 20, "{late}");
}
