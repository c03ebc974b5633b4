//! One room: who comes, what they do, what they give.

use super::gifts::{self, GIFTS};
use super::{Activity, Day, Frame, Redemption, Session, Subscription, coins, streak};
use crate::audience::Account;
use crate::platform::Platform;
use crate::rng::Rng;
use event::kind::ActivityKind;

const MINUTE_MS: i64 = 60_000;
/// When a battle begins, and how long it lasts, in minutes.
const BATTLE: (i64, i64) = (20, 5);
/// Longest streak, and one in how many is longer than ten.
const LONGEST_STREAK: u32 = 60;
const LONG_ONE_IN: u32 = 12;

/// Fills a day with a session.
pub(super) fn fill(platform: &Platform, session: &Session, rng: &mut Rng, day: &mut Day) {
    let (low, high) = if session.star { (60, 240) } else { (12, 80) };
    let crowd: Vec<Account> = (0..rng.between(low, high))
        .map(|_| platform.audience.account(rng.below(platform.audience.len())))
        .filter(|account| account.id != session.host)
        .collect();
    frame_of_events(session, &crowd, rng, day);
    if crowd.is_empty() {
        return;
    }
    crowd_acts(session, &crowd, rng, day);
    let given = (0..crowd.len().div_ceil(8))
        .map(|_| {
            let giver = crowd[rng.below(crowd.len() as u32) as usize];
            give(platform, session, &giver, rng, day)
        })
        .sum::<u32>();
    subscribe_and_redeem(session, &crowd, given, rng, day);
}

fn moment(session: &Session, rng: &mut Rng) -> i64 {
    session.start_ms + i64::from(rng.below((session.end_ms - session.start_ms) as u32))
}

fn note(session: &Session, day: &mut Day, at_ms: i64, kind: ActivityKind, count: u32, viewer: Option<i64>) {
    let activity = ActivityKind::ALL.iter().position(|known| *known == kind);
    day.activity.push(Activity {
        room: session.room,
        host: session.host,
        at_ms,
        activity: activity.unwrap_or(0) as u8,
        count,
        viewer,
        battle: None,
    });
}

/// Start, end, battle, and how many are there every five minutes.
fn frame_of_events(session: &Session, crowd: &[Account], rng: &mut Rng, day: &mut Day) {
    note(session, day, session.start_ms, ActivityKind::Start, 1, None);
    let mut at_ms = session.start_ms + 5 * MINUTE_MS;
    while at_ms < session.end_ms {
        let there = crowd.len() as u32 * rng.between(40, 100) / 100;
        note(session, day, at_ms, ActivityKind::Viewers, there, None);
        at_ms += 5 * MINUTE_MS;
    }
    if let Some((battle, opponent)) = session.battle {
        let (begin, minutes) = BATTLE;
        let begin = session.start_ms + begin * MINUTE_MS;
        let end = begin + minutes * MINUTE_MS;
        for (at_ms, kind) in [(begin, ActivityKind::BattleStart), (end, ActivityKind::BattleEnd)] {
            note(session, day, at_ms, kind, 1, None);
            if let Some(last) = day.activity.last_mut() {
                last.battle = Some((battle, end, opponent));
            }
        }
    }
    note(session, day, session.end_ms, ActivityKind::End, 1, None);
}

/// Joins, likes in bursts, follows, shares, comments.
fn crowd_acts(session: &Session, crowd: &[Account], rng: &mut Rng, day: &mut Day) {
    let half = (session.end_ms - session.start_ms) / 2;
    for viewer in crowd {
        let at_ms = session.start_ms + i64::from(rng.below(half as u32));
        note(session, day, at_ms, ActivityKind::Join, 1, Some(viewer.id));
        for _ in 0..rng.below(4) {
            let at_ms = at_ms + i64::from(rng.below(half as u32));
            let likes = rng.between(1, 15);
            note(session, day, at_ms, ActivityKind::Like, likes, Some(viewer.id));
        }
        let acts = [
            (ActivityKind::Comment, 5),
            (ActivityKind::Follow, 12),
            (ActivityKind::Share, 16),
        ];
        for (kind, one_in) in acts {
            if rng.one_in(one_in) {
                let at_ms = at_ms + i64::from(rng.below(half as u32));
                note(session, day, at_ms, kind, 1, Some(viewer.id));
            }
        }
    }
}

/// Lets a viewer give a few gifts, bought before. Returns their coins.
fn give(platform: &Platform, session: &Session, giver: &Account, rng: &mut Rng, day: &mut Day) -> u32 {
    let mut needed = 0;
    let mut at_ms = moment(session, rng);
    let first_ms = at_ms;
    for _ in 0..rng.between(1, 4) {
        let gift = gifts::pick(rng);
        let to_guest = session.guest.filter(|_| rng.one_in(3));
        let frame = Frame {
            number: 0,
            room: session.room,
            host: session.host,
            viewer: giver.id,
            gift,
            at_ms,
            comes_ms: at_ms,
            count: 0,
            end: false,
            streak: None,
            guest: to_guest,
            shared_with: session.guest.filter(|_| to_guest.is_none() && rng.one_in(4)),
            broken: None,
        };
        let price = gifts::price(platform, gift, at_ms);
        let count = if GIFTS[usize::from(gift)].streakable {
            let longest = if rng.one_in(LONG_ONE_IN) {
                LONGEST_STREAK
            } else {
                10
            };
            let count = rng.between(1, longest);
            streak::counted(&frame, count, rng, day);
            count
        } else {
            streak::once(frame, day);
            1
        };
        needed += price * count;
        // The next gift begins when this one is over, however long its streak was.
        at_ms += 3 * MINUTE_MS;
    }
    coins::buy(giver, needed, first_ms, rng, day);
    needed
}

/// What the host redeems afterwards, and new subscribers.
fn subscribe_and_redeem(session: &Session, crowd: &[Account], given: u32, rng: &mut Rng, day: &mut Day) {
    for _ in 0..rng.below(4) {
        let viewer = crowd[rng.below(crowd.len() as u32) as usize].id;
        let months = if rng.one_in(10) { 12 } else { 1 };
        day.subscriptions.push(Subscription {
            viewer,
            creator: session.host,
            at_ms: moment(session, rng),
            months,
        });
    }
    // Small sums are asked for less often, and refused.
    let asks = if given >= 10_000 { 2 } else { 6 };
    if given > 0 && rng.one_in(asks) {
        day.redemptions.push(Redemption {
            creator: session.host,
            at_ms: session.end_ms + 60 * MINUTE_MS,
            diamonds: given / 2,
        });
    }
}
