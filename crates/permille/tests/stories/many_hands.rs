//! Several processes on one set of books import, settle, close, restate, book LIVE and prepare payouts at once, and are killed at random;
//! the books are those of one process that did it all, one after the other.
//!
//! `PERMILLE_HANDS_ROUNDS` makes it longer, `PERMILLE_HANDS_SEED` repeats a run; the seed is printed.

use crate::harness::Story;
use crate::payout::platform::PROGRAM;
use crate::survival::{Numbers, setting};
use scratch_postgres::{Durability, Server};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

/// Processes at once.
const PROCESSES: usize = 3;
/// Commands of each, unless more are asked for.
const ROUNDS: u64 = 14;
const MONTHS: [&str; 3] = ["2026-08", "2026-09", "2026-10"];
const CREATORS: [&str; 5] = ["c0", "c1", "c2", "c3", "host"];

/// What comes in: kind and rows.
fn files() -> Vec<(&'static str, String)> {
    let ads = |rows: &[&str]| {
        let head = "event_id,video_id,occurred_at,revenue,currency,country\n";
        ("ad_impression", format!("{head}{}\n", rows.join("\n")))
    };
    let live = |kind, head: &str, rows: &[&str]| (kind, format!("{head}\n{}\n", rows.join("\n")));
    let purchases = "event_id,viewer_id,occurred_at,channel,coins,price,currency";
    let frames =
        "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each";
    vec![
        ads(&[
            "a1,v-c0,2026-08-05T10:00:00Z,100.00,USD,DE",
            "a2,v-c1,2026-08-05T10:00:00Z,90.10,USD,US",
            "a3,v-c2,2026-08-06T10:00:00Z,70.005,USD,DE",
        ]),
        ads(&[
            "b1,v-c0,2026-09-05T10:00:00Z,80.00,USD,DE",
            "b2,v-c1,2026-09-05T10:00:00Z,60.00,USD,US",
            "b3,v-c3,2026-09-06T10:00:00Z,55.55,USD,DE",
        ]),
        ads(&[
            "l1,v-c0,2026-08-09T10:00:00Z,-60.00,USD,DE",
            "l2,v-c1,2026-08-09T10:00:00Z,5.01,USD,US",
            "l3,v-c3,2026-09-09T10:00:00Z,40.00,USD,US",
        ]),
        ads(&[
            "o1,v-c0,2026-10-05T10:00:00Z,77.00,USD,DE",
            "o2,v-c2,2026-10-06T10:00:00Z,66.00,USD,DE",
        ]),
        live(
            "coin_purchase",
            purchases,
            &["buy,fan,2026-09-20T10:00:00Z,web,30000,420.00,USD"],
        ),
        live(
            "gift_frame",
            frames,
            &[
                "g1,room,host,fan,castle,2026-09-21T20:00:00Z,1,true,2,12000",
                "g2,room,host,fan,rose,2026-09-21T20:01:00Z,3,false,1,10",
            ],
        ),
        live(
            "gift_frame",
            frames,
            &[
                "g3,room,host,fan,rose,2026-09-21T20:01:02Z,5,true,1,10",
                "g4,room,host,fan,castle,2026-10-21T20:00:00Z,1,true,2,12000",
            ],
        ),
        live(
            "subscription",
            "event_id,viewer_id,creator_id,occurred_at,price,currency",
            &[
                "s1,fan,host,2026-08-21T01:00:00Z,20.00,USD",
                "s2,fan,host,2026-09-22T01:00:00Z,20.00,USD",
            ],
        ),
        live(
            "redemption",
            "event_id,creator_id,occurred_at,diamonds",
            &["r1,host,2026-09-25T00:00:00Z,6000"],
        ),
    ]
}

struct Platform {
    story: Story,
    store: String,
}

impl Platform {
    fn new(store: &str) -> Platform {
        let platform = Platform {
            story: Story::new(),
            store: store.to_owned(),
        };
        let story = &platform.story;
        let mut creators = "creator_id,effective_at,adult,country\n".to_owned();
        let mut videos = "video_id,effective_at,creator_id,visibility\n".to_owned();
        let mut payees = "id,name,residence,street,building_number,post_code,town,country,identity,tax_form,rail,currency,email\n".to_owned();
        for creator in CREATORS {
            creators.push_str(&format!("{creator},2026-01-01T00:00:00Z,true,DE\n"));
            videos.push_str(&format!("v-{creator},2026-01-01T00:00:00Z,{creator},public\n"));
            payees.push_str(&format!(
                "{creator},Creator {creator},DE,Weg,1,10115,Berlin,DE,verified,w9,paypal,USD,{creator}@mail.example\n"
            ));
        }
        for (name, text) in [
            ("creator.csv", &creators),
            ("video.csv", &videos),
            ("payees.csv", &payees),
        ] {
            story.file(name, text);
        }
        story.file("ads.toml", &PROGRAM.replace("expire", "roll"));
        for (number, (_, text)) in files().iter().enumerate() {
            story.file(&format!("{number}.csv"), text);
        }
        for command in [
            "import creator creator.csv",
            "import video video.csv",
            "program apply ads.toml",
            "program apply live-gifts",
            "payee import payees.csv",
        ] {
            platform.done(command);
        }
        platform
    }

