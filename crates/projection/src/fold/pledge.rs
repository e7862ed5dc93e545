//! Pledge catalogues and signatures.

use danvan_event::{PledgeCatalogPublished, PledgeSigned};

use crate::applied::Rule;
use crate::period::Period;
use crate::unit::{Fact, Pledge, UnitModel};

pub(super) fn check_signed(model: &UnitModel, pledge: &PledgeSigned) -> Result<(), Rule> {
    let catalogue = model.catalogues.get(&pledge.catalog).ok_or(Rule::UnknownCatalogue)?;
    if pledge.version.as_ref().is_some_and(|version| !catalogue.versions.contains_key(version)) {
        return Err(Rule::UnknownCatalogue);
    }
    pledge.period.parse::<Period>().map(|_| ()).map_err(|_| Rule::PeriodShape)
}

pub(super) fn record_catalogue(model: &mut UnitModel, fact: Fact, published: &PledgeCatalogPublished) {
    let catalogue = model.catalogues.entry(published.catalog.clone()).or_default();
    catalogue.versions.insert(published.version.clone(), fact);
}

pub(super) fn record_signed(model: &mut UnitModel, fact: Fact, pledge: &PledgeSigned) {
    let Ok(period) = pledge.period.parse() else { return };
    model.pledges.push(Pledge {
        at: fact.at,
        evidence: fact.evidence,
        catalogue: pledge.catalog.clone(),
        period,
        collective: pledge.collective,
        staff_key: pledge.staff_key.clone(),
        signers: pledge.signers.map(u64::from),
    });
}
