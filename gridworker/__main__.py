"""`python -m gridworker` is the `gridworker` command."""

from __future__ import annotations

import multiprocessing
import sys

if __name__ == "__main__":
    # In a packaged program a worker process is this program again; it leaves here.
    multiprocessing.freeze_support()
    # Imported here, because every worker process reads this file and needs none of it.
    from gridworker.cli import main

    sys.exit(main())
