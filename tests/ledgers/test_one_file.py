"""Adding a ledger is adding one file: in a copy of the program with one file more, everything knows it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "四个 不相干 的词 连起来"
GRID = "370202001001001"
PARCEL = '''"""快递代收: a parcel taken in for a household that was not at home."""

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Ref
from gridworker.ledger.due import Due
from gridworker.ledger.facts import Auto, Profile, Sensitivity
from gridworker.ledger.field import Text
from gridworker.ledger.ledger import Ledger, Search
from gridworker.ledger.number_fields import Date
from gridworker.ledger.workflow import Move, State, Workflow, today_in
from gridworker.ledger.code_tables import table

STAFF = ("grid_worker", "grid_lead", "community")

LEDGER = Ledger(
    key="parcel", label="快递代收", number_prefix="KD",
    fields=(
        *base_fields(table("SOURCE")),
        Ref("household_id", "收件住户", required=Profile.IMPORT, sensitivity=Sensitivity.INTERNAL, to="household"),
        Date("received_on", "代收日期", required=Profile.IMPORT, default=Auto.TODAY),
        Text("carrier", "快递公司", required=Profile.SUBMIT, max_length=30),
        Date("fetch_by", "取件期限"),
        Date("fetched_on", "取走日期"),
    ),
    list_columns=("received_on", "household_id", "carrier", "fetch_by"),
    form_groups=(("快递", ("household_id", "received_on", "carrier", "fetch_by", "remark")),),
    search=Search(texts=("carrier",)),
    pdf_columns=("record_no", "received_on", "household_id", "carrier", "fetched_on"),
    excel_columns=("record_no", "household_id", "received_on", "carrier", "fetch_by", "fetched_on", "remark"),
    title=lambda values: str(values.get("carrier") or "快递"),
    workflow=Workflow(
        states=(State("kept", "待取"), State("fetched", "已取走", final=True)),
        moves=(
            Move("fetch", "取走", ("kept",), "fetched", STAFF, asks=("fetched_on",), derive=today_in("fetched_on")),
        ),
    ),
    dues=(Due("fetch_by", ("kept",), "快递待取", "取件期限", says="carrier"),),
    sort_by=("-received_on",), month_field="received_on", order=200, named_by="carrier",
)
'''  # fmt: skip
WINDOW = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from gridworker.settings import Settings
from ui.demo_window import demo_window
with demo_window(households=4, settings=Settings(last_page="parcel")) as shown:
    assert shown.settle()
    page = shown.window.page
    page.new()
    assert shown.settle()
    print(shown.window._title.text(), page.ledger.key, sorted(page.detail.form.raw()))
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with one file more and nothing else changed."""
    copy = tmp_path_factory.mktemp("checkout")
    leave_out = shutil.ignore_patterns("__pycache__", "fonts")
    for room in ("gridworker", "ui", "resources"):
        shutil.copytree(ROOT / room, copy / room, ignore=leave_out)
    (copy / "resources" / "fonts").symlink_to(ROOT / "resources" / "fonts", target_is_directory=True)
    (copy / "gridworker" / "ledgers" / "parcel.py").write_text(PARCEL, encoding="utf-8")
    return copy