    fn start(&self, command: &str) -> Child {
        Command::new(env!("CARGO_BIN_EXE_permille"))
            .args(command.split(' '))
            .args(["--threads", "1"])
            .current_dir(self.story.path())
            .env("PERMILLE_NOW", "2026-11-22T00:00:00Z")
            .env("PERMILLE_USER", "tester")
            .env("PERMILLE_STORE", &self.store)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs a command to its end. A rule may refuse it, and nothing else.
    fn done(&self, command: &str) -> String {
        let output = self.start(command).wait_with_output().unwrap();
        let code = output.status.code().unwrap_or(-1);
        assert!(
            [0, 3].contains(&code),
            "{command}: {code} {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, command: &str) -> Value {
        serde_json::from_str(&self.done(&format!("{command} --format json"))).unwrap()
    }

    /// Whatever has not come comes, is settled, booked and restated, and no payout keeps its money.
    fn finish(&self) {
        for (number, (kind, _)) in files().iter().enumerate() {
            self.done(&format!("import {kind} {number}.csv"));
        }
        self.done("live book");
        self.done("settle --program ads --due");
        self.done("period close --due");
        for month in MONTHS {
            self.done(&format!("restate --program ads --period {month}"));
        }
        for batch in self.json("payout list").as_array().unwrap() {
            self.done(&format!("payout cancel {}", batch["batch"].as_str().unwrap()));
        }
        self.done("period close --due");
    }

    /// What stands in every account, and what each creator sees; every sum and every run comes out again.
    fn books(&self) -> (Value, Vec<Value>) {
        for check in ["ledger verify", "verify"] {
            let output = self.start(check).wait_with_output().unwrap();
            assert!(
                output.status.success(),
                "{check}: {}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
        let lines = CREATORS.map(|creator| {
            let mut lines = self.json(&format!("lines --creator {creator}"));
            for line in lines.as_array_mut().unwrap() {
                // Which run a line is of depends on how often a period was settled.
                let line = line.as_object_mut().unwrap();
                line.retain(|name, _| !["line", "run"].contains(&name.as_str()));
            }
            lines
        });
        let mut balances = self.json("ledger balances");
        // Accounts that were opened for payouts that were given up have nothing in them.
        let is_zero = |row: &Value, of: &str| {
            row[of]
                .as_str()
                .is_none_or(|units| units.trim_matches(['0', '.', '-']).is_empty())
        };
        let rows = balances.as_array_mut().unwrap();
        rows.retain(|row| !(is_zero(row, "posted") && is_zero(row, "pending")));
        assert!(rows.len() > 10, "{rows:?}");
        (balances, lines.to_vec())
    }
}

fn command(numbers: &mut Numbers) -> String {
    let month = MONTHS[numbers.below(3) as usize];
    match numbers.below(12) {
        0..=3 => {
            let all = files();
            let number = numbers.below(all.len() as u64) as usize;
            format!("import {} {number}.csv", all[number].0)
        }
        4 => format!("settle --program ads --period {month}"),
        5 => "settle --program ads --due".to_owned(),
        6 => "period close --due".to_owned(),
        7 => format!("period close --program ads --period {month}"),
        8 => format!("restate --program ads --period {month}"),
        9 | 10 => "live book".to_owned(),
        _ => "payout prepare".to_owned(),
    }
}

/// One hand: command after command, of which half are killed, and a killed one is called again at some time or never.
fn hand(platform: &Platform, mut numbers: Numbers, rounds: u64) {
    for _ in 0..rounds {
        let command = command(&mut numbers);
        if numbers.below(2) == 0 {
            platform.done(&command);
            continue;
        }
        let mut process = platform.start(&command);
        std::thread::sleep(Duration::from_millis(numbers.below(120)));
        let _ = process.kill();
        process.wait().unwrap();
    }
}

fn together(store: &str, calm: &(Value, Vec<Value>)) {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = setting("PERMILLE_HANDS_SEED", since.as_millis() as u64);
    let rounds = setting("PERMILLE_HANDS_ROUNDS", ROUNDS);
    let platform = Platform::new(store);
    std::thread::scope(|scope| {
        for process in 0..PROCESSES as u64 {
            let platform = &platform;
            scope.spawn(move || hand(platform, Numbers(seed ^ (process << 40)), rounds));
        }
    });
    platform.finish();
    let ended = platform.books();
    assert_eq!(ended.1, calm.1, "seed {seed}");
    assert_eq!(ended.0, calm.0, "seed {seed}");
}

/// What one process comes to.
fn alone(store: &str) -> (Value, Vec<Value>) {
    let platform = Platform::new(store);
    platform.finish();
    platform.books()
}

#[test]
fn many_hands_on_one_file_come_to_what_one_comes_to() {
    let calm = alone(".permille/books.sqlite");
    together(".permille/books.sqlite", &calm);
}

#[test]
fn many_hands_on_one_server_come_to_what_one_comes_to() {
    let server = Server::start(Durability::None).unwrap();
    let calm = alone(&server.database().unwrap());
    together(&server.database().unwrap(), &calm);
}
