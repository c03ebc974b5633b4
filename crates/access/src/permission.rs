//! What a role may do: one table.

use crate::role::{Reach, Role};

/// Something that an actor may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See what the archive holds and how views were judged.
    ReadEvents,
    /// Bring events in.
    Import,
    /// Mark views and viewers as invalid.
    Invalidate,
    /// See programs, and try documents on the past.
    ReadPrograms,
    /// Put a version of a program into force.
    ApplyPrograms,
    /// Decide who earned what in a period, again where inputs have changed.
    Settle,
    /// Close and lock periods.
    ClosePeriods,
    /// Book gifts, purchases and refunds of LIVE.
    BookLive,
    /// See what a creator earned, and why.
    ReadEarnings,
    /// See what periods, rooms and documents come to, for everybody.
    ReadResults,
    /// See and verify the books, and who changed them.
    ReadBooks,
    /// Write in the books by hand: what is owed and not paid, time that is mended.
    KeepBooks,
    /// See payees, payouts, breaks and invoices.
    ReadPayouts,
    /// Bring in, check and hold payees.
    KeepPayees,
    /// Let payees and payouts go that somebody held.
    LiftHolds,
    /// Consent to a split of what a creator earns: the creator does, or who names the evidence.
    ConsentToSplits,
    /// Prepare payouts, write their files, give them up.
    PreparePayouts,
    /// Sign as the second person.
    ApprovePayouts,
    /// Bring in banks' answers and money that came in.
    ImportAnswers,
    /// Say without a file what became of a payout; close and reopen breaks.
    DecideOutcomes,
    /// Say who there is, and in which roles.
    KeepActors,
    /// Copy all that there is.
    BackUp,
}

use Permission as P;
use Role as R;

/// Whoever works for the platform.
const STAFF: [Role; 7] = [
    R::Admin,
    R::Engineer,
    R::Designer,
    R::Finance,
    R::Approver,
    R::Support,
    R::Auditor,
];

/// What each permission is given to: to these roles for everything, to those for what is their own.
const TABLE: [(Permission, &[Role], &[Role]); 22] = [
    (
        P::ReadEvents,
        &[
            R::Admin,
            R::Engineer,
            R::Designer,
            R::Finance,
            R::Support,
            R::Auditor,
        ],
        &[],
    ),
    (P::Import, &[R::Engineer], &[]),
    (P::Invalidate, &[R::Engineer, R::Support], &[]),
    (P::ReadPrograms, &R::ALL, &[]),
    (P::ApplyPrograms, &[R::Designer], &[]),
    (P::Settle, &[R::Engineer, R::Finance], &[]),
    (P::ClosePeriods, &[R::Finance], &[]),
    (P::BookLive, &[R::Engineer, R::Finance], &[]),
    (P::ReadEarnings, &STAFF, &[R::Payee, R::Creator]),
    (P::ReadResults, &STAFF, &[]),
    (
        P::ReadBooks,
        &[R::Admin, R::Engineer, R::Finance, R::Approver, R::Auditor],
        &[],
    ),
    (P::KeepBooks, &[R::Finance], &[]),
    (
        P::ReadPayouts,
        &[R::Admin, R::Finance, R::Approver, R::Support, R::Auditor],
        &[],
    ),
    (P::KeepPayees, &[R::Finance], &[]),
    (P::LiftHolds, &[R::Finance], &[]),
    (P::ConsentToSplits, &[R::Finance, R::Approver], &[R::Creator]),
    (P::PreparePayouts, &[R::Finance], &[]),
    (P::ApprovePayouts, &[R::Approver], &[]),
    (P::ImportAnswers, &[R::Finance, R::Approver], &[]),
    (P::DecideOutcomes, &[R::Finance, R::Approver], &[]),
    (P::KeepActors, &[R::Admin], &[]),
    (P::BackUp, &[R::Admin], &[]),
];

impl Permission {
    /// Every permission.
    pub fn all() -> impl Iterator<Item = Permission> {
        TABLE.iter().map(|(permission, ..)| *permission)
    }

    /// How far a role may do it; none: not at all.
    pub fn of(self, role: Role) -> Option<Reach> {
        let (all, own) = self.row();
        let whole = all.contains(&role).then_some(Reach::All);
        whole.or(own.contains(&role).then_some(Reach::Own))
    }

    /// The roles that may do it with everything.
    pub fn roles(self) -> &'static [Role] {
        self.row().0
    }

    /// Whom it is given to, for everything and for what is their own.
    fn row(self) -> (&'static [Role], &'static [Role]) {
        let row = TABLE.iter().find(|(permission, ..)| *permission == self);
        row.map_or((&[], &[]), |(_, all, own)| (*all, *own))
    }

    /// Whether a person must do it, and no machine: a second person who is none signs nothing.
    pub const fn needs_a_person(self) -> bool {
        matches!(
            self,
            P::ApprovePayouts | P::LiftHolds | P::ConsentToSplits | P::DecideOutcomes | P::KeepActors
        )
    }

    /// Whether it changes the books.
    pub const fn writes(self) -> bool {
        !matches!(
            self,
            P::ReadEvents
                | P::ReadPrograms
                | P::ReadEarnings
                | P::ReadResults
                | P::ReadBooks
                | P::ReadPayouts
                | P::BackUp
        )
    }

    /// What it is, behind "may not".
    pub const fn words(self) -> &'static str {
        match self {
            P::ReadEvents => "see events",
            P::Import => "bring events in",
            P::Invalidate => "mark views as invalid",
            P::ReadPrograms => "see programs",
            P::ApplyPrograms => "put programs into force",
            P::Settle => "settle periods",
            P::ClosePeriods => "close periods",
            P::BookLive => "book LIVE",
            P::ReadEarnings => "see earnings",
            P::ReadResults => "see results of everybody",
            P::ReadBooks => "see the books",
            P::KeepBooks => "write in the books by hand",
            P::ReadPayouts => "see payouts",
            P::KeepPayees => "change payees",
            P::LiftHolds => "let go what somebody held",
            P::ConsentToSplits => "consent to splits",
            P::PreparePayouts => "prepare payouts",
            P::ApprovePayouts => "approve payouts",
            P::ImportAnswers => "bring in banks' answers",
            P::DecideOutcomes => "say what became of payouts",
            P::KeepActors => "say who there is",
            P::BackUp => "copy the workspace",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_prepares_does_not_approve_and_who_reads_changes_nothing() {
        let may = |role: Role, permission: Permission| permission.of(role).is_some();
        for role in Role::ALL {
            assert!(
                !(may(role, P::PreparePayouts) && may(role, P::ApprovePayouts)),
                "{role}"
            );
        }
        for permission in Permission::all().filter(|permission| *permission != P::BackUp) {
            assert_eq!(
                may(R::Auditor, permission),
                !permission.writes(),
                "{permission:?}"
            );
            let admins = !permission.writes() || permission == P::KeepActors;
            assert_eq!(may(R::Admin, permission), admins, "{permission:?}");
        }
    }

    #[test]
    fn every_permission_is_once_in_the_table_and_is_somebodys() {
        let all: Vec<Permission> = Permission::all().collect();
        for (at, permission) in all.iter().enumerate() {
            assert!(!all[..at].contains(permission), "{permission:?}");
            assert!(!permission.roles().is_empty(), "{permission:?}");
        }
        assert_eq!(P::ReadEarnings.of(R::Creator), Some(Reach::Own));
        assert_eq!(P::ReadEarnings.of(R::Finance), Some(Reach::All));
        assert_eq!(P::ReadPayouts.of(R::Creator), None);
    }
}
