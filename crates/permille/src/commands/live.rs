//! `permille live`.

use crate::args;
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::Result;
use app::live::{self, Change, RoomReport, Sum, Unbooked};
use app::runs::Stage;

/// Minutes of a timeline that are shown.
const MINUTES: usize = 60;

/// Books LIVE events, or shows rooms, gifts and wallets.
pub fn run(args: &args::Live, session: &Session) -> Result<()> {
    match args {
        args::Live::Book => book(session),
        args::Live::Period { program, period } => of_period(program, period, session),
        args::Live::Rooms { limit } => rooms(*limit, session),
        args::Live::Room { id } => room(id, session),
        args::Live::Catalogue { at } => catalogue(*at, session),
        args::Live::Wallet { viewer } => wallet(viewer, session),
        args::Live::Waiting => waiting(session),
    }
}

fn book(session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let booked = session.work(Some(&workspace), |context| live::book(&workspace, context))?;
    let mut listing = Listing::new(&[("what", Align::Left), ("booked", Align::Right)]);
    let rows = [
        ("events read", booked.events),
        ("coin purchases", booked.purchases),
        ("gifts", booked.gifts),
        ("coins given", booked.coins),
        ("diamonds received", booked.diamonds),
        ("gifts taken back", booked.taken_back),
        ("refunds and chargebacks", booked.refunds),
        ("subscriptions", booked.subscriptions),
        ("redemptions", booked.redemptions),
        ("of closed periods", booked.late),
        ("gifts that wait", booked.waiting),
        ("refused", booked.refused),
        ("have not happened yet", booked.later),
    ];
    for (what, count) in rows {
        listing.row(vec![what.to_owned(), grouped(count)]);
    }
    session.output.listing(&listing, "", &booked)?;
    if session.output.format == args::Format::Table && booked.waiting + booked.refused + booked.later > 0 {
        session.output.text("\n`permille live waiting` says why")?;
    }
    if booked.late_of_locked > 0 {
        session.note(&format!(
            "{} entries are dated in locked periods, and are booked for the first open one: `permille live period` shows them",
            grouped(booked.late_of_locked)
        ));
    }
    Ok(())
}

fn of_period(program: &str, period: &str, session: &Session) -> Result<()> {
    let report = live::period(&session.workspace()?, program, period)?;
    let mut listing = Listing::new(&[
        ("dated", Align::Left),
        ("booked_for", Align::Left),
        ("what", Align::Left),
        ("entries", Align::Right),
        ("account", Align::Left),
        ("change", Align::Money),
    ]);
    let mut rows = |booked_for: &str, changes: &[Change]| {
        for change in changes {
            listing.row(vec![
                change.dated.clone(),
                booked_for.to_owned(),
                change.what.clone(),
                grouped(change.entries),
                change.account.to_string(),
                change.change.to_string(),
            ]);
        }
    };
    let of = &report.period;
    rows(&of.period.to_string(), &report.booked);
    for later in &report.booked_later {
        rows(&later.period, &later.booked);
    }
    if session.output.format == args::Format::Table {
        let locked = if of.locked { ", locked" } else { "" };
        let stage = of.stage.name();
        let until = match of.stage {
            Stage::Estimated => format!(": it can be closed from {} on", of.final_on),
            Stage::Final | Stage::Payable => String::new(),
        };
        session
            .output
            .text(&format!("{} {}, {stage}{locked}{until}\n", of.program, of.period))?;
    }
    session.output.listing(&listing, "", &report)
}

fn rooms(limit: args::Limit, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let mut reports = session.work(Some(&workspace), |_| live::rooms(&workspace))?;
    let all = reports.len();
    reports.truncate(limit.rows(session.output.format));
    let mut listing = Listing::new(&[
        ("room", Align::Left),
        ("host", Align::Left),
        ("started", Align::Left),
        ("viewers", Align::Right),
        ("peak_viewers", Align::Right),
        ("likes", Align::Right),
        ("follows", Align::Right),
        ("shares", Align::Right),
        ("gifters", Align::Right),
        ("gifts", Align::Right),
        ("coins", Align::Right),
        ("diamonds", Align::Right),
        ("waiting", Align::Right),
        ("refused", Align::Right),
        ("conversion", Align::Right),
    ]);
    for report in &reports {
        let (room, totals) = (&report.room, &report.room.totals);
        listing.row(vec![
            room.room.to_string(),
            room.host.as_deref().unwrap_or("-").to_owned(),
            time(room.started_at),
            grouped(room.viewers),
            grouped(totals.peak_viewers),
            grouped(totals.likes),
            grouped(totals.follows),
            grouped(totals.shares),
            grouped(room.gifters),
            grouped(totals.gifts),
            grouped(totals.coins),
            grouped(totals.diamonds),
            grouped(report.unbooked.waiting.gifts),
            grouped(report.unbooked.refused.gifts),
            percent(room.conversion_per_10000),
        ]);
    }
    let empty = "no room yet: `permille import room-activity FILE` and `permille import gift-frame FILE` bring them in";
    session.output.listing(&listing, empty, &reports)?;
    if reports.len() < all {
        let (shown, all) = (grouped(reports.len() as u64), grouped(all as u64));
        session
            .output
            .left_out(&format!("{shown} of {all} rooms, the latest first"))?;
    }
    Ok(())
}

