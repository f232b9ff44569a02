# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that outlive who starts them: when that one goes on, what it is told, and what the process is asked."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import daemon

READY = f"""
import signal, sys
sys.path[:] = {sys.path!r}
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import daemon
"""
#: it answers one caller, and ends; at the latest after a minute
SERVING = (
    READY
    + """
signal.alarm(60)
listener = daemon.Listener(sys.argv[1])
daemon.ready(keeps_log=len(sys.argv) > 2)
print("in the log", file=sys.stdout, flush=True)
call = None
while call is None:
    call = listener.hear()
call.answer({"got": call.asked})
"""
)


def _hang_up(listening: socket.socket) -> None:
    listening.accept()[0].close()


def _command(text: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", text, *arguments]


def test_who_starts_it_goes_on_as_soon_as_it_listens(tmp_path: Path) -> None:
    path = str(tmp_path / "control")
    assert daemon.start(_command(SERVING, path)) is None
    with closing(daemon.Line(path)):
        pass  # it only looked who listens
    with closing(daemon.Line(path)) as line:
        assert line.pid > 0
        assert line.ask(60, do="list", names=["ä"]) == {"got": {"do": "list", "names": ["ä"]}}


def test_what_is_no_question_gets_no_answer(tmp_path: Path) -> None:
    path = str(tmp_path / "control")
    assert daemon.start(_command(SERVING, path)) is None
    for said in (b"{\n", b"[1]\n", b"\n"):
        with closing(socket.socket(socket.AF_UNIX)) as line:
            line.connect(path)
            line.sendall(said)
            assert line.recv(1) == b""
    with closing(daemon.Line(path)) as line:
        assert line.ask(60, do="x") == {"got": {"do": "x"}}


def test_a_log_takes_what_it_says_once_it_is_ready(tmp_path: Path) -> None:
    path, log = str(tmp_path / "control"), tmp_path / "log"
    with log.open("wb") as file:
        assert daemon.start(_command(SERVING, path, "log"), file.fileno()) is None
    with closing(daemon.Line(path)) as line:
        line.ask(60, do="x")
    assert log.read_text(encoding="ascii") == "in the log\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("daemon.failed('no bridge')", "no bridge"),
        ("raise SystemExit('no bridge')", "no bridge"),
        ("", ""),
    ],
)
def test_what_it_says_in_place_of_being_ready(text: str, said: str) -> None:
    assert daemon.start(_command(READY + text)) == said


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A socket that nobody answers at yet."""
    path = str(tmp_path / "control")
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(path)
        listening.listen(1)
        yield path, listening


def test_one_that_hangs_up_or_is_late_is_an_error(answering: tuple[str, socket.socket]) -> None:
    path, listening = answering
    with closing(daemon.Line(path)) as line, pytest.raises(TimeoutError):
        line.ask(0.01, do="list")
    listening.accept()[0].close()
    with ThreadPoolExecutor(1) as threads, closing(daemon.Line(path)) as line:
        threads.submit(_hang_up, listening)
        with pytest.raises(OSError, match=r"hung up|reset|Broken"):
            line.ask(60, do="list")


def test_root_alone_may_ask(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with closing(daemon.Listener(str(path))):
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(OSError):  # noqa: PT011 - which one is the kernel's
        daemon.Line(str(tmp_path / "nobody"))
