//! Generates a platform and prints how fast that was: `generate OUT [VIEWS [DAYS [CREATORS [VIEWERS]]]]`.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let out = arguments
        .next()
        .expect("usage: generate OUT [VIEWS [DAYS [CREATORS [VIEWERS]]]]");
    let mut number = |default: u64| {
        arguments
            .next()
            .map_or(default, |text| text.parse().expect("a whole number"))
    };
    let (views, days, creators, viewers) = (number(5_000_000), number(45), number(2_000), number(200_000));
    let options = sim::GenerateOptions {
        seed: 1,
        days: days as u32,
        creators: creators as u32,
        viewers: viewers as u32,
        views,
        start: jiff::civil::date(2026, 9, 1),
        out: out.into(),
        threads: None,
    };
    let start = Instant::now();
    match sim::generate(&options, &|_, _| {}, &AtomicBool::new(false)) {
        Ok(generated) => {
            for written in generated.kinds {
                println!(
                    "{:14} {:4} files {:12} rows",
                    written.kind.name(),
                    written.files,
                    written.rows
                );
            }
            for (rule, count) in generated.labels {
                println!("{rule:18} {count:10} labelled");
            }
            let seconds = start.elapsed().as_secs_f64();
            println!("{seconds:.2} s, {:.0} views/s", views as f64 / seconds);
        }
        Err(error) => println!(
            "{error}{}",
            error.hint().map_or(String::new(), |hint| format!(": {hint}"))
        ),
    }
}
