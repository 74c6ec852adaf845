"""Start the program's window: `python -m ui`; `--smoke` opens it on a demo grid, paints it and leaves."""

from __future__ import annotations

import importlib
import multiprocessing
import sys


def main() -> int:
    """Run until the window is closed and return the exit status."""
    # Photos and prints are made in processes of their own; the packaged program would open a second window instead.
    multiprocessing.freeze_support()
    # Qt looks through the source of each module that is imported after it: the core, which has none of Qt, comes first.
    importlib.import_module("gridworker.operations.session")
    from ui.app import run

    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
