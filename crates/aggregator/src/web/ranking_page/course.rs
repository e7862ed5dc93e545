//! Who answers for what is shown: approvals by post, units left out, what an amendment changed and why.

use danvan_event::{Exclusion, UnitId};
use danvan_projection::{Closing, PeriodCourse, REQUIRED_APPROVALS, RulebookFixed};
use danvan_ranking::{Change, Ranking};
use danvan_ui::{Pair, count, date};

use super::super::api::official;
use super::super::view::CourseView;
use super::{Scene, Shown};
use crate::publication::{Published, closing_of};

impl Scene<'_> {
    /// Of a publication, or of a ranking that says the same as one, how it became official; else what is under way.
    pub(super) fn course(&self) -> Option<CourseView> {
        let shown = match &self.shown {
            Shown::Publication { publication, .. } => Some(Published::clone(publication)),
            Shown::Live(_) => official(&self.published, &self.digest),
        };
        match shown {
            Some(publication) => Some(self.became_official(&publication)),
            None => self.under_way(),
        }
    }

    fn became_official(&self, publication: &Published) -> CourseView {
        let course = self.face.mirror.course(&self.query.period).ok();
        let closing = course.as_ref().and_then(|course| closing_of(course, &publication.fact));
        CourseView {
            approvals: closing.map(approvals).unwrap_or_default(),
            excluded: self.excluded(&publication.fact.excluded),
            waiting: Vec::new(),
            amendment: self.amendment(publication),
            rules: course.as_ref().and_then(fixed_late),
        }
    }

    fn under_way(&self) -> Option<CourseView> {
        let course = self.face.mirror.course(&self.query.period).ok()?;
        let rules = fixed_late(&course);
        let Some(closing) = course.pending() else {
            return rules.map(|rules| CourseView { rules: Some(rules), ..CourseView::default() });
        };
        let mut approvals = approvals(closing);
        if closing.approvals.len() < REQUIRED_APPROVALS {
            let given = closing.approvals.len();
            approvals.push(Pair::new(
                format!("đã có {given}/{REQUIRED_APPROVALS} phê duyệt"),
                format!("{given} of {REQUIRED_APPROVALS} approvals"),
            ));
        }
        let waiting = closing.closed.fact.waiting.iter();
        Some(CourseView {
            approvals,
            excluded: self.excluded(&closing.closed.fact.excluded),
            waiting: waiting.map(|unit| self.called(unit)).collect(),
            amendment: closing.closed.fact.reason.as_ref().map(|reason| {
                Pair::new(format!("Đang lập bản điều chỉnh. Lý do: {reason}"), "An amendment is being drawn up.")
            }),
            rules,
        })
    }

    fn excluded(&self, excluded: &[Exclusion]) -> Vec<Pair> {
        let named = excluded.iter().map(|one| (self.called(&one.unit), &one.reason));
        named.map(|(name, reason)| Pair::new(format!("{}: {reason}", name.vi), name.en)).collect()
    }

    fn called(&self, unit: &UnitId) -> Pair {
        let name = self.names.get(unit).cloned().unwrap_or_else(|| unit.to_string());
        Pair::new(name, unit.to_string())
    }

    fn amendment(&self, publication: &Published) -> Option<Pair> {
        let (earlier, reason) = (publication.fact.supersedes.as_ref()?, publication.fact.reason.as_ref()?);
        let before = self.published.iter().find(|one| one.index.get() == earlier.index)?;
        let ranking = |index| Ranking::parse(&self.face.mirror.documents(index).ok()?.ranking).ok();
        let changes = Change::all(&ranking(before.index)?, &ranking(publication.index)?);
        let those = |of: fn(&Change) -> bool| count(changes.iter().filter(|change| of(change)).count() as u64);
        let scores = those(|change| change.delta_centi != 0);
        let ranks = those(|change| change.rank_before != change.rank_after);
        let number = before.number;
        Some(Pair::new(
            format!(
                "Điều chỉnh bản số {number:02}: {scores} đơn vị đổi điểm, {ranks} đơn vị đổi thứ hạng. Lý do: {reason}"
            ),
            format!("Amends no. {number:02}: the scores of {scores} units and the ranks of {ranks} units changed."),
        ))
    }
}

/// What a reader should know of the rules: that they were fixed when it could be seen already whom they favour.
fn fixed_late(course: &PeriodCourse) -> Option<Pair> {
    let fixed = course.rulebook_fixed();
    let on = date(course.opened_at().as_millis());
    let late = fixed != RulebookFixed::Before;
    late.then(|| Pair::new(format!("{} (ngày {on})", fixed.title_vi()), format!("{} ({on})", fixed.title_en())))
}

fn approvals(closing: &Closing) -> Vec<Pair> {
    let given = closing.approvals.iter();
    given.map(|one| Pair::new(one.post.clone(), format!("entry {} of the log", one.evidence.index()))).collect()
}
