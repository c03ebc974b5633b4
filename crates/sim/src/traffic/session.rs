//! Sessions: somebody opens the app and watches one video after another. Most are ordinary; some are not.

use super::{Filling, Pick};
use crate::audience::Account;
use crate::invalid::{IMPOSSIBLE_VIEWS, REPLAY_VIEWS, Rule};
use crate::network;
use crate::rng::{Rng, mix};
use crate::watch;
use crate::world::{COUNTRY_COUNT, EMBED, FOR_YOU, PROFILE, SURFACES};
use event::kind::EngagementKind;

/// Views that an ordinary session breaks a rule with, in the order of [`Left::within`].
const WITHIN: [Rule; 5] = [
    Rule::TooShort,
    Rule::Surface,
    Rule::Paid,
    Rule::NegativeFeedback,
    Rule::AlreadyCounted,
];
/// Kinds of session that consist of invalid views, in the order of [`Left::whole`].
const WHOLE: [Rule; 3] = [Rule::SelfView, Rule::DataCentre, Rule::DeclaredBot];

/// Views still to be made.
struct Left {
    ordinary: u32,
    within: [u32; WITHIN.len()],
    whole: [u32; WHOLE.len()],
    velocity: Vec<(u32, u32)>,
}

/// Fills a chunk with so many views.
pub fn fill(filling: &mut Filling, views: u32) {
    let invalid = &filling.chunk.invalid;
    for _ in 0..invalid.replay_loops {
        replay_loop(filling);
    }
    for number in invalid.impossible_hours.clone() {
        impossible_hour(filling, number);
    }
    let by_rule = |rule: Rule| invalid.by_rule[rule as usize];
    let mut left = Left {
        ordinary: 0,
        within: WITHIN.map(by_rule),
        whole: WHOLE.map(by_rule),
        velocity: invalid.velocity.clone(),
    };
    let whole: u32 = left.whole.iter().sum();
    let velocity: u32 = left.velocity.iter().map(|&(_, views)| views).sum();
    left.ordinary = views - filling.batch.views.len() as u32 - whole - velocity;
    let mut special = whole + velocity;
    while left.ordinary + special > 0 {
        // Special sessions are spread among the ordinary ones.
        let draw = filling.rng.below(left.ordinary + special);
        if draw < left.ordinary {
            ordinary(filling, &mut left);
        } else {
            let draw = draw - left.ordinary;
            special -= special_session(filling, &mut left, draw);
        }
    }
}

fn special_session(filling: &mut Filling, left: &mut Left, mut draw: u32) -> u32 {
    for (kind, rule) in WHOLE.into_iter().enumerate() {
        if draw < left.whole[kind] {
            let views = filling.rng.between(3, 12).min(left.whole[kind]);
            left.whole[kind] -= views;
            match rule {
                Rule::SelfView => self_views(filling, views),
                rule => machine(filling, rule, views),
            }
            return views;
        }
        draw -= left.whole[kind];
    }
    let longest = left
        .velocity
        .iter_mut()
        .max_by_key(|entry| entry.1)
        .expect("a draw means views are left");
    let views = longest.1.min(20);
    longest.1 -= views;
    velocity(filling, longest.0, views);
    views
}

/// An ordinary viewer watches until bored, the day is over or the chunk is full.
fn ordinary(filling: &mut Filling, left: &mut Left) {
    let mut at = filling.moment();
    let hour = (at.rem_euclid(86_400_000) / 3_600_000) as usize;
    let viewer = filling.platform.audience.pick(hour, &mut filling.rng);
    let mut who = filling.platform.audience.account(viewer);
    if filling.rng.below(10) < 3 {
        who.ip = network::mobile_ip(&mut filling.rng);
    }
    let linked = filling.platform.cast.linked_to(viewer);
    // One over a uniform draw: most sessions are short, some go on and on; 9 views on average.
    let length = 250 / (filling.rng.below(100) + 4);
    filling.seen.clear();
    for _ in 0..length {
        at = one_view(filling, left, &who, linked, at);
        if left.ordinary == 0 || at >= filling.day_end_ms {
            break;
        }
    }
}