fn time(at: Option<jiff::Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

fn percent(per_10000: u64) -> String {
    format!("{}.{:02} %", per_10000 / 100, per_10000 % 100)
}

fn room(id: &str, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let report = session.work(Some(&workspace), |_| live::room(&workspace, id))?;
    if session.output.format == args::Format::Json {
        return session.output.json(&report);
    }
    let timeline = timeline(&report, session.output.format);
    if session.output.format == args::Format::Csv {
        return session.output.listing(&timeline, "", &report);
    }
    let (room, totals) = (&report.room, &report.room.totals);
    session.output.text(&format!(
        "room {} of {}, {} to {}\n{}; {} gave ({}); {} gifts: {} coins, {} diamonds\n{} likes, {} follows, {} shares: counted, never paid",
        room.room,
        room.host.as_deref().unwrap_or("an unknown host"),
        time(room.started_at),
        time(room.ended_at),
        viewers(room),
        grouped(room.gifters),
        percent(room.conversion_per_10000),
        grouped(totals.gifts),
        grouped(totals.coins),
        grouped(totals.diamonds),
        grouped(totals.likes),
        grouped(totals.follows),
        grouped(totals.shares),
    ))?;
    for line in unbooked(&report.unbooked) {
        session.output.text(&line)?;
    }
    details(&report, session)?;
    session.output.text(&format!("\n{}", timeline.table()))
}

/// How many watched: those who are known, and the most at once as far as that was told.
pub fn viewers(room: &::live::room::Room) -> String {
    let known = grouped(room.viewers);
    match room.totals.peak_viewers {
        0 => format!("{known} viewers known"),
        told => format!("{known} viewers known, {} at once were told", grouped(told)),
    }
}

/// What was sent and is not in the sums, a line for each reason.
fn unbooked(of: &Unbooked) -> Vec<String> {
    let coins = |sum: &Sum| match (sum.coins, sum.without_price) {
        (coins, 0) => format!("{} coins", grouped(coins)),
        (coins, none) => format!("{} coins, {} without a price", grouped(coins), grouped(none)),
    };
    let lines = [
        (
            of.waiting.gifts,
            format!("gifts wait, in no sum: {}", coins(&of.waiting)),
        ),
        (
            of.refused.gifts,
            format!("gifts were refused, in no sum: {}", coins(&of.refused)),
        ),
        (
            of.waiting_frames,
            "frames wait until somebody says who hosts the room".to_owned(),
        ),
        (of.refused_frames, "frames were refused".to_owned()),
        (of.open_gifts, "gifts are of streaks that are not over".to_owned()),
        (
            of.frames_not_taken,
            "frames are not booked yet: they have not happened, or `permille live book` has not run since"
                .to_owned(),
        ),
    ];
    let told = lines.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| format!("{} {what}", grouped(count)))
        .collect()
}

fn details(report: &RoomReport, session: &Session) -> Result<()> {
    let mut gifters = Listing::new(&[
        ("top_gifter", Align::Left),
        ("gifts", Align::Right),
        ("coins", Align::Right),
    ]);
    for gifter in &report.room.top_gifters {
        gifters.row(vec![
            gifter.viewer.to_string(),
            grouped(gifter.gifts),
            grouped(gifter.coins),
        ]);
    }
    let mut hosts = Listing::new(&[
        ("host", Align::Left),
        ("gifts", Align::Right),
        ("diamonds", Align::Right),
    ]);
    for host in &report.room.recipients {
        hosts.row(vec![
            host.host.to_string(),
            grouped(host.gifts),
            grouped(host.diamonds),
        ]);
    }
    let mut battles = Listing::new(&[
        ("battle", Align::Left),
        ("start", Align::Left),
        ("score", Align::Left),
        ("winner", Align::Left),
    ]);
    for battle in &report.battles {
        let scores: Vec<_> = battle
            .scores
            .iter()
            .map(|(side, points)| format!("{side} {}", grouped(*points)))
            .collect();
        let winner = battle.winner.as_deref().unwrap_or("-");
        let tie = if battle.tie_broken {
            " (first to reach it)"
        } else {
            ""
        };
        battles.row(vec![
            battle.battle.clone(),
            time(Some(battle.start)),
            scores.join(" : "),
            format!("{winner}{tie}"),
        ]);
    }
    for listing in [gifters, hosts, battles] {
        if !listing.is_empty() {
            session.output.text(&format!("\n{}", listing.table()))?;
        }
    }
    Ok(())
}

