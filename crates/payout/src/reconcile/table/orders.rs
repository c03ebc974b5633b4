//! What really happened, told in messages that are read in whatever order, by whom ever: what may be out is not free, and what left
//! twice is seen.

use super::*;
use crate::reconcile::{against_waiting, hold_back};

/// What happens, day after day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happens {
    TakenOn,
    /// For a reason of the payee's.
    Refused,
    /// A second submission, as sent before.
    Duplicate,
    Pending,
    Leaves,
    ComesBack,
    /// The bank takes back that it came back, and names nothing.
    TakenBack,
}

/// The forms of [`Told`].
const SUM: usize = 2;
const KEPT: usize = 3;

/// Of one payout: how much of its money is out, how often it left, and whether the bank has it without having booked it.
#[derive(Clone, Copy, Debug, Default)]
struct Truth {
    out: u32,
    ever: u32,
    is_on_its_way: bool,
}

impl Truth {
    /// What there is after something else; none: that cannot happen.
    fn after(self, next: Happens) -> Option<Self> {
        let on_its_way = |is_on_its_way| Self {
            is_on_its_way,
            ..self
        };
        match next {
            Happens::TakenOn | Happens::Pending => Some(on_its_way(true)),
            // The bank refuses by itself what has not left, and as sent before what has.
            Happens::Refused => (self.ever == 0).then(|| on_its_way(false)),
            Happens::Duplicate => (self.out > 0 || self.is_on_its_way).then_some(self),
            Happens::Leaves => Some(Self {
                out: self.out + 1,
                ever: self.ever + 1,
                is_on_its_way: false,
            }),
            Happens::TakenBack => (self.out < self.ever).then(|| Self {
                out: self.out + 1,
                ..self
            }),
            Happens::ComesBack => (self.out > 0).then(|| Self {
                out: self.out - 1,
                ..self
            }),
        }
    }

    fn may_be_out(self) -> bool {
        self.out > 0 || self.is_on_its_way
    }
}

/// What a bank tells: of the first payout, or of all four.
#[derive(Clone, Copy, Debug)]
struct Told {
    happens: Happens,
    is_of_all: bool,
    /// With a reference of the bank's, without, as a sum, or with a reference that the bank keeps when it books something anew.
    form: usize,
    day: usize,
    /// Its place in what happens, from 1.
    at: usize,
    /// Whether statements have numbers.
    is_numbered: bool,
}

impl Told {
    fn message(self) -> String {
        let Self { day, form, at, .. } = self;
        match self.happens {
            Happens::TakenOn => self.report("ACSP"),
            Happens::Refused => self.report("RJCT AC04"),
            Happens::Duplicate => self.report("RJCT DU01"),
            Happens::Pending => {
                self.in_statement(self.entry(&format!("- {day}")).replace(">BOOK<", ">PDNG<"))
            }
            Happens::Leaves | Happens::ComesBack | Happens::TakenBack => {
                let sign = if self.happens == Happens::ComesBack {
                    '+'
                } else {
                    '-'
                };
                let reference = match form {
                    1 => String::new(),
                    KEPT => " B1".to_owned(),
                    _ => format!(" B{at}0"),
                };
                self.in_statement(self.entry(&format!("{sign} {day}{reference}")))
            }
        }
    }

    fn in_statement(self, entry: String) -> String {
        match self.is_numbered {
            true => format!("<ElctrncSeqNb>{}</ElctrncSeqNb>{entry}", self.at),
            false => entry,
        }
    }

    fn report(self, said: &str) -> String {
        let made = format!(
            "<GrpHdr><CreDtTm>2026-11-0{}T10:{:02}:00</CreDtTm></GrpHdr>",
            self.day, self.at
        );
        let of_each = ["{1}", "{2}", "{3}", "{4}"].map(|id| (id, said));
        let is_refusal = self.happens == Happens::Refused;
        let text = match self.is_of_all {
            true if is_refusal || self.form == 0 => report("", "", &of_each),
            true if self.form == 1 => report("", said, &[]),
            true => report(said, "", &[]),
            false => report("", "", &of_each[..1]),
        };
        text.replacen("<CstmrPmtStsRpt>", &format!("<CstmrPmtStsRpt>{made}"), 1)
    }