/// One view of an ordinary session; returns when the next one starts.
fn one_view(filling: &mut Filling, left: &mut Left, who: &Account, linked: Option<u32>, at: i64) -> i64 {
    let pick = filling.unseen_video_for(who.country, at);
    let left_before = left.ordinary;
    left.ordinary -= 1;
    if linked == Some(pick.creator) {
        let watched = watch::watched_ms(pick.duration_ms, &mut filling.rng);
        filling.view(who, pick, at, watched, Some(Rule::SelfView));
        return at + i64::from(watched);
    }
    let mut draw = filling.rng.below(left_before);
    for (kind, rule) in WITHIN.into_iter().enumerate() {
        if draw < left.within[kind] {
            left.within[kind] -= 1;
            return within(filling, left, who, pick, at, rule);
        }
        draw -= left.within[kind];
    }
    let watched = watch::watched_ms(pick.duration_ms, &mut filling.rng);
    let surface = surface(&mut filling.rng);
    // One promoted view in three is skipped: 1 % of all views.
    let promoted = watched < crate::invalid::MINIMUM_WATCH_MS && filling.rng.below(100) < 3;
    let view = filling.view(who, pick, at, watched, None);
    view.surface = surface;
    view.promoted = promoted;
    let end = at + i64::from(watched);
    engage(filling, who, pick, end, watched);
    if surface == FOR_YOU && !promoted && filling.rng.one_in(8) {
        filling.impression(who, pick, end + 1_000);
    }
    end + i64::from(filling.rng.between(200, 2_500))
}

/// A view of an ordinary session that breaks a rule.
fn within(filling: &mut Filling, left: &mut Left, who: &Account, pick: Pick, at: i64, rule: Rule) -> i64 {
    let watched = match rule {
        Rule::TooShort => filling.rng.below(500),
        _ => filling.watched_enough(pick.duration_ms),
    };
    let end = at + i64::from(watched);
    let label = (rule != Rule::AlreadyCounted).then_some(rule);
    let view = filling.view(who, pick, at, watched, label);
    match rule {
        Rule::Surface => view.surface = EMBED,
        Rule::Paid => view.promoted = true,
        Rule::NegativeFeedback => filling.act(who, pick, end, EngagementKind::NotInterested),
        Rule::AlreadyCounted if left.ordinary > 0 => {
            left.ordinary -= 1;
            let again = filling.watched_enough(pick.duration_ms);
            filling.view(who, pick, end + 1_500, again, Some(Rule::AlreadyCounted));
            return end + 2_000 + i64::from(again);
        }
        _ => {}
    }
    end + 500
}

fn surface(rng: &mut Rng) -> u8 {
    let mut draw = rng.below(100);
    for (index, (_, percent)) in SURFACES.iter().enumerate() {
        if draw < *percent {
            return index as u8;
        }
        draw -= percent;
    }
    FOR_YOU
}

/// Likes and the rest: the more of a video is watched, the likelier.
fn engage(filling: &mut Filling, who: &Account, pick: Pick, end: i64, watched: u32) {
    let eagerness = match u64::from(watched) * 10 {
        _ if watched < 3_000 => 1,
        played if played >= u64::from(pick.duration_ms) * 9 => 16,
        _ => 6,
    };
    // Chances in 65,536 of each kind at eagerness 1.
    const CHANCES: [(EngagementKind, u64); 5] = [
        (EngagementKind::Like, 280),
        (EngagementKind::Comment, 32),
        (EngagementKind::Share, 28),
        (EngagementKind::Save, 45),
        (EngagementKind::Follow, 20),
    ];
    let random = filling.rng.next();
    let more = mix(random);
    let draws = [random, random >> 16, random >> 32, random >> 48, more];
    for ((kind, chance), draw) in CHANCES.into_iter().zip(draws) {
        if draw & 0xffff < chance * eagerness {
            filling.act(who, pick, end, kind);
        }
    }
    if watched < 3_000 && (more >> 16) & 0xffff < 130 {
        filling.act(who, pick, end, EngagementKind::NotInterested);
    }
}

/// The creator's own account, or a linked one, watches the creator's videos.
fn self_views(filling: &mut Filling, views: u32) {
    let platform = filling.platform;
    let creator = filling.rng.below(platform.cast.creators.len() as u32);
    let own = &platform.cast.creators[creator as usize];
    let who = match own.linked.first() {
        Some(&viewer) if filling.rng.one_in(2) => platform.audience.account(viewer),
        _ => platform.account(own.id, own.country),
    };
    let mut at = filling.moment();
    for _ in 0..views {
        let pick = filling.video_of(creator, at);
        let watched = filling.watched_enough(pick.duration_ms);
        let surface = if filling.rng.one_in(3) { FOR_YOU } else { PROFILE };
        filling
            .view(&who, pick, at, watched, Some(Rule::SelfView))
            .surface = surface;
        at += i64::from(watched) + 800;
    }
}

