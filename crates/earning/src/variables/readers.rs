//! How each name of the table in `policy::scope` is read from a subject.

use super::{Subject, UnitView};
use crate::exact;
use crate::world::{Creator, Video};
use event::kind::EngagementKind;
use event::snapshot::{CreatorSnapshot, VideoSnapshot};
use formula::Value;
use jiff::civil::Date;
use policy::Period;
use policy::program::Program;
use rust_decimal::Decimal;
use std::sync::Arc;

/// Decimal places of the ratios `completion_rate`, `average_watched_seconds` and `engagement_rate`.
const RATIO_PLACES: u32 = 12;
/// Decimal places of millionths.
const MICRO_PLACES: u32 = 6;

/// Reads the value of a name; `None`: not known. Names are looked up once, values for every unit.
#[derive(Clone, Copy)]
pub(super) enum Reader {
    /// A value made on the spot.
    Made(fn(&Asked<'_>) -> Option<Value>),
    /// A text that is there. A table looks it up without a copy: threads that count the owners of one text
    /// wait for each other.
    Text(for<'s> fn(&Asked<'s>) -> Option<&'s Arc<str>>),
}

impl Reader {
    pub(super) fn read(self, asked: &Asked<'_>) -> Option<Value> {
        match self {
            Reader::Made(read) => read(asked),
            Reader::Text(read) => read(asked).cloned().map(Value::Text),
        }
    }
}

/// For whom, in which program and when a value is asked.
pub(super) struct Asked<'s> {
    pub(super) subject: &'s Subject<'s>,
    pub(super) program: &'s Program,
    pub(super) period: &'s Period,
}

impl<'s> Asked<'s> {
    fn unit(&self) -> Option<&'s UnitView<'s>> {
        self.subject.unit.as_ref()
    }

    fn video(&self) -> Option<&'s Video<'s>> {
        self.subject.video
    }

    fn video_snapshot(&self) -> Option<&'s VideoSnapshot> {
        self.subject.video?.snapshot
    }

    fn creator(&self) -> Option<&'s Creator<'s>> {
        self.subject.creator
    }

    fn creator_snapshot(&self) -> Option<&'s CreatorSnapshot> {
        self.subject.creator?.snapshot
    }
}

/// The reader of a name.
pub(super) fn reader(name: &str) -> Option<Reader> {
    match name.split_once('.') {
        Some(("creator", name)) => creator_reader(name),
        Some(("video", name)) => video_reader(name),
        Some(_) => None,
        None => unit_reader(name),
    }
}

fn unit_reader(name: &str) -> Option<Reader> {
    let made: fn(&Asked<'_>) -> Option<Value> = match name {
        "views" => |asked| counted(asked.unit()?.counts.views),
        "qualified_views" => |asked| counted(asked.unit()?.counts.qualified),
        "watched_seconds" => |asked| seconds(asked.unit()?.counts.watched_ms),
        "qualified_watched_seconds" => |asked| seconds(asked.unit()?.counts.qualified_watched_ms),
        "completions" => |asked| counted(asked.unit()?.counts.completions),
        "likes" => |asked| counted(engaged(asked.unit()?, EngagementKind::Like)),
        "comments" => |asked| counted(engaged(asked.unit()?, EngagementKind::Comment)),
        "shares" => |asked| counted(engaged(asked.unit()?, EngagementKind::Share)),
        "saves" => |asked| counted(engaged(asked.unit()?, EngagementKind::Save)),
        "follows" => |asked| counted(engaged(asked.unit()?, EngagementKind::Follow)),
        "not_interested" => |asked| counted(engaged(asked.unit()?, EngagementKind::NotInterested)),
        "ad_revenue" => |asked| revenue(asked.unit()?.counts.ad_revenue_micros),
        "ad_impressions" => |asked| counted(asked.unit()?.counts.ad_impressions),
        "completion_rate" => |asked| {
            let counts = asked.unit()?.counts;
            ratio(counts.completions, counts.qualified)
        },
        "average_watched_seconds" => |asked| {
            let counts = asked.unit()?.counts;
            ratio(counts.qualified_watched_ms, counts.qualified.saturating_mul(1000))
        },
        "engagement_rate" => |asked| {
            let unit = asked.unit()?;
            let kinds = [
                EngagementKind::Like,
                EngagementKind::Comment,
                EngagementKind::Share,
            ];
            let acts = kinds.into_iter().map(|kind| engaged(unit, kind)).sum();
            ratio(acts, unit.counts.qualified)
        },
        "country" => return text(|asked| asked.unit()?.country),
        "day" => |asked| asked.unit()?.day.map(|day| Value::Text(day.to_string().into())),
        "payer" => return text(|asked| asked.unit()?.payer),
        _ => return None,
    };
    Some(Reader::Made(made))
}

