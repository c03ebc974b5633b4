//! What is no formula: where the error points, what it says, what it advises.

use formula::{Formula, Scope, Type};

fn scope() -> Scope {
    Scope::new()
        .with("views", Type::Number, "views")
        .with("creator.followers", Type::Number, "followers")
        .with("country", Type::Text, "country")
        .with("original", Type::Bool, "original work")
}

/// The refused part of the source, the message, and the help.
fn refusal(source: &str, result: Type) -> (String, String, String) {
    let error = Formula::parse(source, &scope(), result)
        .err()
        .unwrap_or_else(|| panic!("{source} is accepted"));
    (
        source[error.span.clone()].to_owned(),
        error.message,
        error.help.unwrap_or_default(),
    )
}

/// A source that must be refused, the part of it that the error points at, the message, and how the help starts.
type Refusal = (&'static str, &'static str, &'static str, &'static str);

fn all_refused(refusals: &[Refusal]) {
    for (source, at, message, help) in refusals {
        refused(source, at, message, help);
    }
}

#[track_caller]
fn refused(source: &str, at: &str, message: &str, help: &str) {
    let (found_at, found_message, found_help) = refusal(source, Type::Number);
    assert_eq!(
        (found_at.as_str(), found_message.as_str()),
        (at, message),
        "{source}"
    );
    assert!(found_help.starts_with(help), "{source}: {found_help}");
}

const NAMES: &[Refusal] = &[
    ("view * 2", "view", "unknown name `view`", "did you mean `views`?"),
    (
        "2 * creator.folowers",
        "creator.folowers",
        "unknown name `creator.folowers`",
        "did you mean `creator.followers`?",
    ),
    (
        "followers",
        "followers",
        "unknown name `followers`",
        "did you mean `creator.followers`?",
    ),
    (
        "1 + xyzzy",
        "xyzzy",
        "unknown name `xyzzy`",
        "known names: country, creator.followers, original, views",
    ),
    ("creator", "creator", "unknown name `creator`", "known names"),
    (
        "views.x",
        "views.x",
        "unknown name `views.x`",
        "did you mean `views`?",
    ),
];

#[test]
fn unknown_names() {
    all_refused(NAMES);
}

#[test]
fn time_and_chance() {
    refused(
        "rand(10)",
        "rand(10)",
        "`rand` depends on chance",
        "a formula must give the same value every time",
    );
    for call in [
        "d()",
        "d('now')",
        "date('now')",
        "time('now')",
        "duration('1h')",
        "year('2026-01-01')",
    ] {
        let (at, message, _) = refusal(call, Type::Number);
        assert_eq!(at, call);
        assert!(
            message.ends_with("works on dates, and could depend on the clock"),
            "{message}"
        );
    }
    refused(
        "views + d().add(1, 'd')",
        "d().add(1, 'd')",
        "this is not supported in formulas",
        "",
    );
    refused(
        "now()",
        "now",
        "unknown function `now`",
        "known functions: abs, avg",
    );
    refused(
        "today()",
        "today",
        "unknown function `today`",
        "known functions: abs, avg",
    );
}

const TYPES: &[Refusal] = &[
    (
        "country * 2",
        "country",
        "a number is needed here, and this is text",
        "number(...) reads",
    ),
    (
        "views + 'a'",
        "'a'",
        "a number is needed here, and this is text",
        "number(...) reads",
    ),
    (
        "'a' + views",
        "views",
        "text is needed here, and this is a number",
        "string(...) writes",
    ),
    (
        "original + 1",
        "original",
        "a number is needed here, and this is true or false",
        "",
    ),
    (
        "1 < views < 5 ? 1 : 2",
        "1 < views",
        "a number is needed here, and this is true or false",
        "compare twice",
    ),
    (
        "views ? 1 : 2",
        "views",
        "true or false is needed here, and this is a number",
        "compare it",
    ),
    (
        "views == 'a' ? 1 : 2",
        "'a'",
        "a number is needed here, and this is text",
        "",
    ),
    (
        "original ? 1 : 'a'",
        "'a'",
        "a number is needed here, and this is text",
        "",
    ),
    (
        "not views > 1 ? 1 : 2",
        "views",
        "`not` applies to true or false alone, and this is a number",
        "put what follows in brackets",
    ),
    (
        "country > 'A' ? 1 : 2",
        "country",
        "a number is needed here, and this is text",
        "",
    ),
    (
        "country in ['a', 1] ? 1 : 2",
        "1",
        "text is needed here, and this is a number",
        "",
    ),
    (
        "views in country ? 1 : 2",
        "country",
        "a list is needed here",
        "write [a, b, c]",
    ),
    (
        "bool(country) ? 1 : 2",
        "country",
        "`bool` takes a number, and this is text",
        "compare the text",
    ),
    (
        "views > 1",
        "views > 1",
        "the formula must give a number, and gives true or false",
        "",
    ),
    (
        "  country ",
        "country",
        "the formula must give a number, and gives text",
        "",
    ),
];

#[test]
fn types() {
    all_refused(TYPES);
    let (_, message, _) = refusal("views", Type::Bool);
    assert_eq!(message, "the formula must give true or false, and gives a number");
}

