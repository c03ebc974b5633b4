//! What formulas mean: a table of formulas and their values.

use formula::{EvalError, Evaluator, Formula, Scope, Type, Value};
use rust_decimal::Decimal;
use std::str::FromStr;

fn scope() -> Scope {
    Scope::new()
        .with("views", Type::Number, "views")
        .with("zero", Type::Number, "zero")
        .with("creator.followers", Type::Number, "followers")
        .with("country", Type::Text, "country")
        .with("video.category", Type::Text, "category")
        .with("original", Type::Bool, "original work")
        .with("unknown.number", Type::Number, "never known")
        .with("unknown.text", Type::Text, "never known")
        .with("unknown.flag", Type::Bool, "never known")
}

fn lookup(name: &str) -> Value {
    match name {
        "views" => Value::Number(Decimal::from(1_500)),
        "zero" => Value::Number(Decimal::ZERO),
        "creator.followers" => Value::Number(Decimal::from(12_000)),
        "country" => Value::Text("US".into()),
        "video.category" => Value::Text("Food and Drink".into()),
        "original" => Value::Bool(true),
        _ => Value::Null,
    }
}

fn evaluate(source: &str) -> Result<Value, EvalError> {
    let formula = Formula::infer(source, &scope()).unwrap_or_else(|error| panic!("{source}: {error:?}"));
    let inputs = formula.inputs().to_vec();
    Evaluator::new(&formula).evaluate(&mut |index| lookup(&inputs[index]))
}

