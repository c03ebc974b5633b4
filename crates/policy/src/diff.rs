//! What changes between two versions of a program, by meaning: layout, comments and order of keys do not count.

mod conversion;

use crate::phrase::{amount, duration, keys, one_line, percent, source};
use crate::program::{Condition, Deduction, Mechanism, Pool, Program, Share, Top};
use crate::qualification::Qualification;
use std::collections::BTreeMap;
use std::fmt;

/// One change of a document's meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key, as documents write it: `pool.weight`, `eligibility.creator`, `tables.region.values.US`.
    pub path: String,
    /// The value before; `None` when it is new.
    pub before: Option<String>,
    /// The value after; `None` when it is gone.
    pub after: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{}: {before} -> {after}", self.path),
            (None, Some(after)) => write!(f, "{}: added {after}", self.path),
            (Some(before), None) => write!(f, "{}: removed {before}", self.path),
            (None, None) => write!(f, "{}: unchanged", self.path),
        }
    }
}

/// The changes from one program version to another, in the order of a document.
pub fn diff(before: &Program, after: &Program) -> Vec<Change> {
    let (old, new) = (Fields::of(before), Fields::of(after));
    let mut changes = Vec::new();
    for section in Section::ALL {
        match section {
            Section::Creators => {
                changes.extend(conditions(
                    "eligibility.creator",
                    &before.creator_conditions,
                    &after.creator_conditions,
                ));
            }
            Section::Videos => {
                changes.extend(conditions(
                    "eligibility.video",
                    &before.video_conditions,
                    &after.video_conditions,
                ));
            }
            _ => changes.extend(Fields::changes(&old, &new, section)),
        }
    }
    changes
}

/// The sections of a document, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Header,
    Qualification,
    Creators,
    Videos,
    Tables,
    Mechanism,
    Caps,
    Payable,
}

impl Section {
    const ALL: [Section; 8] = [
        Section::Header,
        Section::Qualification,
        Section::Creators,
        Section::Videos,
        Section::Tables,
        Section::Mechanism,
        Section::Caps,
        Section::Payable,
    ];
}

/// The values of a program by section and path.
#[derive(Default)]
struct Fields(BTreeMap<(Section, String), String>);

impl Fields {
    fn of(program: &Program) -> Self {
        let mut fields = Fields::default();
        fields.header(program);
        fields.qualification(&program.qualification);
        for (name, table) in &program.tables {
            fields.put(Section::Tables, format!("tables.{name}.by"), &table.by);
            fields.put(
                Section::Tables,
                format!("tables.{name}.default"),
                table.default.normalize(),
            );
            for (key, value) in &table.values {
                fields.put(
                    Section::Tables,
                    format!("tables.{name}.values.{key}"),
                    value.normalize(),
                );
            }
        }
        fields.mechanism(&program.mechanism);
        for (at, cap) in program.caps.iter().enumerate() {
            fields.put(Section::Caps, format!("caps[{}].per", at + 1), cap.scope.name());
            fields.put(
                Section::Caps,
                format!("caps[{}].amount", at + 1),
                amount(cap.amount),
            );
        }
        fields.payable(program);
        fields
    }

    fn put(&mut self, section: Section, path: impl Into<String>, value: impl fmt::Display) {
        self.0.insert((section, path.into()), value.to_string());
    }

    fn header(&mut self, program: &Program) {
        self.put(Section::Header, "id", &program.id);
        self.put(Section::Header, "version", program.version);
        self.put(Section::Header, "name", &program.name);
        self.put(Section::Header, "summary", &program.summary);
        self.put(Section::Header, "effective_from", program.effective_from);
        self.put(Section::Header, "currency", program.asset.code());
        self.put(Section::Header, "scale", program.asset.scale());
        self.put(Section::Header, "period", program.period.name());
    }

    fn qualification(&mut self, rules: &Qualification) {
        let section = Section::Qualification;
        let excluded = |rule: Option<()>| if rule.is_some() { "exclude" } else { "count" };
        if let Some(millis) = rules.minimum_watch_ms {
            self.put(section, "qualification.minimum_watch", duration(millis));
        }
        if let Some(surfaces) = &rules.surfaces {
            self.put(section, "qualification.surfaces", surfaces.join(", "));
        }
        self.put(section, "qualification.self_views", excluded(rules.exclude_self));
        self.put(section, "qualification.paid", excluded(rules.exclude_paid));
        self.put(
            section,
            "qualification.data_centres",
            excluded(rules.exclude_data_centres),
        );
        self.put(
            section,
            "qualification.declared_bots",
            excluded(rules.exclude_declared_bots),
        );
        self.put(
            section,
            "qualification.negative_feedback",
            excluded(rules.exclude_negative_feedback),
        );
        let thresholds = [
            (
                "qualification.max_views_per_viewer_day",
                rules.max_views_per_viewer_day,
            ),
            ("qualification.max_replays_per_day", rules.max_replays_per_day),
            (
                "qualification.max_parallel_playbacks",
                rules.max_parallel_playbacks,
            ),
        ];
        for (path, threshold) in thresholds {
            if let Some(most) = threshold {
                self.put(section, path, most);
            }
        }
        self.put(section, "qualification.count_once", rules.count_once.name());
    }

