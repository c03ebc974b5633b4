//! A program in plain words.

mod conversion;

use crate::phrase::{amount, and, counted, grouped, keys_in_words, one_line, percent};
use crate::program::{
    BelowThreshold, CapScope, Condition, Deduction, EmptyPool, Mechanism, Payable, PeriodKind, Pool,
    PoolSource, Program, Rate, Share, Table, Top,
};
use crate::qualification::{CountOnce, Qualification, Rule};
use money::Ratio;

/// What the program says, in plain words: what counts, who may earn, how money is divided, how much at
/// most, when it is paid. Ends with a line feed.
pub fn describe(program: &Program) -> String {
    let mut text = Text::default();
    text.line(format!(
        "{} ({}, version {}), in force from {}.",
        program.name, program.id, program.version, program.effective_from
    ));
    text.line(program.summary.clone());
    if let Some(rules) = program.conversion() {
        text.heading("Who may earn");
        conditions(&mut text, "creator", &program.creator_conditions);
        conversion::describe(&mut text, program, rules);
    } else {
        what_counts(&mut text, &program.qualification);
        who_may_earn(&mut text, program);
        how_money_is_divided(&mut text, program);
        at_most(&mut text, program);
    }
    when_it_is_paid(&mut text, program);
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        self.line("");
        self.line(heading);
    }

    fn items(&mut self, items: impl IntoIterator<Item = String>) {
        for item in items {
            self.line(format!("- {item}"));
        }
    }
}

fn what_counts(text: &mut Text, rules: &Qualification) {
    text.heading("What counts");
    text.line("A view qualifies unless one of these holds; the first that holds is the reason given:");
    text.items(
        Rule::ALL
            .into_iter()
            .filter_map(|rule| rule_in_words(rule, rules)),
    );
}

/// A rule with the program's threshold; `None` when the rule is off.
fn rule_in_words(rule: Rule, rules: &Qualification) -> Option<String> {
    let fixed = |words: &str| words.to_owned();
    match rule {
        Rule::Duplicate => Some(fixed("its event was seen before")),
        Rule::Invalidated => Some(fixed("the platform's staff marked it, or its viewer, invalid")),
        Rule::SelfView => rules
            .exclude_self
            .map(|()| fixed("the viewer is the creator, or an account linked to the creator")),
        Rule::TooShort => rules
            .minimum_watch_ms
            .map(|millis| format!("it was watched for less than {}", duration_in_words(millis))),
        Rule::Surface => rules.surfaces.as_ref().map(|surfaces| {
            let names: Vec<&str> = surfaces.iter().map(String::as_str).collect();
            format!("it was shown elsewhere than on {}", and(&names))
        }),
        Rule::Paid => rules
            .exclude_paid
            .map(|()| fixed("somebody paid for it to be shown")),
        Rule::DataCentre => rules
            .exclude_data_centres
            .map(|()| fixed("its address is a data centre's")),
        Rule::DeclaredBot => rules
            .exclude_declared_bots
            .map(|()| fixed("the client says that it is a bot")),
        Rule::Velocity => rules
            .max_views_per_viewer_day
            .map(|most| format!("its viewer had more than {} views that day", grouped(most))),
        Rule::ReplayLoop => rules.max_replays_per_day.map(|most| {
            format!(
                "its viewer played this video more than {} times that day",
                grouped(most)
            )
        }),
        Rule::NegativeFeedback => rules
            .exclude_negative_feedback
            .map(|()| fixed("its viewer marked the video \"not interested\" in the period")),
        Rule::ImpossibleTime => rules.max_parallel_playbacks.map(|most| {
            format!(
                "its viewer watched more than {} in that clock hour, the longest view left out",
                counted(most, "hour")
            )
        }),
        Rule::AlreadyCounted => match rules.count_once {
            CountOnce::Never => None,
            CountOnce::PerDay => Some(fixed(
                "a view of the same video by the same viewer counted that day",
            )),
            CountOnce::PerPeriod => Some(fixed(
                "a view of the same video by the same viewer counted in the period",
            )),
        },
    }
}

