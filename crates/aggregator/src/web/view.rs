//! What the templates show: texts, already formatted, and nothing that could be computed wrongly in a template.

use askama::Template;
use danvan_ui::{Badge, Frame, Pair};

/// A figure with its label.
pub(crate) struct Tile {
    pub(crate) label: Pair,
    pub(crate) value: String,
    pub(crate) of: Option<String>,
}

impl Tile {
    pub(crate) fn new(vi: &str, en: &str, value: impl Into<String>) -> Self {
        Self { label: Pair::new(vi, en), value: value.into(), of: None }
    }

    pub(crate) fn of(mut self, whole: impl Into<String>) -> Self {
        self.of = Some(whole.into());
        self
    }
}

/// A link; `current` when it leads to the page that is shown.
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) text: Pair,
    pub(crate) current: bool,
}

/// A class as symbol, words and colour.
#[derive(Clone)]
pub(crate) struct ClassView {
    pub(crate) code: &'static str,
    pub(crate) symbol: &'static str,
    pub(crate) text: Pair,
}

/// One component of the rulebook.
pub(crate) struct GroupHead {
    pub(crate) code: String,
    pub(crate) max: String,
    pub(crate) text: Pair,
}

/// The points of one unit in one component.
pub(crate) struct GroupCell {
    pub(crate) points: String,
    pub(crate) marked: bool,
}

/// One unit in the ranking.
pub(crate) struct RankingRow {
    pub(crate) unit: String,
    pub(crate) href: String,
    pub(crate) name: String,
    /// What it is part of now, when others go on for it.
    pub(crate) part_of: Option<Pair>,
    pub(crate) rank: Option<String>,
    pub(crate) shared: bool,
    pub(crate) score: String,
    pub(crate) score_centi: i64,
    pub(crate) groups: Vec<GroupCell>,
    pub(crate) answers: String,
    pub(crate) feedback: String,
    pub(crate) class: ClassView,
    pub(crate) data: Badge,
    pub(crate) synthetic: bool,
    pub(crate) real: bool,
}

/// What became of a unit, or what it was before.
pub(crate) struct SuccessionView {
    pub(crate) text: Pair,
    /// Numbers of the legal acts.
    pub(crate) acts: String,
    /// Pages of the other units, of those that have one here.
    pub(crate) links: Vec<Link>,
}

/// The banner that says which data is made up.
pub(crate) struct SyntheticNotice {
    pub(crate) text: Pair,
    pub(crate) attributions: Vec<AttributionView>,
}

/// Which facts are real all the same, as the settings say.
pub(crate) struct AttributionView {
    pub(crate) text: Pair,
    /// The page of the unit, from other pages.
    pub(crate) href: Option<String>,
}

/// Who answers for a ranking, and what is said about it.
#[derive(Default)]
pub(crate) struct CourseView {
    /// Posts, with the place of each approval in the log.
    pub(crate) approvals: Vec<Pair>,
    pub(crate) excluded: Vec<Pair>,
    pub(crate) waiting: Vec<Pair>,
    pub(crate) amendment: Option<Pair>,
    /// That the rulebook was fixed late, where it was.
    pub(crate) rules: Option<Pair>,
}

/// The part of the ranking page that refreshes itself.
pub(crate) struct Board {
    pub(crate) period_vi: String,
    pub(crate) period_en: String,
    pub(crate) state: Badge,
    pub(crate) state_note: Option<Pair>,
    pub(crate) course: Option<CourseView>,
    pub(crate) periods: Vec<Link>,
    pub(crate) synthetic: Option<SyntheticNotice>,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) status: Pair,
    /// Stops or resumes the refreshing, on pages that can refresh.
    pub(crate) toggle: Option<Link>,
    pub(crate) query: String,
    /// What the search keeps of the address.
    pub(crate) kept: Vec<(&'static str, String)>,
    /// The same view without a search.
    pub(crate) all: String,
    /// Whether the rows tell how complete the data is now.
    pub(crate) live_data: bool,
    pub(crate) groups: Vec<GroupHead>,
    pub(crate) rows: Vec<RankingRow>,
    pub(crate) waiting: Vec<RankingRow>,
    pub(crate) waiting_rule: Pair,
    pub(crate) scale_note: Pair,
    pub(crate) empty: Pair,
}

/// A publication beside the ranking that is shown.
pub(crate) struct PublicationProof {
    pub(crate) text: Pair,
    pub(crate) digest: String,
}

/// How a reader checks the ranking.
pub(crate) struct RankingProof {
    pub(crate) rulebook: String,
    pub(crate) rulebook_digest: String,
    pub(crate) ranking_digest: String,
    pub(crate) publication: Option<PublicationProof>,
    pub(crate) origin: String,
    pub(crate) size: String,
    pub(crate) level: String,
    pub(crate) how: Pair,
    pub(crate) command: String,
}

/// `/`
#[derive(Template)]
#[template(path = "ranking.html")]
pub(crate) struct RankingPage {
    pub(crate) frame: Frame,
    pub(crate) live: bool,
    pub(crate) seen: String,
    pub(crate) board: Board,
    pub(crate) proof: RankingProof,
}

/// A label with a value.
pub(crate) struct Term {
    pub(crate) label: Pair,
    pub(crate) value: String,
}

