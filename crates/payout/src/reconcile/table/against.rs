//! Messages that contradict themselves or each other: the states that follow, and the payouts that are in doubt.

use super::{PART, details, entry, one, rows};

#[test]
fn a_detail_that_goes_the_other_way_is_none() {
    let other = |said: &str, indicator: &str| {
        let more = format!("<CdtDbtInd>{indicator}</CdtDbtInd>");
        entry(said, &details(&[("{1}", &more)]))
    };
    let with_amount = "<Amt Ccy=\"EUR\">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>";
    let in_dollars = "<Amt Ccy=\"USD\">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>";
    let net = [
        ("{1}", "<Amt Ccy=\"EUR\">100.00</Amt>"),
        (
            "{2}",
            "<Amt Ccy=\"EUR\">80.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
        ),
    ];
    let of_part = |indicator: &str| {
        let indicator = format!("</Refs><CdtDbtInd>{indicator}</CdtDbtInd></TxDtls>");
        super::IN_REFS.replace("</Refs></TxDtls>", &indicator)
    };
    rows(&[
        ("a debit alone", vec![other("-100.00 3", "CRDT")], "TTTT", "1"),
        ("a credit alone", vec![other("+100.00 3", "DBIT")], "TTTT", "1"),
        ("the same way", vec![other("-100.00 3", "DBIT")], "STTT", ""),
        (
            "after it left",
            vec![one("-100.00 3", "{1}"), other("-100.00 5", "CRDT")],
            "STTT",
            "1",
        ),
        (
            "with its amount",
            vec![entry("-100.00 3", &details(&[("{1}", with_amount)]))],
            "TTTT",
            "1",
        ),
        (
            "in another currency",
            vec![entry("-100.00 3", &details(&[("{1}", in_dollars), ("{2}", "")]))],
            "TTTT",
            "12",
        ),
        (
            "one out and one back give the entry",
            vec![entry("-20.00 3", &details(&net))],
            "SRTT",
            "",
        ),
        (
            "a sum out",
            vec![entry("-250.00 3", &of_part("CRDT"))],
            "TTTT",
            "1234",
        ),
        (
            "a sum back",
            vec![entry("-250.00 3", PART), entry("+250.00 4", &of_part("DBIT"))],
            "SSSS",
            "1234",
        ),
        (
            "a sum the same way",
            vec![entry("-250.00 3", &of_part("DBIT"))],
            "SSSS",
            "",
        ),
    ]);
}
