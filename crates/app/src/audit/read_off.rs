//! Sums without a record, that are read off the books whenever they are needed: what each invoice still asks for. They must come
//! to what stands in the account.

use crate::base::error::Result;
use crate::payouts::invoices;
use ledger::AccountKind;
use store::{AccountFilter, Checked, Tx};

use super::amount;

pub(super) fn compare(tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
    for state in tx.accounts(&AccountFilter::kind(AccountKind::CreatorReceivable))? {
        let account = &state.account;
        let open = invoices::of_account(tx, account)?;
        let open: i128 = open.iter().map(|invoice| invoice.open.units()).sum();
        let stands = state.balance.posted(account.kind.side());
        if open != stands {
            checked.find(
                format!("account `{account}`"),
                format!(
                    "{} stand in it, and the invoices ask for {}",
                    amount(account.asset, stands),
                    amount(account.asset, open)
                ),
            );
        }
    }
    Ok(())
}