/// A farm in a data centre, or a bot that says so. Half of them work for one creator.
fn machine(filling: &mut Filling, rule: Rule, views: u32) {
    let account = filling.rng.below(filling.platform.farm_accounts());
    let mut who = farm_account(filling, u64::from(account));
    if rule == Rule::DataCentre {
        who.ip = network::data_centre_ip(&mut filling.rng);
    } else {
        who.agent = network::bot_agent(&mut filling.rng);
    }
    let customer = customer(filling, account);
    let mut at = filling.moment();
    for _ in 0..views {
        let pick = if filling.rng.one_in(2) {
            filling.video_of(customer, at)
        } else {
            filling.video_for(who.country, at)
        };
        let watched = filling.rng.between(5_000, 20_000);
        filling.view(&who, pick, at, watched, Some(rule));
        at += i64::from(watched) + 100;
    }
}

/// Part of a day on which an account has more views than a person can have.
fn velocity(filling: &mut Filling, number: u32, views: u32) {
    let farm = u64::from(filling.platform.farm_accounts());
    let who = farm_account(filling, farm + u64::from(number));
    let customer = customer(filling, number);
    let mut at = filling.moment();
    for _ in 0..views {
        let pick = if filling.rng.one_in(4) {
            filling.video_of(customer, at)
        } else {
            filling.video_for(who.country, at)
        };
        let watched = filling.rng.between(5_000, 9_000);
        filling.view(&who, pick, at, watched, Some(Rule::Velocity));
        at += i64::from(watched) + 100;
    }
}

/// A viewer plays one video over and over.
fn replay_loop(filling: &mut Filling) {
    const LONGEST_MS: i64 = 36 * 21_000;
    let mut at = filling.moment().min(filling.day_end_ms - LONGEST_MS);
    let hour = (at.rem_euclid(86_400_000) / 3_600_000) as usize;
    let viewer = filling.platform.audience.pick(hour, &mut filling.rng);
    let who = filling.platform.audience.account(viewer);
    let mut creator = filling.rng.below(filling.platform.cast.creators.len() as u32);
    if filling.platform.cast.linked_to(viewer) == Some(creator) {
        creator = (creator + 1) % filling.platform.cast.creators.len() as u32;
    }
    let pick = filling.video_of(creator, at);
    for _ in 0..filling.rng.between(*REPLAY_VIEWS.start(), *REPLAY_VIEWS.end()) {
        let watched = filling.rng.between(5_000, 20_000);
        filling.view(&who, pick, at, watched, Some(Rule::ReplayLoop));
        at += i64::from(watched) + 300;
    }
}

/// An account plays many long videos at once: at least two and a half hours' worth within one hour.
fn impossible_hour(filling: &mut Filling, number: u64) {
    let farm = u64::from(filling.platform.farm_accounts());
    let who = farm_account(filling, farm + filling.platform.plan.velocity_accounts() + number);
    let moment = filling.moment();
    let hour = moment - moment.rem_euclid(3_600_000);
    filling.seen.clear();
    for _ in 0..filling
        .rng
        .between(*IMPOSSIBLE_VIEWS.start(), *IMPOSSIBLE_VIEWS.end())
    {
        let at = hour + i64::from(filling.rng.below(3_300_000));
        let pick = long_video(filling, &who, at);
        let watched = filling.rng.between(360_000, 600_000);
        filling.view(&who, pick, at, watched, Some(Rule::ImpossibleTime));
    }
}

/// A video of three minutes or longer, or what comes near.
fn long_video(filling: &mut Filling, who: &Account, at: i64) -> Pick {
    const TRIES: u32 = 8;
    (0..TRIES)
        .map(|_| filling.unseen_video_for(who.country, at))
        .max_by_key(|pick| pick.duration_ms.min(180_000))
        .expect("at least one try")
}

fn farm_account(filling: &Filling, number: u64) -> Account {
    let id = filling.platform.farm_id(number);
    filling
        .platform
        .account(id, (mix(id as u64) % COUNTRY_COUNT as u64) as u8)
}

/// The creator whom a farm works for.
fn customer(filling: &Filling, account: u32) -> u32 {
    let creators = filling.platform.cast.creators.len() as u64;
    (mix(u64::from(account) ^ filling.platform.seed) % creators) as u32
}
