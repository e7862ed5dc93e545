//! Pledge catalogues, signatures, and what became of them.

use danvan_event::{
    BreachConfirmed, Entry, EventId, PledgeCatalogPublished, PledgeRenewed, PledgeRevoked, PledgeSigned,
};
use sha2::{Digest, Sha256};

use crate::period::Period;
use crate::rule::Rule;
use crate::unit::{Breach, Catalogue, Fact, Pledge, PledgeEnd, Renewal, Signed, UnitModel, case_id};

pub(super) fn check_signed(model: &UnitModel, pledge: &PledgeSigned) -> Result<(), Rule> {
    check_catalogue(model, &pledge.catalog, pledge.version.as_deref())?;
    check_period(&pledge.period)
}

fn check_catalogue(model: &UnitModel, catalogue: &str, version: Option<&str>) -> Result<(), Rule> {
    let catalogue = model.catalogues.get(catalogue).ok_or(Rule::UnknownCatalogue)?;
    if version.is_none_or(|version| catalogue.has(version)) { Ok(()) } else { Err(Rule::UnknownCatalogue) }
}

fn check_period(period: &str) -> Result<(), Rule> {
    period.parse::<Period>().map(|_| ()).map_err(|_| Rule::PeriodShape)
}

/// Officials sign a version by its name: what it says stays. It may be published again as it is, and anew once it was taken back.
pub(super) fn check_published(model: &UnitModel, entry: &Entry, said: &PledgeCatalogPublished) -> Result<(), Rule> {
    let mut versions = model.catalogues.get(&said.catalog).into_iter().flat_map(Catalogue::versions);
    let Some((_, standing)) = versions.find(|(version, _)| *version == said.version) else { return Ok(()) };
    let same = model.seen.catalogues.get(&standing.evidence) == Some(&content(entry));
    if same { Ok(()) } else { Err(Rule::CatalogueChanged) }
}

/// All that a publication says, its words as well as the digest of the file that it names.
fn content(entry: &Entry) -> [u8; 32] {
    Sha256::digest(entry.data().to_bytes()).into()
}

pub(super) fn record_catalogue(model: &mut UnitModel, fact: Fact, entry: &Entry, published: &PledgeCatalogPublished) {
    model.seen.catalogues.insert(fact.evidence, content(entry));
    model.catalogues.entry(published.catalog.clone()).or_default().publish(&published.version, fact);
}

pub(super) fn record_signed(model: &mut UnitModel, fact: Fact, id: EventId, pledge: &PledgeSigned) {
    let Ok(period) = pledge.period.parse() else { return };
    let signed =
        Signed { id, catalogue: pledge.catalog.as_str().into(), version: pledge.version.as_deref().map(Into::into) };
    let pledge = Pledge {
        at: fact.at,
        evidence: fact.evidence,
        period,
        collective: pledge.collective,
        staff_key: pledge.staff_key.as_deref().map(Into::into),
        signers: pledge.signers,
        afterwards: None,
    };
    model.pledges.push(pledge, signed);
}

fn pledge(model: &UnitModel, id: EventId) -> Result<(&Pledge, &Signed), Rule> {
    model.pledges.get(id).ok_or(Rule::UnknownPledge)
}

/// What was signed by a pledge that was not revoked.
fn standing_pledge(model: &UnitModel, id: EventId) -> Result<&Signed, Rule> {
    let (pledge, signed) = pledge(model, id)?;
    if pledge.revoked().is_some() { Err(Rule::PledgeEnded) } else { Ok(signed) }
}

pub(super) fn check_renewed(model: &UnitModel, renewed: &PledgeRenewed) -> Result<(), Rule> {
    let signed = standing_pledge(model, renewed.pledge)?;
    check_catalogue(model, &signed.catalogue, renewed.version.as_deref())?;
    check_period(&renewed.period)
}

pub(super) fn record_renewed(model: &mut UnitModel, fact: Fact, renewed: &PledgeRenewed) {
    let Ok(period) = renewed.period.parse() else { return };
    let version = renewed.version.as_deref().map(Into::into);
    let renewal = Renewal { at: fact.at, evidence: fact.evidence, period, version };
    model.pledges.change(renewed.pledge, |pledge| pledge.afterwards.get_or_insert_default().renewals.push(renewal));
}

pub(super) fn check_revoked(model: &UnitModel, revoked: &PledgeRevoked) -> Result<(), Rule> {
    standing_pledge(model, revoked.pledge).map(|_| ())
}

pub(super) fn record_revoked(model: &mut UnitModel, fact: Fact, revoked: &PledgeRevoked) {
    let end = PledgeEnd { fact, reason: revoked.reason };
    model.pledges.change(revoked.pledge, |pledge| pledge.afterwards.get_or_insert_default().revoked = Some(end));
}

/// A pledge that was revoked since may have been broken before.
pub(super) fn check_breach(model: &UnitModel, breach: &BreachConfirmed) -> Result<(), Rule> {
    pledge(model, breach.pledge)?;
    match &breach.feedback {
        Some(subject) if model.feedback.about(subject).is_none() => Err(Rule::UnknownFeedback),
        _ => Ok(()),
    }
}

pub(super) fn record_breach(model: &mut UnitModel, fact: Fact, breach: &BreachConfirmed) {
    model.breaches.push(Breach {
        at: fact.at,
        evidence: fact.evidence,
        pledge: breach.pledge,
        commitment: breach.commitment.as_str().into(),
        severity: breach.severity,
        feedback: breach.feedback.as_deref().and_then(case_id),
    });
}