impl Term {
    pub(crate) fn new(vi: impl Into<String>, en: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: Pair::new(vi, en), value: value.into() }
    }
}

/// One criterion of one unit with everything that its points come from.
pub(crate) struct CriterionView {
    pub(crate) code: String,
    pub(crate) text: Pair,
    pub(crate) points: String,
    pub(crate) max: String,
    pub(crate) terms: Vec<Term>,
    pub(crate) calculation: Vec<String>,
    pub(crate) marks: Vec<Pair>,
    pub(crate) evidence: Vec<u64>,
    pub(crate) evidence_more: u64,
    /// What was heard and is not counted.
    pub(crate) shown: Vec<u64>,
    pub(crate) shown_more: u64,
}

/// One component of one unit.
pub(crate) struct GroupView {
    pub(crate) code: String,
    pub(crate) text: Pair,
    pub(crate) points: String,
    pub(crate) max: String,
    pub(crate) criteria: Vec<CriterionView>,
}

/// One act in the roll-out of the model.
pub(crate) struct StepView {
    pub(crate) date: String,
    pub(crate) text: Pair,
    /// What it says; without English where they are the unit's own words.
    pub(crate) lines: Vec<Pair>,
    /// The pledges, where it published some.
    pub(crate) catalogue: Option<CatalogueView>,
    /// What its date does not say.
    pub(crate) caveat: Option<Pair>,
    pub(crate) index: u64,
    pub(crate) synthetic: bool,
}

/// A catalogue of pledges.
pub(crate) struct CatalogueView {
    /// Whether the unit confirmed the texts as its own, where it says so.
    pub(crate) status: Option<Badge>,
    /// The groups of which texts were published.
    pub(crate) groups: Vec<PledgeGroupView>,
}

/// A group of pledges.
pub(crate) struct PledgeGroupView {
    pub(crate) label: String,
    pub(crate) pledges: Vec<PledgeView>,
}

/// One pledge.
pub(crate) struct PledgeView {
    pub(crate) code: String,
    pub(crate) text: String,
    /// Where the text is attested, where the catalogue says so.
    pub(crate) source: Option<Pair>,
}

/// An entry that does not count.
pub(crate) struct FlagView {
    pub(crate) index: u64,
    pub(crate) text: Pair,
}

/// `/units/{unit}`
#[derive(Template)]
#[template(path = "unit.html")]
pub(crate) struct UnitPage {
    pub(crate) frame: Frame,
    pub(crate) unit: String,
    pub(crate) name: String,
    pub(crate) parent: String,
    pub(crate) succession: Vec<SuccessionView>,
    pub(crate) period: String,
    pub(crate) period_text: Pair,
    pub(crate) synthetic: Option<SyntheticNotice>,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) class: Option<ClassView>,
    pub(crate) marks: Vec<Pair>,
    pub(crate) why: Pair,
    pub(crate) groups: Vec<GroupView>,
    pub(crate) steps: Vec<StepView>,
    pub(crate) flagged: Vec<FlagView>,
    pub(crate) origin: String,
    pub(crate) held: String,
    pub(crate) root: Option<String>,
}

/// `/units/{unit}/entries/{index}`
#[derive(Template)]
#[template(path = "entry.html")]
pub(crate) struct EntryPage {
    pub(crate) frame: Frame,
    pub(crate) unit: String,
    pub(crate) unit_name: String,
    pub(crate) origin: String,
    pub(crate) index: u64,
    pub(crate) previous: Option<u64>,
    pub(crate) next: Option<u64>,
    pub(crate) title: Pair,
    pub(crate) synthetic: bool,
    pub(crate) notice: Option<SyntheticNotice>,
    pub(crate) flag: Option<Pair>,
    pub(crate) facts: Vec<Term>,
    pub(crate) pretty: String,
    pub(crate) hides_personal: bool,
    pub(crate) leaf: String,
    pub(crate) batch_start: u64,
    pub(crate) batch_end: u64,
    pub(crate) own_index: u64,
    pub(crate) held_since: String,
    pub(crate) checkpoint: String,
    pub(crate) bytes: String,
}

/// One node.
pub(crate) struct NodeRow {
    pub(crate) unit: String,
    pub(crate) name: String,
    pub(crate) simulated: bool,
    pub(crate) state: Badge,
    pub(crate) size: String,
    pub(crate) receipted: String,
    pub(crate) backlog: String,
    pub(crate) seen: String,
    pub(crate) clock: String,
    pub(crate) version: String,
}

/// `/fleet`
#[derive(Template)]
#[template(path = "fleet.html")]
pub(crate) struct FleetPage {
    pub(crate) frame: Frame,
    pub(crate) live: bool,
    pub(crate) intro: Pair,
    pub(crate) synthetic: Option<SyntheticNotice>,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) updated: Pair,
    pub(crate) toggle: Link,
    pub(crate) rows: Vec<NodeRow>,
}

/// Any page that could not be shown.
#[derive(Template)]
#[template(path = "problem.html")]
pub(crate) struct ProblemPage {
    pub(crate) frame: Frame,
    pub(crate) title: Pair,
    pub(crate) detail: Option<Pair>,
    pub(crate) fields: Vec<FieldProblem>,
}

/// What is wrong with one part of an address.
pub(crate) struct FieldProblem {
    pub(crate) field: String,
    pub(crate) text: Pair,
}
