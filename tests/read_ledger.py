#!/usr/bin/env python3
"""Reads a ledger, from schemas/journal.md alone, and recomputes the root of its latest checkpoint.

Usage: read_ledger.py LEDGER_DIRECTORY
Prints one JSON object; exits 1 with a reason when anything is not what it should be.
"""
import base64
import hashlib
import json
import pathlib
import struct
import sys

POLYNOMIAL = 0x82F63B78
TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = (byte >> 1) ^ (POLYNOMIAL if byte & 1 else 0)
    TABLE.append(byte)


class Damaged(Exception):
    pass


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def need(condition, what):
    if not condition:
        raise Damaged(what)


def read_header(data, place, first, previous):
    """Section 1.1: returns salt and origin."""
    head = data[:4096]
    need(len(head) == 4096 and head[:8] == b"\x89DVJ\r\n\x1a\n", f"segment {place}: no header")
    need(crc32c(head[:4092]) == struct.unpack_from("<I", head, 4092)[0], f"segment {place}: header checksum")
    version, length, number, index, salt = struct.unpack_from("<IIQQQ", head, 8)
    need(version == 1, f"segment {place}: format {version} is newer")
    size = struct.unpack_from("<H", head, 104)[0]
    origin = head[106 : 106 + size]
    need((length, number, index) == (4096, place, first), f"segment {place}: not the expected one")
    need(head[40:72] == sha256(origin) and head[72:104] == previous, f"segment {place}: chain")
    return salt, origin.decode()


def read_segment(data, place, first, previous, entries):
    """Appends to entries; returns origin, digest and whether the segment is sealed."""
    salt, origin = read_header(data, place, first, previous)
    digest = hashlib.sha256(data[:4096])
    at, durable, offsets = 4096, 0, []
    while True:
        head = data[at : at + 40]
        if not any(head):
            return origin, digest.digest(), None if any(data[at:]) else False
        if len(head) < 40:
            return origin, digest.digest(), None
        header_crc, payload_crc, echo, index, group, e, flags, a = struct.unpack("<IIQQQHHI", head)
        sound = crc32c(head[4:]) == header_crc and echo == salt and flags in (0, 1, 3) and (flags or not a)
        payload = data[at + 40 : at + 40 + (e + a + 7) // 8 * 8] if sound else b""
        if not sound or len(payload) < e + a or crc32c(payload) != payload_crc:
            return origin, digest.digest(), None
        need(index == len(entries) and durable <= group <= index, f"segment {place}, byte {at}: out of order")
        if flags == 3:
            read_seal(payload, (first, index), digest.digest(), offsets, at)
            need(len(data) == at + 40 + len(payload), f"segment {place}: bytes behind the seal")
            return origin, digest.digest(), True
        if (index - first) % 64 == 0:
            offsets.append(at)
        durable = group
        entries.append((payload[:e], payload[e : e + a] if flags else None))
        digest.update(head)
        at += 40 + len(payload)


def read_seal(payload, span, digest, offsets, at):
    """Section 1.3."""
    first, end, found, stride, count = struct.unpack_from("<QQ32sII", payload)
    listed = list(struct.unpack_from(f"<{count}I", payload, 56))
    need((first, end) == span and found == digest and stride == 64 and listed == offsets, "a seal does not fit")
    need(struct.unpack("<Q8s", payload[-16:]) == (at, b"DVSEAL\r\n"), "a seal has no end")


def read_slots(directory, name):
    """Section 2: the newest sound fact of a pair, or None."""
    newest = (0, None)
    for path in (directory / f"{name}.a", directory / f"{name}.b"):
        data = path.read_bytes() if path.exists() else b""
        for at in range(0, len(data), 4096):
            copy = data[at:]
            if len(copy) < 32 or copy[:8] != b"\x89DVS\r\n\x1a\n":
                continue
            version, length, generation, crc = struct.unpack_from("<IIQI", copy, 8)
            fact = copy[32 : 32 + length]
            if version == 1 and 0 < generation < 2**64 - 1 and crc32c(copy[:24] + bytes(4) + copy[28:32] + fact) == crc:
                newest = max(newest, (generation, fact), key=lambda slot: slot[0])
    return newest[1]


def root(leaves):
    """RFC 6962, section 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01", root(leaves[:half]), root(leaves[half:]))


def main(directory):
    entries, origin, previous = [], None, bytes(32)
    segments = sorted(directory.glob("*.segment"))
    need(segments, "no segments")
    for place, path in enumerate(segments):
        need(path.name == f"{place:010}.segment", f"segment {place} is missing")
        found, previous, end = read_segment(path.read_bytes(), place, len(entries), previous, entries)
        need(origin in (None, found), f"segment {place} belongs to {found}")
        origin = found
        need(end is True or path == segments[-1], f"segment {place} is not sealed")
    leaves = [sha256(b"\x00", entry) for entry, _ in entries]
    result = {"origin": origin, "entries": len(entries), "torn": end is None}
    result["attachments"] = sum(attachment is not None for _, attachment in entries)
    result["root"] = base64.b64encode(root(leaves)).decode()
    parts = [part for entry, attachment in entries for part in (entry, attachment or b"")]
    result["content"] = sha256(b"\x00", *(struct.pack("<I", len(part)) + part for part in parts)).hex()
    ended = read_slots(directory, "previous")
    if ended is not None:
        result["after"] = f"{struct.unpack_from('<Q', ended)[0]} of {ended[56:].decode()}"
    fact = read_slots(directory, "checkpoint")
    if fact is not None:
        note = fact[3 + struct.unpack_from("<H", fact, 1)[0] :].decode()
        name, size, signed = note.split("\n")[:3]
        need(name == origin and int(size) <= len(entries), f"{size} entries of {name} were signed")
        need(base64.b64decode(signed) == root(leaves[: int(size)]), f"another root was signed for size {size}")
        result["signed"] = int(size)
    print(json.dumps(result, sort_keys=True))


if __name__ == "__main__":
    try:
        main(pathlib.Path(sys.argv[1]))
    except Damaged as damage:
        sys.exit(f"damaged: {damage}")
