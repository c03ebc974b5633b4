//! From what a creator is owed to what arrives: the payout's currency and its digits.

use super::payout::{Conversion, FeeBearer, PayoutOrder};
use crate::currency::rail_asset;
use crate::fx::{FxError, Rates};
use crate::payee::{Payee, PayoutMethod, Rail};
use crate::readiness::{Blocker, Payable};
use jiff::civil::Date;
use money::{AssetError, Money, MoneyError, Ratio, Rounding};
use serde::Deserialize;

/// What arrives, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arriving {
    /// The amount in the method's currency, in the digits its rail carries.
    pub amount: Money,
    /// Exact amount minus this one, in units of it.
    pub residue: Ratio,
    /// The rate, if the currencies differ.
    pub conversion: Option<Conversion>,
}

/// The least that each rail takes, as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minimums {
    /// Of bank transfers.
    #[serde(default, deserialize_with = "crate::amount::option::deserialize")]
    pub bank: Option<Money>,
    /// Of PayPal.
    #[serde(default, deserialize_with = "crate::amount::option::deserialize")]
    pub paypal: Option<Money>,
    /// Of Wise.
    #[serde(default, deserialize_with = "crate::amount::option::deserialize")]
    pub wise: Option<Money>,
}

impl Minimums {
    /// The least that a rail takes.
    pub const fn of(&self, rail: Rail) -> Option<Money> {
        match rail {
            Rail::Bank => self.bank,
            Rail::PayPal => self.paypal,
            Rail::Wise => self.wise,
        }
    }
}

/// By what it is found what arrives: the same for everybody.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// Exchange rates.
    pub rates: Option<&'a Rates>,
    /// The least that each rail takes.
    pub minimums: &'a Minimums,
    /// The day.
    pub on: Date,
}

/// Why an amount cannot be paid by a method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrivingError {
    /// Two currencies and no rates.
    #[error(
        "{net} cannot be paid in {currency} without exchange rates: bring in a history in the format of the ECB"
    )]
    NoRates {
        /// What is owed.
        net: Money,
        /// The method's currency.
        currency: String,
    },
    /// The rail takes more.
    #[error("{amount} is less than the {minimum} that the rail takes")]
    BelowMinimum {
        /// What would arrive.
        amount: Money,
        /// The least that the rail takes, as configured.
        minimum: Money,
    },
    /// More than the caller's books hold.
    #[error("{amount} is more than the books hold")]
    TooLarge {
        /// What would arrive.
        amount: Money,
    },
    /// A minimum in another currency, and no rates.
    #[error(
        "the {rail} minimum of {minimum} cannot be compared with {currency} without exchange rates: bring in a history in the format of the ECB, or configure it in {currency}"
    )]
    MinimumRate {
        /// The rail.
        rail: Rail,
        /// The least that it takes.
        minimum: Money,
        /// The method's currency.
        currency: String,
    },
    /// No rate for that day.
    #[error(transparent)]
    Fx(#[from] FxError),
    /// A currency without a minor unit.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// Beyond 128 bits.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl ArrivingError {
    /// The blocker that this is to the creator; none where a rate is missing, which is the platform's to mend.
    pub fn blocker(&self) -> Option<Blocker> {
        match self {
            ArrivingError::BelowMinimum { amount, minimum } => Some(Blocker::BelowMinimum {
                amount: *amount,
                minimum: *minimum,
            }),
            ArrivingError::TooLarge { amount } => Some(Blocker::TooLarge { amount: *amount }),
            _ => None,
        }
    }
}

/// What arrives by a method when `net` is paid. In the same currency it is rounded down to what the rail carries; in
/// another it is converted at the day's rate, half to even. Errors: less than the rail takes; a rate that is missing.
pub fn arriving(net: Money, method: &PayoutMethod, market: Market<'_>) -> Result<Arriving, ArrivingError> {
    let arriving = converted(net, method, market)?;
    let rail = method.to.rail();
    if let Some(minimum) = market.minimums.of(rail) {
        let amount = arriving.amount;
        if amount.to_ratio() < least(minimum, rail, amount, market)? {
            return Err(ArrivingError::BelowMinimum { amount, minimum });
        }
    }
    Ok(arriving)
}

/// A rail's minimum in the currency of an amount, exact.
fn least(minimum: Money, rail: Rail, amount: Money, market: Market<'_>) -> Result<Ratio, ArrivingError> {
    let (from, to) = (minimum.asset(), amount.asset());
    let (from, to) = (from.code(), to.code());
    if from == to {
        return Ok(minimum.to_ratio());
    }
    let rates = market.rates.ok_or_else(|| ArrivingError::MinimumRate {
        rail,
        minimum,
        currency: to.to_owned(),
    })?;
    let quote = rates.rate(from, to, market.on)?;
    Ok(minimum
        .to_ratio()
        .checked_mul(quote.rate)
        .map_err(MoneyError::from)?)
}

