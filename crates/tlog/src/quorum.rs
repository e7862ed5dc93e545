//! How many witnesses must have cosigned: the group and quorum lines of a policy (C2SP tlog-policy).

use std::collections::BTreeSet;

/// How many members of a group must have cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threshold {
    /// Every member.
    All,
    /// One member.
    Any,
    /// This many members, at least one and at most all.
    AtLeast(u16),
}

impl Threshold {
    const fn met(self, cosigned: usize, members: usize) -> bool {
        match self {
            Self::All => cosigned == members,
            Self::Any => cosigned >= 1,
            Self::AtLeast(k) => cosigned >= k as usize,
        }
    }

    const fn fits(self, members: usize) -> bool {
        match self {
            Self::All | Self::Any => members >= 1,
            Self::AtLeast(k) => k >= 1 && k as usize <= members,
        }
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Any => f.write_str("any"),
            Self::AtLeast(k) => k.fmt(f),
        }
    }
}

/// A named group of witnesses and earlier groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) threshold: Threshold,
    pub(crate) members: Vec<String>,
}

/// The rule that decides whether enough witnesses cosigned a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Quorum {
    /// In the order of the file: a group refers to witnesses and earlier groups only.
    groups: Vec<Group>,
    /// The witness or group that must have cosigned; `None` asks for no cosignature.
    required: Option<String>,
}

/// Why a group or a quorum cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QuorumError {
    #[error("the name is taken, or is none")]
    Name,
    #[error("a member is not defined above, or is a member of a group already")]
    Member,
    #[error("the threshold must be all, any, or a number between 1 and the number of members")]
    Threshold,
}

impl Quorum {
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(crate) fn required(&self) -> Option<&str> {
        self.required.as_deref()
    }

    pub(crate) fn require(&mut self, name: Option<String>) {
        self.required = name;
    }

    pub(crate) fn has_group(&self, name: &str) -> bool {
        self.groups.iter().any(|group| group.name == name)
    }

    /// Adds a group; `known` tells whether a name is a witness. Each name may be a member once in the whole policy, so
    /// that no witness counts twice.
    pub(crate) fn add(&mut self, group: Group, known: impl Fn(&str) -> bool) -> Result<(), QuorumError> {
        if group.name == "none" || known(&group.name) || self.has_group(&group.name) {
            return Err(QuorumError::Name);
        }
        let mut taken: BTreeSet<&str> = self.groups.iter().flat_map(|g| &g.members).map(String::as_str).collect();
        for member in &group.members {
            if !(known(member) || self.has_group(member)) || !taken.insert(member) {
                return Err(QuorumError::Member);
            }
        }
        if !group.threshold.fits(group.members.len()) {
            return Err(QuorumError::Threshold);
        }
        self.groups.push(group);
        Ok(())
    }

    /// True when the witnesses of these names are enough.
    #[must_use]
    pub(crate) fn met(&self, cosigned: &BTreeSet<&str>) -> bool {
        let mut met = cosigned.clone();
        for group in &self.groups {
            let count = group.members.iter().filter(|member| met.contains(member.as_str())).count();
            if group.threshold.met(count, group.members.len()) {
                met.insert(&group.name);
            }
        }
        self.required.as_deref().is_none_or(|name| met.contains(name))
    }
}
