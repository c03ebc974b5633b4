//! People to pay, made up: most can be paid, some cannot, and each kind of them is there.

use std::fmt::Write;

/// Every so many creators a kind comes again.
const KINDS: usize = 10;
const HEADER: &str = "id,name,residence,street,building_number,post_code,town,country,identity,tax_form,tax_country,treaty_rate,signed_on,rail,currency,iban,bic,email\n";

/// A payee file for creators, in their order.
pub(super) fn csv(creators: &[String]) -> String {
    let mut csv = HEADER.to_owned();
    for (n, creator) in creators.iter().enumerate() {
        let kind = n % KINDS;
        let name = [
            "Zoë Müller",
            "Jean Lefèvre",
            "Siân O'Brien",
            "Łukasz Żak",
            "Ada Example",
        ][n % 5];
        // Of ten, one has not shown who they are, and one has no tax form: withheld from, not blocked.
        let identity = if kind == 8 { "pending" } else { "verified" };
        let form = if kind == 9 {
            "none,,,"
        } else {
            "w8ben,DE,0,2026-01-15"
        };
        let method = match kind {
            6 => format!("paypal,USD,,,demo-{n}@example.com"),
            7 => format!("wise,USD,,,demo-{n}@example.com"),
            _ => format!("bank,USD,{},COBADEFFXXX,", iban(n)),
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            csv,
            "{creator},{name} {n},DE,Beispielstraße,{},10115,Berlin,DE,{identity},{form},{method}",
            n % 90 + 1
        );
    }
    csv
}

/// A German account number with its check digits (ISO 13616): of a real bank's form, and nobody's.
fn iban(n: usize) -> String {
    let account = format!("37040044{n:010}");
    // `DE00` as digits behind the account: D is 13, E is 14.
    let number = account
        .bytes()
        .chain(*b"131400")
        .fold(0, |rest: u32, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_made_up_can_be_read() {
        let creators: Vec<_> = (0..200).map(|n| format!("c{n}")).collect();
        let read = payout::payee::read_csv(&csv(&creators));
        assert_eq!(read.len(), 200);
        for payee in read {
            payee.unwrap();
        }
    }
}
