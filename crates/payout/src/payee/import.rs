//! What a row of a file may change of a payee that is known: anything, but never what somebody decided.
//!
//! Files come from outside, again and again, and from people who may not decide. So a hold, a restriction and a mark of a failed
//! payment are only ever set by a row; they are lifted by the command of somebody who gives a reason. What a row does not say it does
//! not change, and a row that says the same as the last one leaves alone what was decided since.

use super::{Identity, Payee, SanctionsHold};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A payee as a row of a file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayeeRow {
    /// The line, from 1.
    pub line: u64,
    /// The payee; what the row does not say is as for somebody new.
    pub payee: Payee,
    /// What the row says of matters that people decide.
    pub says: Says,
}

/// Which matters a row speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// The state of the identity check: a cell that is filled in, or a field.
    pub identity: bool,
    /// The sanctions hold: a column, filled in or not, or a field. An empty cell says that there is none.
    pub sanctions_hold: bool,
    /// The tax form: a cell that is filled in, or a field.
    pub tax_form: bool,
}

/// What a person decided by a command, and not a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// The state of the identity check.
    #[serde(default)]
    pub identity: bool,
    /// The tax form.
    #[serde(default)]
    pub tax_form: bool,
}

impl Decided {
    /// Whether nothing was.
    pub fn is_nothing(&self) -> bool {
        *self == Decided::default()
    }
}

/// A payee that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// As it is now.
    pub payee: Payee,
    /// As the last row said.
    pub imported: Payee,
    /// What people decided of it.
    pub decided: Decided,
}

/// What a row would lift, which a row may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lifts {
    /// A sanctions hold.
    #[error("it would lift the hold on payee `{id}` since {since}")]
    Hold {
        /// The payee.
        id: String,
        /// Since when it stands.
        since: Date,
    },
    /// The state of the identity check.
    #[error("it would change the identity of payee `{id}` from {from}, which somebody decided, to {to}")]
    Identity {
        /// The payee.
        id: String,
        /// The state it is in.
        from: Identity,
        /// The state that the row says.
        to: Identity,
    },
    /// A tax form.
    #[error("it would change the tax form of payee `{id}`, which somebody entered")]
    TaxForm {
        /// The payee.
        id: String,
    },
}

impl Lifts {
    /// The column to blame.
    pub const fn field(&self) -> &'static str {
        match self {
            Lifts::Hold { .. } => "sanctions_since",
            Lifts::Identity { .. } => "identity",
            Lifts::TaxForm { .. } => "tax_form",
        }
    }

    /// The command that may do it.
    pub fn hint(&self) -> String {
        match self {
            Lifts::Hold { id, .. } => format!(
                "`permille payee unhold {id} --reason TEXT` lifts it; a file without the column sanctions_since leaves it alone"
            ),
            Lifts::Identity { id, from, to } => match (from, to) {
                (Identity::Rejected, Identity::Verified) => format!(
                    "`permille payee pending {id} --reason TEXT`, and then `permille payee verify {id}`; an empty cell leaves it alone"
                ),
                (_, Identity::Verified) => format!(
                    "`permille payee verify {id} --reason TEXT` does so; an empty cell leaves it alone"
                ),
                (_, Identity::Restricted) => format!(
                    "`permille payee pending {id} --reason TEXT` takes the case up again; an empty cell leaves it alone"
                ),
                _ => format!(
                    "`permille payee pending {id} --reason TEXT` does so; an empty cell leaves it alone"
                ),
            },
            Lifts::TaxForm { id } => {
                format!("`permille payee tax-form {id}` changes it; an empty cell leaves it alone")
            }
        }
    }
}

impl Known {
    /// The payee after a row. Errors: the first thing that the row would lift; nothing of it is taken then.
    pub fn after(&self, row: &PayeeRow) -> Result<Known, Lifts> {
        let mut next = Known {
            payee: row.payee.clone(),
            imported: row.payee.clone(),
            decided: Decided {
                // What differs from the last row was decided: payees of older versions do not say so themselves.
                identity: self.decided.identity || self.payee.identity != self.imported.identity,
                tax_form: self.decided.tax_form || self.payee.tax_form != self.imported.tax_form,
            },
        };
        (next.payee.sanctions_hold, next.imported.sanctions_hold) = self.hold_after(row)?;
        (next.payee.identity, next.imported.identity) = self.identity_after(row, next.decided)?;
        let (now, last) = (&self.payee.tax_form, &self.imported.tax_form);
        if !row.says.tax_form {
            (next.payee.tax_form, next.imported.tax_form) = (now.clone(), last.clone());
        } else if row.payee.tax_form == *last {
            next.payee.tax_form = now.clone();
        } else if next.decided.tax_form && row.payee.tax_form != *now {
            return Err(Lifts::TaxForm { id: self.id() });
        }
        next.payee.failed = self.payee.failed.clone();
        for failed in &row.payee.failed {
            // What was confirmed since the last row is not brought back by the same row.
            if !self.imported.failed.contains(failed) {
                next.payee.add_failure(failed.clone());
            }
        }
        Ok(next)
    }

