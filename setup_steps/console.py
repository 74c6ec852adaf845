"""What a person at the terminal reads, and the one way a step gives up."""

import sys

EXIT_FAILED = 1
EXIT_NEEDS_SYSTEM_PACKAGES = 2


class SetupFailed(Exception):
    """A step cannot go on; the message says in plain Chinese what is wrong and what to do."""

    def __init__(self, message: str, *, exit_code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def survive_any_console() -> None:
    """Let Chinese be printed on a console whose encoding cannot hold it, as redirected ones on Windows."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def say(text: str) -> None:
    """Tell the person what happens now, at once and apart from what the program itself prints."""
    print(f"〔准备〕{text}", file=sys.stderr, flush=True)
