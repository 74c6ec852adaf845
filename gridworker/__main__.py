"""`python -m gridworker` is the `gridworker` command."""

from __future__ import annotations

import sys

from gridworker.cli import main

if __name__ == "__main__":
    sys.exit(main())