def run(where: Path, home: Path, *words: str) -> str:
    """One command of the program that lies at `where`."""
    done = subprocess.run(
        [sys.executable, "-m", "gridworker", "--home", str(home), *words],
        cwd=where, env=_environment(), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(where: Path, home: Path, *words: str) -> list[dict[str, object]]:
    """The objects a command prints."""
    return [json.loads(line) for line in run(where, home, *words, "--json").splitlines()]


def _environment() -> dict[str, str]:
    return {**os.environ, "GRIDWORKER_PASSPHRASE": PASSPHRASE, "PYTHONUTF8": "1"}


@pytest.fixture(scope="module")
def home(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home the program had made before the file was added, with one household."""
    folder = tmp_path_factory.mktemp("home") / "家"
    run(ROOT, folder, "init", "--name", "甲")
    place = {"compound_name": "海棠苑", "building_no": "3", "unit_no": "2", "room_no": "501", "tenure_code": "自住"}
    return folder, str(rows(ROOT, folder, "save", "household", json.dumps(place))[0]["id"])


def test_it_is_kept_moved_found_and_due(checkout: Path, home: tuple[Path, str]) -> None:
    """An old home gets the table unaided; saving, lists, search, plan and workflow know the ledger."""
    folder, household = home
    parcel = {"household_id": household, "carrier": "顺丰", "fetch_by": "2026-01-05", "received_on": "2026-01-02"}
    made = rows(checkout, folder, "save", "快递代收", json.dumps(parcel))[0]
    assert str(made["record_no"]).startswith("KD")
    assert "快递代收" in run(checkout, folder, "ledger", "parcel")
    assert "顺丰" in run(checkout, folder, "list", "parcel")
    assert [one["id"] for one in rows(checkout, folder, "search", "顺丰")] == [made["id"]]
    (due,) = (one for one in rows(checkout, folder, "due", "--on", "2026-01-06") if one["kind"] == "parcel")
    assert (due["title"], due["days_late"], due["place"]) == ("快递待取", 1, "顺丰")
    assert rows(checkout, folder, "move", str(made["id"]), "fetch", "{}")[0]["status"] == "fetched"
    assert [one["id"] for one in rows(checkout, folder, "due", "--on", "2026-01-06") if one["kind"] == "parcel"] == []


def test_it_goes_out_to_paper_and_workbook_and_comes_back_the_same(
    checkout: Path, home: tuple[Path, str], tmp_path: Path
) -> None:
    """What was exported is recognised on import, and nothing of it has changed."""
    folder, household = home
    rows(checkout, folder, "save", "parcel", json.dumps({"household_id": household, "carrier": "中通"}))
    book, sheet = tmp_path / "快递.xlsx", tmp_path / "快递.pdf"
    run(checkout, folder, "export", "parcel", str(book), "--full")
    run(checkout, folder, "print", "parcel", str(sheet))
    assert sheet.read_bytes().startswith(b"%PDF")
    summary = rows(checkout, folder, "import", "parcel", str(book), "--dry-run")[-1]
    assert (summary["new"], summary["changed"], summary["refused"]) == (0, 0, 0)
    assert int(str(summary["same"])) >= 1


@pytest.fixture
def server(checkout: Path, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A server of the same program."""
    folder = tmp_path / "server"
    process = subprocess.Popen(
        [sys.executable, "-m", "gridworker", "--home", str(folder), "serve", "--listen", "127.0.0.1:0"],
        cwd=checkout, env=_environment(), stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
    assert found
    run(checkout, folder, "admin", "divisions", str(ROOT / "resources" / "divisions" / "qingdao.csv"))
    run(checkout, folder, "admin", "grid", GRID, "第一网格")
    yield folder, found[0]
    process.terminate()
    process.wait(60)
    process.stdout.close()


def test_it_reaches_another_laptop(checkout: Path, server: tuple[Path, str], tmp_path: Path) -> None:
    """The server judges its records and moves, and the colleague has them."""
    folder, url = server
    first, second = tmp_path / "一", tmp_path / "二"
    for laptop in (first, second):
        run(checkout, laptop, "init", "--name", "甲")
        invited = ("invite", "--grid", GRID, "--role", "grid_worker", "--name", laptop.name)
        run(checkout, laptop, "enroll", url, run(checkout, folder, "admin", *invited).strip())
    place = {"compound_name": "海棠苑", "building_no": "3", "unit_no": "2", "room_no": "501", "tenure_code": "自住"}
    household = rows(checkout, first, "save", "household", json.dumps(place))[0]["id"]
    parcel = rows(checkout, first, "save", "parcel", json.dumps({"household_id": household, "carrier": "顺丰"}))[0]
    rows(checkout, first, "move", str(parcel["id"]), "fetch", "{}")
    run(checkout, first, "sync")
    run(checkout, second, "sync")
    (seen,) = rows(checkout, second, "list", "parcel")
    assert (seen["carrier"], seen["status"]) == ("顺丰", "fetched")


def test_it_has_a_page_and_a_form(checkout: Path) -> None:
    """The window opens its list and its form; no page was written for it."""
    done = subprocess.run(
        [sys.executable, "-c", WINDOW], cwd=checkout, env=_environment(), capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("快递代收 parcel")
    assert "carrier" in done.stdout
