//! Trucks without an approval, or of a company without one: every trip is a deed.

use super::{Driver, Stretch};
use crate::sim::{
    cast::{Lack, Role},
    fleet::company_id,
    truth::{Breach, Party},
};

impl Driver<'_> {
    /// Hauls like anybody else.
    pub(super) fn black(&mut self) {
        let company = Party::company(&company_id(self.member.part.company));
        let (rule, object, note) = match self.member.part.role {
            Role::Unapproved(Lack::Nothing) => (Breach::NoApproval, None, "无核准运输"),
            Role::Unapproved(Lack::Expired) => (Breach::NoApproval, None, "核准已过期"),
            Role::Unapproved(Lack::OtherDistrict) => (Breach::NoApproval, None, "仅有外区核准"),
            _ => (Breach::CompanyWithoutApproval, Some(company), "企业无运输核准"),
        };
        for first in self.spells() {
            self.arrive_at(self.site(), first);
            let from = self.load_up().from;
            self.haul();
            let to = self.tip().to;
            self.note(rule, object.clone(), Stretch { from, to }, note);
            self.home();
        }
    }
}
