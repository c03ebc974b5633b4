//! What people and machines do to a platform, each a whole use case.

use crate::numbers::Numbers;
use crate::world::{CREATORS, FILES, World, brought, payee_rows};
use access::Scope;
use app::base::brought::Brought;
use app::base::error::Result;
use app::base::progress::Context;
use app::inputs::import;
use app::inputs::invalidate::{self, Mark, Subject};
use app::live;
use app::payouts::StoredBatch;
use app::payouts::batches::{self, Step};
use app::payouts::expire::{self, Mode};
use app::payouts::invoices::{self, WithPaid};
use app::payouts::payees::{self, Decision};
use app::payouts::prepare::{self, BatchSelection};
use app::payouts::{answer, approve, breaks, by_hand, export, recover, splits};
use app::settling::close::{self, Which};
use app::settling::restate;
use app::settling::settle::{self, Selection};
use app::workspace::Workspace;
use jiff::civil::Date;
use money::Ratio;
use payout::batch::{BatchState, PayoutId, PayoutState};
use payout::invoice::InvoiceReference;
use payout::payee::{Identity, PayeeId};
use payout::split::Shares;
use std::collections::BTreeSet;

/// The months in which something is earned.
pub const MONTHS: [&str; 3] = ["2026-08", "2026-09", "2026-10"];

