"""The list of commands says what their modules say, and names them without importing one."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from gridworker import cli
from gridworker.commands.frame import Parsers
from gridworker.commands.index import ROOMS, room_of

ROOT = Path(__file__).parents[2]
ASKED = "import sys; from gridworker.cli import main\ntry: main(sys.argv[1:])\nfinally: print(*sys.modules)"


def listed(parser: argparse.ArgumentParser) -> dict[str, str]:
    """The commands of a parser with what the list of them says."""
    (commands,) = (one for one in parser._actions if one.dest == "command")
    return {one.dest: str(one.help) for one in commands._choices_actions}


def imported(*words: str) -> list[str]:
    """What one command brings along."""
    done = subprocess.run([sys.executable, "-c", ASKED, *words], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.splitlines()[-1].split()


def test_every_module_of_commands_is_in_the_index() -> None:
    """None forgotten, none told otherwise, in the order of the list."""
    folder = ROOT / "gridworker" / "commands"
    made = {path.stem for path in folder.glob("*.py") if "\ndef add_to(" in path.read_text(encoding="utf-8")}
    own = {room for room in made if "parsers: Parsers" in (folder / f"{room}.py").read_text(encoding="utf-8")}
    assert set(ROOMS) <= own
    for room, commands in ROOMS.items():
        top = argparse.ArgumentParser()
        import_module(f"gridworker.commands.{room}").add_to(Parsers(top))
        assert listed(top) == commands
    assert list(listed(cli.parser())) == [name for commands in ROOMS.values() for name in commands]


def test_the_list_of_commands_imports_none_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` names all; neither a module of commands nor what opens a home is read for it."""
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert all(name in told for commands in ROOMS.values() for name in commands)
    modules = imported("--help")
    assert not {f"gridworker.commands.{room}" for room in ROOMS} & set(modules)
    assert "gridworker.operations.session" not in modules


def test_a_command_imports_its_own_module_alone(tmp_path: Path) -> None:
    """`due` knows nothing of printing, importing or the server."""
    modules = imported("--home", str(tmp_path), "due")
    others = {f"gridworker.commands.{room}" for room in ROOMS} - {"gridworker.commands.day"}
    assert "gridworker.commands.day" in modules
    assert not {*others, "httpx", "reportlab", "openpyxl", "sqlalchemy"} & set(modules)


def test_a_wrong_command_and_a_wrong_option_are_told_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    """Both end with 2; the first names what there is, the second belongs to its command."""
    for words, told in ((["nothing"], "due"), (["due", "--nothing"], "--nothing"), (["--nothing", "due"], "--nothing")):
        with pytest.raises(SystemExit) as left:
            cli.main(words)
        assert left.value.code == 2
        assert told in capsys.readouterr().err
    assert room_of("due") == "day"
