"""Missing system packages: named exactly, installed where that is allowed, else told with the line to run."""

import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from setup_steps import system
from setup_steps.console import SetupFailed


@pytest.fixture
def bare_debian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """A Debian that lacks two things; `programs` are on its PATH, `ran` notes what was started."""
    machine_id = tmp_path / "machine-id"
    machine_id.write_text("0123456789abcdef0123456789abcdef\n", encoding="ascii")
    machine = SimpleNamespace(
        programs={"apt-get"}, ran=[], sudo_works=False, apt_works=True, user=1000, machine_id=machine_id
    )

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        machine.ran.append(command)
        works = machine.sudo_works if "true" in command or "-v" in command else machine.apt_works
        return subprocess.CompletedProcess(command, 0 if works else 1, "", "E: 没有网络")

    monkeypatch.setattr(system.sys, "platform", "linux")
    monkeypatch.setattr(system, "_loads", lambda library: library not in {"libEGL.so.1", "libxcb-cursor.so.0"})
    monkeypatch.setattr(system, "_MACHINE_IDS", (machine_id,))
    monkeypatch.setattr(system.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(system.shutil, "which", lambda name: name if name in machine.programs else None)
    monkeypatch.setattr(system.subprocess, "run", run)
    monkeypatch.setattr(system.os, "geteuid", lambda: machine.user, raising=False)
    monkeypatch.setattr(system.sys, "stdin", SimpleNamespace(isatty=lambda: False))
    return machine


@pytest.mark.usefixtures("bare_debian")
def test_missing_packages_are_named() -> None:
    """What the loader does not find, and Python's own missing part, come as Debian package names."""
    named = system.missing_packages(for_tests=False, with_uv=False)
    assert named[0].endswith("-venv")
    assert named[1:] == ["libegl1", "libxcb-cursor0"]


@pytest.mark.usefixtures("bare_debian")
def test_uv_needs_no_venv_package_and_tests_need_pdftotext() -> None:
    """Nothing is asked for that this way of setting up does not use."""
    assert system.missing_packages(for_tests=True, with_uv=True) == ["libegl1", "libxcb-cursor0", "poppler-utils"]


def test_a_machine_without_an_id_gets_dbus(bare_debian: SimpleNamespace) -> None:
    """Where libdbus would abort the program for want of a machine id, the package that makes one is asked for."""
    bare_debian.machine_id.write_text("", encoding="ascii")
    assert "dbus" in system.missing_packages(for_tests=False, with_uv=True)


def test_windows_lacks_nothing(bare_debian: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere the wheels bring everything."""
    monkeypatch.setattr(system.sys, "platform", "win32")
    assert system.missing_packages(for_tests=True, with_uv=False) == []
    assert bare_debian.ran == []


def test_without_rights_the_exact_line_is_told(bare_debian: SimpleNamespace) -> None:
    """Where nobody can be asked for a password, the exit code is 2 and the last line can be copied as it is."""
    bare_debian.programs.add("sudo")
    with pytest.raises(SetupFailed) as failure:
        system.install_packages(["libegl1", "libgl1"])
    assert failure.value.exit_code == 2
    line = str(failure.value).splitlines()[-1].strip()
    assert line == "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 libgl1"


@pytest.mark.usefixtures("bare_debian")
def test_without_sudo_the_line_uses_su() -> None:
    """A Debian whose owner never installed sudo gets a line that works there."""
    with pytest.raises(SetupFailed) as failure:
        system.install_packages(["libegl1"])
    words = shlex.split(str(failure.value).splitlines()[-1])
    assert words == ["su", "-c", "apt-get update && apt-get install -y --no-install-recommends libegl1"]


def test_sudo_without_a_password_is_used(bare_debian: SimpleNamespace) -> None:
    """Where sudo asks nothing, nothing is asked."""
    bare_debian.programs.add("sudo")
    bare_debian.sudo_works = True
    system.install_packages(["libegl1"])
    assert bare_debian.ran[-1][:2] == ["sudo", "-n"]
    assert bare_debian.ran[-1][-1] == "libegl1"


def test_a_person_is_asked_for_the_password(
    bare_debian: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At a terminal sudo asks itself, after it was said what for."""
    bare_debian.programs.add("sudo")
    monkeypatch.setattr(system.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    with pytest.raises(SetupFailed) as failure:
        system.install_packages(["libegl1"])
    assert ["sudo", "-v"] in bare_debian.ran
    assert "libegl1" in capsys.readouterr().err
    assert failure.value.exit_code == 2


def test_root_needs_no_sudo(bare_debian: SimpleNamespace) -> None:
    """An administrator's own session installs directly."""
    bare_debian.user = 0
    system.install_packages(["libegl1"])
    assert bare_debian.ran[0][0] == "env"


def test_a_failing_apt_is_quoted(bare_debian: SimpleNamespace) -> None:
    """When the packages cannot be fetched, the person reads why, what to do, and the exit code is 1."""
    bare_debian.user = 0
    bare_debian.apt_works = False
    with pytest.raises(SetupFailed, match="没有网络") as failure:
        system.install_packages(["libegl1"])
    assert failure.value.exit_code == 1
    assert bare_debian.ran[1][-1:] == ["update"]


def test_other_systems_are_told_too(bare_debian: SimpleNamespace) -> None:
    """A Linux without apt gets the list, and exit code 2."""
    bare_debian.programs.clear()
    with pytest.raises(SetupFailed, match="libegl1") as failure:
        system.install_packages(["libegl1"])
    assert failure.value.exit_code == 2