fn converted(net: Money, method: &PayoutMethod, market: Market<'_>) -> Result<Arriving, ArrivingError> {
    let code = method.currency.as_str();
    let asset = rail_asset(method.to.rail(), code)?;
    if net.asset().code() == code {
        let rounded = net.rescale(asset.scale(), Rounding::Floor)?;
        return Ok(Arriving {
            amount: rounded.value,
            residue: rounded.residue,
            conversion: None,
        });
    }
    let rates = market.rates.ok_or_else(|| ArrivingError::NoRates {
        net,
        currency: code.to_owned(),
    })?;
    let quote = rates.rate(net.asset().code(), code, market.on)?;
    let rounded = quote.convert(net, asset)?;
    Ok(Arriving {
        amount: rounded.value,
        residue: rounded.residue,
        conversion: Some(Conversion {
            rate: quote.rate,
            published_on: quote.published_on,
            source: quote.source.to_owned(),
            file: quote.file.map(|hash| hash.to_string()),
        }),
    })
}

impl<'a> PayoutOrder<'a> {
    /// The order of what is payable, by the method that was found with it.
    pub fn of(payee: &'a Payee, payable: &'a Payable, arriving: Arriving, fee_bearer: FeeBearer) -> Self {
        Self {
            payee,
            to: &payable.method.to,
            amount: arriving.amount,
            gross: payable.amount,
            withheld: payable.withholding.withheld,
            conversion: arriving.conversion,
            fee_bearer,
            shares: payable.shares.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{money, payee};
    use jiff::civil::date;

    #[test]
    fn one_currency_or_two() {
        let rates = Rates::parse("Date,USD,HUF\n2026-10-30,1.1172,366.33\n").unwrap();
        let (on, minimums) = (date(2026, 10, 31), Minimums::default());
        let minimums = &minimums;
        let market = Market {
            rates: Some(&rates),
            minimums,
            on,
        };
        let no_rates = Market {
            rates: None,
            ..market
        };
        let euro = payee(&[]);
        let arrived = arriving(money("100.00 USD"), euro.method().unwrap(), market).unwrap();
        assert_eq!(arrived.amount, money("89.51 EUR"));
        assert_eq!(arrived.conversion.unwrap().published_on, date(2026, 10, 30));
        let same = arriving(money("100.00 EUR"), euro.method().unwrap(), no_rates).unwrap();
        assert_eq!((same.amount, same.conversion), (money("100.00 EUR"), None));
        let forint = payee(&[("\"currency\":\"EUR\"", "\"currency\":\"HUF\"")]);
        let whole = arriving(money("100.00 EUR"), forint.method().unwrap(), market).unwrap();
        assert_eq!(whole.amount, money("36633 HUF"));
        assert_eq!(
            arriving(money("1.00 USD"), euro.method().unwrap(), no_rates)
                .unwrap_err()
                .to_string(),
            "1.00 USD cannot be paid in EUR without exchange rates: bring in a history in the format of the ECB"
        );
    }

    #[test]
    fn a_rail_takes_no_less_than_its_minimum() {
        let rates = Rates::parse("Date,USD,HUF\n2026-10-30,1.25,366.33\n").unwrap();
        let minimums = Minimums {
            paypal: Some(money("1.00 USD")),
            ..Minimums::default()
        };
        let market = Market {
            rates: Some(&rates),
            minimums: &minimums,
            on: date(2026, 10, 31),
        };
        let bank = payee(&[]);
        let mut euro: PayoutMethod = bank.method().unwrap().clone();
        euro.to = serde_json::from_str(r#"{"rail":"paypal","email":"a@b.example"}"#).unwrap();
        let mut dollar = euro.clone();
        dollar.currency = crate::payee::CurrencyCode::new("USD").unwrap();
        // One dollar is 0.80 euros.
        for (net, method, is_enough) in [
            ("1.00 USD", &dollar, true),
            ("0.99 USD", &dollar, false),
            ("0.80 EUR", &euro, true),
            ("0.79 EUR", &euro, false),
            ("1.00 USD", &euro, true),
            ("0.98 USD", &euro, false),
            ("0.01 EUR", bank.method().unwrap(), true),
        ] {
            let found = arriving(money(net), method, market);
            assert_eq!(found.is_ok(), is_enough, "{net} {found:?}");
            let blocker = found.err().and_then(|error| error.blocker());
            assert_eq!(blocker.is_none(), is_enough);
        }
        let no_rates = Market {
            rates: None,
            ..market
        };
        let error = arriving(money("5.00 EUR"), &euro, no_rates).unwrap_err();
        assert!(error.to_string().contains("minimum of 1.00 USD") && error.blocker().is_none());
    }
}
