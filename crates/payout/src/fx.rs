//! Exchange rates: a history in the format of the European Central Bank, exact, and the rate of a day.
//!
//! Nothing here knows who wrote the file: whoever has a history in this format can name any rate. So a quote carries the
//! file's hash, [`doubts`] says which rates one person's word is not enough for, and what no currency costs is refused.
//!
//! The bank publishes units of a currency for one euro, on its business days. Between two currencies the rate goes
//! through the euro: `rate(USD, JPY) = JPY per EUR / USD per EUR`, an exact fraction that is never rounded.
//!
//! **Weekends and holidays**: the rate of a day is that of the last day published on or before it, at most
//! [`MAX_DAYS_BACK`] days back. A currency without a value on that day (`N/A`: not quoted yet, or no longer)
//! has no rate: an older one is not used in its stead.

mod doubt;

pub use doubt::{Doubt, KnownRate, Limits, doubts};
pub(crate) use doubt::{change, is_beyond};

use jiff::civil::Date;
use jiff::{ToSpan, Unit};
use money::{Asset, Code, Money, MoneyError, Ratio, RatioError, Rounded, Rounding};

/// Where rates are from. Anybody can write such a file: whether it is the bank's is for those to say who compare its hash.
pub const SOURCE: &str = "file in the format of the ECB's euro reference rates";
/// How far back the last publication may lie: longer than any run of holidays.
pub const MAX_DAYS_BACK: i32 = 7;
/// Most decimal places of a published rate; the bank uses up to five.
const MAX_PLACES: u32 = 12;
/// Most cells of a history: three centuries of today's size.
const MAX_CELLS: usize = 4_000_000;
const EURO: &str = "EUR";
/// Most units of a currency for one euro; the fewest are a tenth. There is room on both sides of all that the bank has ever
/// published (0.38 Maltese lira to 1.9 million old Turkish ones): what lies beyond is a slip or worse.
const MOST_PER_EURO: u64 = 10_000_000;

/// A published rate: a whole number above zero and its decimal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    digits: u64,
    places: u8,
}

/// All published rates, by day and currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Ascending.
    days: Vec<Date>,
    currencies: Vec<Code>,
    /// Day by day; `None` for `N/A`.
    cells: Vec<Option<Cell>>,
    /// The hash of the file they were read from, where the caller named it.
    file: Option<blake3::Hash>,
}

/// The rate of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Units of the wanted currency for one of the given, exact.
    pub rate: Ratio,
    /// The day it was published: the day asked for, or the last business day before it.
    pub published_on: Date,
    /// Where it is from: [`SOURCE`].
    pub source: &'static str,
    /// The hash of that file.
    pub file: Option<blake3::Hash>,
}

