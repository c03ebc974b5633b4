//! The language reference says what the code does: its lists come from the code, its example parses.

use policy::codes::CODES;
use policy::scope::{LOOKBACKS, Level, MAX_LOOKBACK_DAYS, VARIABLES};
use std::fmt::Write as _;
use std::path::PathBuf;

/// The lists are rewritten when this variable is set; read the difference before it is committed.
const REWRITE: &str = "PERMILLE_REWRITE_GOLDEN";

fn reference() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/programs.md")
}

/// The text between the markers `<!-- NAME:begin -->` and `<!-- NAME:end -->`, and where it stands.
fn section<'a>(text: &'a str, name: &str) -> (usize, &'a str) {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let start = text.find(&begin).expect("a begin marker") + begin.len();
    let length = text[start..].find(&end).expect("an end marker");
    (start, &text[start..start + length])
}

fn functions() -> String {
    let names: Vec<String> = formula::FUNCTIONS
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    format!("The functions: {}.\n", names.join(", "))
}

fn names() -> String {
    let mut text = String::new();
    for (level, heading) in [
        (
            Level::Unit,
            "Counts of the unit: in weights, rates, revenue and scores",
        ),
        (Level::Video, "The video: also in conditions on videos"),
        (Level::Creator, "The creator: in all formulas"),
    ] {
        write!(
            text,
            "\n### {heading}\n\n| name | type | meaning |\n|---|---|---|\n"
        )
        .expect("a string grows");
        for variable in VARIABLES.iter().filter(|variable| variable.level == level) {
            let ty = format!("{:?}", variable.ty).to_lowercase();
            writeln!(text, "| `{}` | {ty} | {} |", variable.name, variable.doc).expect("a string grows");
        }
        for family in LOOKBACKS.iter().filter(|family| family.subject.level() == level) {
            let doc = family.doc.replace(
                "the last days",
                "the last *N* days, the period's last day included",
            );
            writeln!(
                text,
                "| `{}`*N*`d` | number | {doc}; *N* is 1 to {MAX_LOOKBACK_DAYS} |",
                family.prefix
            )
            .expect("a string grows");
        }
    }
    text.push('\n');
    text
}

fn codes() -> String {
    let mut text = "\n| code | meaning |\n|---|---|\n".to_owned();
    for (code, meaning) in CODES {
        writeln!(text, "| `{code}` | {meaning} |").expect("a string grows");
    }
    text.push('\n');
    text
}

#[test]
fn lists_are_those_of_the_code() {
    let mut text = std::fs::read_to_string(reference()).expect("the language reference");
    let lists = [("functions", functions()), ("names", names()), ("codes", codes())];
    for (name, expected) in lists {
        let (start, found) = section(&text, name);
        let found = found.to_owned();
        if std::env::var_os(REWRITE).is_some() {
            text.replace_range(start..start + found.len(), &expected);
            std::fs::write(reference(), &text).expect("the language reference");
        } else {
            assert_eq!(found, expected, "{name}: set {REWRITE}=1 to rewrite the lists");
        }
    }
}

#[test]
fn the_example_is_a_program() {
    let text = std::fs::read_to_string(reference()).expect("the language reference");
    let (_, example) = section(&text, "example");
    let document = example
        .trim_start_matches("```toml\n")
        .trim_end()
        .trim_end_matches("```");
    if let Err(found) = policy::parse("example.toml", document) {
        panic!("{}", policy::render_all(&found, document));
    }
}

#[test]
fn the_formulas_are_formulas() {
    let text = std::fs::read_to_string(reference()).expect("the language reference");
    let (_, formulas) = section(&text, "formulas");
    let mut scope = formula::Scope::new();
    for variable in VARIABLES {
        scope = scope.with(variable.name, variable.ty, variable.doc);
    }
    for source in formulas.lines().filter(|line| !line.starts_with("```")) {
        if let Err(error) = formula::Formula::infer(source, &scope) {
            panic!("{source}: {error:?}");
        }
    }
}
