//! A platform with a month that is paid, one that is due and one that runs, an evening of LIVE, and what came late to all of them.

use app::base::brought::Brought;
use app::base::error::Result;
use app::base::progress::{Context, Silent};
use app::inputs::import;
use app::payouts::payees;
use app::settling::apply;
use app::workspace::{Purpose, Workspace};
use event::kind::Kind;
use jiff::{Timestamp, ToSpan};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use store::fault::{Faulty, Plan};
use store::memory::Memory;
use store::{Connections, Key, Store};
use tempfile::TempDir;

/// A file that somebody brings.
pub fn brought(name: &str, text: &str) -> Brought {
    Brought {
        name: name.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

const PROGRAM: &str = r#"
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
below = "roll"
"#;

const DEBTOR: &str = r#"
[payout.debtor]
name = "Example Video Ltd"
currency = "USD"
account = { iban = "DE89370400440532013000" }
bic = "COBADEFFXXX"
address = { town = "Berlin", country = "DE" }
"#;

/// Creators of videos, besides the host of the evening.
pub const CREATORS: [&str; 6] = ["c0", "c1", "c2", "c3", "c4", "c5"];

/// Events that come in the course of time. All of them have come in the end.
pub const FILES: [(Kind, &str); 12] = [
    (
        Kind::AdImpression,
        "event_id,video_id,occurred_at,revenue,currency,country\n\
         a1,v-c0,2026-08-05T10:00:00Z,100.00,USD,DE\na2,v-c1,2026-08-05T10:00:00Z,90.10,USD,US\na3,v-c2,2026-08-06T10:00:00Z,70.005,USD,DE\n\
         a4,v-c3,2026-08-07T10:00:00Z,120.00,USD,US\n",
    ),
    (
        Kind::AdImpression,
        "event_id,video_id,occurred_at,revenue,currency,country\n\
         b1,v-c0,2026-09-05T10:00:00Z,80.00,USD,DE\nb2,v-c1,2026-09-05T10:00:00Z,60.00,USD,US\nb3,v-c4,2026-09-06T10:00:00Z,55.55,USD,DE\n\
         b4,v-c5,2026-09-07T10:00:00Z,20.00,USD,DE\n",
    ),
    (
        Kind::AdImpression,
        "event_id,video_id,occurred_at,revenue,currency,country\n\
         l1,v-c0,2026-08-09T10:00:00Z,-60.00,USD,DE\nl2,v-c1,2026-08-09T10:00:00Z,5.01,USD,US\nl3,v-c5,2026-09-09T10:00:00Z,40.00,USD,US\n",
    ),
    (
        Kind::AdImpression,
        "event_id,video_id,occurred_at,revenue,currency,country\n\
         m1,v-c3,2026-08-10T10:00:00Z,-130.00,USD,US\nm2,v-c4,2026-09-10T10:00:00Z,-5.00,USD,DE\n",
    ),
    (
        Kind::AdImpression,
        "event_id,video_id,occurred_at,revenue,currency,country\n\
         o1,v-c0,2026-10-05T10:00:00Z,77.00,USD,DE\no2,v-c2,2026-10-06T10:00:00Z,66.00,USD,DE\no3,v-c3,2026-10-07T10:00:00Z,99.00,USD,US\n",
    ),
    (
        Kind::CoinPurchase,
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nbuy,fan,2026-09-20T10:00:00Z,web,30000,420.00,USD\n",
    ),
    (
        Kind::CoinPurchase,
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nmore,fan,2026-09-20T11:00:00Z,ios,700,12.99,USD\n",
    ),
    (
        Kind::GiftFrame,
        "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\n\
         g1,room,host,fan,castle,2026-09-21T20:00:00Z,1,true,2,12000\ng2,room,host,fan,rose,2026-09-21T20:01:00Z,3,false,1,10\n",
    ),
    (
        Kind::GiftFrame,
        "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\n\
         g3,room,host,fan,rose,2026-09-21T20:01:02Z,5,true,1,10\ng4,room,host,fan,castle,2026-10-21T20:00:00Z,1,true,2,12000\n",
    ),
    (
        Kind::Subscription,
        "event_id,viewer_id,creator_id,occurred_at,price,currency\ns1,fan,host,2026-08-21T01:00:00Z,20.00,USD\ns2,fan,host,2026-09-22T01:00:00Z,20.00,USD\n",
    ),
    (
        Kind::Redemption,
        "event_id,creator_id,occurred_at,diamonds\nr1,host,2026-09-25T00:00:00Z,6000\nr2,host,2026-10-25T00:00:00Z,1000\n",
    ),
    (
        Kind::CoinRefund,
        "event_id,purchase_id,viewer_id,occurred_at,reason\nback,more,fan,2026-10-07T07:00:00Z,refund\n",
    ),
];

/// The platform, its books in memory, and what time it is.
pub struct World {
    folder: TempDir,
    disk: Memory,
    now: Mutex<Timestamp>,
    never: AtomicBool,
    writes: AtomicBool,
}

impl World {
    /// The platform before anything has happened.
    pub fn new() -> World {
        let world = World {
            folder: tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap()),
            disk: Memory::default(),
            now: Mutex::new("2026-10-10T00:00:00Z".parse().unwrap()),
            never: AtomicBool::new(false),
            writes: AtomicBool::new(false),
        };
        world.begin().unwrap();
        world
    }

    fn begin(&self) -> Result<()> {
        Workspace::init(self.path(), Purpose::Money)?;
        let config = self.path().join("permille.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, text.replace("[payout]\n", "") + DEBTOR).unwrap();
        let workspace = self.workspace(Plan::calm())?;
        let context = self.context("begin", "test", None);
        let mut creators =
            "creator_id,effective_at,adult,country\nhost,2026-01-01T00:00:00Z,true,DE\n".to_owned();
        let mut videos = "video_id,effective_at,creator_id,visibility\n".to_owned();
        for creator in CREATORS {
            creators.push_str(&format!("{creator},2026-01-01T00:00:00Z,true,DE\n"));
            videos.push_str(&format!("v-{creator},2026-01-01T00:00:00Z,{creator},public\n"));
        }
        for (kind, text) in [(Kind::Creator, creators), (Kind::Video, videos)] {
            import::import(&workspace, kind, &[self.file("begin.csv", &text)], None, &context)?;
        }
        let program = self.file("ads.toml", PROGRAM);
        apply::apply(&workspace, &program.display().to_string(), &context)?;
        apply::apply(&workspace, "live-gifts", &context)?;
        payees::import(&workspace, brought("payees.csv", &payee_rows(0)), &context)?;
        for (number, (_, text)) in FILES.iter().enumerate() {
            self.file(&format!("{number}.csv"), text);
        }
        Ok(())
    }

    /// A copy, of which nothing is shared.
    pub fn copy(&self) -> World {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap());
        copy(self.path(), folder.path());
        World {
            folder,
            disk: self.disk.forked(),
            now: Mutex::new(*self.now.lock().unwrap()),
            never: AtomicBool::new(false),
            writes: AtomicBool::new(false),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The file with these events.
    pub fn events(&self, number: usize) -> PathBuf {
        self.path().join(format!("{number}.csv"))
    }

    /// Writes a file.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The workspace as a process has it that fails by a plan.
    pub fn workspace(&self, plan: Plan) -> Result<Workspace> {
        let disk = Arc::new(Mutex::new(self.disk.another()));
        let open = move || {
            let handle = disk.lock().unwrap().another();
            Ok(Store::over(Box::new(Faulty::new(handle, plan.clone()))))
        };
        Ok(Workspace::open(self.path())?.over(Connections::over("memory://simulation", open)))
    }

    /// Lets some hours pass.
    pub fn wait(&self, hours: u64) {
        let mut now = self.now.lock().unwrap();
        *now += (hours as i64).hours();
    }

    pub fn context<'a>(&'a self, command: &'a str, user: &'a str, key: Option<Key<'a>>) -> Context<'a> {
        let now = *self.now.lock().unwrap();
        Context {
            progress: &Silent,
            cancel: &self.never,
            now,
            clock: now,
            recorded: now.into(),
            writes: &self.writes,
            threads: 1,
            memory: None,
            user,
            way: "simulation",
            key,
            command,
        }
    }
}

/// Payees of everybody; `edition` says at which addresses.
pub fn payee_rows(edition: u64) -> String {
    let mut csv = "id,name,residence,street,building_number,post_code,town,country,identity,tax_form,rail,currency,iban,bic,email\n".to_owned();
    for (number, creator) in CREATORS.iter().chain(&["host"]).enumerate() {
        let account = match number {
            2 | 3 => "bank,USD,DE89370400440532013000,COBADEFFXXX,".to_owned(),
            number if number as u64 == edition % 7 => {
                format!("paypal,USD,,,{creator}.{edition}@mail.example")
            }
            _ => format!("paypal,USD,,,{creator}@mail.example"),
        };
        let form = if number % 2 == 0 { "w9" } else { "none" };
        csv.push_str(&format!(
            "{creator},Creator {creator},DE,Weg,1,10115,Berlin,DE,verified,{form},{account}\n"
        ));
    }
    csv
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