    fn mechanism(&mut self, mechanism: &Mechanism) {
        let section = Section::Mechanism;
        match mechanism {
            Mechanism::Pool(pool) => self.pool(pool),
            Mechanism::Rate(rate) => {
                self.put(section, "rate.units", one_line(rate.units.source()));
                self.put(section, "rate.per", rate.per);
                self.put(section, "rate.rate", one_line(rate.rate.source()));
            }
            Mechanism::Share(share) => self.share(share),
            Mechanism::Conversion(conversion) => self.conversion(conversion),
        }
    }

    fn pool(&mut self, pool: &Pool) {
        let section = Section::Mechanism;
        self.put(section, "pool.source", source(&pool.source));
        self.put(section, "pool.partition", keys(&pool.partition));
        self.put(section, "pool.weight", one_line(pool.weight.source()));
        self.put(section, "pool.creator_share", percent(pool.creator_share));
        self.put(section, "pool.on_empty", pool.on_empty.name());
        if let Some(carve_out) = &pool.carve_out {
            self.put(section, "pool.carve_out.keep", one_line(carve_out.keep.source()));
            self.put(section, "pool.carve_out.beneficiary", &carve_out.beneficiary);
        }
        self.deductions("pool", &pool.deductions);
        self.top("pool", pool.top.as_ref());
    }

    fn share(&mut self, share: &Share) {
        let section = Section::Mechanism;
        self.put(section, "share.revenue", one_line(share.revenue.source()));
        self.put(section, "share.partition", keys(&share.partition));
        self.put(section, "share.creator_share", percent(share.creator_share));
        self.deductions("share", &share.deductions);
        self.top("share", share.top.as_ref());
    }

    fn deductions(&mut self, of: &str, deductions: &[Deduction]) {
        for (at, deduction) in deductions.iter().enumerate() {
            self.put(
                Section::Mechanism,
                format!("{of}.deductions[{}].name", at + 1),
                &deduction.name,
            );
            self.put(
                Section::Mechanism,
                format!("{of}.deductions[{}].part", at + 1),
                percent(deduction.part),
            );
        }
    }

    fn top(&mut self, of: &str, top: Option<&Top>) {
        let Some(top) = top else { return };
        self.put(Section::Mechanism, format!("{of}.top.part"), percent(top.part));
        self.put(Section::Mechanism, format!("{of}.top.by"), keys(&top.by));
        self.put(
            Section::Mechanism,
            format!("{of}.top.score"),
            one_line(top.score.source()),
        );
    }

    fn payable(&mut self, program: &Program) {
        let (section, payable) = (Section::Payable, &program.payable);
        self.put(section, "payable.hold_days", payable.hold_days);
        if let Some(months) = payable.after_months {
            self.put(section, "payable.after_months", months);
        }
        if let Some(day) = payable.day {
            self.put(section, "payable.day", day);
        }
        self.put(section, "payable.threshold", amount(payable.threshold));
        self.put(section, "payable.below", payable.below.name());
    }

    /// The changes of a section, by path.
    fn changes(old: &Fields, new: &Fields, section: Section) -> Vec<Change> {
        let of_section = |fields: &Fields| -> BTreeMap<String, String> {
            let fields = fields.0.iter().filter(|((of, _), _)| *of == section);
            fields
                .map(|((_, path), value)| (path.clone(), value.clone()))
                .collect()
        };
        let (mut old, new) = (of_section(old), of_section(new));
        let mut changes = Vec::new();
        for (path, after) in new {
            let before = old.remove(&path);
            if before.as_ref() != Some(&after) {
                changes.push(Change {
                    path,
                    before,
                    after: Some(after),
                });
            }
        }
        changes.extend(old.into_iter().map(|(path, before)| Change {
            path,
            before: Some(before),
            after: None,
        }));
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        changes
    }
}

/// Changes in a list of conditions: what stands in both is left out; of the rest, the first removed and
/// the first added are taken for one another's successor, and so on.
fn conditions(path: &str, before: &[Condition], after: &[Condition]) -> Vec<Change> {
    let only_in = |these: &[Condition], others: &[Condition]| -> Vec<String> {
        let others: Vec<String> = others.iter().map(in_words).collect();
        these
            .iter()
            .map(in_words)
            .filter(|condition| !others.contains(condition))
            .collect()
    };
    let mut removed = only_in(before, after).into_iter();
    let mut added = only_in(after, before).into_iter();
    let mut changes = Vec::new();
    loop {
        let (before, after) = (removed.next(), added.next());
        if before.is_none() && after.is_none() {
            return changes;
        }
        changes.push(Change {
            path: path.to_owned(),
            before,
            after,
        });
    }
}

fn in_words(condition: &Condition) -> String {
    let formula = one_line(condition.formula.source());
    match &condition.because {
        Some(because) => format!("{formula} (because {because})"),
        None => formula,
    }
}
