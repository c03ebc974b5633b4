//! From what a creator is owed to what arrives: the payout's currency and its digits.

use super::payout::{Conversion, FeeBearer, PayoutOrder};
use crate::currency::rail_asset;
use crate::fx::{FxError, Rates};
use crate::payee::{Payee, PayoutMethod};
use crate::readiness::Payable;
use jiff::civil::Date;
use money::{AssetError, Money, MoneyError, Ratio, Rounding};

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

/// Why an amount cannot be paid by a method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrivingError {
    /// Two currencies and no rates.
    #[error("{net} cannot be paid in {currency} without exchange rates: import the history of the ECB")]
    NoRates {
        /// What is owed.
        net: Money,
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

/// What arrives by a method when `net` is paid on a day. In the same currency it is rounded down to what the
/// rail carries; in another it is converted at the day's rate, half to even.
pub fn arriving(
    net: Money,
    method: &PayoutMethod,
    rates: Option<&Rates>,
    on: Date,
) -> Result<Arriving, ArrivingError> {
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
    let rates = rates.ok_or_else(|| ArrivingError::NoRates {
        net,
        currency: code.to_owned(),
    })?;
    let quote = rates.rate(net.asset().code(), code, on)?;
    let rounded = quote.convert(net, asset)?;
    Ok(Arriving {
        amount: rounded.value,
        residue: rounded.residue,
        conversion: Some(Conversion {
            rate: quote.rate,
            published_on: quote.published_on,
            source: quote.source.to_owned(),
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
        let on = date(2026, 10, 31);
        let euro = payee(&[]);
        let arrived = arriving(money("100.00 USD"), euro.method().unwrap(), Some(&rates), on).unwrap();
        assert_eq!(arrived.amount, money("89.51 EUR"));
        assert_eq!(arrived.conversion.unwrap().published_on, date(2026, 10, 30));
        let same = arriving(money("100.00 EUR"), euro.method().unwrap(), None, on).unwrap();
        assert_eq!((same.amount, same.conversion), (money("100.00 EUR"), None));
        let forint = payee(&[("\"currency\":\"EUR\"", "\"currency\":\"HUF\"")]);
        let whole = arriving(money("100.00 EUR"), forint.method().unwrap(), Some(&rates), on).unwrap();
        assert_eq!(whole.amount, money("36633 HUF"));
        assert_eq!(
            arriving(money("1.00 USD"), euro.method().unwrap(), None, on)
                .unwrap_err()
                .to_string(),
            "1.00 USD cannot be paid in EUR without exchange rates: import the history of the ECB"
        );
    }
}
