//! Coins: lots, refunds, chargebacks, and that nothing is lost or made whatever happens to a wallet.

use event::kind::RefundReason;
use event::live::CoinPurchase;
use jiff::Timestamp;
use live::lot::Part;
use live::wallet::{NotRefunded, Refund, SpentCoins, Wallet};
use money::{Asset, Money};
use proptest::prelude::*;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + day * 86_400).expect("an instant")
}

fn usd(text: &str) -> Money {
    Money::parse(Asset::micro("USD").expect("USD"), text).expect("an amount")
}

fn purchase(id: &str, day: i64, coins: u32) -> CoinPurchase {
    CoinPurchase {
        event_id: id.into(),
        viewer: "v".into(),
        occurred_at: at(day),
        channel: "web".into(),
        coins,
        price_micros: 0,
        currency: "USD".into(),
        country: None,
    }
}

fn refund(purchase: &str, day: i64, coins: Option<u64>, reason: RefundReason) -> Refund<'_> {
    Refund {
        purchase,
        coins,
        at: at(day),
        reason,
        window_days: 14,
        spent: SpentCoins::FuturePurchases,
    }
}

fn said(parts: &[Part]) -> Vec<String> {
    parts
        .iter()
        .map(|part| format!("{} {}..{} {}", part.purchase, part.from, part.to, part.value))
        .collect()
}

#[test]
fn a_platform_that_bears_spent_coins_takes_nothing_for_them() {
    let mut wallet = Wallet::default();
    wallet.buy(&purchase("a", 0, 100), usd("1.00")).expect("bought");
    wallet.buy(&purchase("b", 1, 100), usd("1.00")).expect("bought");
    wallet.spend(80).expect("enough");
    let borne = Refund {
        spent: SpentCoins::Platform,
        ..refund("a", 2, None, RefundReason::Chargeback)
    };
    let done = wallet.refund(&borne).expect("refunded");
    assert_eq!(done.money(), Some(usd("1.00")));
    assert_eq!(
        (done.taken, done.deficit, wallet.available()),
        (Vec::new(), 0, 100)
    );
}

/// W28: 70 coins for $0.99 and 17,500 for $249.99 are 1.4143 and 1.4285 cents a coin.
#[test]
fn w28_coins_keep_the_price_of_their_pack() {
    let mut wallet = Wallet::default();
    wallet
        .buy(&purchase("small", 0, 70), usd("0.99"))
        .expect("bought");
    wallet
        .buy(&purchase("large", 1, 17_500), usd("249.99"))
        .expect("bought");
    let parts = wallet.spend(71).expect("enough");
    assert_eq!(
        said(&parts),
        ["small 0..70 0.990000 USD", "large 0..1 0.014285 USD"]
    );
    let mut one_by_one = Wallet::default();
    one_by_one
        .buy(&purchase("small", 0, 70), usd("0.99"))
        .expect("bought");
    let sum = (0..70)
        .map(|_| one_by_one.spend(1).expect("a coin")[0].value.units())
        .sum::<i128>();
    assert_eq!(sum, 990_000, "a lot spent coin by coin sums to its price");
}

#[test]
fn coins_are_spent_oldest_first_all_or_none() {
    let mut wallet = Wallet::default();
    wallet.buy(&purchase("b", 2, 10), usd("0.20")).expect("bought");
    wallet.buy(&purchase("a", 1, 10), usd("0.10")).expect("bought");
    assert_eq!(
        wallet
            .buy(&purchase("a", 1, 10), usd("0.10"))
            .expect_err("again")
            .to_string(),
        "the purchase is in the wallet already"
    );
    assert_eq!(
        said(&wallet.spend(12).expect("enough")),
        ["a 0..10 0.100000 USD", "b 0..2 0.040000 USD"]
    );
    let before = wallet.clone();
    assert_eq!(
        wallet.spend(9).expect_err("too many").to_string(),
        "9 coins are needed, and 8 can be spent"
    );
    assert_eq!(wallet, before, "a refused gift takes nothing");
}

#[test]
fn unused_coins_go_back_within_the_window() {
    let mut wallet = Wallet::default();
    wallet.buy(&purchase("p", 0, 100), usd("1.00")).expect("bought");
    wallet.spend(30).expect("enough");
    assert_eq!(
        wallet
            .refund(&refund("p", 15, None, RefundReason::Refund))
            .expect_err("late")
            .to_string(),
        "coins bought at 2026-09-21T14:13:20Z can be given back for 14 days"
    );
    assert_eq!(wallet.freeze("p"), Ok(70));
    assert_eq!(wallet.available(), 0, "frozen while the refund is pending");
    let refunded = wallet
        .refund(&refund("p", 14, None, RefundReason::Refund))
        .expect("in time");
    assert_eq!(refunded.money(), Some(usd("0.70")));
    assert_eq!((refunded.spent, refunded.deficit), (None, 0));
    assert!(matches!(
        wallet.refund(&refund("p", 14, None, RefundReason::Refund)),
        Err(NotRefunded::NothingLeft { .. })
    ));
}

