//! Who prepared a batch frees none of its money alone: not by an answer of her own, not by hand, not by closing what disagrees.

use super::{BATCH, Exported, REFERENCES, count};

/// A report that refuses one payment.
pub fn refused(reference: &str, code: &str) -> String {
    format!(
        "<CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>{BATCH}</OrgnlMsgId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>\
         <OrgnlPmtInfId>{BATCH}-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>RJCT</TxSts>\
         <StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
    )
}

fn statement(entries: &[(&str, &str, &str)]) -> String {
    let entries = entries.iter().map(|(reference, indicator, amount)| {
        format!(
            "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-03</Dt></BookgDt>\
             <NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
        )
    });
    format!(
        "<BkToCstmrStmt><Stmt><Id>S</Id>{}</Stmt></BkToCstmrStmt>",
        entries.collect::<String>()
    )
}

#[test]
fn an_answer_that_the_preparer_wrote_frees_nothing() {
    let exported = Exported::new();
    let forged = refused(REFERENCES[0], "AC04");
    for user in ["ann", "ANN", " Ann "] {
        let answered = exported.import(user, "forged.xml", &forged);
        assert_eq!(
            (count(&answered, "outcomes"), count(&answered, "waiting")),
            (0, 1),
            "{answered}"
        );
        assert_eq!(answered["waiting"][0]["to"], "failed");
    }
    assert_eq!(exported.states(), ["in_transit"; 4]);
    exported.nobody_is_paid();
    let open = exported.json("bob", &["payout", "breaks"]);
    assert_eq!(
        (open.as_array().unwrap().len(), &open[0]["creator"]),
        (1, &"c1".into()),
        "{open}"
    );
    let said = exported.ok("ann", &["payout", "import-answer", "forged.xml"]);
    assert!(said.contains("waits for somebody who did not prepare"), "{said}");
    // She does not close it either, in whatever spelling, nor settles it by hand.
    let id = open[0]["id"].as_str().unwrap();
    let close = ["payout", "breaks", "--close", id, "--note", "fine"];
    for user in ["ann", "ANN"] {
        let said = exported.refused(user, &close);
        assert!(said.contains("which ann prepared"), "{said}");
    }
    let payout = format!("pay_{}", REFERENCES[0][3..].to_lowercase());
    let by_hand = [
        "payout", "settle", BATCH, &payout, "--as", "returned", "--reason", "x",
    ];
    exported.refused("ann", &by_hand);
    // Another person brings it in, and nothing waits any more.
    let answered = exported.import("carl", "the-same.xml", &forged);
    assert_eq!(
        (count(&answered, "outcomes"), count(&answered, "waiting")),
        (1, 0),
        "{answered}"
    );
    assert_eq!(
        exported
            .json("bob", &["payout", "breaks"])
            .as_array()
            .unwrap()
            .len(),
        0
    );
    let kept = exported.json("bob", &["payout", "breaks", "--all"]);
    assert_eq!(
        (&kept[0]["by"], &kept[0]["decisions"][0]["by"]),
        (&"ann".into(), &"carl".into()),
        "{kept}"
    );
    let told = &exported.json("bob", &["payout", "show", BATCH])["payouts"][0]["told"];
    assert_eq!(
        (&told[0]["by"], &told[0]["file"]),
        (&"carl".into(), &kept[0]["hash"]),
        "{told}"
    );
}

#[test]
fn the_rest_of_a_statement_is_taken() {
    let exported = Exported::new();
    let shared = statement(&[
        (REFERENCES[0], "DBIT", "100.00"),
        (REFERENCES[1], "DBIT", "80.00"),
        (REFERENCES[1], "CRDT", "80.00"),
        (REFERENCES[2], "CRDT", "50.00"),
    ]);
    let answered = exported.import("ann", "shared.xml", &shared);
    assert_eq!(
        (count(&answered, "outcomes"), count(&answered, "waiting")),
        (2, 2),
        "{answered}"
    );
    assert_eq!(
        exported.states(),
        ["succeeded", "succeeded", "in_transit", "in_transit"]
    );
    exported.nobody_is_paid();
    let taken_up = exported.import("bob", "shared.xml", &shared);
    assert_eq!(
        (count(&taken_up, "outcomes"), count(&taken_up, "breaks")),
        (2, 0),
        "{taken_up}"
    );
    assert_eq!(
        exported.states(),
        ["succeeded", "returned", "returned", "in_transit"]
    );
    assert_eq!(
        exported
            .json("bob", &["payout", "breaks"])
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn the_preparer_does_not_close_what_the_real_answer_opens() {
    let exported = Exported::new();
    exported.import("carl", "refused.xml", &refused(REFERENCES[0], "AC04"));
    let found = exported.import(
        "carl",
        "real.xml",
        &statement(&[(REFERENCES[0], "DBIT", "100.00")]),
    );
    assert_eq!(found["breaks"][0]["creator"], "c1", "{found}");
    let id = found["breaks"][0]["id"].as_str().unwrap();
    let close = ["payout", "breaks", "--close", id, "--note", "fine"];
    let said = exported.refused("Ann", &close);
    assert!(said.contains("another person does so"), "{said}");
    exported.nobody_is_paid();
    exported.ok("carl", &close);
    exported.ok("ann", &["payout", "breaks", "--reopen", id, "--note", "not yet"]);
    exported.nobody_is_paid();
    // A break about the sum of her batch is hers as well.
    let sum = format!(
        "<BkToCstmrStmt><Stmt><Id>S</Id><Ntry><Amt Ccy=\"EUR\">9.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>\
         <NtryDtls><Btch><MsgId>{BATCH}</MsgId></Btch></NtryDtls></Ntry></Stmt></BkToCstmrStmt>"
    );
    let found = exported.import("carl", "sum.xml", &sum);
    assert_eq!(
        found["breaks"][0]["creators"].as_array().unwrap().len(),
        4,
        "{found}"
    );
    let id = found["breaks"][0]["id"].as_str().unwrap();
    exported.refused("ann", &["payout", "breaks", "--close", id, "--note", "fine"]);
}

/// Whoever takes up what waits would not know what the bank has said since.
#[test]
fn what_is_accepted_while_a_refusal_waits_is_looked_at() {
    let exported = Exported::new();
    let refusal = refused(REFERENCES[0], "AC04");
    assert_eq!(
        count(&exported.import("ann", "refused.xml", &refusal), "waiting"),
        1
    );
    let (start, rest) = refusal.split_once("<StsRsnInf>").unwrap();
    let (_, end) = rest.split_once("</StsRsnInf>").unwrap();
    let accepted = format!("{start}{end}").replace("RJCT", "ACSP");
    let answered = exported.import("bob", "accepted.xml", &accepted);
    assert_eq!(count(&answered, "breaks"), 1, "{answered}");
    exported.import("bob", "refused.xml", &refusal);
    assert_eq!(exported.states()[0], "failed");
    exported.nobody_is_paid();
}
