//! Whose hand a form comes from, and what it has confirmed.

use danvan_event::Role;

/// Who sends a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hand {
    pub(crate) role: Role,
    /// Somebody has looked at the public text that seemed to hold personal data, and means it.
    pub(crate) public_text_confirmed: bool,
}

impl From<Role> for Hand {
    /// A hand that has confirmed nothing.
    fn from(role: Role) -> Self {
        Self { role, public_text_confirmed: false }
    }
}