#[test]
fn spent_coins_that_go_back_are_taken_from_the_wallet_and_from_future_purchases() {
    let mut wallet = Wallet::default();
    wallet.buy(&purchase("p", 0, 100), usd("1.00")).expect("bought");
    wallet.spend(80).expect("enough");
    wallet.buy(&purchase("q", 1, 50), usd("0.50")).expect("bought");
    let refunded = wallet
        .refund(&refund("p", 300, None, RefundReason::Chargeback))
        .expect("no window");
    assert_eq!(refunded.money(), Some(usd("1.00")));
    assert_eq!(
        said(refunded.spent.as_slice()),
        ["p 0..80 0.800000 USD"],
        "gifts to reverse"
    );
    assert_eq!(said(&refunded.taken), ["q 0..50 0.500000 USD"]);
    assert_eq!(
        (refunded.deficit_added, wallet.deficit(), wallet.available()),
        (30, 30, 0)
    );
    let bought = wallet.buy(&purchase("r", 301, 20), usd("0.20")).expect("bought");
    assert_eq!(
        (bought.for_deficit.map(|part| part.coins()), bought.deficit),
        (Some(20), 10)
    );
    let bought = wallet.buy(&purchase("s", 302, 20), usd("0.20")).expect("bought");
    assert_eq!(
        (bought.for_deficit.map(|part| part.coins()), bought.deficit),
        (Some(10), 0)
    );
    assert_eq!(wallet.available(), 10);
    assert_eq!(
        wallet
            .refund(&refund("x", 0, None, RefundReason::Refund))
            .expect_err("unknown")
            .to_string(),
        "no purchase x of this viewer is known"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Buy(u32, i64),
    Spend(u64),
    Refund(prop::sample::Index, Option<u64>, bool),
    Freeze(prop::sample::Index, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u32..200, 0_i64..5_000_000).prop_map(|(coins, price)| Step::Buy(coins, price)),
        (0_u64..150).prop_map(Step::Spend),
        (
            any::<prop::sample::Index>(),
            proptest::option::of(1_u64..150),
            any::<bool>()
        )
            .prop_map(|(lot, coins, chargeback)| Step::Refund(lot, coins, chargeback)),
        (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(lot, on)| Step::Freeze(lot, on)),
    ]
}

proptest! {
    #[test]
    fn nothing_is_lost_or_made(steps in proptest::collection::vec(step(), 1..60)) {
        let mut wallet = Wallet::default();
        let (mut bought, mut gone, mut spent_value) = (0_u64, 0_u64, 0_i128);
        let mut recovered = 0_u64;
        let mut owed = 0_u64;
        for (number, step) in steps.into_iter().enumerate() {
            let lots = wallet.lots().len();
            match step {
                Step::Buy(coins, price) => {
                    let price = Money::new(Asset::micro("USD").expect("USD"), price.into());
                    let done = wallet.buy(&purchase(&format!("p{number:03}"), number as i64, coins), price).expect("new");
                    bought += u64::from(coins);
                    recovered += done.for_deficit.map_or(0, |part| part.coins());
                }
                Step::Spend(coins) => {
                    let available = wallet.available();
                    match wallet.spend(coins) {
                        Ok(parts) => {
                            prop_assert_eq!(parts.iter().map(Part::coins).sum::<u64>(), coins);
                            spent_value += parts.iter().map(|part| part.value.units()).sum::<i128>();
                            gone += coins;
                        }
                        Err(refused) => prop_assert!(coins > available && refused.available == available),
                    }
                }
                Step::Refund(lot, coins, chargeback) if lots > 0 => {
                    let id = wallet.lots()[lot.index(lots)].purchase.clone();
                    let reason = if chargeback { RefundReason::Chargeback } else { RefundReason::Refund };
                    if let Ok(done) = wallet.refund(&refund(&id, number as i64, coins, reason)) {
                        gone += done.unused.as_ref().map_or(0, Part::coins);
                        recovered += done.taken.iter().map(Part::coins).sum::<u64>();
                        owed += done.spent.as_ref().map_or(0, Part::coins);
                    }
                }
                Step::Freeze(lot, on) if lots > 0 => {
                    let id = wallet.lots()[lot.index(lots)].purchase.clone();
                    let done = if on { wallet.freeze(&id) } else { wallet.unfreeze(&id) };
                    prop_assert!(done.is_ok());
                }
                Step::Refund(..) | Step::Freeze(..) => {}
            }
            let unused: u64 = wallet.lots().iter().map(|lot| lot.unused()).sum();
            prop_assert_eq!(bought, unused + gone + recovered, "every coin is somewhere");
            prop_assert_eq!(owed, recovered + wallet.deficit(), "what went back is made good or owing");
            for lot in wallet.lots() {
                prop_assert!(lot.frozen <= lot.unused() && lot.reclaimed <= lot.used);
                let [used, left, returned] = [
                    lot.part(0, lot.used),
                    lot.part(lot.used, lot.coins - lot.returned),
                    lot.part(lot.coins - lot.returned, lot.coins),
                ];
                let sum = used.value.units() + left.value.units() + returned.value.units();
                prop_assert_eq!(sum, lot.price.units(), "the parts of a lot sum to its price");
            }
        }
        prop_assert!(spent_value <= wallet.lots().iter().map(|lot| lot.price.units()).sum::<i128>());
    }
}
