//! A statement as text.

use super::{Section, Statement};
use crate::explain::grouped;
use std::fmt::{self, Write};

/// How many videos and lines the text shows; the statement has all.
const SHOWN: usize = 20;

/// The statement for people: sums by program, video and day in aligned columns.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Statement of creator {} for {}", self.creator, self.month)?;
        self.sections
            .iter()
            .try_for_each(|section| f.write_str(&section_text(section)))
    }
}

fn section_text(section: &Section) -> String {
    let mut text = String::new();
    let count = |count: u64| grouped(count);
    let programs = section.programs.iter().map(|row| {
        [
            row.name.clone(),
            count(row.lines),
            count(row.qualified_views),
            row.amount.to_string(),
        ]
    });
    columns(
        &mut text,
        ["Program", "Lines", "Qualified views", "Amount"],
        programs.collect(),
    );
    let videos = section
        .videos
        .iter()
        .take(SHOWN)
        .map(|row| [row.video.clone(), count(row.lines), row.amount.to_string()]);
    columns(&mut text, ["Video", "Lines", "Amount"], videos.collect());
    let hidden = section.videos.len().saturating_sub(SHOWN);
    if hidden > 0 {
        text.push_str(&format!("... and {} more videos\n", grouped(hidden as u64)));
    }
    let days = section
        .days
        .iter()
        .map(|row| [row.day.clone(), row.amount.to_string()]);
    columns(&mut text, ["Day or period", "Amount"], days.collect());
    text.push_str(&format!("\nTotal  {}\n", section.total));
    text
}

/// Writes a table: the first column to the left, the others to the right.
fn columns<const N: usize>(text: &mut String, head: [&str; N], rows: Vec<[String; N]>) {
    let head = head.map(str::to_owned);
    let all = || std::iter::once(&head).chain(&rows);
    let width = |at: usize| all().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    text.push('\n');
    for row in all() {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
            let written = if at == 0 {
                write!(line, "{cell:<width$}")
            } else {
                write!(line, "  {cell:>width$}")
            };
            written.expect("a string takes everything");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::{StatementError, StatementLine, statement};
    use jiff::civil::date;
    use money::{Asset, Money};
    use policy::Period;
    use policy::program::PeriodKind;

    fn usd(text: &str) -> Money {
        Money::parse(Asset::iso("USD").unwrap(), text).unwrap()
    }

    fn line(program: &str, period: &str, video: &str, amount: Money) -> StatementLine {
        let kind = if period.len() == 7 {
            PeriodKind::Month
        } else {
            PeriodKind::Day
        };
        StatementLine {
            program: program.to_owned(),
            program_name: format!("The {program}"),
            version: 1,
            period: Period::parse(period, kind).unwrap(),
            line: format!("ln_{program}_{period}_{video}"),
            video: video.into(),
            amount,
            views: 20,
            qualified_views: 10,
            days: Vec::new(),
        }
    }

    #[test]
    fn sums_by_program_video_and_day() {
        let mut pulse = line("pulse", "2026-10", "v2", usd("2.00"));
        pulse.days = vec![(date(2026, 10, 1), usd("1.25")), (date(2026, 10, 2), usd("0.75"))];
        let euros = line(
            "fund",
            "2026-10-01",
            "v1",
            Money::parse(Asset::iso("EUR").unwrap(), "9.00").unwrap(),
        );
        let lines = [
            line("fund", "2026-10-02", "v1", usd("3.00")),
            pulse,
            line("fund", "2026-10-01", "v1", usd("1.50")),
            line("rewards", "2026-10", "v,3", usd("-0.25")),
            euros,
        ];
        let statement = statement("c1", "2026-10", &lines).unwrap();
        let expected = "\
Statement of creator c1 for 2026-10

Program   Lines  Qualified views    Amount
The fund      1               10  9.00 EUR

Video  Lines    Amount
v1         1  9.00 EUR

Day or period    Amount
2026-10-01     9.00 EUR

Total  9.00 EUR

Program      Lines  Qualified views     Amount
The fund         2               20   4.50 USD
The pulse        1               10   2.00 USD
The rewards      1               10  -0.25 USD

Video  Lines     Amount
v1         2   4.50 USD
v2         1   2.00 USD
v,3        1  -0.25 USD

Day or period     Amount
2026-10        -0.25 USD
2026-10-01      2.75 USD
2026-10-02      3.75 USD

Total  6.25 USD
";
        assert_eq!(statement.to_string(), expected);
        let json = serde_json::to_value(&statement).unwrap();
        assert_eq!(json["sections"][1]["total"], "6.25 USD");
    }

    #[test]
    fn days_must_add_up() {
        let mut wrong = line("pulse", "2026-10", "v2", usd("2.00"));
        wrong.days = vec![(date(2026, 10, 1), usd("1.25"))];
        let error = statement("c1", "2026-10", &[wrong]).unwrap_err();
        assert!(matches!(error, StatementError::Days { .. }));
        assert_eq!(
            statement("c1", "2026-10", &[]).unwrap().to_string(),
            "Statement of creator c1 for 2026-10\n"
        );
    }
}
