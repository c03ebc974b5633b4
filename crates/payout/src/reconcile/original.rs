//! What a bank repeats of what it answers, compared with what was sent: an answer to something else is none to this.

use super::BreakKind;
use super::matcher::Matcher;
use crate::iso20022::Original;
use money::Ratio;

/// The kind of message that was sent, of whatever version.
const MESSAGE: &str = "pain.001";

/// What of it is not of the payouts that were sent; none if all is, or nothing is repeated.
pub(super) fn differs<'r>(
    matcher: &Matcher<'_>,
    original: &Original,
    members: impl Iterator<Item = &'r str>,
) -> Option<BreakKind> {
    let members: Vec<&str> = members.collect();
    let other = |said: String, sent: String| Some(BreakKind::OtherFile { said, sent });
    if let Some(message) = &original.message
        && !message.to_ascii_lowercase().starts_with(MESSAGE)
    {
        return other(
            format!("a {message} (OrgnlMsgNmId)"),
            format!("a {MESSAGE} was sent"),
        );
    }
    if let Some(count) = original.count
        && u64::try_from(members.len()) != Ok(count)
    {
        return other(
            format!("{count} payments (OrgnlNbOfTxs)"),
            format!("{} were sent", members.len()),
        );
    }
    let (said, sent) = original.sum.zip(sum(matcher, &members))?;
    let written = |sum: Ratio| {
        sum.to_decimal_string(2, money::Rounding::HalfEven)
            .unwrap_or_default()
    };
    match said == sent {
        true => None,
        false => other(
            format!("payments of {} in all (OrgnlCtrlSum)", written(said)),
            format!("{} were sent", written(sent)),
        ),
    }
}

/// The sum of amounts in whatever currency, as a control sum is; none if not all are known.
fn sum(matcher: &Matcher<'_>, members: &[&str]) -> Option<Ratio> {
    members.iter().try_fold(Ratio::ZERO, |sum, reference| {
        let amount = matcher.payouts.get(reference)?.payout.amount;
        sum.checked_add(amount.to_ratio()).ok()
    })
}