impl Rates {
    /// Reads the bank's history file: a header `Date,USD,...`, a row for each day in any order, `N/A` for no
    /// value, an empty column at the end. Errors name line and column.
    pub fn parse(text: &str) -> Result<Self, FxError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text
            .lines()
            .zip(1_usize..)
            .filter(|(line, _)| !line.trim().is_empty());
        let (header, _) = lines.next().ok_or(FxError::Header)?;
        let currencies = parse_header(header)?;
        let mut rows: Vec<(Date, Vec<Option<Cell>>)> = Vec::new();
        for (line, number) in lines {
            if (rows.len() + 1).saturating_mul(currencies.len()) > MAX_CELLS {
                return Err(FxError::TooLarge);
            }
            rows.push(parse_row(line, number, &currencies)?);
        }
        rows.sort_by_key(|(day, _)| *day);
        if let Some(pair) = rows.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(FxError::DayTwice { day: pair[0].0 });
        }
        let mut days = Vec::with_capacity(rows.len());
        let mut cells = Vec::with_capacity(rows.len() * currencies.len());
        for (day, row) in rows {
            days.push(day);
            cells.extend(row);
        }
        Ok(Self {
            days,
            currencies,
            cells,
            file: None,
        })
    }

    /// The same rates, with the hash of the bytes they were read from: every quote carries it.
    pub fn of_file(self, hash: blake3::Hash) -> Self {
        Self {
            file: Some(hash),
            ..self
        }
    }

    /// The hash of the file, where it was named.
    pub fn file(&self) -> Option<blake3::Hash> {
        self.file
    }

    /// First and last day of the history.
    pub fn span(&self) -> Option<(Date, Date)> {
        Some((*self.days.first()?, *self.days.last()?))
    }

    /// Units of `to` for one of `from` on a day. Errors: nothing published on that day or the seven before; a
    /// currency that has no value on the day of publication.
    pub fn rate(&self, from: &str, to: &str, on: Date) -> Result<Quote, FxError> {
        let row = self.days.partition_point(|day| *day <= on);
        let row = row.checked_sub(1).ok_or(FxError::NothingPublished { on })?;
        let limit = on.saturating_sub(MAX_DAYS_BACK.days());
        if self.days[row] < limit {
            return Err(FxError::NothingPublished { on });
        }
        self.quote(from, to, row)
    }

    /// What the file says of the day before a quote's: the last one published, at most [`MAX_DAYS_BACK`] days earlier.
    pub fn before(&self, from: &str, to: &str, quote: &Quote) -> Option<Quote> {
        let eve = quote.published_on.yesterday().ok()?;
        self.rate(from, to, eve).ok()
    }

    fn quote(&self, from: &str, to: &str, row: usize) -> Result<Quote, FxError> {
        let published_on = self.days[row];
        let per_euro = |code: &str| self.per_euro(code, row, published_on);
        Ok(Quote {
            rate: per_euro(to)?.checked_div(per_euro(from)?)?,
            published_on,
            source: SOURCE,
            file: self.file,
        })
    }

    fn per_euro(&self, code: &str, row: usize, day: Date) -> Result<Ratio, FxError> {
        if code == EURO {
            return Ok(Ratio::ONE);
        }
        let unknown = || FxError::NotQuoted {
            code: code.to_owned(),
            day,
        };
        let column = self.currencies.iter().position(|known| known.as_str() == code);
        let column = column.ok_or_else(unknown)?;
        let cell = self.cells[row * self.currencies.len() + column].ok_or_else(unknown)?;
        Ok(Ratio::from_decimal(cell.digits.into(), cell.places.into())?)
    }
}

impl Cell {
    /// Whether a euro was ever worth about that.
    fn is_thinkable(self) -> bool {
        let one = 10_u128.pow(self.places.into());
        let digits = u128::from(self.digits);
        digits * 10 >= one && digits <= u128::from(MOST_PER_EURO) * one
    }
}

impl Quote {
    /// An amount in another asset: the exact product, rounded once, half to even; what is left over comes
    /// with it, in units of the new asset.
    pub fn convert(&self, amount: Money, to: Asset) -> Result<Rounded, FxError> {
        let wholes = amount.to_ratio().checked_mul(self.rate)?;
        Ok(Money::from_ratio(to, wholes, Rounding::HalfEven)?)
    }

    /// How many days before the day asked for it was published.
    pub fn days_back(&self, on: Date) -> i32 {
        on.since((Unit::Day, self.published_on))
            .map_or(0, |span| span.get_days())
    }
}

fn parse_header(line: &str) -> Result<Vec<Code>, FxError> {
    let mut names = line.trim_end_matches('\r').split(',').map(str::trim);
    if names.next() != Some("Date") {
        return Err(FxError::Header);
    }
    let mut names: Vec<&str> = names.collect();
    // The bank ends every line with a comma.
    while names.last() == Some(&"") {
        names.pop();
    }
    let mut codes: Vec<Code> = Vec::with_capacity(names.len());
    for name in names {
        let code = Code::new(name).map_err(|_| FxError::Header)?;
        if codes.contains(&code) || name == EURO {
            return Err(FxError::Header);
        }
        codes.push(code);
    }
    if codes.is_empty() {
        Err(FxError::Header)
    } else {
        Ok(codes)
    }
}

