//! What is made up on a page, and which facts the settings say are real all the same.

use std::collections::BTreeSet;

use danvan_event::{ClockKind, UnitId};
use danvan_projection::ReadModel;
use danvan_ui::Pair;

use super::Face;
use super::view::{AttributionView, SyntheticNotice};
use crate::settings::Attribution;

/// Whether a unit's log holds generated facts, or its node runs a simulated clock.
pub(crate) fn is_simulated(model: &ReadModel, unit: &UnitId) -> bool {
    model.unit(unit).is_some_and(|known| known.synthetic() > 0) || runs_simulated_clock(model, unit)
}

pub(crate) fn runs_simulated_clock(model: &ReadModel, unit: &UnitId) -> bool {
    let opened = model.unit(unit).and_then(|known| known.opened());
    opened.is_some_and(|opened| opened.clock == ClockKind::Simulated)
}

/// The registered units that are simulated.
pub(crate) fn simulated(model: &ReadModel) -> BTreeSet<UnitId> {
    let registered = model.registry().units().keys();
    registered.filter(|unit| is_simulated(model, unit)).cloned().collect()
}

/// Where the real facts of a unit come from, if the settings say so.
pub(crate) fn attribution<'a>(face: &'a Face, unit: &UnitId) -> Option<&'a Attribution> {
    face.settings.attribution.iter().find(|attribution| attribution.unit == *unit)
}

/// The notice of a page that shows several units, some of them simulated.
pub(crate) fn of_units() -> SyntheticNotice {
    notice(
        "Số liệu của các đơn vị có nhãn “Mô phỏng” do máy sinh ra hoặc ghi theo đồng hồ mô phỏng để trình diễn, không phải kết \
         quả thật.",
        "Data of units labelled “Mô phỏng” is generated, or recorded by a simulated clock, for demonstration. It is no real \
         result.",
    )
}

/// The notice of the page of one unit.
pub(crate) fn of_unit() -> SyntheticNotice {
    notice(
        "Số liệu và điểm của đơn vị này do máy sinh ra hoặc ghi theo đồng hồ mô phỏng để trình diễn, không phải kết quả thật.",
        "Data and score of this unit are generated, or recorded by a simulated clock, for demonstration. They are no real \
         result.",
    )
}

/// The notice of the page of one entry: itself generated, or recorded by a node with a simulated clock.
pub(crate) fn of_entry(generated: bool) -> SyntheticNotice {
    if generated {
        notice(
            "Mục này do máy sinh ra để trình diễn, không phải sự kiện thật.",
            "This entry is generated for demonstration and tells of no real event.",
        )
    } else {
        notice(
            "Trạm ghi mục này chạy đồng hồ mô phỏng để trình diễn: thời điểm ghi không phải giờ thật.",
            "The node that recorded this entry runs a simulated clock for demonstration: the time of recording is not real.",
        )
    }
}

fn notice(vi: &str, en: &str) -> SyntheticNotice {
    SyntheticNotice { text: Pair::new(vi, en), attributions: Vec::new() }
}

impl SyntheticNotice {
    /// With what the settings say about the real facts of a unit; `href` leads to its page from others.
    pub(crate) fn but(mut self, attribution: Option<&Attribution>, href: Option<String>) -> Self {
        self.attributions.extend(attribution.map(|attribution| AttributionView {
            text: Pair::new(attribution.vi.clone(), attribution.en.clone()),
            href,
        }));
        self
    }
}