/// The minutes of a room. In a table many of them are put together so that all fit on a screen.
fn timeline(report: &RoomReport, format: args::Format) -> Listing {
    let mut listing = Listing::new(&[
        ("from", Align::Left),
        ("minutes", Align::Right),
        ("joins", Align::Right),
        ("likes", Align::Right),
        ("gifts", Align::Right),
        ("coins", Align::Right),
    ]);
    let minutes = &report.room.timeline;
    let together = match format {
        args::Format::Table => minutes.len().div_ceil(MINUTES).max(1),
        args::Format::Csv | args::Format::Json => 1,
    };
    for part in minutes.chunks(together) {
        let sum = |pick: fn(&::live::room::Counts) -> u64| {
            grouped(part.iter().map(|minute| pick(&minute.counts)).sum::<u64>())
        };
        listing.row(vec![
            time(part.first().map(|minute| minute.at)),
            part.len().to_string(),
            sum(|counts| counts.joins),
            sum(|counts| counts.likes),
            sum(|counts| counts.gifts),
            sum(|counts| counts.coins),
        ]);
    }
    listing
}

fn catalogue(at: Option<jiff::Timestamp>, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let rows = session.work(Some(&workspace), |context| {
        live::catalogue(&workspace, at.unwrap_or(context.now))
    })?;
    let mut listing = Listing::new(&[
        ("gift", Align::Left),
        ("name", Align::Left),
        ("coins", Align::Right),
        ("streaks", Align::Left),
        ("since", Align::Left),
        ("prices_so_far", Align::Right),
    ]);
    for row in &rows {
        let streaks = row
            .streakable
            .map_or("not known", |yes| if yes { "yes" } else { "no" });
        listing.row(vec![
            row.gift.clone(),
            row.name.clone(),
            grouped(row.coins),
            streaks.to_owned(),
            row.since.to_string(),
            row.versions.to_string(),
        ]);
    }
    let empty = "no gift yet: `permille import gift FILE --mapping gift-catalogue` brings a price list in";
    session.output.listing(&listing, empty, &rows)
}

fn wallet(viewer: &str, session: &Session) -> Result<()> {
    let report = live::wallet(&session.workspace()?, viewer)?;
    let mut listing = Listing::new(&[
        ("purchase", Align::Left),
        ("bought", Align::Left),
        ("channel", Align::Left),
        ("coins", Align::Right),
        ("price", Align::Money),
        ("spent", Align::Right),
        ("returned", Align::Right),
        ("left", Align::Right),
    ]);
    for lot in &report.lots {
        listing.row(vec![
            lot.purchase.to_string(),
            time(Some(lot.bought_at)),
            lot.channel.to_string(),
            grouped(lot.coins),
            lot.price.to_string(),
            grouped(lot.spent),
            grouped(lot.returned),
            grouped(lot.left),
        ]);
    }
    if session.output.format == args::Format::Table {
        let paid = if report.paid_for.is_empty() {
            "nothing".to_owned()
        } else {
            report.paid_for.join(", ")
        };
        session.output.text(&format!(
            "{}: {} coins to spend, paid for with {paid}; {} frozen, {} owing\n",
            report.viewer,
            grouped(report.coins),
            grouped(report.frozen),
            grouped(report.deficit),
        ))?;
    }
    session
        .output
        .listing(&listing, "no coins were ever bought", &report)
}

fn waiting(session: &Session) -> Result<()> {
    let open = live::waiting(&session.workspace()?)?;
    let mut listing = Listing::new(&[
        ("what", Align::Left),
        ("who", Align::Left),
        ("at", Align::Left),
        ("fate", Align::Left),
        ("reason", Align::Left),
    ]);
    for waiting in &open {
        let fate = match waiting.fate {
            live::Fate::Waits => "waits",
            live::Fate::Refused => "refused",
            live::Fate::Booked => "booked",
            live::Fate::Corrected => "corrected",
        };
        listing.row(vec![
            waiting.what.clone(),
            waiting.who.clone(),
            time(Some(waiting.at)),
            fate.to_owned(),
            waiting.reason.clone(),
        ]);
    }
    session
        .output
        .listing(&listing, "nothing waits and nothing was refused", &open)
}
