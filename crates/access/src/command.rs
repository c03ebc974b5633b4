//! What each command needs: one table, by the words that it is called and recorded by.

use crate::permission::Permission as P;

/// What a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it touches no workspace, or makes one.
    Nothing,
    /// This.
    Permission(P),
}

const fn needs_it(permission: P) -> Needs {
    Needs::Permission(permission)
}

/// Commands by their words; longer ones say what an option makes of a command.
const TABLE: [(&str, Needs); 86] = [
    ("demo", Needs::Nothing),
    ("init", Needs::Nothing),
    ("generate", Needs::Nothing),
    ("completions", Needs::Nothing),
    ("import", needs_it(P::Import)),
    ("quarantine", needs_it(P::ReadEvents)),
    ("archive", needs_it(P::ReadEvents)),
    ("facts", needs_it(P::ReadEvents)),
    ("verdicts", needs_it(P::ReadEvents)),
    ("funnel", needs_it(P::ReadEvents)),
    ("program check", Needs::Nothing),
    ("program apply", needs_it(P::ApplyPrograms)),
    ("program list", needs_it(P::ReadPrograms)),
    ("program show", needs_it(P::ReadPrograms)),
    ("program diff", needs_it(P::ReadPrograms)),
    ("simulate", needs_it(P::ReadResults)),
    ("settle", needs_it(P::Settle)),
    ("restate", needs_it(P::Settle)),
    ("invalidate", needs_it(P::Invalidate)),
    ("period status", needs_it(P::ReadResults)),
    ("period close", needs_it(P::ClosePeriods)),
    ("period lock", needs_it(P::ClosePeriods)),
    ("live book", needs_it(P::BookLive)),
    ("live period", needs_it(P::ReadResults)),
    ("live rooms", needs_it(P::ReadResults)),
    ("live room", needs_it(P::ReadResults)),
    ("live catalogue", needs_it(P::ReadPrograms)),
    ("live wallet", needs_it(P::ReadResults)),
    ("live waiting", needs_it(P::ReadResults)),
    ("payee import", needs_it(P::KeepPayees)),
    ("payee list", needs_it(P::ReadPayouts)),
    ("payee show", needs_it(P::ReadPayouts)),
    ("payee history", needs_it(P::ReadPayouts)),
    ("payee verify", needs_it(P::KeepPayees)),
    ("payee pending", needs_it(P::KeepPayees)),
    ("payee restrict", needs_it(P::KeepPayees)),
    ("payee reject", needs_it(P::KeepPayees)),
    ("payee hold", needs_it(P::KeepPayees)),
    ("payee unhold", needs_it(P::LiftHolds)),
    ("payee confirm", needs_it(P::LiftHolds)),
    ("payee tax-form", needs_it(P::KeepPayees)),
    ("payee split", needs_it(P::KeepPayees)),
    ("payee withdraw", needs_it(P::KeepPayees)),
    ("payee consent", needs_it(P::ConsentToSplits)),
    ("payee splits", needs_it(P::ReadEarnings)),
    ("payout preview", needs_it(P::ReadPayouts)),
    ("payout prepare", needs_it(P::PreparePayouts)),
    ("payout approve", needs_it(P::ApprovePayouts)),
    ("payout cancel", needs_it(P::PreparePayouts)),
    ("payout hold", needs_it(P::PreparePayouts)),
    ("payout release", needs_it(P::LiftHolds)),
    ("payout export", needs_it(P::PreparePayouts)),
    ("payout import-answer", needs_it(P::ImportAnswers)),
    ("payout settle", needs_it(P::DecideOutcomes)),
    ("payout list", needs_it(P::ReadPayouts)),
    ("payout show", needs_it(P::ReadPayouts)),
    ("payout breaks", needs_it(P::ReadPayouts)),
    ("payout breaks --close", needs_it(P::DecideOutcomes)),
    ("payout vouch", needs_it(P::DecideOutcomes)),
    ("payout expire", needs_it(P::ReadPayouts)),
    ("payout expire --yes", needs_it(P::KeepBooks)),
    ("payout recover", needs_it(P::KeepBooks)),
    ("payout invoices", needs_it(P::ReadPayouts)),
    ("payout receive", needs_it(P::ImportAnswers)),
    ("ledger accounts", needs_it(P::ReadBooks)),
    ("ledger balances", needs_it(P::ReadBooks)),
    ("ledger trial-balance", needs_it(P::ReadBooks)),
    ("ledger entries", needs_it(P::ReadBooks)),
    ("ledger mend-clock", needs_it(P::KeepBooks)),
    ("ledger verify", needs_it(P::ReadBooks)),
    ("ledger export", needs_it(P::ReadBooks)),
    ("audit list", needs_it(P::ReadBooks)),
    ("audit show", needs_it(P::ReadBooks)),
    ("audit messages", needs_it(P::ReadBooks)),
    ("audit verify", needs_it(P::ReadBooks)),
    ("runs", needs_it(P::ReadResults)),
    ("verify", needs_it(P::ReadBooks)),
    ("backup", needs_it(P::BackUp)),
    ("lines", needs_it(P::ReadEarnings)),
    ("statement", needs_it(P::ReadEarnings)),
    ("explain", needs_it(P::ReadEarnings)),
    ("actor add", needs_it(P::KeepActors)),
    ("actor change", needs_it(P::KeepActors)),
    ("actor suspend", needs_it(P::KeepActors)),
    ("actor restore", needs_it(P::KeepActors)),
    ("actor list", needs_it(P::ReadBooks)),
];

/// The words of every command.
pub fn commands() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(command, _)| *command)
}

/// What a command needs, by its words; none: there is no such command.
pub fn needs(words: &str) -> Option<Needs> {
    let found = TABLE.iter().find(|(command, _)| *command == words);
    found.map(|(_, needs)| *needs)
}
