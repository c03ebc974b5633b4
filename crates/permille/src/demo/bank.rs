//! The demo's bank: it pays everything but one.

use payout::iso20022::Sent;
use std::fmt::Write;

/// A status report (pain.002) on a file: the first payment is rejected, since its account is closed, and all others are paid.
pub(super) fn answer(sent: &Sent, at: jiff::Timestamp) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let write = |xml: &mut String| -> std::fmt::Result {
        writeln!(
            xml,
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>"
        )?;
        writeln!(
            xml,
            "<GrpHdr><MsgId>BANK-{}</MsgId><CreDtTm>{}</CreDtTm></GrpHdr>",
            sent.message_id,
            at.strftime("%Y-%m-%dT%H:%M:%S")
        )?;
        writeln!(
            xml,
            "<OrgnlGrpInfAndSts><OrgnlMsgId>{}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts>",
            sent.message_id
        )?;
        let mut is_first = true;
        for payment in &sent.payments {
            writeln!(
                xml,
                "<OrgnlPmtInfAndSts><OrgnlPmtInfId>{}</OrgnlPmtInfId>",
                payment.id
            )?;
            for id in &payment.end_to_end_ids {
                let status = match std::mem::take(&mut is_first) {
                    true => "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>",
                    false => "<TxSts>ACSC</TxSts>",
                };
                writeln!(
                    xml,
                    "<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId>{status}</TxInfAndSts>"
                )?;
            }
            writeln!(xml, "</OrgnlPmtInfAndSts>")?;
        }
        writeln!(xml, "</CstmrPmtStsRpt></Document>")
    };
    write(&mut xml).expect("writing to a string does not fail");
    xml
}