fn video_reader(name: &str) -> Option<Reader> {
    let made: fn(&Asked<'_>) -> Option<Value> = match name {
        "id" => return text(|asked| Some(asked.video()?.id)),
        "views" => |asked| counted(asked.video()?.views),
        "qualified_views" => |asked| counted(asked.video()?.qualified),
        "likes" => |asked| counted(asked.video()?.likes),
        "duration_seconds" => |asked| seconds(asked.video_snapshot()?.duration_ms?.into()),
        "category" => return text(|asked| asked.video_snapshot()?.category.as_ref()),
        "original" => |asked| asked.video_snapshot()?.original.map(Value::Bool),
        "music_tracks" => |asked| counted(asked.video_snapshot()?.music_tracks?.into()),
        "visibility" => return text(|asked| asked.video_snapshot()?.visibility.as_ref()),
        "search_value" => |asked| number(Decimal::new(asked.video_snapshot()?.search_value_micros?, 6)),
        "age_days" => |asked| {
            let published = asked.video_snapshot()?.published_at?;
            let end = asked
                .period
                .end()
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()?
                .timestamp();
            let age_ms = end.as_millisecond() - published.as_millisecond();
            number(Decimal::from(age_ms.div_euclid(86_400_000)))
        },
        _ => return None,
    };
    Some(Reader::Made(made))
}

fn creator_reader(name: &str) -> Option<Reader> {
    let made: fn(&Asked<'_>) -> Option<Value> = match name {
        "id" => return text(|asked| Some(asked.creator()?.id)),
        "views" => |asked| counted(asked.creator()?.views),
        "qualified_views" => |asked| counted(asked.creator()?.qualified),
        "age" => |asked| number(Decimal::from(age(asked.creator_snapshot()?, asked.period)?)),
        "adult" => |asked| {
            let snapshot = asked.creator_snapshot()?;
            let of_age = age(snapshot, asked.period).map(|years| years >= 18);
            of_age.or(snapshot.adult).map(Value::Bool)
        },
        "country" => return text(|asked| asked.creator_snapshot()?.country.as_ref()),
        "followers" => |asked| counted(asked.creator_snapshot()?.followers?.into()),
        "account_type" => return text(|asked| asked.creator_snapshot()?.account_type.as_ref()),
        "standing" => return text(|asked| asked.creator_snapshot()?.standing.as_ref()),
        "joined" => |asked| {
            let joined = &asked.creator_snapshot()?.joined;
            Some(Value::Bool(joined.iter().any(|id| **id == *asked.program.id)))
        },
        "posts" => |asked| counted(asked.creator_snapshot()?.posts?.into()),
        _ => return None,
    };
    Some(Reader::Made(made))
}

fn engaged(unit: &UnitView<'_>, kind: EngagementKind) -> u64 {
    unit.counts.engagement[kind as usize]
}

fn number(number: Decimal) -> Option<Value> {
    Some(Value::Number(number))
}

fn counted(count: u64) -> Option<Value> {
    number(Decimal::from(count))
}

fn text(read: for<'s> fn(&Asked<'s>) -> Option<&'s Arc<str>>) -> Option<Reader> {
    Some(Reader::Text(read))
}

/// Of fewer than 2^32 facts that fit into 64 bits each: below the 2^96 that a decimal holds.
fn revenue(micros: i128) -> Option<Value> {
    number(Decimal::try_from_i128_with_scale(micros, MICRO_PLACES).ok()?)
}

fn seconds(millis: u64) -> Option<Value> {
    number(Decimal::from_i128_with_scale(millis.into(), 3).normalize())
}

/// `above / below` to 12 places, half to even; 0 when there is nothing below.
fn ratio(above: u64, below: u64) -> Option<Value> {
    if below == 0 {
        return number(Decimal::ZERO);
    }
    // 2^64 · 10^12 is below 2^104; only a quotient beyond 28 digits, of facts beyond reason, has no decimal.
    let scaled = i128::from(above) * 10_i128.pow(RATIO_PLACES);
    let (quotient, _) = exact::divide_narrow(scaled, i128::from(below));
    let ratio = Decimal::try_from_i128_with_scale(quotient, RATIO_PLACES);
    number(ratio.map_or(Decimal::MAX, |ratio| ratio.normalize()))
}

/// Whole years on the period's last day; a birthday on 29 February is kept on 1 March in other years.
fn age(snapshot: &CreatorSnapshot, period: &Period) -> Option<i16> {
    let (birth, day): (Date, Date) = (snapshot.birth_date?, period.last_day());
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    Some(day.year() - birth.year() - i16::from(!had_birthday))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_scope_has_a_reader() {
        for variable in policy::scope::VARIABLES {
            assert!(reader(variable.name).is_some(), "{}", variable.name);
        }
        assert!(reader("creator.shoe_size").is_none());
    }
}
