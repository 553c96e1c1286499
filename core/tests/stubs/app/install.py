"""Builds the stub server in the repository, where a second build is none, and copies it to the folder it is given."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAME = "fwcompare-stub-server"
CRATES = Path(__file__).resolve().parents[4] / "loadgen_rs"

subprocess.run(
    ["cargo", "build", "--release", "--locked", "--manifest-path", str(CRATES / "Cargo.toml"), "--package", NAME],
    check=True,
)
built = Path(os.environ.get("CARGO_TARGET_DIR", CRATES / "target")) / "release" / NAME
shutil.copy2(built, Path(sys.argv[1]) / NAME)