    /// `said`: the sign, the day, perhaps a reference.
    fn entry(self, said: &str) -> String {
        let (sign, rest) = said.split_at(1);
        let amounts = ["100.00", "80.00", "50.00", "20.00"];
        match (self.is_of_all, self.happens) {
            (false, Happens::TakenBack) => entry(&format!("{sign}100.00{rest}"), ""),
            (true, Happens::TakenBack) => entry(&format!("{sign}250.00{rest}"), ""),
            (false, Happens::ComesBack) => back(&format!("{sign}100.00{rest}"), "{1}"),
            (false, _) => one(&format!("{sign}100.00{rest}"), "{1}"),
            (true, Happens::ComesBack) if self.form != SUM => {
                let text = four(&format!("{sign}250.00{rest}"), amounts);
                text.replace("</TxDtls>", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>")
            }
            (true, _) if self.form != SUM => four(&format!("{sign}250.00{rest}"), amounts),
            (true, _) => entry(&format!("{sign}250.00{rest}"), PART),
        }
    }
}

fn told() -> impl Strategy<Value = (Happens, bool, usize, bool)> {
    // Money that moves is what matters most.
    let happens = prop_oneof![
        1 => Just(Happens::TakenOn),
        1 => Just(Happens::Refused),
        1 => Just(Happens::Duplicate),
        1 => Just(Happens::Pending),
        3 => Just(Happens::Leaves),
        3 => Just(Happens::ComesBack),
        1 => Just(Happens::TakenBack),
    ];
    (
        happens,
        any::<bool>(),
        prop_oneof![2 => 0..KEPT, 1 => Just(KEPT)],
        any::<bool>(),
    )
}

/// What can happen of what was thought of, and what is true in the end. Where statements have numbers, money may move several times on a
/// day.
fn happened(all: Vec<(Happens, bool, usize, bool)>, is_numbered: bool) -> ([Truth; 4], Vec<Told>) {
    let mut truth = [Truth::default(); 4];
    let mut told = Vec::new();
    let mut day = 2;
    for (happens, is_of_all, form, is_on_same_day) in all {
        let so_many = if is_of_all { 4 } else { 1 };
        let after = truth[..so_many].iter().map(|one| one.after(happens));
        let Some(after) = after.collect::<Option<Vec<_>>>() else {
            continue;
        };
        truth[..so_many].copy_from_slice(&after);
        // A sum and a payment of one day in two statements are one event, which no bank shows as two.
        let is_sum = is_of_all && form == SUM;
        let moves = |happens| matches!(happens, Happens::Leaves | Happens::ComesBack | Happens::TakenBack);
        let is_like = |last: &Told| {
            let is_of_form = (last.is_of_all && last.form == SUM) == is_sum;
            is_numbered && is_on_same_day && moves(last.happens) && moves(happens) && is_of_form
        };
        day += usize::from(told.last().is_some_and(|last| !is_like(last)));
        told.push(Told {
            happens,
            is_of_all,
            form,
            day,
            at: told.len() + 1,
            is_numbered,
        });
    }
    (truth, told)
}

/// Whether it left twice on a day under one reference: that is as one booking that two statements show, until it comes back.
fn is_shown_as_one(told: &[Told]) -> bool {
    let left = |one: &&Told| one.happens == Happens::Leaves && one.form == KEPT;
    let days: Vec<usize> = told.iter().filter(left).map(|one| one.day).collect();
    days.windows(2).any(|days| days[0] == days[1])
}

/// Who brings a message in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Another,
    Preparer,
    /// The preparer, who made it up. What it is a break for is closed: it is not so.
    Forger,
}

