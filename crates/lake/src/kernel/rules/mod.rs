//! The rules, one file each. Every rule marks the views that fail it; a view's verdict is its first mark in the order of
//! [`Rule`](policy::qualification::Rule).
//!
//! Rules that need nothing but the row mark it while it is decoded, in the word `META` of [`super::row`]. The others
//! mark `fails`, one number per row of a viewer, rows sorted as in [`super::row::order`]. A row that repeats an event id
//! is marked before, and no other rule counts it.

pub(crate) mod already_counted;
pub(crate) mod data_centre;
pub(crate) mod declared_bot;
pub(crate) mod impossible_time;
pub(crate) mod invalidated;
pub(crate) mod negative_feedback;
pub(crate) mod paid;
pub(crate) mod replay_loop;
pub(crate) mod self_view;
pub(crate) mod surface;
pub(crate) mod too_short;
pub(crate) mod velocity;

use super::row::{Row, is_engagement};
use policy::qualification::Rule;

/// The failing rules of a view as bits.
pub(crate) type Fails = u16;

/// The bit of a rule.
pub(crate) const fn bit(rule: Rule) -> Fails {
    1 << rule as u8
}

/// Is the row a view whose event id was not seen before?
#[inline]
pub(crate) fn is_counted_view<const W: usize>(row: &Row<W>, fails: Fails) -> bool {
    !is_engagement(row) && fails & bit(Rule::Duplicate) == 0
}

#[cfg(test)]
pub(crate) mod check {
    //! Rows written down in a line: `check("0 a 5; 1 b 5", ...)`.

    use super::{Fails, bit};
    use crate::kernel::row::{Row, engagement_bits, time_word};
    use policy::qualification::Rule;

    /// A viewer's rows: `minute video seconds_watched`, then `dup`, `inv` or `hate` if so, separated by `;`.
    pub(crate) fn rows(text: &str) -> (Vec<Row<4>>, Vec<Fails>) {
        let parse = |line: &str| {
            let mut cells = line.split_whitespace();
            let minute: u64 = cells.next().unwrap().parse().unwrap();
            let video = u64::from(cells.next().unwrap().as_bytes()[0]);
            let watched: u32 = cells.next().unwrap().parse().unwrap();
            let (mut meta, mut fails) = (0, 0);
            for word in cells {
                match word {
                    "dup" => fails |= bit(Rule::Duplicate),
                    "inv" => fails |= bit(Rule::Invalidated),
                    "hate" => meta |= engagement_bits(1 << 5),
                    other => panic!("{other}?"),
                }
            }
            (
                [1, video, time_word(minute * 60_000, watched * 1_000), meta],
                fails,
            )
        };
        text.split(';').map(parse).unzip()
    }

    /// Which rows fail a rule, as `.` and `x`.
    pub(crate) fn failing(fails: &[Fails], rule: Rule) -> String {
        fails
            .iter()
            .map(|fails| if fails & bit(rule) != 0 { 'x' } else { '.' })
            .collect()
    }
}