fn duration_in_words(millis: u32) -> String {
    match millis % 1_000 {
        0 => counted(millis / 1_000, "second"),
        _ => counted(millis, "millisecond"),
    }
}

fn who_may_earn(text: &mut Text, program: &Program) {
    text.heading("Who may earn");
    conditions(text, "creator", &program.creator_conditions);
    conditions(text, "video", &program.video_conditions);
}

fn conditions(text: &mut Text, noun: &str, conditions: &[Condition]) {
    if conditions.is_empty() {
        text.line(format!("Every {noun}."));
        return;
    }
    text.line(format!("A {noun}, when all of this holds:"));
    text.items(conditions.iter().map(|condition| {
        let formula = one_line(condition.formula.source());
        match &condition.because {
            Some(because) => format!("{because}: {formula}"),
            None => formula,
        }
    }));
}

fn how_money_is_divided(text: &mut Text, program: &Program) {
    text.heading("How money is divided");
    match &program.mechanism {
        Mechanism::Pool(pool) => pool_in_words(text, program, pool),
        Mechanism::Rate(rate) => rate_in_words(text, program, rate),
        Mechanism::Share(share) => share_in_words(text, program, share),
        Mechanism::Conversion(rules) => conversion::describe(text, program, rules),
    }
    for (name, table) in &program.tables {
        text.line(table_in_words(name, table));
    }
}

fn pool_in_words(text: &mut Text, program: &Program, pool: &Pool) {
    let period = program.period.name();
    let per_partition = if pool.partition.is_empty() {
        String::new()
    } else {
        format!(", for each {} apart", keys_in_words(&pool.partition))
    };
    text.line(match &pool.source {
        PoolSource::Fixed(money) => format!(
            "Every {period}, {} go into a pool{per_partition}.",
            amount(*money)
        ),
        PoolSource::Table(name) => {
            format!("Every {period}, the amounts of the table {name} go into a pool{per_partition}.")
        }
        PoolSource::AdRevenue => {
            format!("Every {period}, the advertising revenue goes into a pool{per_partition}.")
        }
        PoolSource::Funding => {
            format!(
                "Every {period}, the money that was put into the program goes into a pool{per_partition}."
            )
        }
    });
    deductions_in_words(text, &pool.deductions);
    if let Some(top) = &pool.top {
        text.line(top_in_words(top));
    }
    if let Some(carve_out) = &pool.carve_out {
        text.line(format!(
            "Of each weight the pool keeps the part {}; the rest goes to {}.",
            one_line(carve_out.keep.source()),
            carve_out.beneficiary
        ));
    }
    let whole = pool.deductions.is_empty() && pool.carve_out.is_none();
    text.line(format!(
        "{} is divided in proportion to weight: {}.",
        if whole { "The pool" } else { "What is left" },
        one_line(pool.weight.source())
    ));
    text.line(creator_share_in_words(pool.creator_share, "their part"));
    text.line(match pool.on_empty {
        EmptyPool::Keep => "A pool in which nobody has weight stays with the platform.",
        EmptyPool::Redistribute => {
            "A pool in which nobody has weight is divided over the period's other pools, by their weight."
        }
    });
}

fn rate_in_words(text: &mut Text, program: &Program, rate: &Rate) {
    let (units, currency) = (one_line(rate.units.source()), program.asset.code());
    let money = one_line(rate.rate.source());
    let money = match money.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        true => format!("{money} {currency}"),
        false => format!("this many {currency}: {money}"),
    };
    text.line(format!(
        "Every {}, each {} of {units} earns {money}.",
        program.period.name(),
        grouped(rate.per)
    ));
}

fn share_in_words(text: &mut Text, program: &Program, share: &Share) {
    text.line(format!(
        "Every {}, the revenue of a video is {}, in {}.",
        program.period.name(),
        one_line(share.revenue.source()),
        program.asset.code()
    ));
    if let Some(top) = &share.top {
        text.line(top_in_words(top));
    }
    deductions_in_words(text, &share.deductions);
    let of = if share.deductions.is_empty() {
        "it"
    } else {
        "what is left"
    };
    text.line(creator_share_in_words(share.creator_share, of));
    if !share.partition.is_empty() {
        text.line(format!(
            "It is reported for each {} apart.",
            keys_in_words(&share.partition)
        ));
    }
}

