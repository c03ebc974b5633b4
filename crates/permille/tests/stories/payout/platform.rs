//! A platform whose October is settled, closed and ready to be paid.

use crate::harness::{Answer, Story};
use serde_json::Value;
use std::collections::BTreeMap;

/// A share of all revenue, payable on the fifteenth; little money expires.
pub const PROGRAM: &str = r#"
id = "ads"
version = 1
name = "Ads"
summary = "All revenue of advertisements goes to the creator."
effective_from = 2015-01-01
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

pub const PAYEES: &str = "\
id,name,residence,town,country,identity,tax_form,tax_country,treaty_rate,signed_on,rail,currency,iban,email
anna,Anna Müller,DE,München,DE,verified,w8ben,IN,15%,2014-03-01,bank,EUR,DE89370400440532013000,
ben,Ben O'Neil,GB,Leeds,GB,verified,w8ben,GB,0%,2014-03-01,bank,USD,GB82WEST12345698765432,
cleo,Cleo,GR,Athens,GR,pending,,,,,bank,EUR,DE89370400440532013000,
dora,Dora,DE,Berlin,DE,verified,w9,,,,paypal,USD,,dora@mail.example
emil,Emil,DE,Berlin,DE,verified,w9,,,,paypal,USD,,emil@mail.example
fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE89370400440532013000,
";

const RATES: &str = "Date,USD,GBP,\n2015-11-13,1.25,0.85,\n";

pub const DEBTOR: &str = "
[payout]
fx = \"rates.csv\"

[payout.debtor]
name = \"Example Video Ltd\"
currency = \"EUR\"
account = { iban = \"DE89370400440532013000\" }
bic = \"COBADEFFXXX\"
address = { town = \"Berlin\", country = \"DE\" }
";

/// The month in which what a test does is recorded, whatever present it names; and the one after it.
pub fn months() -> [String; 2] {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let next = today.first_of_month().saturating_add(jiff::Span::new().months(1));
    [today, next].map(|day| day.strftime("%Y-%m").to_string())
}

/// A platform whose October is settled, closed and payable.
pub struct Platform {
    pub story: Story,
    pub store: Option<String>,
}

impl Platform {
    pub fn new(store: Option<String>) -> Platform {
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
            creators.push_str(&format!("{creator},2015-01-01T00:00:00Z,DE\n"));
            videos.push_str(&format!("v-{creator},2015-01-01T00:00:00Z,{creator},public\n"));
            for (country, revenue) in [("DE", home), ("US", us)] {
                ads.push_str(&format!(
                    "{creator}-{country},v-{creator},2015-10-05T10:00:00Z,{revenue},USD,{country}\n"
                ));
            }
        }
        for (kind, text) in [("creator", creators), ("video", videos), ("ad_impression", ads)] {
            let file = story.file(&format!("{kind}.csv"), &text);
            platform.ok(&["import", kind, file.to_str().unwrap()]);
        }
        platform.ok(&["program", "apply", "ads.toml"]);
        platform.ok(&["settle", "--program", "ads", "--period", "2015-10"]);
        platform.ok(&[
            "period",
            "close",
            "--program",
            "ads",
            "--period",
            "2015-10",
            "--now",
            "2015-11-10T00:00:00Z",
        ]);
        platform.ok(&["payee", "import", "payees.csv"]);
        platform
    }

    /// Runs a command. An approval confirms the exchange rates, which no payout has left at before: what happens where it does
    /// not is told in `approvals`, which runs commands as they are written.
    pub fn run(&self, args: &[&str]) -> Answer {
        match args {
            ["payout", "approve", ..] => self.as_written(&[args, &["--rates"]].concat()),
            _ => self.as_written(args),
        }
    }

    /// Runs a command as it is written.
    pub fn as_written(&self, args: &[&str]) -> Answer {
        let store: Vec<&str> = self.store.iter().flat_map(|url| ["--store", url]).collect();
        let now = ["--now", "2015-11-16T12:00:00Z"];
        let now = if args.contains(&"--now") {
            &[][..]
        } else {
            &now[..]
        };
        let user = match args.contains(&"--user") {
            true => &[][..],
            false => &["--user", "kim"][..],
        };
        self.story.run(&[args, &store, now, user].concat())
    }

    pub fn ok(&self, args: &[&str]) -> String {
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

    /// Registers actors, each by its words; the first one is the admin who registers all.
    pub fn actors(&self, all: &[&str]) {
        let (admin, _) = all[0].split_once(' ').unwrap();
        for words in all {
            let words: Vec<&str> = words.split(' ').collect();
            self.ok(&[&["actor", "add"], &words[..], &["--user", admin]].concat());
        }
    }

    pub fn fails(&self, args: &[&str]) -> String {
        let answer = self.run(args);
        assert_ne!(answer.code, 0, "permille {}\n{}", args.join(" "), answer.stdout);
        answer.stderr
    }

    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[args, &["--format", "json"]].concat())).unwrap()
    }

    /// Settles and closes November, which is payable on the fifteenth of December.
    pub fn close_november(&self) {
        let november = [
            "--program",
            "ads",
            "--period",
            "2015-11",
            "--now",
            "2015-12-10T00:00:00Z",
        ];
        self.ok(&[&["settle"], &november[..]].concat());
        self.ok(&[&["period", "close"], &november[..]].concat());
    }

    /// Previews by payee.
    pub fn preview(&self, more: &[&str]) -> BTreeMap<String, Value> {
        let all = self.json(&[&["payout", "preview"], more].concat());
        let all = all.as_array().unwrap().clone();
        all.into_iter()
            .map(|one| (one["payee"].as_str().unwrap().to_owned(), one))
            .collect()
    }

    /// Asserts that the books are sound.
    pub fn sound(&self) {
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
        // And so are the sums that records keep.
        self.ok(&["ledger", "verify"]);
    }
}