fn parse_row(line: &str, number: usize, currencies: &[Code]) -> Result<(Date, Vec<Option<Cell>>), FxError> {
    let mut cells = line.trim_end_matches('\r').split(',').map(str::trim);
    let first = cells.next().unwrap_or_default();
    let bad = |column: &str, text: &str| FxError::Cell {
        line: number,
        column: column.to_owned(),
        text: text.chars().take(40).collect(),
    };
    let day: Date = first.parse().map_err(|_| bad("Date", first))?;
    let mut row = Vec::with_capacity(currencies.len());
    for code in currencies {
        let text = cells.next().ok_or_else(|| bad(code.as_str(), ""))?;
        row.push(match text {
            "N/A" | "" => None,
            _ => {
                let cell = parse_cell(text).ok_or_else(|| bad(code.as_str(), text))?;
                if !cell.is_thinkable() {
                    return Err(FxError::Absurd {
                        line: number,
                        code: code.to_string(),
                        text: text.to_owned(),
                    });
                }
                Some(cell)
            }
        });
    }
    match cells.find(|text| !text.is_empty()) {
        Some(more) => Err(bad("after the last", more)),
        None => Ok((day, row)),
    }
}

fn parse_cell(text: &str) -> Option<Cell> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places = u32::try_from(fraction.len())
        .ok()
        .filter(|places| *places <= MAX_PLACES)?;
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
    (digits > 0).then_some(Cell {
        digits,
        places: u8::try_from(places).ok()?,
    })
}

