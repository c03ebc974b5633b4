//! Kinds of answers that were read wrongly once, from the bank's file to what people are told.

use super::{BATCH, Exported, REFERENCES, count};
use serde_json::Value;

const PART: &str = "<NtryDtls><Btch><PmtInfId>2026-11-02-1-1</PmtInfId></Btch></NtryDtls>";

/// A statement of one entry.
fn statement(direction: &str, amount: &str, details: &str) -> String {
    format!(
        "<Document><BkToCstmrStmt><Stmt><Id>S</Id><Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
         <Sts>BOOK</Sts><BookgDt><Dt>2026-11-05</Dt></BookgDt>{details}</Ntry></Stmt></BkToCstmrStmt></Document>"
    )
}

/// A report of the first payout.
fn report(status: &str) -> String {
    let reference = REFERENCES[0];
    format!(
        "<CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>{BATCH}</OrgnlMsgId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>\
         <OrgnlPmtInfId>{BATCH}-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>\
         <TxSts>{status}</TxSts></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
    )
}

fn changed(answered: &Value) -> (usize, usize) {
    (count(answered, "outcomes"), count(answered, "breaks"))
}

#[test]
fn details_that_say_why_a_sum_came_back_mark_the_account() {
    let exported = Exported::new();
    let glued = "<NtryDtls><TxDtls><RmtInf><Ustrd>KREF+2026-11-02-1-</Ustrd><Ustrd>1SVWZ+PAYOUTS</Ustrd></RmtInf></TxDtls></NtryDtls>";
    let out = statement("DBIT", "250.00", glued);
    assert_eq!(changed(&exported.import("bob", "out.xml", &out)), (4, 0));
    let sum = statement("CRDT", "250.00", PART);
    assert_eq!(changed(&exported.import("bob", "sum.xml", &sum)), (4, 0));
    assert_eq!(exported.states(), ["returned"; 4]);
    let why = format!(
        "<NtryDtls><TxDtls><Refs><EndToEndId>{}</EndToEndId></Refs><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>",
        REFERENCES[0]
    );
    let details = statement("CRDT", "100.00", &why);
    for times in [1, 0] {
        assert_eq!(changed(&exported.import("bob", "why.xml", &details)), (times, 0));
    }
    let payouts = &exported.json("bob", &["payout", "show", BATCH])["payouts"];
    assert_eq!(payouts[0]["reason"], "AC04: the account is closed");
    assert_eq!(payouts[1]["reason"], "the bank gave no reason");
    let preview = exported.ok(
        "bob",
        &["payout", "preview", "--creator", "c1", "--format", "json"],
    );
    assert!(preview.contains("method_failed"), "{preview}");
    let preview = exported.ok(
        "bob",
        &["payout", "preview", "--creator", "c2", "--format", "json"],
    );
    assert!(!preview.contains("method_failed"), "{preview}");
}

#[test]
fn what_is_refused_for_nothing_is_settled_by_hand() {
    let exported = Exported::new();
    assert_eq!(
        changed(&exported.import("bob", "accepted.xml", &report("ACSP"))),
        (0, 0)
    );
    // That it was accepted is kept, and nothing has moved.
    assert_eq!(
        exported.json("bob", &["payout", "show", BATCH])["state"],
        "exported"
    );
    assert_eq!(
        changed(&exported.import("bob", "refused.xml", &report("RJCT"))),
        (0, 1)
    );
    assert_eq!(exported.states(), ["in_transit"; 4]);
    exported.nobody_is_paid();
    // Somebody asks the bank, and says it of all; who prepared the batch does not.
    let by_hand = [
        "payout",
        "settle",
        BATCH,
        "--all",
        "--as",
        "failed",
        "--reason",
        "the bank has no such file",
    ];
    exported.refused("ann", &by_hand);
    assert_eq!(changed(&exported.json("bob", &by_hand)), (4, 0));
    assert_eq!(exported.states(), ["failed"; 4]);
    assert!(
        exported
            .refused("bob", &by_hand)
            .contains("has no payout that is under way")
    );
}

#[test]
fn messages_that_are_no_answers_say_what_to_ask_for() {
    let exported = Exported::new();
    for (message, words) in [
        ("BkToCstmrAcctRpt", "this is an account report (camt.052)"),
        (
            "BkToCstmrDbtCdtNtfctn",
            "this is a debit or credit notification (camt.054)",
        ),
    ] {
        let text = format!("<Document><{message}/></Document>");
        let file = exported.story.file("other.xml", &text).display().to_string();
        let answer = exported.run("bob", &["payout", "import-answer", &file]);
        assert_eq!(answer.code, 4, "{}", answer.stderr);
        // Lines are wrapped.
        let said = answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{said}");
        assert!(said.contains("(camt.053)"), "{said}");
    }
}

#[test]
fn an_answer_to_another_message_says_so() {
    let exported = Exported::new();
    let text = report("ACSC").replace(BATCH, "2026-01-01-9");
    let file = exported.story.file("other.xml", &text).display().to_string();
    let answer = exported.run("bob", &["payout", "import-answer", &file]);
    assert_eq!(answer.code, 3, "{}", answer.stderr);
    assert!(
        answer
            .stderr
            .contains("the answer is to the message 2026-01-01-9"),
        "{}",
        answer.stderr
    );
}
