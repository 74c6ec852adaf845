"""The server as an administrator meets it: one line when it listens, a calm end, and words where it cannot begin."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from gridworker.area.belonging import Post
from gridworker.errors import KnownError
from gridworker.server import admin
from gridworker.server.serve import serve
from gridworker.server.storage import read_url
from tests.server.running import ROOT, start_server


def test_it_says_where_it_listens_and_ends_calmly_at_ctrl_c(tmp_path: Path):
    """Port 0 prints the real port; the database and its folder are made; nothing is on stderr; exit status 0."""
    server = start_server(f"sqlite:///{tmp_path}/new/folder/server.db")
    assert httpx.get(f"{server.url}/v1/health").json()["ok"] is True
    server.process.send_signal(signal.SIGINT)
    assert server.stop() == 0
    assert server.log.read_text() == ""
    assert (tmp_path / "new" / "folder" / "server.db").stat().st_size > 0


def test_a_taken_port_is_told_in_words(tmp_path: Path):
    """Not a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(KnownError) as told:
        serve(f"sqlite:///{tmp_path}/server.db", "127.0.0.1", taken.getsockname()[1])
    assert "不能在 127.0.0.1" in told.value.title
    with pytest.raises(KnownError):
        serve(f"sqlite:///{tmp_path}/server.db", "no.such.host.invalid", 0)


def test_a_database_that_cannot_be_reached_is_told_in_words(tmp_path: Path):
    """A wrong address, a kind of database we do not speak, a server that is away, a file that is none."""
    (tmp_path / "text.db").write_text("this is no database, but it is long enough to have a header " * 20)
    for url in (
        "nonsense",
        "mysql://user@host/db",
        f"postgresql://nobody@/none?host={tmp_path}",
        "postgresql://nobody@127.0.0.1:1/none",
        f"sqlite:///{tmp_path}/text.db",
        f"sqlite:///{tmp_path}",
    ):
        with pytest.raises(KnownError) as told:
            admin.add_grid(url, "370211003041001", "第一网格")
        assert told.value.title.endswith("。"), url


def test_addresses_get_their_drivers():
    """The addresses people write, with our drivers behind them."""
    assert read_url("postgresql://u@h/d").drivername == "postgresql+asyncpg"
    assert read_url("sqlite+aiosqlite:////a/b.db").drivername == "sqlite+aiosqlite"


def test_administration_refuses_in_words(tmp_path: Path):
    """Wrong codes, roles and files change nothing and say what is right."""
    url = f"sqlite:///{tmp_path}/server.db"
    broken = tmp_path / "broken.csv"
    broken.write_text("code,name,level,parent\n370200000000,青岛市,city,\n37,短,district,\n", "utf-8")
    for act, word in (
        (lambda: admin.add_grid(url, "370211003041", "短"), "15 位"),
        (lambda: admin.invite(url, "370211003041001", "grid_worker", "甲"), "admin grid"),
        (lambda: admin.invite(url, "370211003041001", "emperor", "甲"), "grid_worker（网格员）"),
        (lambda: admin.invite(url, "370211003041001", "grid_worker", " "), ""),
        (lambda: admin.give_post(url, "x", Post("grid_worker", "370211003041001")), "admin grid"),
        (lambda: admin.new_post("grid_worker", "370211003041001", since="2026-03-05", until="2026-03-04"), "日期"),
        (lambda: admin.new_post("grid_worker", "370211003041001", duties=["睡觉"]), "入户走访"),
        (lambda: admin.new_post("building_lead", "370211003041001", building="3号楼"), "小区/楼栋"),
        (lambda: admin.new_post("street", "街道"), "区划代码"),
        (lambda: admin.load_divisions(url, tmp_path / "none.csv"), "UTF-8"),
        (lambda: admin.load_divisions(url, broken), "12 位"),
        (lambda: admin.revoke_device(url, "x"), ""),
        (lambda: admin.revoke_grant(url, "370211003041001", "x"), ""),
    ):
        with pytest.raises(KnownError) as told:
            act()
        assert word in told.value.action


def test_divisions_can_be_loaded_again(tmp_path: Path):
    """A corrected list replaces names and adds what is new; a grid that came first gets its community's name."""
    url = f"sqlite:///{tmp_path}/server.db"
    path = tmp_path / "list.csv"
    path.write_text("\ufeffcode,name,level,parent\r\n370211003041,旧名,community,370211003000\r\n", "utf-8")
    assert admin.load_divisions(url, path) == 1
    assert admin.load_divisions(url, ROOT / "resources" / "divisions" / "qingdao.csv") == 2272


def test_the_server_room_needs_no_client_rooms():
    """Serving imports neither the store nor Qt."""
    program = "import sys, gridworker.server.serve, gridworker.server.admin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    for room in ("gridworker.store", "gridworker.operations", "PySide6", "sqlcipher3"):
        assert room not in done.stdout.split()
