"""Set up this checkout and do what is asked with it: one command for running, testing and checking, on any machine."""

# This file alone is also read by Pythons that are too old, so that they can be told so: it keeps to what Python 3.6
# reads, and imports the rest only when the version is known.

import sys

USAGE = """用法：python3 build_app.py <命令>

  run [-- 参数]     准备好一切并启动程序
  test [参数]       准备好一切并运行全部测试，参数原样交给 pytest
  check             代码检查：ruff、mypy、分层约定
  bench             运行 tests/bench 里的全部测量
  fonts             只下载字体
  screenshot        重新生成说明文件里的截图
  lock              重新锁定依赖（需要 uv）
"""


def main() -> int:
    """Run the command on the command line and return the exit code."""
    if not (3, 11) <= sys.version_info[:2] < (3, 15):
        print(f"需要 Python 3.11 到 3.14，当前是 {sys.version_info[0]}.{sys.version_info[1]}。", file=sys.stderr)
        return 1
    from setup_steps.commands import run_command

    return run_command(sys.argv[1:], USAGE)


if __name__ == "__main__":
    sys.exit(main())
