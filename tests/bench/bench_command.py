"""What a command costs before it does anything, against a bare argparse program with as many commands.

Processor time of whole processes, from compiled files: the list of commands, and the usage of one of them.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 9
BARE = """
import argparse
parser = argparse.ArgumentParser(prog="bare")
commands = parser.add_subparsers()
for number in range(40):
    commands.add_parser(f"command-{number}", help="what it does")
parser.parse_args(["--help"])
"""
OWN = "import sys; from gridworker.cli import main; sys.exit(main(sys.argv[1:]))"
ASKED = (
    ("bare argparse", BARE, ()),
    ("gridworker --help", OWN, ("--help",)),
    ("gridworker due --help", OWN, ("due", "--help")),
)


def _cpu(program: str, words: tuple[str, ...], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", program, *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints each with its ratio to the bare program."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        rounds = [[_cpu(program, words, environment) for _, program, words in ASKED] for _ in range(RUNS + 1)][1:]
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    for (name, _program, _words), took in zip(ASKED, medians, strict=True):
        print(f"{name:24}{took * 1000:6.0f} ms  ×{took / medians[0]:4.1f}")


if __name__ == "__main__":
    main()
