//! Time per evaluation of typical formulas: ours, and ZEN's virtual machine on the same input.
//!
//! `cargo run --release -p formula --example formula_speed`

use formula::{Evaluator, Formula, Scope, Type, Value};
use rust_decimal::Decimal;
use std::hint::black_box;
use std::time::Instant;
use zen_expression::variable::VariableMap;
use zen_expression::vm::VM;
use zen_expression::{Variable, compile_expression};

const ROUNDS: u32 = 1_000_000;

const FORMULAS: [&str; 4] = [
    "qualified_views",
    "qualified_views * (1 + 0.5 * originality)",
    "qualified_views / 1000 * rate * min([2, max([0.5, originality * 1.5])])",
    "followers >= 10000 and country in ['US', 'GB', 'DE'] and qualified_views > 1000 ? rate : 0",
];

fn main() {
    let scope = ["qualified_views", "originality", "rate", "followers"]
        .into_iter()
        .fold(Scope::new(), |scope, name| scope.with(name, Type::Number, ""))
        .with("country", Type::Text, "");
    for source in FORMULAS {
        let formula = Formula::parse(source, &scope, Type::Number).expect("the formula is valid");
        println!(
            "{:>6} ns  (ZEN's machine {:>6} ns)  {source}",
            ours(&formula),
            zens(source)
        );
    }
}

fn ours(formula: &Formula) -> u128 {
    let values: Vec<Value> = formula.inputs().iter().map(|name| value(name)).collect();
    let mut evaluator = Evaluator::new(formula);
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(
            evaluator
                .evaluate(&mut |index| values[index].clone())
                .expect("the inputs are known"),
        );
    }
    start.elapsed().as_nanos() / u128::from(ROUNDS)
}

fn zens(source: &str) -> u128 {
    let expression = compile_expression(source).expect("the formula is valid");
    let fields: VariableMap = ["qualified_views", "originality", "rate", "followers", "country"]
        .into_iter()
        .map(|name| {
            let value = match value(name) {
                Value::Number(number) => Variable::Number(number),
                Value::Text(text) => Variable::String(text.as_ref().into()),
                _ => Variable::Null,
            };
            (name.into(), value)
        })
        .collect();
    let scope = zen_expression::Scope::new(Variable::from_object(fields));
    let mut vm = VM::new();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(
            expression
                .evaluate_with_scope(&scope, &mut vm)
                .expect("the inputs are known"),
        );
    }
    start.elapsed().as_nanos() / u128::from(ROUNDS)
}

fn value(name: &str) -> Value {
    match name {
        "qualified_views" => Value::Number(Decimal::from(15_321)),
        "originality" => Value::Number(Decimal::new(875, 3)),
        "rate" => Value::Number(Decimal::new(42, 2)),
        "followers" => Value::Number(Decimal::from(12_345)),
        _ => Value::Text("DE".into()),
    }
}
