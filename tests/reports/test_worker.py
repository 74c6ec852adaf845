"""Sheets made in a process of their own: the same bytes of text, progress, stopping, and the end of either side."""

import multiprocessing
import os
import subprocess
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from gridworker.errors import BugError, Cancelled, KnownError
from gridworker.reports import worker
from gridworker.reports.fonts import FontBook, FontFile
from gridworker.reports.worker import print_in_worker, render_in_worker


def rows(count: int) -> list[tuple[str, ...]]:
    """Rows of some bulk, more than a pipe holds."""
    return [(str(i), "𬭚" * 2, "东里", f"第{i}次走访，情况正常。" * 4, "") for i in range(count)]


def raise_if_children_are_left() -> None:
    """No process of ours outlives its work; multiprocessing's own tracker may."""
    assert multiprocessing.active_children() == []


def test_a_worker_makes_the_same_sheet(sheet_of, text_of, tmp_path: Path) -> None:
    """The file holds every row; progress arrives; the child is gone."""
    told: list[tuple[int, int, str]] = []
    report = print_in_worker(sheet_of(rows(2000)), tmp_path / "a.pdf", progress=lambda *step: told.append(step))
    assert report.rows == 2000
    pages = text_of((tmp_path / "a.pdf").read_bytes())
    assert (len(pages), "第1999次走访" in "".join(pages)) == (report.pages, True)
    assert told[-1][0] == told[-1][1]
    raise_if_children_are_left()


def test_stopping_kills_the_child_and_writes_nothing(
    sheet_of,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The wish to stop is heard during the work, and leaves neither file nor process."""
    stop: list[bool] = []
    ends: list[int | None] = []
    close = BaseProcess.close
    monkeypatch.setattr(BaseProcess, "close", lambda child: (ends.append(child.exitcode), close(child)))
    with pytest.raises(Cancelled):
        print_in_worker(
            sheet_of(rows(20_000)),
            tmp_path / "a.pdf",
            progress=lambda *_: stop.append(True),
            cancelled=lambda: bool(stop),
        )
    assert list(tmp_path.iterdir()) == []
    assert len(stop) == 1  # nothing more was waited for
    assert ends[0] != 0  # killed at its work
    raise_if_children_are_left()


def test_known_errors_and_bugs_come_back(sheet_of, tmp_path: Path) -> None:
    """What the child could not do reaches the person with its sentences, as the kind it is."""
    gone = FontFile(tmp_path / "gone.ttf", "没有", "用户字体")
    with pytest.raises(KnownError, match="字体文件不能用于打印") as caught:
        render_in_worker(sheet_of(rows(1)), book=FontBook({"song": gone}, (gone,)))
    assert caught.value.action
    with pytest.raises(BugError):
        render_in_worker(sheet_of([("1",)]))
    raise_if_children_are_left()


def test_an_unexpected_error_tells_nothing_of_a_resident(sheet_of) -> None:
    """A bug's report names the kind and the place, never a cell."""
    with pytest.raises(BugError) as caught:
        render_in_worker(sheet_of([("1", "甲", "乙", 5, "")]))  # a number where text belongs
    assert "甲" not in caught.value.sentence()
    assert "table.py" in caught.value.title or "text.py" in caught.value.title


def test_a_child_that_dies_is_told(sheet_of, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child killed by the system is a known error, not a wait without end."""

    def kill_it(*_: object) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(KnownError, match="中途停了"):
        render_in_worker(sheet_of(rows(20_000)), progress=kill_it)


def test_a_child_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """When the program is killed, the child ends by itself, whatever it was doing."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import multiprocessing, time\n"
        "from gridworker.reports import worker\n"
        "def idle(connection):\n"
        "    worker._end_with_parent()\n"
        "    connection.send(multiprocessing.current_process().pid)\n"
        "    time.sleep(600)\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    ours, theirs = context.Pipe()\n"
        "    context.Process(target=idle, args=(theirs,), daemon=True).start()\n"
        "    print(ours.recv(), flush=True)\n"
        "    time.sleep(600)\n",
    )
    root = Path(worker.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment)
    try:
        assert parent.stdout.readline().strip().isdigit()
    finally:
        parent.kill()
    # The child holds the other end of this pipe: reading ends only when the child has.
    parent.communicate(timeout=60)