const LISTS_AND_POWERS: &[Refusal] = &[
    (
        "[1, 2]",
        "[1, 2]",
        "a list or interval is not a value of its own",
        "use it after `in`",
    ),
    (
        "[1..2]",
        "[1..2]",
        "a list or interval is not a value of its own",
        "use it after `in`",
    ),
    (
        "max(views, 2)",
        "max(views, 2)",
        "this function takes one list",
        "put the numbers in square brackets",
    ),
    (
        "split(country, ',')",
        "split(country, ',')",
        "`split` gives a list, and a single value is needed here",
        "take a part",
    ),
    (
        "views ^ 0.5",
        "0.5",
        "a power must be a whole number from 0 to 96",
        "other powers have no exact decimal",
    ),
    (
        "2 ^ views",
        "views",
        "a power must be a whole number from 0 to 96",
        "",
    ),
    ("2 ^ -1", "-1", "a power must be a whole number from 0 to 96", ""),
    (
        "round(views, 29)",
        "29",
        "decimal places must be a whole number from 0 to 28",
        "",
    ),
    ("abs(1, 2)", "abs(1, 2)", "one argument needed, 2 given", ""),
    (
        "country[views]",
        "views",
        "only a whole number can stand here, such as [0]",
        "",
    ),
    (
        "country[0.5]",
        "0.5",
        "`0.5` is not a position: positions count from 0",
        "",
    ),
    (
        "(1 + 2) ?? 3",
        "(1 + 2)",
        "`??` can only follow a name",
        "it gives another value",
    ),
    (
        "matches(country, '(') ? 1 : 2",
        "'('",
        "invalid pattern: unclosed group",
        "",
    ),
    (
        "matches(country, country) ? 1 : 2",
        "country",
        "the pattern must be a quoted text",
        "",
    ),
    (
        "map([1], # * 2)",
        "#",
        "`$` and `#` have no meaning here",
        "name the variable",
    ),
    (
        "count([1], true)",
        "count([1], true)",
        "`count` is not supported in formulas",
        "known functions",
    ),
    (
        "fuzzyMatch(country, 'a')",
        "fuzzyMatch(country, 'a')",
        "`fuzzyMatch` is not exact",
        "",
    ),
];

#[test]
fn lists_and_powers() {
    all_refused(LISTS_AND_POWERS);
}

const SYNTAX: &[Refusal] = &[
    ("", "", "the formula is empty", ""),
    ("  ", "  ", "the formula is empty", ""),
    ("views +", "", "a value is missing", ""),
    ("views views", "views", "unexpected `views`", "join the two parts"),
    ("views * / 2", "/", "a value is missing before `/`", ""),
    ("(views", "(", "`(` is not closed", ""),
    ("views)", ")", "`)` closes nothing", ""),
    ("max([])", "]", "a value is missing before `]`", ""),
    (
        "views in ]1..5[ ? 1 : 2",
        "]",
        "a value is missing before `]`",
        "",
    ),
    ("views && original", "&", "unexpected `&`", "write `and`"),
    ("views || original", "|", "unexpected `|`", "write `or`"),
    (
        "views = 2",
        "=",
        "a formula cannot assign",
        "write `==` to compare",
    ),
    ("views; 2", ";", "a formula is one expression", "remove the `;`"),
    (
        "null",
        "null",
        "`null` is not a value in formulas",
        "write `name ?? other`",
    ),
    (
        "$root",
        "$root",
        "`$` and `#` have no meaning here",
        "name the variable",
    ),
    ("{a: 1}", "{", "a formula has no objects", ""),
    (
        "`a`",
        "`",
        "a formula has no text templates",
        "join texts with `+`",
    ),
    (
        "country == 'US ? 1 : 2",
        "'US ? 1 : 2",
        "the text has no closing quotation mark",
        "",
    ),
    ("views + é", "é", "unexpected `é`", ""),
    ("views.", "", "a name is missing after `.`", ""),
    ("views ? 1", "", "unexpected the end of the formula", ""),
    (
        "1 + 99999999999999999999999999999999",
        "99999999999999999999999999999999",
        "`99999999999999999999999999999999` is not a number of at most 28 digits",
        "",
    ),
];

#[test]
fn syntax() {
    all_refused(SYNTAX);
}

#[test]
fn sizes() {
    let message = |source: &str| refusal(source, Type::Number).1;
    assert_eq!(
        message(&"1".repeat(5_000)),
        "formula of 5000 bytes is too long: at most 4096"
    );
    assert_eq!(
        message(&vec!["1"; 501].join("+")),
        "formula of 1001 parts is too long: at most 1000"
    );
    assert_eq!(
        message(&vec!["1"; 300].join("+")),
        "the formula nests more than 200 deep"
    );
    assert_eq!(
        message(&format!("{}1{}", "(".repeat(40), ")".repeat(40))),
        "brackets nest more than 32 deep"
    );
    let interval = format!("{}1 in [1..2]{} ? 1 : 2", "(".repeat(40), ")".repeat(40));
    assert_eq!(message(&interval), "brackets nest more than 6 deep");
    assert_eq!(
        message(&format!("{}true ? 1 : 2", "not ".repeat(250))),
        "the formula nests more than 200 deep"
    );
    let deep = format!("{}1{}", "(".repeat(32), ")".repeat(32));
    assert!(Formula::parse(&deep, &scope(), Type::Number).is_ok());
}
