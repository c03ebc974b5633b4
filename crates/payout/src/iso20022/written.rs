//! What is written in an element of a message, in whatever field: there references are looked for.
//!
//! Banks hand a reference through in the field that they have: a reference of their own format, free text, cut into
//! lines, spread over fields. Nothing is decided here about what a text means.

use roxmltree::Node;

/// Elements that hold amounts, days and codes: nobody writes a reference there.
const NEVER: [&str; 14] = [
    "Amt",
    "AmtDtls",
    "Avlbty",
    "BkTxCd",
    "BookgDt",
    "CdtDbtInd",
    "Chrgs",
    "Intrst",
    "NbOfTxs",
    "RltdDts",
    "RvslInd",
    "Sts",
    "TtlAmt",
    "ValDt",
];
/// Elements whose texts stand for themselves: a reference is not continued from or into them.
const APART: [&str; 6] = ["Cd", "Prtry", "RltdAgts", "RltdPties", "Rsn", "Tp"];

/// Every text in an element: each field, then fields joined as if they were one, since a reference may be cut anywhere.
/// What stands in children named `without` is left out.
pub(super) fn texts(node: Node<'_, '_>, without: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut joined = String::new();
    collect(node, without, &mut found, &mut joined);
    let lines = node
        .descendants()
        .filter(|line| line.tag_name().name() == "Ustrd" && !is_within(*line, node, without));
    let lines: String = lines.filter_map(|line| line.text()).collect();
    let fields = found.len();
    found.extend([joined, lines]);
    for at in 0..found.len() {
        let plain = without_subfields(&found[at]);
        found.extend(plain);
    }
    let is_new = |(at, text): (usize, String)| (at < fields || !text.is_empty()).then_some(text);
    found.into_iter().enumerate().filter_map(is_new).collect()
}

fn collect(node: Node<'_, '_>, without: &str, found: &mut Vec<String>, joined: &mut String) {
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        if name == without || NEVER.contains(&name) {
            continue;
        }
        let own = child.text().map_or("", str::trim);
        if !own.is_empty() && !is_nothing(own) {
            found.push(own.to_owned());
            if !APART.contains(&name) {
                joined.push_str(own);
            }
        }
        match APART.contains(&name) {
            true => collect(child, without, found, &mut String::new()),
            false => collect(child, without, found, joined),
        }
    }
}

fn is_within(node: Node<'_, '_>, top: Node<'_, '_>, name: &str) -> bool {
    let above = node.ancestors().take_while(|above| *above != top);
    above.into_iter().any(|above| above.tag_name().name() == name)
}

/// Whether a bank says that there is no reference.
pub(super) fn is_nothing(text: &str) -> bool {
    ["NONREF", super::charset::NOT_PROVIDED]
        .iter()
        .any(|nothing| text.eq_ignore_ascii_case(nothing))
}

/// A text without the numbers of its subfields (`?20`, `?21`), which German banks put every 27 characters; none if it has none.
fn without_subfields(text: &str) -> Option<String> {
    let mut parts = text.split('?');
    let mut plain = parts.next()?.to_owned();
    let mut has_some = false;
    for part in parts {
        let is_number = part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_digit());
        has_some |= is_number;
        plain.push_str(if is_number { &part[2..] } else { part });
    }
    has_some.then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_what_is_cut() {
        let text = "<TxDtls><Refs><InstrId>AB</InstrId><EndToEndId>notprovided</EndToEndId></Refs><Amt>1</Amt>\
                    <RltdPties><Nm>Anna</Nm></RltdPties><RmtInf><Ustrd>?20CD?21EF</Ustrd><Strd><Tp>x</Tp></Strd><Ustrd>GH</Ustrd></RmtInf>\
                    <Part><Ustrd>left out</Ustrd></Part></TxDtls>";
        let document = roxmltree::Document::parse(text).unwrap();
        assert_eq!(
            texts(document.root_element(), "Part"),
            [
                "AB",
                "Anna",
                "?20CD?21EF",
                "x",
                "GH",
                "AB?20CD?21EFGH",
                "?20CD?21EFGH",
                "CDEF",
                "ABCDEFGH",
                "CDEFGH"
            ]
        );
    }
}
