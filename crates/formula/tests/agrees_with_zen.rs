//! Random formulas have the value that ZEN's own virtual machine gives them.
//!
//! The two differ, on purpose, only where ZEN answers `null` or an approximation and we answer with an
//! error; a formula for which we give a value must have that value in ZEN too.

use formula::{EvalError, Evaluator, Formula, Scope, Type, Value};
use proptest::prelude::*;
use rust_decimal::Decimal;
use zen_expression::variable::VariableMap;
use zen_expression::{Variable, evaluate_expression};

fn scope() -> Scope {
    let scope = ["a", "b", "m.n"]
        .into_iter()
        .fold(Scope::new(), |scope, name| scope.with(name, Type::Number, ""));
    let scope = ["s", "t.u"]
        .into_iter()
        .fold(scope, |scope, name| scope.with(name, Type::Text, ""));
    ["p", "q"]
        .into_iter()
        .fold(scope, |scope, name| scope.with(name, Type::Bool, ""))
}

/// Values of `a`, `b`, `m.n`, `s`, `t.u`, `p`, `q`.
#[derive(Clone, Debug)]
struct Inputs {
    numbers: [Decimal; 3],
    texts: [String; 2],
    flags: [bool; 2],
}

impl Inputs {
    fn get(&self, name: &str) -> Value {
        match name {
            "a" => Value::Number(self.numbers[0]),
            "b" => Value::Number(self.numbers[1]),
            "m.n" => Value::Number(self.numbers[2]),
            "s" => Value::Text(self.texts[0].as_str().into()),
            "t.u" => Value::Text(self.texts[1].as_str().into()),
            "p" => Value::Bool(self.flags[0]),
            "q" => Value::Bool(self.flags[1]),
            _ => panic!("no input {name}"),
        }
    }

    fn for_zen(&self) -> Variable {
        let object = |fields: Vec<(&str, Variable)>| {
            let fields: VariableMap = fields
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect();
            Variable::from_object(fields)
        };
        let number = |index: usize| Variable::Number(self.numbers[index]);
        let text = |index: usize| Variable::String(self.texts[index].as_str().into());
        object(vec![
            ("a", number(0)),
            ("b", number(1)),
            ("m", object(vec![("n", number(2))])),
            ("s", text(0)),
            ("t", object(vec![("u", text(1))])),
            ("p", Variable::Bool(self.flags[0])),
            ("q", Variable::Bool(self.flags[1])),
        ])
    }
}

fn decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (-5_i64..6).prop_map(Decimal::from),
        (any::<i32>(), 0_u32..6).prop_map(|(digits, scale)| Decimal::new(digits.into(), scale)),
        (any::<i64>(), 0_u32..20).prop_map(|(digits, scale)| Decimal::new(digits, scale)),
        (any::<i32>(), any::<u32>(), any::<u32>(), 0_u32..29).prop_map(|(high, middle, low, scale)| {
            Decimal::from_parts(low, middle, high.unsigned_abs(), high < 0, scale)
        }),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c,]{0,4}", " ?[0-9]{1,3}(\\.[0-9])? ?", "[éßA-C ]{0,3}"]
}

fn inputs() -> impl Strategy<Value = Inputs> {
    let numbers = [decimal(), decimal(), decimal()];
    (numbers, [text(), text()], any::<[bool; 2]>()).prop_map(|(numbers, texts, flags)| Inputs {
        numbers,
        texts,
        flags,
    })
}

/// Sources of one type each: numbers, texts, conditions.
#[derive(Clone, Debug)]
struct Sources {
    number: String,
    text: String,
    condition: String,
}

fn leaves() -> impl Strategy<Value = Sources> {
    let number = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("m.n".to_owned()),
        decimal().prop_map(|number| number.abs().to_string()),
    ];
    let text = prop_oneof![
        Just("s".to_owned()),
        Just("t.u".to_owned()),
        text().prop_map(|text| format!("'{text}'"))
    ];
    let condition = prop_oneof![
        Just("p".to_owned()),
        Just("q".to_owned()),
        Just("true".to_owned())
    ];
    (number, text, condition).prop_map(|(number, text, condition)| Sources {
        number,
        text,
        condition,
    })
}

fn number_of(x: &Sources, y: &Sources, z: &Sources, choice: usize) -> String {
    let (a, b, c, t, p) = (&x.number, &y.number, &z.number, &x.text, &x.condition);
    match choice % 19 {
        0 => format!("{a} + {b}"),
        1 => format!("({a} - {b})"),
        2 => format!("{a} * ({b})"),
        3 => format!("({a}) / {b}"),
        4 => format!("({a}) % ({b})"),
        5 => format!("-({a})"),
        6 => format!("({a}) ^ {}", b.len() % 5),
        7 => format!("min([{a}, {b}, {c}])"),
        8 => format!("max([{a}, {b}])"),
        9 => format!("sum([{a}, {b}])"),
        10 => format!("avg([{a}, {b}, {c}])"),
        11 => format!("median([{a}, {b}, {c}])"),
        12 => format!("round({a}, {})", b.len() % 4),
        13 => format!("floor({a})"),
        14 => format!("ceil({a})"),
        15 => format!("trunc({a}, 1)"),
        16 => format!("({p} ? {a} : {b})"),
        17 => format!("len({t}) + abs({a})"),
        _ => format!("number({t})"),
    }
}

