//! A platform in whose books every writing command has something to do.

use crate::harness::Story;
use crate::payout::platform::PROGRAM;
use scratch_postgres::Server;
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

const DEBTOR: &str = "
[payout.debtor]
name = \"Example Video Ltd\"
currency = \"USD\"
account = { iban = \"DE89370400440532013000\" }
bic = \"COBADEFFXXX\"
address = { town = \"Berlin\", country = \"DE\" }
";

/// What is compared, besides the ledger.
pub const KINDS: [&str; 18] = [
    "actor",
    "batch",
    "break",
    "invalidation",
    "live-booked",
    "live-closed",
    "live-cursor",
    "live-hold",
    "live-open",
    "live-waiting",
    "payee",
    "payout",
    "period",
    "redeemed",
    "redeemed-in-all",
    "room-host",
    "streak",
    "wallet",
];

/// What the host has in the end, in millionths of a dollar: 70 % of two subscriptions, and 50 dollars for diamonds.
pub const PAID: i128 = 78_000_000;

/// The platform, and where copies of its books are made.
pub struct Base {
    pub story: Story,
    pub server: Option<Server>,
    /// Where its own books are on the server.
    pub place: String,
    ids: Ids,
}

/// Ids that the commands name.
#[derive(Default)]
struct Ids {
    prepared: String,
    held: String,
    approved: String,
    exported: String,
    by_paypal: String,
    unknown: String,
    invoice: String,
}

impl Base {
    /// Makes it, on a server's database or in a file.
    pub fn make(server: Option<Server>) -> Base {
        let mut base = Base {
            story: Story::new(),
            server,
            place: String::new(),
            ids: Ids::default(),
        };
        let config = std::fs::read_to_string(base.story.path().join("permille.toml")).unwrap();
        let mut config = config + DEBTOR;
        if let Some(server) = &base.server {
            base.place = server.database().unwrap();
            let place = format!("store = \"{}\"\nthreads = 0", base.place);
            config = config.replacen("threads = 0", &place, 1);
        }
        base.story.file("permille.toml", &config);
        base.debts();
        base.batches();
        base.new_money();
        base.live();
        base.story.file(
            "more-payees.csv",
            &payees(&[("c4", "new4@mail.example"), ("c8", "c8@mail.example")]),
        );
        base.story.ok(&["ledger", "verify"]);
        base
    }

    /// Commands that write the books. None of them depends on another one's having run.
    pub fn commands(&self) -> Vec<String> {
        let ids = &self.ids;
        vec![
            "settle --program ads --period 2026-10".into(),
            "restate --program ads --period 2026-09 --user ann".into(),
            "period close --program ads --period 2026-10".into(),
            "period lock --program ads --period 2026-09".into(),
            "period close --program live-gifts --period 2026-08".into(),
            "live book".into(),
            "payee import more-payees.csv --user ann".into(),
            "payee hold c4 --reason check --user leo".into(),
            "payee unhold c3 --reason cleared --user leo".into(),
            "payee restrict c0 --reason check --user leo".into(),
            "payee tax-form c4 --none --user leo".into(),
            "payout prepare --user ann".into(),
            format!("payout approve {} --user bob", ids.prepared),
            format!("payout cancel {} --user ann", ids.prepared),
            format!(
                "payout hold {} {} --reason check --user ann",
                ids.prepared, ids.held
            ),
            format!("payout release {} {} --user ann", ids.prepared, ids.held),
            format!("payout export {} --out files --user ann", ids.approved),
            "payout import-answer answer.xml --user bob".into(),
            format!(
                "payout settle {} {} --as succeeded --user bob",
                ids.exported, ids.by_paypal
            ),
            format!(
                "payout settle {} {} --as failed --reason refused --user bob",
                ids.exported, ids.by_paypal
            ),
            format!("payout breaks --close {} --note seen --user leo", ids.unknown),
            "payout expire --yes --user ann".into(),
            "payout recover --creator c7 --invoice --user ann".into(),
            format!(
                "payout receive {} --amount 20 --reference R1 --user ann",
                ids.invoice
            ),
            "invalidate --viewer fan --evidence ring --user ann".into(),
            "actor add owner --role admin --role finance --role engineer --user owner".into(),
        ]
    }

    /// The books of a copy of the workspace: its own file, or a copy of the database.
    pub fn store(&self, copy: &Path) -> String {
        static COPIES: AtomicU32 = AtomicU32::new(0);
        let Some(server) = &self.server else {
            return copy.join(".permille/books.sqlite").display().to_string();
        };
        let (_, base) = self.place.rsplit_once('/').unwrap();
        let name = format!("{base}_{}", COPIES.fetch_add(1, Ordering::Relaxed));
        server
            .sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {base}"))
            .unwrap();
        format!("{}/{name}", server.url())
    }

    /// Removes a copy of the database.
    pub fn forget(&self, store: &str) {
        if let (Some(server), Some((_, name))) = (&self.server, store.rsplit_once('/')) {
            server.sql("postgres", &format!("DROP DATABASE {name}")).unwrap();
        }
    }

    fn import(&self, kind: &str, text: &str) {
        self.story.file("brought.csv", text);
        let read = self.story.json(&["import", kind, "brought.csv"]);
        assert_eq!(read["quarantined"], 0, "{read}");
    }

    fn ads(&self, month: &str, rows: &[(&str, &str)], mark: &str) {
        let mut text = "event_id,video_id,occurred_at,revenue,currency,country\n".to_owned();
        for (creator, revenue) in rows {
            text.push_str(&format!(
                "{mark}-{month}-{creator},v-{creator},{month}-05T10:00:00Z,{revenue},USD,DE\n"
            ));
        }
        self.import("ad_impression", &text);
    }

    fn pay(&self, creators: &[(&str, &str)]) -> (String, Value) {
        self.story.file("payees.csv", &payees(creators));
        self.story.ok(&["payee", "import", "payees.csv"]);
        let made = self.story.json(&["payout", "prepare", "--user", "ann"]);
        assert_eq!(made.as_array().unwrap().len(), 1, "{made}");
        (
            made[0]["batch"].as_str().unwrap().to_owned(),
            made[0]["payouts"].clone(),
        )
    }

    fn close(&self, month: &str) {
        self.story.ok(&["settle", "--program", "ads", "--period", month]);
        self.story
            .ok(&["period", "close", "--program", "ads", "--period", month]);
    }

    /// Two creators were paid in August what is taken back since: one has an invoice.
    fn debts(&mut self) {
        let story = &self.story;
        story.file("ads.toml", PROGRAM);
        let mut creators = "creator_id,effective_at,adult,country\n".to_owned();
        let mut videos = "video_id,effective_at,creator_id,visibility\n".to_owned();
        for number in 0..8 {
            creators.push_str(&format!("c{number},2026-01-01T00:00:00Z,true,DE\n"));
            videos.push_str(&format!("v-c{number},2026-01-01T00:00:00Z,c{number},public\n"));
        }
        self.import("creator", &creators);
        self.import("video", &videos);
        story.ok(&["program", "apply", "ads.toml"]);
        self.ads("2026-08", &[("c6", "100.00"), ("c7", "100.00")], "first");
        self.close("2026-08");
        let (batch, payouts) = self.pay(&[("c6", "c6@mail.example"), ("c7", "c7@mail.example")]);
        story.ok(&["payout", "approve", &batch, "--user", "bob"]);
        story.ok(&["payout", "export", &batch, "--out", "files"]);
        for creator in ["c6", "c7"] {
            let payout = payout_of(&payouts, creator);
            story.ok(&["payout", "settle", &batch, &payout, "--as", "succeeded"]);
        }
        self.ads("2026-08", &[("c6", "-60.00"), ("c7", "-60.00")], "back");
        story.ok(&["restate", "--program", "ads", "--period", "2026-08"]);
        let written = story.json(&["payout", "recover", "--creator", "c6", "--invoice"]);
        self.ids.invoice = written[0]["invoice"].as_str().unwrap().to_owned();
    }

    /// September's money: prepared, approved, exported, still to be paid, and too little.
    fn batches(&mut self) {
        let earned = [
            ("c0", "100.00"),
            ("c1", "100.00"),
            ("c2", "100.00"),
            ("c3", "100.00"),
            ("c4", "100.00"),
            ("c5", "5.00"),
        ];
        self.ads("2026-09", &earned, "first");
        self.close("2026-09");
        let (exported, payouts) = self.pay(&[("c2", "c2@mail.example"), ("c3", "")]);
        self.ids.by_paypal = payout_of(&payouts, "c2");
        let (story, bank) = (&self.story, payout_of(&payouts, "c3"));
        story.ok(&["payout", "approve", &exported, "--user", "bob"]);
        story.ok(&["payout", "export", &exported, "--out", "files"]);
        // A movement that nobody knows, and that waits for somebody.
        story.file(
            "unknown.xml",
            "<Document><BkToCstmrStmt><Stmt><Id>S</Id><Ntry><Amt Ccy=\"USD\">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <NtryDtls><TxDtls><Refs><EndToEndId>PAY00000000000000000000000000</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>",
        );
        let found = story.json(&["payout", "import-answer", "unknown.xml", "--user", "bob"]);
        self.ids.unknown = found["breaks"][0]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{found}"))
            .to_owned();
        let reference = story.json(&["payout", "show", &exported]);
        let reference = reference["payouts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["payout"] == *bank);
        let reference = reference.unwrap()["reference"].as_str().unwrap().to_owned();
        story.file(
            "answer.xml",
            &format!(
                "<Document><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{exported}</OrgnlMsgId></OrgnlGrpInfAndSts>\
                 <OrgnlPmtInfAndSts><OrgnlPmtInfId>{exported}-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
            ),
        );
        let (approved, _) = self.pay(&[("c1", "c1@mail.example")]);
        self.story.ok(&["payout", "approve", &approved, "--user", "bob"]);
        let (prepared, payouts) = self.pay(&[("c0", "c0@mail.example")]);
        self.ids.held = payout_of(&payouts, "c0");
        (self.ids.prepared, self.ids.approved, self.ids.exported) = (prepared, approved, exported);
        self.story.file(
            "payees.csv",
            &payees(&[("c4", "c4@mail.example"), ("c5", "c5@mail.example")]),
        );
        self.story.ok(&["payee", "import", "payees.csv"]);
        self.story
            .ok(&["payee", "hold", "c3", "--reason", "check", "--user", "leo"]);
    }

    /// October is settled and open; what came since changes it, and September too.
    fn new_money(&self) {
        let october = [("c0", "100.00"), ("c3", "100.00"), ("c4", "100.00")];
        self.ads("2026-10", &october, "first");
        self.story
            .ok(&["settle", "--program", "ads", "--period", "2026-10"]);
        self.ads("2026-10", &[("c0", "10.00")], "late");
        self.ads("2026-09", &[("c1", "7.00")], "late");
    }

    /// An evening of LIVE to be booked; one subscription of August waits since an earlier booking, and need not any more: it is August's,
    /// or late, as August is closed before it is booked or after.
    fn live(&self) {
        self.story.ok(&["program", "apply", "live-gifts"]);
        let subscription = |id: &str, day: &str| {
            format!(
                "event_id,viewer_id,creator_id,occurred_at,price,currency\n{id},fan,host,{day}T01:00:00Z,20.00,USD\n"
            )
        };
        self.import("subscription", &subscription("s1", "2026-08-21"));
        self.import(
            "coin-purchase",
            "event_id,viewer_id,occurred_at,channel,coins,price,currency\nold,fan,2026-08-20T10:00:00Z,web,5,0.07,USD\n",
        );
        let booked = self.story.json(&["live", "book"]);
        assert_eq!(booked["waiting"], 1, "{booked}");
        self.import(
            "creator",
            "creator_id,effective_at,adult,country\nhost,2026-01-01T00:00:00Z,true,DE\n",
        );
        self.import(
            "coin-purchase",
            "event_id,viewer_id,occurred_at,channel,coins,price,currency\nbuy,fan,2026-09-20T10:00:00Z,web,30000,420.00,USD\n",
        );
        self.import(
            "gift-frame",
            "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\n\
             g1,room,host,fan,castle,2026-09-21T20:00:00Z,1,true,2,12000\ng2,room,host,fan,rose,2026-09-21T20:01:00Z,3,false,1,10\n",
        );
        self.import("subscription", &subscription("s2", "2026-09-22"));
        self.import(
            "redemption",
            "event_id,creator_id,occurred_at,diamonds\nr1,host,2026-09-25T00:00:00Z,10000\n",
        );
    }
}

fn payout_of(payouts: &Value, creator: &str) -> String {
    let mut all = payouts.as_array().unwrap().iter();
    let found = all.find(|payout| payout["creator"] == creator).unwrap();
    found["payout"].as_str().unwrap().to_owned()
}

/// Payees by PayPal; without an address by bank.
fn payees(creators: &[(&str, &str)]) -> String {
    let mut csv = "id,name,residence,street,building_number,post_code,town,country,identity,tax_form,rail,currency,iban,bic,email\n".to_owned();
    for (creator, email) in creators {
        let account = match *email {
            "" => "bank,USD,DE89370400440532013000,COBADEFFXXX,".to_owned(),
            email => format!("paypal,USD,,,{email}"),
        };
        csv.push_str(&format!(
            "{creator},Creator {creator},DE,Weg,1,10115,Berlin,DE,verified,w9,{account}\n"
        ));
    }
    csv
}

/// Copies a folder with all that it holds.
pub fn copy(from: &Path, to: &Path) {
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
