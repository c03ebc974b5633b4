//! Amounts and payees for tests.

use crate::batch::{Batch, BatchId, FeeBearer, Payout, PayoutOrder};
use crate::payee::Payee;
use crate::readiness::ProgramShare;
use money::{Asset, Money};

/// An amount such as `12.34 USD`, at the scale written.
pub(crate) fn money(text: &str) -> Money {
    crate::amount::parse(text).expect("an amount")
}

/// An amount of dollars in millionths.
pub(crate) fn usd(text: &str) -> Money {
    Money::parse(Asset::micro("USD").expect("a currency"), text).expect("an amount")
}

/// A verified payee with a W-9 and a bank account in euros, changed by replacing text in its document.
pub(crate) fn payee(changes: &[(&str, &str)]) -> Payee {
    let mut text = r#"{"id":"anna","name":"Anna Müller","residence":"DE",
        "address":{"street":"Hauptstraße","building_number":"12","post_code":"80331","town":"München","country":"DE"},
        "identity":"verified","tax_form":{"form":"w9"},
        "methods":[{"currency":"EUR","to":{"rail":"bank","account":{"iban":"DE89370400440532013000"},"holder":"Anna Müller"}}]}"#
        .to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    serde_json::from_str(&text).expect("a payee")
}

/// An order of an amount that needs no conversion, all of one program.
pub(crate) fn order<'a>(payee: &'a Payee, amount: &str) -> PayoutOrder<'a> {
    let amount = money(amount);
    PayoutOrder {
        payee,
        to: &payee.method().expect("a method").to,
        amount,
        gross: amount,
        withheld: Money::zero(amount.asset()),
        conversion: None,
        fee_bearer: FeeBearer::Shared,
        shares: vec![ProgramShare {
            program: "fund".to_owned(),
            amount,
            withheld: Money::zero(amount.asset()),
        }],
    }
}

/// A batch prepared by `piet`, of 100.00 EUR for each payee.
pub(crate) fn batch(payees: &[&str]) -> Batch {
    let id = BatchId::new("2026-11-a").expect("an id");
    let payees: Vec<Payee> = payees
        .iter()
        .map(|payee_id| payee(&[("\"anna\"", &format!("\"{payee_id}\""))]))
        .collect();
    let payouts = payees
        .iter()
        .map(|payee| Payout::new(&id, order(payee, "100.00 EUR")).expect("a payout"))
        .collect();
    let at = jiff::Timestamp::from_second(1_790_000_000).expect("a time");
    Batch::prepare(id, jiff::civil::date(2026, 11, 16), payouts, "piet", at).expect("a batch")
}

/// An approved batch of orders.
pub(crate) fn approved(orders: Vec<PayoutOrder<'_>>, fee_bearer: FeeBearer) -> Batch {
    let id = BatchId::new("2026-11-a").expect("an id");
    let payouts = orders.into_iter().map(|order| {
        let order = PayoutOrder { fee_bearer, ..order };
        Payout::new(&id, order).expect("a payout")
    });
    let payouts = payouts.collect();
    let at = jiff::Timestamp::from_second(1_790_000_000).expect("a time");
    let mut batch =
        Batch::prepare(id.clone(), jiff::civil::date(2026, 11, 16), payouts, "piet", at).expect("a batch");
    batch.approve("olga", at).expect("another person");
    batch
}
