//! The bank's real history, where the shared data is there.

use flate2::read::GzDecoder;
use jiff::ToSpan;
use jiff::civil::date;
use money::{Asset, Money, Ratio};
use payout::fx::{FxError, MAX_DAYS_BACK, Rates};
use std::io::Read;
use std::path::Path;

fn history() -> Option<Rates> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fx/eurofxref-hist.csv.gz");
    let Ok(file) = std::fs::File::open(path) else {
        eprintln!("skipped: the shared exchange rates are not here");
        return None;
    };
    let mut text = String::new();
    GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("the history is text");
    Some(Rates::parse(&text).expect("the history is the bank's"))
}

#[test]
fn every_day_has_a_rate() {
    let Some(rates) = history() else { return };
    let (first, last) = rates.span().expect("days");
    assert_eq!((first, last), (date(1999, 1, 4), date(2026, 10, 30)));
    let mut day = first;
    let mut longest = 0;
    while day <= last {
        let quote = rates
            .rate("USD", "JPY", day)
            .expect("the dollar and the yen are always quoted");
        assert!(quote.published_on <= day);
        longest = longest.max(quote.days_back(day));
        let there = quote
            .rate
            .checked_mul(rates.rate("JPY", "USD", day).unwrap().rate)
            .unwrap();
        assert_eq!(there, Ratio::ONE);
        day = day.saturating_add(1.day());
    }
    assert!(longest <= MAX_DAYS_BACK, "{longest} days");
}

#[test]
fn what_is_quoted_when() {
    let Some(rates) = history() else { return };
    let on = date(2026, 10, 30);
    let quote = rates.rate("EUR", "USD", on).unwrap();
    assert_eq!(quote.rate.to_string(), "1.1172");
    let yen = rates.rate("USD", "JPY", on).unwrap();
    let amount = Money::parse(Asset::micro("USD").unwrap(), "1000").unwrap();
    let rounded = yen.convert(amount, Asset::iso("JPY").unwrap()).unwrap();
    assert_eq!(rounded.value.to_string(), "157250 JPY");
    for (code, on, quoted) in [
        ("TRL", date(2004, 12, 31), true),
        ("TRL", date(2005, 1, 3), false),
        ("TRY", date(2004, 12, 31), false),
        ("TRY", date(2005, 1, 3), true),
        ("HRK", date(2022, 12, 30), true),
        ("HRK", date(2023, 1, 2), false),
        ("RUB", date(2022, 3, 1), true),
        ("RUB", date(2022, 3, 2), false),
        ("KWD", date(2026, 10, 30), false),
    ] {
        assert_eq!(rates.rate("EUR", code, on).is_ok(), quoted, "{code} {on}");
    }
    // Easter: Good Friday to Easter Monday.
    assert_eq!(
        rates.rate("USD", "EUR", date(2026, 4, 6)).unwrap().published_on,
        date(2026, 4, 2)
    );
    assert!(matches!(
        rates.rate("USD", "EUR", date(2026, 12, 1)),
        Err(FxError::NothingPublished { .. })
    ));
}
