//! The names of tiles and entry bundles (C2SP tlog-tiles).

use crate::position::Size;
use crate::spelling;

/// How many hashes, or entries, a full tile or bundle has.
pub const TILE_WIDTH: u16 = 256;
/// Levels above this one do not exist: 256^8 entries are more than a size can count.
const MAX_LEVEL: u8 = 7;

/// A text is not the path of a tile or bundle. The caller answers that there is no such file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct TilePathError;

/// One file below the prefix of a log: `tile/<level>/<number>[.p/<width>]` or `tile/entries/<number>[.p/<width>]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    /// `None` for a bundle of entries.
    level: Option<u8>,
    number: u64,
    width: u16,
}

impl TilePath {
    /// A tile of hashes; `None` when the level is above 7 or the width not in `1..=256`.
    #[must_use]
    pub const fn hashes(level: u8, number: u64, width: u16) -> Option<Self> {
        if level <= MAX_LEVEL { Self::checked(Some(level), number, width) } else { None }
    }

    /// A bundle of entries; `None` when the width is not in `1..=256`.
    #[must_use]
    pub const fn entries(number: u64, width: u16) -> Option<Self> {
        Self::checked(None, number, width)
    }

    const fn checked(level: Option<u8>, number: u64, width: u16) -> Option<Self> {
        if width >= 1 && width <= TILE_WIDTH && number < Size::MAX.get() / TILE_WIDTH as u64 {
            Some(Self { level, number, width })
        } else {
            None
        }
    }

    /// The level of a tile of hashes; `None` for a bundle of entries.
    #[must_use]
    pub const fn level(self) -> Option<u8> {
        self.level
    }

    /// The place of the tile within its level.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.number
    }

    /// How many hashes or entries the file has, `1..=256`.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.width
    }

    /// True for a file that will grow as the log grows.
    #[must_use]
    pub const fn is_partial(self) -> bool {
        self.width < TILE_WIDTH
    }
}

/// Every file that serves a log of this size: bundles first, then tiles of hashes from level 0 up.
pub fn tiles_at(size: Size) -> impl Iterator<Item = TilePath> {
    [None].into_iter().chain((0..=MAX_LEVEL).map(Some)).flat_map(move |level| {
        let nodes = size.get() >> (8 * u32::from(level.unwrap_or(0)));
        let full = nodes / u64::from(TILE_WIDTH);
        let rest = u16::try_from(nodes % u64::from(TILE_WIDTH)).unwrap_or(0);
        let complete = (0..full).map(move |number| TilePath { level, number, width: TILE_WIDTH });
        complete.chain((rest > 0).then_some(TilePath { level, number: full, width: rest }))
    })
}

impl std::fmt::Display for TilePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.number % 1000];
        let mut rest = self.number / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.is_partial() { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl std::str::FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        let parsed = parse(text).ok_or(TilePathError)?;
        // One file has one name: `x000/001` and the like are refused.
        if parsed.to_string() == text { Ok(parsed) } else { Err(TilePathError) }
    }
}

fn parse(text: &str) -> Option<TilePath> {
    let (level, place) = text.strip_prefix("tile/")?.split_once('/')?;
    let (number, width) = match place.split_once(".p/") {
        Some((number, width)) => (number, u16::try_from(spelling::parse_decimal(width)?).ok()?),
        None => (place, TILE_WIDTH),
    };
    let mut value = 0_u64;
    for group in number.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        value = value.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    match level {
        "entries" => TilePath::entries(value, width),
        level => TilePath::hashes(u8::try_from(spelling::parse_decimal(level)?).ok()?, value, width),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_c2sp_writes_them() {
        for (path, text) in [
            (TilePath::hashes(0, 1_234_067, 256), "tile/0/x001/x234/067"),
            (TilePath::hashes(0, 273, 112), "tile/0/273.p/112"),
            (TilePath::hashes(1, 0, 17), "tile/1/000.p/17"),
            (TilePath::entries(5, 256), "tile/entries/005"),
            (TilePath::entries(1000, 1), "tile/entries/x001/000.p/1"),
        ] {
            let path = path.unwrap();
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse(), Ok(path));
        }
    }

    #[test]
    fn a_file_has_one_name() {
        for wrong in [
            "tile/0/x000/001",
            "tile/00/001",
            "tile/8/001",
            "tile/0/1",
            "tile/0/0001",
            "tile/0/x001",
            "tile/0/001/001",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/01",
            "tile/entries/001.p/",
            "tile/data/001",
            "/tile/0/001",
            "tile/0/001/",
            "tile/0/../001",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "",
        ] {
            assert_eq!(wrong.parse::<TilePath>(), Err(TilePathError), "{wrong:?}");
        }
    }

    #[test]
    fn seventy_thousand_entries_take_these_files() {
        let paths: Vec<_> = tiles_at(Size::from(70_000)).collect();
        assert_eq!(paths.len(), 274 + 274 + 2 + 1);
        let partial: Vec<_> = paths.iter().filter(|path| path.is_partial()).map(ToString::to_string).collect();
        assert_eq!(partial, ["tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
        assert_eq!(tiles_at(Size::ZERO).count(), 0);
        assert_eq!(tiles_at(Size::from(256)).count(), 3);
    }
}
