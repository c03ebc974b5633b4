//! Movements that name nothing, which are read before anything is known of what they may be.

use super::codes;
use super::platform::Platform;
use super::returns::{answer, left};
use serde_json::Value;

/// Imports a statement of one entry of a day: its words, and what its details say.
fn statement(platform: &Platform, name: &str, [direction, amount, day]: [&str; 3], details: &str) -> Value {
    let text = format!(
        "<Document><BkToCstmrStmt><Stmt><Id>{name}</Id><Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{name}-1</AcctSvcrRef>{details}</Ntry></Stmt></BkToCstmrStmt></Document>"
    );
    platform.story.file(name, &text);
    let answered = platform.json(&["payout", "import-answer", name]);
    platform.sound();
    answered
}

fn breaks(platform: &Platform) -> Vec<Value> {
    let all = platform.json(&["payout", "breaks", "--all"]);
    all.as_array().unwrap().clone()
}

fn blockers(platform: &Platform) -> Vec<String> {
    codes(&platform.preview(&["--creator", "fay"])["fay"])
}

#[test]
fn what_takes_a_return_back_is_seen_when_it_is_read_first() {
    let platform = Platform::new(None);
    let (batch, references) = left(&platform);
    answer(&platform, &references, &[("fay", "DBIT", "121.60 EUR", "")]);
    // The bank takes back what it brought back: this is read first, and says nothing of what it is.
    let taken = || statement(&platform, "taken.xml", ["DBIT", "119.10", "2015-11-20"], "");
    let found = taken();
    assert_eq!(
        (&found["breaks"], &found["unrelated"]),
        (&Value::Array(vec![]), &1.into())
    );
    assert_eq!(breaks(&platform), Vec::<Value>::new());
    let reference = &references.iter().find(|(creator, _)| creator == "fay").unwrap().1;
    let details = format!(
        "<NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf></TxDtls></NtryDtls>"
    );
    let back = || {
        statement(
            &platform,
            "returned.xml",
            ["CRDT", "119.10", "2015-11-18"],
            &details,
        )
    };
    let found = back();
    assert_eq!(found["outcomes"][0]["to"], "returned", "{found}");
    assert_eq!(found["breaks"][0]["file"], "taken.xml", "{found}");
    assert_eq!(blockers(&platform), ["disputed"]);

    // Read again, each says nothing new.
    let told = breaks(&platform);
    assert_eq!(told.len(), 1);
    assert_eq!(back()["breaks"], Value::Array(vec![]));
    taken();
    assert_eq!(breaks(&platform), told);

    // Somebody finds that it is something else: that stays so, whatever is read.
    let id = told[0]["id"].as_str().unwrap();
    let close = [
        "payout", "breaks", "--close", id, "--note", "the rent", "--user", "bob",
    ];
    platform.ok(&close);
    assert_eq!(blockers(&platform), Vec::<String>::new());
    back();
    taken();
    statement(&platform, "other.xml", ["DBIT", "7.00", "2015-11-21"], "");
    assert_eq!(blockers(&platform), Vec::<String>::new());
    assert_eq!(breaks(&platform).len(), 1);
    platform.ok(&["payout", "show", &batch]);
}

#[test]
fn what_a_person_says_shows_what_a_movement_may_be() {
    let platform = Platform::new(None);
    let (batch, references) = left(&platform);
    answer(&platform, &references, &[("fay", "DBIT", "121.60 EUR", "")]);
    statement(&platform, "out.xml", ["DBIT", "121.60", "2015-11-20"], "");
    let reference = &references.iter().find(|(creator, _)| creator == "fay").unwrap().1;
    let fay = format!("pay_{}", reference[3..].to_lowercase());
    let settled = platform.json(&[
        "payout",
        "settle",
        &batch,
        &fay,
        "--as",
        "returned",
        "--reason",
        "AM04: the bank called",
        "--user",
        "bob",
    ]);
    assert_eq!(settled["breaks"][0]["file"], "out.xml", "{settled}");
    assert_eq!(blockers(&platform), ["disputed"]);
    platform.sound();
}