fn text_of(x: &Sources, y: &Sources, choice: usize) -> String {
    let (s, t, p, n) = (&x.text, &y.text, &x.condition, &x.number);
    match choice % 9 {
        0 => format!("{s} + {t}"),
        1 => format!("upper({s})"),
        2 => format!("lower({s})"),
        3 => format!("trim({s})"),
        4 => format!("({p} ? {s} : {t})"),
        5 => format!("string({n})"),
        6 => format!("split({s}, ',')[0]"),
        7 => format!("({s})[0:1]"),
        _ => format!("string({p})"),
    }
}

fn condition_of(x: &Sources, y: &Sources, z: &Sources, choice: usize) -> String {
    let (a, b, c, s, t, p, q) = (
        &x.number,
        &y.number,
        &z.number,
        &x.text,
        &y.text,
        &x.condition,
        &y.condition,
    );
    match choice % 18 {
        0 => format!("{a} < {b}"),
        1 => format!("{a} >= {b}"),
        2 => format!("({a}) == ({b})"),
        3 => format!("({a}) != ({b})"),
        4 => format!("({p} and {q})"),
        5 => format!("({p} or {q})"),
        6 => format!("not ({p})"),
        7 => format!("({s}) == ({t})"),
        8 => format!("({a}) in [{b}, {c}, {a}]"),
        9 => format!("({s}) in [{t}, 'a']"),
        10 => format!("({s}) not in ['a', 'b']"),
        11 => format!("({p}) == ({q})"),
        12 => format!("contains({s}, {t})"),
        13 => format!("startsWith({s}, {t}) or endsWith({s}, {t})"),
        14 => format!("({p} ? {p} : {q})"),
        15 => format!("isNumeric({s})"),
        16 => format!("matches({s}, '^[a-c]+$')"),
        _ => format!("{} in [{}..7)", x.number.len(), y.number.len() % 4),
    }
}

fn sources() -> impl Strategy<Value = Sources> {
    leaves().prop_recursive(3, 24, 3, |inner| {
        (inner.clone(), inner.clone(), inner, any::<[u8; 3]>()).prop_map(|(x, y, z, choices)| {
            let [number, text, condition] = choices.map(usize::from);
            Sources {
                number: number_of(&x, &y, &z, number),
                text: text_of(&x, &y, text),
                condition: condition_of(&x, &y, &z, condition),
            }
        })
    })
}

fn assert_agrees(source: &str, inputs: &Inputs) {
    // Deep nesting beside an interval is refused; nothing else here may be.
    let formula = match Formula::infer(source, &scope()) {
        Ok(formula) => formula,
        Err(error) if error.message.starts_with("brackets nest") => return,
        Err(error) => panic!("{source}: {error:?}"),
    };
    let names = formula.inputs().to_vec();
    let ours = Evaluator::new(&formula).evaluate(&mut |index| inputs.get(&names[index]));
    let zen = evaluate_expression(source, inputs.for_zen()).map_err(|error| error.to_string());
    match ours {
        Ok(Value::Number(number)) => {
            assert_eq!(zen, Ok(Variable::Number(number)), "{source} {inputs:?}")
        }
        Ok(Value::Text(text)) => {
            assert_eq!(
                zen,
                Ok(Variable::String(text.as_ref().into())),
                "{source} {inputs:?}"
            );
        }
        Ok(Value::Bool(value)) => assert_eq!(zen, Ok(Variable::Bool(value)), "{source} {inputs:?}"),
        Ok(Value::Null) => panic!("{source} is null"),
        Err(EvalError::DivisionByZero | EvalError::Overflow | EvalError::Other(_)) => {}
        Err(error @ EvalError::Unknown { .. }) => panic!("{source}: {error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_value_is_zens(sources in sources(), inputs in inputs()) {
        assert_agrees(&sources.number, &inputs);
        assert_agrees(&sources.text, &inputs);
        assert_agrees(&sources.condition, &inputs);
    }

    #[test]
    fn any_text_is_a_formula_or_an_error_that_points_into_it(source in "[a-z0-9.\\[\\](){}+*/^%<>=!?:,;'\"`$#&| \\n_é-]{0,40}") {
        check_any(&source);
    }

    #[test]
    fn any_mix_of_words_is_a_formula_or_an_error_that_points_into_it(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..24)
    ) {
        check_any(&words.join(" "));
        check_any(&words.concat());
    }
}

const WORDS: &[&str] = &[
    "a",
    "m.n",
    "s",
    "p",
    "1",
    "0.5",
    "1e30",
    "1e-40",
    "'x'",
    "''",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "<",
    "==",
    "in",
    "not",
    "and",
    "or",
    "??",
    "?",
    ":",
    "(",
    ")",
    "[",
    "]",
    "..",
    ".",
    ",",
    "min",
    "max([a, 1])",
    "len",
    "split(s, ',')",
    "round",
    "true",
    "number",
];

fn check_any(source: &str) {
    match Formula::infer(source, &scope()) {
        Ok(formula) => {
            let names = formula.inputs().to_vec();
            let inputs = Inputs {
                numbers: [Decimal::MAX, Decimal::MIN, Decimal::new(1, 28)],
                texts: ["1e999".to_owned(), "é,".to_owned()],
                flags: [true, false],
            };
            let _ = Evaluator::new(&formula).evaluate(&mut |index| inputs.get(&names[index]));
            assert!(
                formula.uses().all(|(span, input)| source[span] == names[input]),
                "{source}"
            );
        }
        Err(error) => {
            assert!(source.get(error.span.clone()).is_some(), "{source}: {error:?}");
            assert!(!error.message.is_empty());
        }
    }
}