    fn id(&self) -> String {
        self.payee.id.to_string()
    }

    /// The hold now and as the last row said.
    fn hold_after(&self, row: &PayeeRow) -> Result<(Option<SanctionsHold>, Option<SanctionsHold>), Lifts> {
        let (now, last) = (&self.payee.sanctions_hold, &self.imported.sanctions_hold);
        let said = &row.payee.sanctions_hold;
        if !row.says.sanctions_hold {
            return Ok((now.clone(), last.clone()));
        }
        match (now, said) {
            _ if said == last => Ok((now.clone(), last.clone())),
            (Some(hold), None) => Err(Lifts::Hold {
                id: self.id(),
                since: hold.since,
            }),
            // One that stands is not overwritten: its day and reason are somebody's. Both are known to whoever lifts it.
            (Some(hold), Some(other)) => Ok((Some(hold.and(&other.reason)), said.clone())),
            (None, _) => Ok((said.clone(), said.clone())),
        }
    }

    /// The identity now and as the last row said.
    fn identity_after(&self, row: &PayeeRow, decided: Decided) -> Result<(Identity, Identity), Lifts> {
        let (now, last, said) = (self.payee.identity, self.imported.identity, row.payee.identity);
        if !row.says.identity || said == last {
            return Ok((now, last));
        }
        let is_stricter = strictness(said) >= strictness(now);
        let is_a_files = matches!(now, Identity::Unverified | Identity::Pending) && !decided.identity;
        if is_stricter || is_a_files {
            return Ok((said, said));
        }
        Err(Lifts::Identity {
            id: self.id(),
            from: now,
            to: said,
        })
    }
}