#[test]
fn numbers() {
    for (source, expected) in [
        ("views / 1000 * 0.4", "0.6"),
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("-2 ^ 2", "4"),
        ("2 ^ 10", "1024"),
        ("7 % 4", "3"),
        ("-7 % 4", "-3"),
        ("1_000 + 1e3", "2000"),
        ("+views", "1500"),
        ("min([views, 1000, 2000])", "1000"),
        ("max([views, 1000])", "1500"),
        ("sum([1, 2, 3.5])", "6.5"),
        ("avg([1, 2])", "1.5"),
        ("median([3, 1, 2])", "2"),
        ("median([4, 1, 2, 3])", "2.5"),
        ("abs(-3)", "3"),
        ("floor(-1.5)", "-2"),
        ("ceil(-1.5)", "-1"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(1.005, 2)", "1.01"),
        ("trunc(1.999, 2)", "1.99"),
        ("country == 'US' ? 1 : 0.5", "1"),
        ("country == 'DE' ? 1 : country == 'US' ? 2 : 3", "2"),
        ("number('1.50')", "1.50"),
        ("number(' 2e2 ')", "200"),
        ("number(original)", "1"),
        ("len(country)", "2"),
        ("len(split('a,b,c', ','))", "3"),
        ("len(['a', 'b'])", "2"),
        ("unknown.number ?? 7", "7"),
        ("views ?? 7", "1500"),
        ("1 / 3", "0.3333333333333333333333333333"),
        ("original or unknown.flag ? 1 : 2", "1"),
    ] {
        assert_eq!(
            evaluate(source),
            Ok(Value::Number(Decimal::from_str(expected).unwrap())),
            "{source}"
        );
    }
}

#[test]
fn conditions() {
    for (source, expected) in [
        ("views > 1000 and creator.followers >= 10000", true),
        ("not (views > 1000)", false),
        ("not original", false),
        ("!original", false),
        ("views == 1500", true),
        ("views != 1500.0", false),
        ("country in ['US', 'DE']", true),
        ("country not in ['US', 'DE']", false),
        ("views in [1..1500]", true),
        ("views in [1..1500)", false),
        ("views in (1499..1500]", true),
        ("views in [1, 2, 1500]", true),
        ("original in [false]", false),
        ("'b' in split('a,b', ',')", true),
        ("contains(video.category, 'Food')", true),
        ("contains(['a', country], 'US')", true),
        ("startsWith(video.category, 'Food')", true),
        ("endsWith(video.category, 'Food')", false),
        ("matches(video.category, '^Food.*k$')", true),
        ("isNumeric('12.5')", true),
        ("isNumeric('12,5')", false),
        ("bool(zero)", false),
        ("bool(views)", true),
        ("original == true", true),
        ("country == 'US' and original", true),
        ("false and unknown.flag", false),
        ("unknown.flag ?? original", true),
        ("video['category'] == 'Food and Drink'", true),
    ] {
        assert_eq!(evaluate(source), Ok(Value::Bool(expected)), "{source}");
    }
}

#[test]
fn texts() {
    for (source, expected) in [
        ("'a' + country", "aUS"),
        ("lower(country)", "us"),
        ("upper('straße')", "STRASSE"),
        ("trim('  x ')", "x"),
        ("original ? country : 'none'", "US"),
        ("string(views)", "1500"),
        ("string(original)", "true"),
        ("split(video.category, ' ')[2]", "Drink"),
        ("extract('2026-10-05', '(\\d+)-(\\d+)')[1]", "2026"),
        ("video.category[0:3]", "Food"),
        ("video.category[9:]", "Drink"),
        ("country[1]", "S"),
        ("country", "US"),
        ("unknown.text ?? 'XX'", "XX"),
    ] {
        assert_eq!(evaluate(source), Ok(Value::Text(expected.into())), "{source}");
    }
}

#[test]
fn without_a_value() {
    let unknown = |name: &str| EvalError::Unknown {
        name: name.to_owned(),
    };
    for (source, expected) in [
        ("1 / zero", EvalError::DivisionByZero),
        ("1 / zero == 1", EvalError::DivisionByZero),
        ("zero / zero != 1", EvalError::DivisionByZero),
        ("views % zero", EvalError::DivisionByZero),
        ("79228162514264337593543950335 + 1", EvalError::Overflow),
        ("79228162514264337593543950335 * views", EvalError::Overflow),
        ("-79228162514264337593543950335 - 1", EvalError::Overflow),
        ("79228162514264337593543950335 / 0.1", EvalError::Overflow),
        ("views ^ 96", EvalError::Overflow),
        ("sum([79228162514264337593543950335, 1])", EvalError::Overflow),
        ("unknown.number + 1", unknown("unknown.number")),
        ("unknown.text == 'a'", unknown("unknown.text")),
        ("unknown.flag or true", unknown("unknown.flag")),
        ("unknown.number", unknown("unknown.number")),
        ("unknown.number ?? unknown.number", unknown("unknown.number")),
        ("views in [1500, unknown.number]", unknown("unknown.number")),
        (
            "number(country)",
            EvalError::Other("`US` is not a number".to_owned()),
        ),
        (
            "split(country, ',')[1]",
            EvalError::Other("there is no part 1: the text has 1 parts, from 0".to_owned()),
        ),
        (
            "country[2]",
            EvalError::Other("`US` has no bytes 2 to 2".to_owned()),
        ),
        (
            "country[1:5]",
            EvalError::Other("`US` has no bytes 1 to 5".to_owned()),
        ),
        ("('é')[0]", EvalError::Other("`é` has no bytes 0 to 0".to_owned())),
        ("('')[0:]", EvalError::Other("`` has no bytes 0 to 0".to_owned())),
    ] {
        assert_eq!(evaluate(source), Err(expected), "{source}");
    }
}

#[test]
fn only_what_is_needed_is_looked_up_and_once() {
    let formula = Formula::parse(
        "original ? views * views : creator.followers",
        &scope(),
        Type::Number,
    )
    .unwrap();
    assert_eq!(formula.inputs(), ["creator.followers", "original", "views"]);
    let inputs = formula.inputs().to_vec();
    let mut asked = Vec::new();
    let mut evaluator = Evaluator::new(&formula);
    for _ in 0..2 {
        asked.clear();
        evaluator
            .evaluate(&mut |index| {
                asked.push(inputs[index].clone());
                lookup(&inputs[index])
            })
            .unwrap();
        assert_eq!(asked, ["original", "views"]);
    }
}

#[test]
fn a_value_of_the_wrong_type_is_an_error() {
    let formula = Formula::parse("views + 1", &scope(), Type::Number).unwrap();
    let error = Evaluator::new(&formula)
        .evaluate(&mut |_| Value::Text("a".into()))
        .unwrap_err();
    assert_eq!(
        error,
        EvalError::Other("`views` should be a number and was given as Text(\"a\")".to_owned())
    );
}

#[test]
fn explains_itself_with_values() {
    let formula = Formula::parse(
        "views / 1000 * (creator.followers > 10000 ? views : 2)",
        &scope(),
        Type::Number,
    )
    .unwrap();
    let inputs = formula.inputs().to_vec();
    let text = formula.with_values(|index| match lookup(&inputs[index]) {
        Value::Number(number) => number.to_string(),
        other => format!("{other:?}"),
    });
    assert_eq!(text, "1500 / 1000 * (12000 > 10000 ? 1500 : 2)");
}

#[test]
fn formulas_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Formula>();
}
