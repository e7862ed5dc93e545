"""A second opinion on an export, by code that is not ours.

    pip install tlog-scales==0.0.3
    python3 scales.py OUT

Reads OUT/policy and checks every log in OUT with PyPI's tlog-scales: both signatures of the checkpoint, the root from the
tiles, the root rebuilt from every entry, a consistency proof and an inclusion proof. Exits 1 at the first log that fails.
"""

import hashlib
import pathlib
import sys

from tlog_scales import backend, tiles
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet


def root_of(leaves):
    """RFC 6962 section 2.1, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    middle = tiles.next_split(len(leaves))
    return hashlib.sha256(b"\x01" + root_of(leaves[:middle]) + root_of(leaves[middle:])).digest()


def check(directory, log_key, witness_keys):
    reader = TilesReader(backend.make_backend(str(directory)))
    checkpoint = reader.get_checkpoint()
    keys = [log_key, *witness_keys]
    verified = VkeySet(*[Vkey.from_string(key) for key in keys]).verify(checkpoint.signatures, checkpoint)
    assert len(verified) == len(keys), f"{len(verified)} of {len(keys)} signatures verify"
    assert reader.calculate_root_hash() == checkpoint.root_hash, "the tiles do not lead to the signed root"
    leaves = [tiles.leaf_hash(reader.get_entry(index)) for index in range(checkpoint.size)]
    assert root_of(leaves) == checkpoint.root_hash, "the entries do not lead to the signed root"
    earlier = max(1, checkpoint.size // 3)
    if earlier < checkpoint.size:
        proof = reader.get_consistency_proof(earlier, checkpoint.size)
        proof.check(root_of(leaves[:earlier]), checkpoint.root_hash)
    reader.get_inclusion_proof(checkpoint.size - 1, checkpoint.size).check(leaves[-1], checkpoint.root_hash)
    return checkpoint


def main(out):
    lines = [line.split() for line in (out / "policy").read_text().splitlines()]
    witness_keys = [words[2] for words in lines if words[:1] == ["witness"]]
    log_keys = [words[1] for words in lines if words[:1] == ["log"]]
    checked = 0
    for key in log_keys:
        directory = out / hashlib.sha256(key.split("+")[0].encode()).hexdigest()
        if directory.is_dir():
            checkpoint = check(directory, key, witness_keys)
            print(f"ok {checkpoint.size:>8} {checkpoint.origin}")
            checked += 1
    assert checked, "no log of the policy is here"


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
