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

/// Where one field or line ends in joined texts: a reference may go on behind it, or not.
const END: char = '\n';

/// Every text in an element: each field, then fields joined, since a reference may be cut anywhere; where a field ends stands
/// a line end. What stands in children named `without` is left out.
pub(super) fn texts(node: Node<'_, '_>, without: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut joined = Joined::default();
    collect(node, without, &mut found, &mut joined);
    let mut lines = Joined::default();
    let elements = node
        .descendants()
        .filter(|line| line.tag_name().name() == "Ustrd" && !is_within(*line, node, without));
    for line in elements {
        lines.push(&own_text(line));
    }
    // What is of one field stands there already.
    let is_more = |text: &Joined| text.fields > 1;
    found.extend(is_more(&joined).then(|| joined.text.clone()));
    found.extend((is_more(&lines) && lines.text != joined.text).then_some(lines.text));
    let plain: Vec<String> = found.iter().filter_map(|text| without_subfields(text)).collect();
    found.extend(plain);
    found
}

/// Fields one behind the other.
#[derive(Default)]
struct Joined {
    text: String,
    fields: usize,
}

impl Joined {
    fn push(&mut self, field: &str) {
        if self.fields > 0 {
            self.text.push(END);
        }
        self.text.push_str(field);
        self.fields += 1;
    }
}

/// The text of an element, also where comments cut it.
fn own_text(node: Node<'_, '_>) -> String {
    let pieces = node.children().filter(Node::is_text);
    let text: String = pieces.filter_map(|piece| piece.text()).collect();
    match text.trim() {
        trimmed if trimmed.len() == text.len() => text,
        trimmed => trimmed.to_owned(),
    }
}

fn collect(node: Node<'_, '_>, without: &str, found: &mut Vec<String>, joined: &mut Joined) {
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        if name == without || NEVER.contains(&name) {
            continue;
        }
        let is_apart = APART.contains(&name);
        let own = own_text(child);
        if !own.is_empty() && !is_nothing(&own) {
            if !is_apart {
                joined.push(&own);
            }
            found.push(own);
        }
        match is_apart {
            true => collect(child, without, found, &mut Joined::default()),
            false => collect(child, without, found, joined),
        }
    }
}

fn is_within(node: Node<'_, '_>, top: Node<'_, '_>, name: &str) -> bool {
    let above = node.ancestors().take_while(|above| *above != top);
    above.into_iter().any(|above| above.tag_name().name() == name)
}

/// Words by which banks say that there is nothing, in capitals.
const NOTHING: [&str; 5] = [
    "NONREF",
    "NOREF",
    "NONE",
    "NOTAVAILABLE",
    super::charset::NOT_PROVIDED,
];
/// More of them, where a reference stands: in a text they may be part of something.
const NO_REFERENCE: [&str; 4] = ["NOREFERENCE", "NOTAPPLICABLE", "UNKNOWN", "NA"];

/// Letters and digits of an id, in capitals: as ids are compared where banks repeat them.
pub(crate) fn plain(id: &str) -> String {
    let letters = id.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

/// Whether what stands in the place of a bank's reference is none: a word for nothing, one sign again and again, or a number within
/// a statement.
pub(super) fn is_no_reference(text: &str) -> bool {
    let plain = plain(text);
    let is_number = plain.len() < 4 && plain.chars().all(|digit| digit.is_ascii_digit());
    let is_one_sign = plain.len() > 2 && plain.chars().all(|sign| plain.starts_with(sign));
    let mut words = NOTHING.iter().chain(&NO_REFERENCE);
    is_nothing(text) || is_number || is_one_sign || words.any(|word| *word == plain)
}

/// Whether a bank says that there is no reference.
pub(super) fn is_nothing(text: &str) -> bool {
    let is_sign = |letter: char| letter == '0' || letter.is_ascii_punctuation();
    NOTHING.iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
        || text.eq_ignore_ascii_case("N/A")
        || text.chars().all(is_sign)
}

/// A text with line ends in the place of the numbers of its subfields (`?20`, `?21`), which German banks put every 27 characters;
/// none if it has none.
fn without_subfields(text: &str) -> Option<String> {
    let mut parts = text.split('?');
    let mut plain = parts.next()?.to_owned();
    let mut has_some = false;
    for part in parts {
        let is_number = part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_digit());
        has_some |= is_number;
        plain.push(if is_number { END } else { '?' });
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
                "AB\n?20CD?21EF\nGH",
                "?20CD?21EF\nGH",
                "\nCD\nEF",
                "AB\n\nCD\nEF\nGH",
                "\nCD\nEF\nGH"
            ]
        );
    }
}