/// Why there is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FxError {
    /// The first line is not the bank's.
    #[error(
        "not a history of exchange rates: line 1 must be Date and currency codes, such as `Date,USD,JPY`"
    )]
    Header,
    /// A cell that is no date or no rate.
    #[error(
        "line {line}, column {column}: `{text}` is not a rate above zero, N/A, or a date such as 2026-10-30"
    )]
    Cell {
        /// The line, from 1.
        line: usize,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// A number that no currency has ever cost.
    #[error(
        "line {line}, column {code}: {text} for one euro is no exchange rate of any currency (0.1 to {MOST_PER_EURO}): get the file anew"
    )]
    Absurd {
        /// The line, from 1.
        line: usize,
        /// The currency.
        code: String,
        /// What stands there.
        text: String,
    },
    /// Two rows of one day.
    #[error("the rates of {day} are there twice: keep one row")]
    DayTwice {
        /// The day.
        day: Date,
    },
    /// More than a history can have.
    #[error("more than {MAX_CELLS} rates: this is not a history of the bank")]
    TooLarge,
    /// No publication near the day.
    #[error(
        "no exchange rates were published on {on} or the {MAX_DAYS_BACK} days before it: import a newer history"
    )]
    NothingPublished {
        /// The day asked for.
        on: Date,
    },
    /// The currency has no value on that day.
    #[error("{code} is not quoted on {day}: pay in another currency, or bring a rate of your own")]
    NotQuoted {
        /// The currency.
        code: String,
        /// The day of publication.
        day: Date,
    },
    /// Beyond 128 bits.
    #[error(transparent)]
    Ratio(#[from] RatioError),
    /// Beyond 128 bits.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::money;
    use jiff::civil::date;
    use proptest::prelude::*;

    const FEW: &str = "Date,USD,JPY,TRL,TRY,\n2026-10-30,1.1172,175.68,N/A,55.8015,\n2026-10-29,1.113,175.92,N/A,55.4691,\n";

    #[test]
    fn through_the_euro() {
        let rates = Rates::parse(FEW).unwrap();
        let on = date(2026, 10, 29);
        assert_eq!(
            rates.rate("EUR", "USD", on).unwrap().rate,
            Ratio::parse("1.113").unwrap()
        );
        assert_eq!(
            rates.rate("USD", "EUR", on).unwrap().rate,
            Ratio::new(1000, 1113).unwrap()
        );
        let quote = rates.rate("USD", "JPY", on).unwrap();
        assert_eq!(quote.rate, Ratio::new(175_920, 1113).unwrap());
        let yen = quote
            .convert(money("10.00 USD"), Asset::iso("JPY").unwrap())
            .unwrap();
        assert_eq!(yen.value, money("1581 JPY"));
        assert_eq!(yen.residue, Ratio::new(-151, 371).unwrap());
        assert_eq!(rates.rate("USD", "USD", on).unwrap().rate, Ratio::ONE);
    }

    #[test]
    fn weekends_and_holidays() {
        let rates = Rates::parse(FEW).unwrap();
        for (on, published) in [
            (date(2026, 10, 30), Some(date(2026, 10, 30))),
            (date(2026, 11, 1), Some(date(2026, 10, 30))),
            (date(2026, 11, 6), Some(date(2026, 10, 30))),
            (date(2026, 11, 7), None),
            (date(2026, 10, 28), None),
        ] {
            let quote = rates.rate("USD", "EUR", on).ok();
            assert_eq!(quote.map(|quote| quote.published_on), published, "{on}");
            assert!(quote.is_none_or(|quote| quote.days_back(on) <= MAX_DAYS_BACK));
        }
        assert_eq!(
            rates
                .rate("TRL", "EUR", date(2026, 10, 31))
                .unwrap_err()
                .to_string(),
            "TRL is not quoted on 2026-10-30: pay in another currency, or bring a rate of your own"
        );
    }

    #[test]
    fn what_is_not_a_history() {
        for (text, part) in [
            ("", "line 1"),
            ("Time,Currency,Rate", "line 1"),
            ("Date,USD,USD", "line 1"),
            ("Date,USD\n2026-10-30,0", "line 2, column USD: `0`"),
            ("Date,USD\n2026-10-30,-1.1", "column USD"),
            ("Date,USD\n2026-10-30,1e1", "column USD"),
            (
                "Date,USD\n2026-10-30,0.0001",
                "line 2, column USD: 0.0001 for one euro",
            ),
            ("Date,USD\n2026-10-30,0.09", "no exchange rate"),
            ("Date,USD\n2026-10-30,0.000000000001", "no exchange rate"),
            ("Date,USD\n2026-10-30,10000000.1", "no exchange rate"),
            ("Date,USD\n2026-10-30,18446744073709551615", "no exchange rate"),
            ("Date,USD\n2026-10-30,NaN", "column USD"),
            ("Date,USD\n2026-10-30,+1.1", "column USD"),
            ("Date,USD\n30.10.2026,1.1", "column Date"),
            ("Date,USD\n2026-10-30", "column USD"),
            ("Date,USD\n2026-10-30,1.1,2.2", "after the last"),
            ("Date,USD\n2026-10-30,1.1\n2026-10-30,1.2", "twice"),
        ] {
            let error = Rates::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn converting_conserves(units in 0_i64.., usd in 1_000_u32..10_000_000, jpy in 10_u32..10_000_000) {
            let text = format!("Date,USD,JPY\n2026-10-30,{}.{:04},{}.{:02}\n", usd / 10_000, usd % 10_000, jpy / 100, jpy % 100);
            let quote = Rates::parse(&text).unwrap().rate("USD", "JPY", date(2026, 10, 30)).unwrap();
            let amount = Money::new(Asset::micro("USD").unwrap(), units.into());
            let to = Asset::iso("JPY").unwrap();
            let rounded = quote.convert(amount, to).unwrap();
            let back = rounded.value.to_ratio().checked_add(rounded.residue).unwrap();
            prop_assert_eq!(back, amount.to_ratio().checked_mul(quote.rate).unwrap());
        }
    }
}
