//! Refusals, and the words that stand beside them.

use super::{one, report, rows};

/// A second submission may be refused in several reports: none of them frees what the first may have paid.
#[test]
fn refusals_in_several_reports() {
    let each = |said: &[(&str, &str)]| report("", "", said);
    let others = |said: &str| each(&[("{2}", said), ("{3}", said), ("{4}", said)]);
    let of_one = || one("-100.00 3", "{1}");
    rows(&[
        (
            "as sent before",
            vec![each(&[("{1}", "RJCT AM05")]), others("RJCT TM01")],
            "TTTT",
            "1234",
        ),
        (
            "of what has left",
            vec![of_one(), each(&[("{1}", "RJCT MS03")]), others("RJCT MS03")],
            "STTT",
            "1234",
        ),
        (
            "accepted before",
            vec![each(&[("{1}", "ACSP")]), others("RJCT MS03")],
            "TTTT",
            "234",
        ),
        (
            "the whole, when one has left",
            vec![of_one(), report("RJCT AC06", "", &[])],
            "STTT",
            "1234",
        ),
        (
            "the part, when one has left",
            vec![of_one(), report("", "RJCT LEGL", &[])],
            "STTT",
            "1234",
        ),
    ]);
}

/// What is said of every payment in the same words is about the file, whatever language they are in.
#[test]
fn every_payment_in_the_same_words() {
    let all = ["{1}", "{2}", "{3}", "{4}"];
    let refused = |which: &[&str], text: &str| {
        let said: Vec<(&str, &str)> = which.iter().map(|one| (*one, "RJCT AC04")).collect();
        report("", "", &said).replace("</Rsn>", &format!("</Rsn>{text}"))
    };
    let words = "<AddtlInf>failu on juba siin</AddtlInf>";
    rows(&[
        ("all alike", vec![refused(&all, words)], "TTTT", "1234"),
        ("not all", vec![refused(&all[..3], words)], "FFFT", ""),
        ("without words", vec![refused(&all, "")], "FFFF", ""),
        (
            "one otherwise",
            vec![refused(&all, words).replacen("juba siin", "suletud", 1)],
            "FFFF",
            "",
        ),
    ]);
}

/// A general code with words may say anything in them; one of the payee's account says it.
#[test]
fn words_beside_a_code() {
    let refused = |code: &str, text: &str| {
        report("", "", &[("{1}", &format!("RJCT {code}"))])
            .replace("</Rsn>", &format!("</Rsn><AddtlInf>{text}</AddtlInf>"))
    };
    let second = "<StsRsnInf><AddtlInf>zweifach angeliefert</AddtlInf></StsRsnInf>";
    let twice = |code: &str| {
        report("", "", &[("{1}", &format!("RJCT {code}"))])
            .replace("</StsRsnInf>", &format!("</StsRsnInf>{second}"))
    };
    let of_part = |code: &str| report("", "PART NARR", &[("{1}", &format!("RJCT {code}"))]);
    rows(&[
        (
            "general",
            vec![refused("AG02", "zweifach angeliefert")],
            "TTTT",
            "1",
        ),
        (
            "rules",
            vec![refused("RR04", "angeliefert am 3.11.")],
            "TTTT",
            "1",
        ),
        (
            "the payee's",
            vec![refused("AC04", "Konto erloschen")],
            "FTTT",
            "",
        ),
        ("in a reason of their own", vec![twice("AG02")], "TTTT", "1"),
        ("beside the payee's", vec![twice("AC04")], "FTTT", ""),
        ("of the part", vec![of_part("AG02")], "TTTT", "1"),
        (
            "of the part, beside the payee's",
            vec![of_part("AC04")],
            "FTTT",
            "",
        ),
    ]);
}