/// The states after messages, and which payouts breaks put in doubt. What the preparer brings in another person brings in at last.
fn after_whoever(messages: &[(String, By)]) -> (Vec<PayoutState>, [bool; 4]) {
    let (mut batch, sent) = sent_batch();
    let (mut doubted, mut waits) = ([false; 4], [false; 4]);
    let mut kept: Vec<(By, Vec<Unmatched>)> = Vec::new();
    let again = messages.iter().filter(|(_, by)| *by == By::Preparer);
    let again = again.map(|(message, _)| (message, By::Another));
    for (message, by) in messages.iter().map(|(message, by)| (message, *by)).chain(again) {
        let files: Vec<Vec<Unmatched>> = kept.iter().map(|(_, file)| file.clone()).collect();
        let mut found = read_after(&batch, &sent, message, &files, Date::MAX);
        let of_waiting = batch.payouts.iter().zip(waits).filter(|(_, waits)| *waits);
        against_waiting(&mut found, of_waiting.map(|(payout, _)| payout));
        let waiting = hold_back(&mut found, |_| by != By::Another);
        apply(&mut batch, &found, SOURCE).unwrap();
        kept.push((by, std::mem::take(&mut found.unmatched)));
        let files: Vec<Vec<Unmatched>> = kept.iter().map(|(_, file)| file.clone()).collect();
        let (again, counts) = look_again(&batch.payouts, std::slice::from_ref(&sent), &files);
        apply(&mut batch, &counts, SOURCE).unwrap();
        // What somebody made up, and what was said of it, a person finds not to be so.
        let again = again.into_iter().filter(|(at, _)| kept[*at].0 != By::Forger);
        let again: Vec<Break> = again.map(|(_, one)| one).collect();
        for (at, payout) in batch.payouts.iter().enumerate() {
            let id = payout.end_to_end_id.as_str();
            let is_it = |one: &Break| by != By::Forger && one.payouts.iter().any(|known| known == id);
            doubted[at] |= found.breaks.iter().any(is_it);
            doubted[at] |= again
                .iter()
                .any(|one| one.payouts.iter().any(|known| known == id));
            waits[at] |= waiting.iter().any(|one| one.payout == payout.id);
            waits[at] &= !payout.state.frees_money();
        }
    }
    (batch.payouts.iter().map(|payout| payout.state).collect(), doubted)
}

/// More than of other tests: there is much to choose from.
fn more_cases() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: 8 * usual.cases,
        ..usual
    }
}

proptest! {
    #![proptest_config(more_cases())]
    #[test]
    fn in_whatever_order_it_is_told(
        all in prop::collection::vec(told(), 1..7),
        order in prop::collection::vec(any::<(u32, u8)>(), 14),
        copied in any::<u8>(),
        is_numbered in any::<bool>(),
        forged in prop::option::of((told(), 2_usize..9)),
    ) {
        let (truth, told) = happened(all, is_numbered);
        let copies = told.iter().zip(0..).filter(|(_, at)| copied & (1 << at) != 0).map(|(one, _)| one);
        let by = |number: u8| if number < 80 { By::Preparer } else { By::Another };
        let true_ones = told.iter().chain(copies).zip(&order);
        let mut read: Vec<_> = true_ones.map(|(told, (place, number))| (*told, by(*number), *place)).collect();
        read.extend(forged.map(|((happens, is_of_all, form, _), day)| {
            (Told { happens, is_of_all, form, day, at: 20, is_numbered }, By::Forger, order[13].0)
        }));
        read.sort_by_key(|(_, _, place)| *place);
        let messages = read.iter().map(|(told, by, _)| (told.message(), *by));
        let (states, doubted) = after_whoever(&messages.collect::<Vec<_>>());
        for (at, truth) in truth.into_iter().enumerate() {
            let is_free = states[at].frees_money();
            prop_assert!(!(is_free && truth.may_be_out()) || doubted[at], "free: {}: {read:?} {states:?}", at + 1);
            prop_assert!(truth.out < 2 || doubted[at] || is_shown_as_one(&told), "twice: {}: {read:?} {states:?}", at + 1);
        }
    }
}
