//! A backtest as text.

use super::{Change, Comparison, Crowd, Summary};
use crate::explain::grouped;
use std::fmt;

impl Summary {
    /// The figures with their names.
    pub fn figures(&self) -> Vec<(&'static str, String)> {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            ("Periods", grouped(self.periods)),
            ("Gross", self.gross.to_string()),
            ("Paid to creators", self.total.to_string()),
            ("Creators eligible", grouped(self.creators_eligible)),
            ("Creators paid", grouped(self.creators_paid)),
            ("Gini", or_none(&self.gini)),
            ("Share of the top 1 %", or_none(&self.top_one_percent)),
            (
                "Median creator",
                self.amounts
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), |p| p.p50.to_string()),
            ),
        ]
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self
            .figures()
            .into_iter()
            .map(|(name, value)| vec![name.to_owned(), value]);
        table(f, rows.collect())?;
        if !self.largest.is_empty() {
            writeln!(f, "\nBest-paid creators")?;
            let rows = self
                .largest
                .iter()
                .map(|entry| vec![entry.creator.to_string(), entry.amount.to_string()]);
            table(f, rows.collect())?;
        }
        Ok(())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![vec![String::new(), "new".to_owned(), "against".to_owned()]];
        for ((name, new), (_, old)) in self.candidate.figures().into_iter().zip(self.baseline.figures()) {
            rows.push(vec![name.to_owned(), new, old]);
        }
        table(f, rows)?;
        writeln!(f, "\nDifference in cost: {}", self.difference)?;
        let counts = [self.winners, self.losers, self.unchanged].map(grouped);
        writeln!(
            f,
            "Winners {}, losers {}, unchanged {}",
            counts[0], counts[1], counts[2]
        )?;
        crowd(f, "Entering eligibility", &self.entering)?;
        crowd(f, "Leaving eligibility", &self.leaving)?;
        if let Some(changes) = &self.changes {
            writeln!(f, "\nChange per creator by percentile")?;
            table(
                f,
                changes
                    .named()
                    .into_iter()
                    .map(|(name, money)| vec![name.to_owned(), money.to_string()])
                    .collect(),
            )?;
        }
        named(f, "Largest gains", &self.largest_gains)?;
        named(f, "Largest losses", &self.largest_losses)
    }
}

fn crowd(f: &mut fmt::Formatter<'_>, title: &str, crowd: &Crowd) -> fmt::Result {
    write!(f, "{title}: {}", grouped(crowd.count))?;
    if crowd.count > 0 {
        let more = if crowd.count > crowd.first.len() as u64 {
            ", ..."
        } else {
            ""
        };
        write!(
            f,
            " ({}{more})",
            crowd.first.iter().map(|id| &**id).collect::<Vec<_>>().join(", ")
        )?;
    }
    writeln!(f)
}

fn named(f: &mut fmt::Formatter<'_>, title: &str, changes: &[Change]) -> fmt::Result {
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    let mut rows = vec![
        ["Creator", "Before", "After", "Difference"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(changes.iter().map(|change| {
        let amounts = [change.before, change.after, change.difference].map(|amount| amount.to_string());
        std::iter::once(change.creator.to_string())
            .chain(amounts)
            .collect()
    }));
    table(f, rows)
}

/// Aligned columns: the first to the left, the others to the right.
fn table(f: &mut fmt::Formatter<'_>, rows: Vec<Vec<String>>) -> fmt::Result {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        rows.iter()
            .filter_map(|row| row.get(at))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let mut cells = row.iter().zip(&widths);
        if let Some((cell, width)) = cells.next() {
            write!(f, "{cell:<width$}")?;
        }
        cells.try_for_each(|(cell, width)| write!(f, "  {cell:>width$}"))?;
        writeln!(f)?;
    }
    Ok(())
}
