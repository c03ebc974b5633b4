//! Whatever is done to a document, the answer is a program or a list of mistakes inside the document.

use proptest::prelude::*;
use std::path::Path;

const SHIPPED: [&str; 8] = [
    "capped-campaign",
    "creator-fund",
    "creator-rewards",
    "fan-powered",
    "open-pool",
    "pulse",
    "streamshare",
    "youtube-shorts",
];

fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../programs/{name}.toml"));
    std::fs::read_to_string(path).expect("a shipped program")
}

/// Parses and renders; true when it is a program.
fn answered(document: &str) -> bool {
    match policy::parse("document.toml", document) {
        Ok(program) => {
            assert_eq!(program.source, document);
            assert!(!policy::describe(&program).is_empty());
            true
        }
        Err(found) => {
            assert!(!found.is_empty());
            for diagnostic in &found {
                assert!(diagnostic.span.start <= document.len(), "{diagnostic:?}");
                let (line, column) = diagnostic.line_column(document);
                let place = format!("document.toml:{line}:{column}");
                let rendered = diagnostic.render(document);
                assert!(rendered.contains(&place), "{place} in\n{rendered}");
                assert!(diagnostic.code.starts_with("program/"));
                assert!(diagnostic.help.is_some(), "{diagnostic:?} says what to do");
            }
            false
        }
    }
}

#[test]
fn a_document_without_one_of_its_lines_is_answered() {
    for name in SHIPPED {
        let document = shipped(name);
        assert!(answered(&document), "{name}");
        for left_out in 0..document.lines().count() {
            let lines = document.lines().enumerate().filter(|(at, _)| *at != left_out);
            let rest: Vec<&str> = lines.map(|(_, line)| line).collect();
            answered(&rest.join("\n"));
        }
    }
}

/// Values that stand where others should: of every type, at every bound.
const ODD: [&str; 14] = [
    "0",
    "-1",
    "9223372036854775807",
    "0x1F",
    "1.5",
    "nan",
    "true",
    "2026-02-28",
    "\"\"",
    "\"-5%\"",
    "\"1/0\"",
    "'views +'",
    "[]",
    "{ a = [{ b = 1 }] }",
];

#[test]
fn a_document_with_any_value_exchanged_is_answered() {
    for name in SHIPPED {
        let document = shipped(name);
        let lines: Vec<&str> = document.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some((key, _)) = line.split_once(" = ") else {
                continue;
            };
            for odd in ODD {
                let changed = format!("{key} = {odd}");
                let mut lines = lines.clone();
                lines[at] = &changed;
                answered(&lines.join("\r\n"));
            }
        }
    }
}

proptest! {
    #[test]
    fn a_document_with_anything_put_into_it_is_answered(
        name in prop::sample::select(SHIPPED.as_slice()),
        at in any::<prop::sample::Index>(),
        cut in 0_usize..40,
        text in "[ -~äé\u{1F600}\n\"'\\\\]{0,12}",
    ) {
        let document = shipped(name);
        let boundary = |wanted: usize| (wanted..).find(|at| document.is_char_boundary(*at)).unwrap_or(document.len());
        let from = boundary(at.index(document.len()));
        let to = boundary((from + cut).min(document.len()));
        answered(&format!("{}{text}{}", &document[..from], &document[to..]));
    }
}