/// How much a state keeps from being paid.
const fn strictness(identity: Identity) -> u8 {
    match identity {
        Identity::Verified => 0,
        Identity::Unverified | Identity::Pending => 1,
        Identity::Restricted => 2,
        Identity::Rejected => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payee::{FailedPayment, TaxForm, read_csv};
    use crate::testing::payee;
    use jiff::civil::date;
    use proptest::prelude::*;

    const ALL: Says = Says {
        identity: true,
        sanctions_hold: true,
        tax_form: true,
    };

    fn hold(reason: &str) -> Option<SanctionsHold> {
        Some(SanctionsHold {
            since: date(2026, 11, 28),
            reason: reason.to_owned(),
        })
    }

    fn known(change: impl Fn(&mut Payee)) -> Known {
        let imported = payee(&[]);
        let mut now = imported.clone();
        change(&mut now);
        Known {
            payee: now,
            imported,
            decided: Decided::default(),
        }
    }

    fn row(says: Says, change: impl Fn(&mut Payee)) -> PayeeRow {
        let mut payee = payee(&[]);
        change(&mut payee);
        PayeeRow { line: 2, payee, says }
    }

    #[test]
    fn a_hold_is_set_and_never_lifted() {
        let held = known(|now| now.sanctions_hold = hold("OFAC"));
        // A file that never had holds leaves it alone.
        let same = held.after(&row(ALL, |_| ())).unwrap();
        assert_eq!(
            same,
            Known {
                decided: same.decided,
                ..held.clone()
            }
        );
        // One of its own stands beside the one that stands, and lifts nothing afterwards.
        let twice = held
            .after(&row(ALL, |payee| payee.sanctions_hold = hold("x")))
            .unwrap();
        assert_eq!(twice.payee.sanctions_hold, hold("OFAC; x"));
        let error = twice.after(&row(ALL, |_| ())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it would lift the hold on payee `anna` since 2026-11-28"
        );
        assert!(
            error.hint().contains("payee unhold anna --reason"),
            "{}",
            error.hint()
        );
        // A file without the column says nothing.
        let silent = twice.after(&row(Says::default(), |_| ())).unwrap();
        assert_eq!(silent, twice);
        // One that a file set is not lifted by a file either.
        let set = known(|_| ())
            .after(&row(ALL, |payee| payee.sanctions_hold = hold("x")))
            .unwrap();
        assert_eq!(set.payee.sanctions_hold, hold("x"));
        assert!(set.after(&row(ALL, |_| ())).is_err());
        // Once it is lifted by command, both the old and a new file may come.
        let mut lifted = set.clone();
        lifted.payee.sanctions_hold = None;
        for file in [hold("x"), None] {
            let next = lifted
                .after(&row(ALL, |payee| payee.sanctions_hold = file.clone()))
                .unwrap();
            assert_eq!(next.payee.sanctions_hold, None);
        }
    }

    #[test]
    fn who_may_change_an_identity_to_what() {
        use Identity::{Pending, Rejected, Restricted, Unverified, Verified};
        for (now, said, decided, is_taken) in [
            (Verified, Restricted, true, true),
            (Verified, Pending, true, true),
            (Restricted, Rejected, true, true),
            (Restricted, Pending, true, false),
            (Restricted, Pending, false, false),
            (Restricted, Unverified, false, false),
            (Rejected, Restricted, false, false),
            (Rejected, Verified, false, false),
            (Pending, Verified, true, false),
            (Pending, Verified, false, true),
            (Unverified, Verified, false, true),
            (Unverified, Pending, true, true),
        ] {
            // The last row said something else again.
            let last = Identity::ALL
                .into_iter()
                .find(|state| ![now, said].contains(state));
            let mut before = known(|now_is| now_is.identity = now);
            before.imported.identity = if decided { last.unwrap() } else { now };
            before.decided.identity = decided;
            let after = before.after(&row(ALL, |payee| payee.identity = said));
            assert_eq!(after.is_ok(), is_taken, "{now} {said} {decided} {after:?}");
            let silent = before
                .after(&row(Says::default(), |payee| payee.identity = said))
                .unwrap();
            assert_eq!(
                (silent.payee.identity, silent.imported.identity),
                (now, before.imported.identity)
            );
        }
    }

    #[test]
    fn marks_of_failed_payments_stay() {
        let mark = |party: bool, number: usize| FailedPayment {
            on: date(2026, 11, 16),
            reason: "AC04".into(),
            to: match number {
                0 => payee(&[]).method().unwrap().to.clone(),
                _ => serde_json::from_str(&format!(r#"{{"rail":"paypal","email":"a{number}@b.example"}}"#))
                    .unwrap(),
            },
            party: party.then(|| super::super::Party {
                name: super::super::Name::new("Somebody Else").unwrap(),
                address: payee(&[]).address,
            }),
        };
        let failed = known(|now| now.note_failure(mark(false, 0)));
        // Neither an empty list, nor another mark of the account, nor so many that the oldest would go.
        for marks in [
            vec![],
            vec![mark(true, 0)],
            (1..40).map(|n| mark(false, n)).collect(),
        ] {
            let once = failed
                .after(&row(ALL, |payee| payee.failed.clone_from(&marks)))
                .unwrap();
            let again = once.after(&row(ALL, |_| ())).unwrap();
            for next in [once, again] {
                assert!(next.payee.failure().is_some());
                assert_eq!(next.payee.failed[0], mark(false, 0));
            }
        }
    }

    #[test]
    fn a_tax_form_that_somebody_entered_is_changed_by_command() {
        let entered = known(|now| now.tax_form = TaxForm::None);
        assert!(
            entered.after(&row(ALL, |_| ())).is_ok(),
            "the same file as before"
        );
        let form = serde_json::from_str::<TaxForm>(
            r#"{"form":"w8ben","country":"DE","treaty_rate":"0%","signed_on":"2026-01-01"}"#,
        )
        .unwrap();
        let other = row(ALL, |payee| payee.tax_form = form.clone());
        assert_eq!(entered.after(&other).unwrap_err().field(), "tax_form");
        let none = entered
            .after(&row(ALL, |payee| payee.tax_form = TaxForm::None))
            .unwrap();
        // In two steps neither.
        assert!(none.after(&row(ALL, |_| ())).is_err());
        assert_eq!(known(|_| ()).after(&other).unwrap().payee.tax_form, form);
    }

    #[test]
    fn a_csv_row_says_what_its_cells_say() {
        let text = |columns: &str, cells: &str| {
            format!("id,name,residence,town,country{columns}\nanna,Anna,DE,Berlin,DE{cells}\n")
        };
        for (columns, cells, says) in [
            ("", "", Says::default()),
            (",identity,tax_form", ",,", Says::default()),
            (
                ",sanctions_since",
                ",",
                Says {
                    sanctions_hold: true,
                    ..Says::default()
                },
            ),
            (
                ",identity,tax_form,sanctions_since,sanctions_reason",
                ",verified,none,2026-11-01,x",
                ALL,
            ),
        ] {
            let rows = read_csv(&text(columns, cells));
            assert_eq!(rows[0].as_ref().unwrap().says, says, "{columns}");
        }
        let rows = read_csv(&text(",sanctions_reason", ",x"));
        assert!(rows[0].as_ref().unwrap_err().reason.contains("without a day"));
    }

    fn any_row() -> impl Strategy<Value = PayeeRow> {
        let says = (any::<bool>(), any::<bool>(), any::<bool>());
        (says, 0_usize..5, 0_usize..3).prop_map(|((identity, sanctions_hold, tax_form), state, held)| {
            let says = Says {
                identity,
                sanctions_hold,
                tax_form,
            };
            row(says, |payee| {
                payee.identity = Identity::ALL[state];
                payee.sanctions_hold = [None, hold("x"), hold("y")][held].clone();
            })
        })
    }

    proptest! {
        #[test]
        fn no_chain_of_files_frees_somebody(rows in prop::collection::vec(any_row(), 0..12), state in 2_usize..5) {
            let start = Identity::ALL[state];
            let mut now = known(|now| {
                now.identity = start;
                now.sanctions_hold = hold("OFAC");
            });
            for row in &rows {
                now = now.after(row).unwrap_or(now);
                // Reasons of files stand beside the first one.
                let reason = &now.payee.sanctions_hold.as_ref().unwrap().reason;
                prop_assert!(reason == "OFAC" || reason.starts_with("OFAC; "), "{}", reason);
                prop_assert!(strictness(now.payee.identity) >= strictness(start));
            }
        }
    }
}