fn creator_share_in_words(share: Ratio, of: &str) -> String {
    match share == Ratio::ONE {
        true => format!("Creators get all of {of}."),
        false => format!(
            "Creators get {} of {of}; the platform keeps the rest.",
            percent(share)
        ),
    }
}

fn deductions_in_words(text: &mut Text, deductions: &[Deduction]) {
    for (at, deduction) in deductions.iter().enumerate() {
        let of = if at == 0 { "it" } else { "what is then left" };
        text.line(format!(
            "{} of {of} is taken for {}.",
            percent(deduction.part),
            deduction.name
        ));
    }
}

fn top_in_words(top: &Top) -> String {
    let within = if top.by.is_empty() {
        String::new()
    } else {
        format!(" of each {}", keys_in_words(&top.by))
    };
    format!(
        "Only the best {} of videos{within} take part, ranked by {}.",
        percent(top.part),
        one_line(top.score.source())
    )
}

fn table_in_words(name: &str, table: &Table) -> String {
    if table.values.is_empty() {
        return format!("`{name}` is always {}.", table.default);
    }
    let rows: Vec<String> = table
        .values
        .iter()
        .map(|(key, value)| format!("{key} {value}"))
        .collect();
    format!(
        "`{name}` goes by {}: {}; anything else {}.",
        table.by,
        rows.join(", "),
        table.default
    )
}

fn at_most(text: &mut Text, program: &Program) {
    if program.caps.is_empty() {
        return;
    }
    text.heading("How much at most");
    let period = program.period.name();
    text.items(program.caps.iter().map(|cap| {
        let most = amount(cap.amount);
        match cap.scope {
            CapScope::Video => format!("a video earns at most {most} a {period}"),
            CapScope::Creator => format!("a creator earns at most {most} a {period}"),
            CapScope::Budget => format!(
                "the program pays {most} in all; {period}s are settled in order until that is used up"
            ),
        }
    }));
}

fn when_it_is_paid(text: &mut Text, program: &Program) {
    text.heading("When it is paid");
    let payable = &program.payable;
    let period = program.period.name();
    text.line(match payable.hold_days {
        0 if program.conversion().is_some() => "Redemptions are final at once.".to_owned(),
        days if program.conversion().is_some() => {
            format!(
                "Redemptions are final {} after they were asked for.",
                counted(days, "day")
            )
        }
        0 => format!("Amounts are final when the {period} is over."),
        days => format!(
            "Amounts are estimates until {} after the {period}'s end, then final.",
            counted(days, "day")
        ),
    });
    text.line(pay_day_in_words(payable, program.period));
    let threshold = amount(payable.threshold);
    text.line(match (payable.threshold.is_zero(), payable.below) {
        (true, _) => "There is no smallest amount.".to_owned(),
        (false, BelowThreshold::Roll) => {
            format!("A creator is paid from {threshold}; less is carried to the next payout.")
        }
        (false, BelowThreshold::Expire) => format!("A creator is paid from {threshold}; less may expire."),
    });
    if program.conversion().is_some() {
        let until = match payable.hold_days {
            0 => "at its end".to_owned(),
            days => format!("{} after its end", counted(days, "day")),
        };
        text.line(format!(
            "A {period}'s figures may be closed {until}; what comes later is booked for the next one."
        ));
    }
}

fn pay_day_in_words(payable: &Payable, period: PeriodKind) -> String {
    let (Some(months), Some(day)) = (payable.after_months, payable.day) else {
        return "They are payable as soon as they are final.".to_owned();
    };
    let month = match (months, period) {
        (0, _) => "the same month".to_owned(),
        (1, _) => "the next month".to_owned(),
        (_, PeriodKind::Day) => format!("the month {months} months after the day's"),
        (_, PeriodKind::Month) => format!("the month {months} months later"),
    };
    format!(
        "They are payable on the {} of {month}, or of the first later month by which they are final.",
        ordinal(day)
    )
}

fn ordinal(day: u8) -> String {
    let suffix = match (day % 10, day % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{day}{suffix}")
}
