//! The small files beside the segments, read by `schemas/journal.md` alone.

use danvan_tlog::Frontier;

/// Bytes that are taken from the front.
pub(crate) struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    /// The fact in a file of a pair, with its generation. Every byte of the file is checked.
    pub(crate) fn of_slot(file: &'b [u8]) -> (u64, Self) {
        let mut fields = Self(file);
        assert_eq!(fields.take(8), b"\x89DVS\r\n\x1a\n", "the magic");
        assert_eq!(fields.u32(), 1, "the format version");
        let length = usize::try_from(fields.u32()).unwrap();
        let generation = fields.u64();
        let checksum = fields.u32();
        assert_eq!(fields.take(4), [0; 4], "zeros");
        let fact = fields.take(length);
        let copy = [&file[..24], &[0; 4], &file[28..32 + length]].concat();
        assert_eq!(checksum, crc32c::crc32c(&copy), "the checksum");
        let (first, second) = file.split_at((32 + length).next_multiple_of(4096));
        let (second, behind) = second.split_at(32 + length);
        assert_eq!(second, &first[..32 + length], "the second copy");
        assert!(first[32 + length..].iter().chain(behind).all(|byte| *byte == 0), "zeros behind a copy");
        (generation, Self(fact))
    }

    pub(crate) fn take(&mut self, count: usize) -> &'b [u8] {
        let (front, rest) = self.0.split_at(count);
        self.0 = rest;
        front
    }

    fn chunk<const N: usize>(&mut self) -> [u8; N] {
        *self.take(N).first_chunk().unwrap()
    }

    pub(crate) fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.chunk())
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.chunk())
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.chunk())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.chunk())
    }

    /// The size of a frontier, and its hashes.
    pub(crate) fn frontier(&mut self) -> (u64, Vec<[u8; 32]>) {
        let size = u64::from_be_bytes(self.chunk());
        (size, (0..size.count_ones()).map(|_| self.chunk()).collect())
    }

    pub(crate) fn text(&mut self, length: usize) -> &'b str {
        str::from_utf8(self.take(length)).unwrap()
    }

    pub(crate) fn rest(&mut self) -> &'b str {
        self.text(self.0.len())
    }

    pub(crate) fn bytes(&self) -> &'b [u8] {
        self.0
    }

    pub(crate) fn end(&self) {
        assert_eq!(self.0, b"", "bytes that nothing describes");
    }
}

/// The frontier comes next.
pub(crate) fn assert_frontier(fields: &mut Fields<'_>, expected: &Frontier) {
    let (size, hashes) = fields.frontier();
    assert_eq!(size, expected.size().get());
    assert_eq!([&size.to_be_bytes(), hashes.concat().as_slice()].concat(), expected.to_bytes());
}
