//! What the pages call the unit: an xã, a phường, a thị trấn; just "đơn vị" when its kind is not known.

use danvan_event::{Gazetteer, UnitId, UnitKind};
use danvan_ui::Pair;

/// The word for a unit inside a sentence. Its kind comes from the gazetteer, or else from the beginning of its name.
pub(crate) fn unit_word(unit: &UnitId, place: &str) -> Pair {
    let known = Gazetteer::find(unit).map(|unit| unit.kind);
    let kinds = [UnitKind::Xa, UnitKind::Phuong, UnitKind::ThiTran, UnitKind::DacKhu];
    let named = || kinds.into_iter().find(|kind| place.starts_with(&format!("{} ", kind.label_vi())));
    match known.or_else(named) {
        Some(kind @ UnitKind::Xa) => word(kind, "commune"),
        Some(kind @ UnitKind::Phuong) => word(kind, "ward"),
        Some(kind @ UnitKind::ThiTran) => word(kind, "township"),
        Some(kind @ UnitKind::DacKhu) => word(kind, "special zone"),
        None => Pair::new("đơn vị", "office"),
    }
}

fn word(kind: UnitKind, en: &str) -> Pair {
    Pair::new(kind.label_vi().to_lowercase(), en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vi(unit: &str, place: &str) -> String {
        unit_word(&unit.parse().unwrap(), place).vi
    }

    #[test]
    fn a_unit_is_called_what_it_is() {
        assert_eq!(vi("gso2024-15097", "Nơi đây"), "xã");
        assert_eq!(vi("gso2024-15061", "Nơi đây"), "thị trấn");
        assert_eq!(vi("gso2024-00001", "Phường Phúc Xá"), "phường");
        assert_eq!(vi("gso2024-00001", "Đặc khu Cô Tô"), "đặc khu");
        assert_eq!(vi("gso2024-00001", "Xãnh"), "đơn vị");
    }
}