/// One of them, with all that it names.
#[derive(Clone, Debug)]
pub enum Command {
    Import(usize),
    Settle(&'static str),
    SettleDue,
    Close(&'static str),
    CloseDue,
    Restate(&'static str),
    BookLive,
    Payees(u64),
    Decide(&'static str, Decision),
    Invalidate(u64),
    Split(&'static str, Date, &'static str),
    Consent(&'static str, u32),
    Prepare,
    Approve(String),
    Export(String),
    Step(String, Step),
    Told(String, PayoutId, PayoutState),
    Answer(Brought),
    CloseBreak(String),
    Invoice(&'static str),
    Receive(InvoiceReference, String),
    Expire,
}

impl Command {
    /// One that numbers choose, of what there is to do.
    pub fn chosen(numbers: &mut Numbers, workspace: &Workspace) -> Option<Command> {
        let month = MONTHS[numbers.below(3) as usize];
        let creator = CREATORS[numbers.below(6) as usize];
        Some(match numbers.below(40) {
            0..=4 => Command::Import(numbers.below(FILES.len() as u64) as usize),
            5..=6 => Command::Settle(month),
            7 => Command::SettleDue,
            8..=9 => Command::Close(month),
            10..=11 => Command::CloseDue,
            12..=14 => Command::Restate(month),
            15..=17 => Command::BookLive,
            18 => Command::Payees(numbers.below(14)),
            19 => Command::Decide(creator, decision(numbers)),
            20 => Command::Invalidate(numbers.below(3)),
            21 => Command::Split(creator, day(numbers), CREATORS[numbers.below(6) as usize]),
            22 => Command::Consent(creator, 1 + numbers.below(2) as u32),
            23..=24 => Command::Invoice(creator),
            25 => {
                let open = invoices::list(workspace, None, WithPaid::No).unwrap();
                let invoice = numbers.one(&open)?;
                Command::Receive(invoice.invoice.clone(), (1 + numbers.below(30)).to_string())
            }
            26 => {
                let open = breaks::list(workspace, breaks::Which::Open).unwrap();
                Command::CloseBreak(numbers.one(&open)?.id.clone())
            }
            27 => Command::Expire,
            28..=31 => Command::Prepare,
            _ => of_batch(numbers, &batches::list(workspace).unwrap())?,
        })
    }

    /// Whether it is done once under its key, however often it is called.
    pub fn is_keyed(&self) -> bool {
        !matches!(
            self,
            Command::Import(_)
                | Command::Settle(_)
                | Command::SettleDue
                | Command::Close(_)
                | Command::CloseDue
                | Command::Restate(_)
                | Command::BookLive
                | Command::Payees(_)
                | Command::Answer(_)
                | Command::Export(_)
                | Command::Split(..)
                | Command::Consent(..)
        )
    }

    pub fn run(&self, world: &World, workspace: &Workspace, context: &Context<'_>) -> Result<()> {
        match self {
            Command::Import(number) => {
                let (kind, _) = FILES[*number];
                import::import(workspace, kind, &[world.events(*number)], None, context).map(drop)
            }
            Command::Settle(month) => settled(workspace, &Selection::Period((*month).to_owned()), context),
            Command::SettleDue => settled(workspace, &Selection::Due, context),
            Command::Close(month) => close::close(
                workspace,
                Some("ads"),
                &Which::Period((*month).to_owned()),
                context,
            )
            .map(drop),
            Command::CloseDue => close::close(workspace, None, &Which::Due, context).map(drop),
            Command::Restate(month) => restate::restate(workspace, "ads", month, None, context).map(drop),
            Command::BookLive => live::book(workspace, context).map(drop),
            Command::Payees(edition) => {
                let file = brought(&format!("payees-{edition}.csv"), &payee_rows(*edition));
                payees::import(workspace, file, context).map(drop)
            }
            Command::Decide(creator, decision) => {
                payees::decide(workspace, creator, decision, context).map(drop)
            }
            Command::Invalidate(number) => {
                let mark = Mark {
                    subject: Subject::Viewer(format!("viewer-{number}")),
                    active: true,
                    evidence: "ring".to_owned(),
                    from: None,
                    until: None,
                };
                invalidate::mark(workspace, &[mark], context).map(drop)
            }
            Command::Split(creator, from, payee) => {
                let half = Ratio::new(1, 2).unwrap();
                let all = [*creator, *payee].map(|payee| (PayeeId::new(payee).unwrap(), half));
                match Shares::new(all.to_vec()) {
                    Ok(shares) => {
                        splits::enter(workspace, creator, (*from, shares), "a duo", context).map(drop)
                    }
                    // With oneself there is nothing to divide.
                    Err(_) => Ok(()),
                }
            }
            Command::Consent(creator, number) => {
                let consent = splits::Step::Consent(Some("contract".to_owned()));
                splits::step(workspace, (creator, *number), &consent, &Scope::All, context).map(drop)
            }
            _ => self.pay(workspace, context),
        }
    }

    /// The same of those that have to do with payouts.
    fn pay(&self, workspace: &Workspace, context: &Context<'_>) -> Result<()> {
        match self {
            Command::Prepare => prepare::prepare(workspace, &BatchSelection::default(), context).map(drop),
            Command::Approve(id) => {
                approve::approve(workspace, id, approve::Rates::Unsaid, None, context).map(drop)
            }
            Command::Export(id) => export::export(workspace, id, context).map(drop),
            Command::Step(id, step) => batches::step(workspace, id, step, context).map(drop),
            Command::Told(id, payout, to) => by_hand::settle(
                workspace,
                id,
                Some(std::slice::from_ref(payout)),
                *to,
                Some("as they say"),
                context,
            )
            .map(drop),
            Command::Answer(file) => answer::import(workspace, file.clone(), context).map(drop),
            Command::CloseBreak(id) => {
                breaks::decide(workspace, id, breaks::BreakState::Closed, "looked into", context).map(drop)
            }
            Command::Invoice(creator) => recover::invoice(workspace, creator, context).map(drop),
            Command::Receive(invoice, amount) => {
                let reference = format!("R{amount}");
                invoices::receive(workspace, invoice, amount, None, Some(&reference), context).map(drop)
            }
            Command::Expire => expire::expire(workspace, None, Mode::Book, context).map(drop),
            _ => unreachable!("{self:?} pays nobody"),
        }
    }
}

fn settled(workspace: &Workspace, selection: &Selection, context: &Context<'_>) -> Result<()> {
    settle::settle(workspace, Some("ads"), selection, context, |_| Ok(())).map(drop)
}

fn decision(numbers: &mut Numbers) -> Decision {
    match numbers.below(5) {
        0 => Decision::Hold("asked".to_owned()),
        1 | 2 => Decision::Unhold("answered".to_owned()),
        3 => Decision::Identity(Identity::Restricted, Some("asked".to_owned())),
        _ => Decision::Identity(Identity::Verified, Some("answered".to_owned())),
    }
}

fn day(numbers: &mut Numbers) -> Date {
    let month = 8 + numbers.below(4) as i8;
    Date::new(2026, month, 1 + numbers.below(28) as i8).unwrap()
}

/// A step with a batch that has not come to its end, or what a bank says of one.
fn of_batch(numbers: &mut Numbers, all: &[StoredBatch]) -> Option<Command> {
    let stored = numbers.one(all)?;
    let id = stored.batch.id.to_string();
    let payout = numbers.one(&stored.batch.payouts)?;
    Some(match (stored.batch.state, numbers.below(6)) {
        (BatchState::Prepared, 0..=2) => Command::Approve(id),
        (BatchState::Prepared | BatchState::Approved, 3) => {
            Command::Step(id, Step::Hold(payout.id.clone(), "looked at".to_owned()))
        }
        (BatchState::Prepared | BatchState::Approved, 4) => {
            Command::Step(id, Step::Release(payout.id.clone()))
        }
        (BatchState::Prepared | BatchState::Approved, 5) if numbers.below(3) == 0 => {
            Command::Step(id, Step::Cancel)
        }
        (BatchState::Approved, _) => Command::Export(id),
        (BatchState::Exported | BatchState::Executed | BatchState::Closed, 0..=2) => {
            let to = [PayoutState::Succeeded, PayoutState::Failed, PayoutState::Returned];
            Command::Told(id, payout.id.clone(), to[numbers.below(3) as usize])
        }
        (BatchState::Exported | BatchState::Executed | BatchState::Closed, _) => {
            let sent = stored.export.as_ref()?.sent.as_ref()?;
            let (ok, number) = (numbers.below(3) > 0, numbers.below(2));
            let status = if ok {
                "<TxSts>ACSC</TxSts>"
            } else {
                "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
            };
            let mut parts = String::new();
            for part in &sent.payments {
                let own: BTreeSet<_> = part.end_to_end_ids.iter().collect();
                let all: String = own
                    .into_iter()
                    .map(|one| {
                        format!("<TxInfAndSts><OrgnlEndToEndId>{one}</OrgnlEndToEndId>{status}</TxInfAndSts>")
                    })
                    .collect();
                parts.push_str(&format!(
                    "<OrgnlPmtInfAndSts><OrgnlPmtInfId>{}</OrgnlPmtInfId>{all}</OrgnlPmtInfAndSts>",
                    part.id
                ));
            }
            let text = format!(
                "<Document><CstmrPmtStsRpt><GrpHdr><MsgId>B{number}</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{id}</OrgnlMsgId></OrgnlGrpInfAndSts>{parts}</CstmrPmtStsRpt></Document>"
            );
            Command::Answer(brought(&format!("answer-{id}-{ok}-{number}.xml"), &text))
        }
        _ => return None,
    })
}
