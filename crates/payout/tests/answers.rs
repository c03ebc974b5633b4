//! Files that nobody here wrote: readers must refuse them by name, never by a panic.

use payout::iso20022::{read_camt053, read_pain002};
use proptest::prelude::*;
use std::path::Path;

#[test]
fn payment_orders_are_no_answers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/iso20022/examples");
    let Ok(files) = std::fs::read_dir(folder) else {
        eprintln!("skipped: the shared examples are not here");
        return;
    };
    let mut read = 0;
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for error in [read_pain002(&text).unwrap_err(), read_camt053(&text).unwrap_err()] {
            assert!(error.to_string().contains("found <CstmrCdtTrfInitn>"), "{error}");
        }
        read += 1;
    }
    assert!(read > 30);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_errors(cut in 0_usize..600, insert in "[<>&/a-zA-Z\"= !\\[\\]?-]{0,12}") {
        let text = r#"<Document xmlns="urn:x"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlPmtInfAndSts>
            <OrgnlPmtInfId>1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf>
            <Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"#;
        let at = cut.min(text.len());
        let damaged = format!("{}{insert}{}", &text[..at], &text[at..]);
        let _ = read_pain002(&damaged);
        let _ = read_camt053(&damaged);
        let _ = read_pain002(&text[..at]);
    }
}
