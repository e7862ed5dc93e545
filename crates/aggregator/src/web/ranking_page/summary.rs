//! What stands above the rows: is it official, how much is it, how complete and how new.

use danvan_ranking::Measure;
use danvan_ui::{Badge, Pair, Tone, count, percent, time_of_day};

use super::super::api::official;
use super::super::document::DocumentRow;
use super::super::view::Tile;
use super::{Scene, Shown, written_at};
use crate::publication::Published;
use crate::standing::Standing;

impl Scene<'_> {
    pub(super) fn state(&self) -> (Badge, Option<Pair>) {
        match &self.shown {
            Shown::Publication { publication, .. } => (self.badge(publication), Some(self.dated(publication))),
            Shown::Live(_) => match (official(&self.published, &self.digest), self.published.last()) {
                (Some(one), _) => (self.badge(&one), Some(self.dated(&one))),
                (None, Some(last)) => {
                    let vi =
                        format!("Bản chính thức số {:02} giữ nguyên; bảng này đã có thêm dữ liệu mới.", last.number);
                    let en = format!("Official no. {:02} stands; newer data is shown here.", last.number);
                    (provisional(), Some(Pair::new(vi, en)))
                }
                (None, None) => (
                    provisional(),
                    Some(Pair::new("Chưa công bố cho kỳ này.", "Nothing published for this period yet.")),
                ),
            },
        }
    }

    /// Of a later publication of the same period, an earlier one is only history.
    fn badge(&self, one: &Published) -> Badge {
        match self.published.last().filter(|last| last.index != one.index) {
            None => Badge::new(
                Tone::Good,
                format!("Chính thức · số {:02}", one.number),
                format!("Official, no. {:02}", one.number),
            ),
            Some(last) => Badge::new(
                Tone::Quiet,
                format!("Số {:02}, đã thay bằng số {:02}", one.number, last.number),
                format!("No. {:02}, superseded by no. {:02}", one.number, last.number),
            ),
        }
    }

    fn dated(&self, one: &Published) -> Pair {
        let at = written_at(self.face, one.index).unwrap_or_default();
        Pair::new(format!("Công bố lúc {at}"), format!("Published {at}"))
    }

    pub(super) fn tiles(&self) -> Vec<Tile> {
        let rows = &self.document.rows;
        let number = |of: fn(&DocumentRow) -> bool| rows.iter().filter(|row| of(row)).count() as u64;
        let answers: u64 = rows.iter().map(|row| self.observations(row, Measure::Satisfied)).sum();
        let (present, entries) = match &self.shown {
            Shown::Live(_) => (self.complete.present(), self.complete.held()),
            Shown::Publication { entries, .. } => (number(DocumentRow::has_data), *entries),
        };
        let total = count(rows.len() as u64);
        vec![
            Tile::new("Đơn vị đã có dữ liệu", "Units with data", count(present)).of(&total),
            Tile::new("Đơn vị được xếp hạng", "Units ranked", count(number(|row| row.rank.is_some()))).of(&total),
            Tile::new("Ý kiến được tính", "Answers that count", count(answers)),
            Tile::new("Mục đã chứng thực", "Cosigned entries", count(entries)),
        ]
    }

    pub(super) fn status(&self) -> Pair {
        match &self.shown {
            Shown::Live(standing) => self.live_status(standing),
            Shown::Publication { .. } => Pair::new(
                "Bảng này giữ đúng như lúc công bố; dữ liệu đến sau không có ở đây. Hồ sơ đơn vị mở từ bảng là số liệu hiện nay.",
                "As published; what came later is not in it. The units’ profiles show today’s data.",
            ),
        }
    }

    fn live_status(&self, standing: &Standing) -> Pair {
        let late = self.complete.late();
        let received = percent(self.complete.held(), self.complete.known());
        let mut parts = vec![Pair::new(
            format!("Đã nhận {received} số mục đã biết"),
            format!("{received} of known entries received"),
        )];
        if late > 0 {
            parts.push(Pair::new(
                format!("{late} đơn vị còn dữ liệu chưa tới"),
                format!("{late} units have more to come"),
            ));
        }
        if standing.moved > 0 {
            let moved = standing.moved;
            parts.push(Pair::new(format!("{moved} thứ hạng vừa thay đổi"), format!("{moved} places just changed")));
        }
        let at = format!("{} {}", danvan_ui::date(standing.at_ms), time_of_day(standing.at_ms));
        parts.push(Pair::new(format!("cập nhật {at}"), format!("updated {at}")));
        let joined = |words: fn(&Pair) -> &str| parts.iter().map(words).collect::<Vec<_>>().join(" · ");
        Pair::new(joined(|part| &part.vi), joined(|part| &part.en))
    }

    pub(super) fn waiting_rule(&self) -> Pair {
        let least = |code: &str| self.rulebook.criterion(code).map_or(0, |criterion| criterion.min_n);
        let codes = self.rulebook.decisive();
        let least = codes.iter().map(|code| least(code)).max().unwrap_or_default();
        Pair::new(
            format!(
                "Dưới {least} ý kiến được tính hoặc dưới {least} phản ánh đến hạn xét, hoặc chưa nhận được sổ: chưa xếp hạng, không chiếm \
                 thứ hạng của đơn vị khác. Mất điện, mất mạng không bao giờ bị trừ điểm."
            ),
            format!(
                "Fewer than {least} answers that count or {least} feedback cases due, or no log received yet: not ranked, and taking no \
                 place. An outage is never punished."
            ),
        )
    }

    pub(super) fn empty(&self) -> Pair {
        if self.query.search.is_empty() {
            Pair::new("Chưa có đơn vị nào được đăng ký.", "No unit is registered yet.")
        } else {
            Pair::new(format!("Không có đơn vị nào khớp “{}”.", self.query.search), "No unit matches.")
        }
    }
}

fn provisional() -> Badge {
    Badge::new(Tone::Wait, "Tạm tính", "Provisional")
}
