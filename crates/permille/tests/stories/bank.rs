//! What banks really send, and what somebody could write in their place.

mod answers;
mod kinds;
pub mod two_people;

use crate::harness::{Answer, Story};
use serde_json::Value;
use std::path::PathBuf;

/// A platform with four payouts of 100, 80, 50 and 20 euros in one batch, prepared and exported by ann, approved by bob.
pub struct Exported {
    pub story: Story,
}

pub const BATCH: &str = "2026-11-02-1";
/// Their references, in the order of their creators.
pub const REFERENCES: [&str; 4] = [
    "PAY70KST9S91QMD3P0KHFVP5R3P9Y",
    "PAYMS6AAR9FG68M8WVS2BJ22PR3WB",
    "PAYWFFGQMR07YT3MYP3T9GDRQA10P",
    "PAYWKWS6R0KCZXB46QNZ90C752NB2",
];

/// A made-up file of a bank.
pub fn case(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases/bank")
        .join(name)
}

/// A command of a person, at the hour at which the batch was made.
fn as_user<'a>(user: &'a str, args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--now", "2026-11-02T09:00:00Z", "--user", user]].concat()
}

impl Exported {
    pub fn new() -> Self {
        let exported = Self { story: Story::new() };
        let base = |name: &str| case(&format!("base/{name}")).display().to_string();
        let config = exported.story.path().join("permille.toml");
        let configured = std::fs::read_to_string(&config).unwrap();
        let debtor = std::fs::read_to_string(base("debtor.toml")).unwrap();
        std::fs::write(config, format!("{configured}{debtor}")).unwrap();
        exported.ok("ann", &["program", "apply", &base("program.toml")]);
        for (kind, file) in [
            ("creator", "creators.csv"),
            ("video", "videos.csv"),
            ("ad_impression", "ads.csv"),
        ] {
            exported.ok("ann", &["import", kind, &base(file)]);
        }
        exported.ok("ann", &["settle", "--program", "adshare", "--month", "2026-10"]);
        exported.ok("ann", &["period", "close", "--month", "2026-10"]);
        exported.ok("ann", &["payee", "import", &base("payees.csv")]);
        exported.ok("ann", &["payout", "prepare"]);
        exported.ok("bob", &["payout", "approve", BATCH]);
        exported.ok("ann", &["payout", "export", BATCH, "--out", "files"]);
        exported
    }

    pub fn run(&self, user: &str, args: &[&str]) -> Answer {
        self.story.run(&as_user(user, args))
    }

    pub fn ok(&self, user: &str, args: &[&str]) -> String {
        self.story.ok(&as_user(user, args))
    }

    /// A command that is refused; what it says.
    pub fn refused(&self, user: &str, args: &[&str]) -> String {
        self.story.fails(3, &as_user(user, args))
    }

    pub fn json(&self, user: &str, args: &[&str]) -> Value {
        self.story.json(&as_user(user, args))
    }

    /// Imports a text as an answer.
    pub fn import(&self, user: &str, name: &str, text: &str) -> Value {
        let file = self.story.file(name, text).display().to_string();
        self.json(user, &["payout", "import-answer", &file])
    }

    /// The states of the payouts, in the order of their creators.
    pub fn states(&self) -> Vec<String> {
        let batch = self.json("kim", &["payout", "show", BATCH]);
        let payouts = batch["payouts"].as_array().unwrap();
        let state = |one: &Value| one["state"].as_str().unwrap().to_owned();
        payouts.iter().map(state).collect()
    }

    /// Whether nobody can be paid now.
    pub fn nobody_is_paid(&self) {
        let said = self.run("zoe", &["payout", "prepare"]);
        assert_ne!(said.code, 0, "{}", said.stdout);
        assert!(said.stderr.contains("nobody can be paid now"), "{}", said.stderr);
    }
}

/// How many there are of something in an answer.
pub fn count(answered: &Value, what: &str) -> usize {
    answered[what].as_array().unwrap().len()
}
