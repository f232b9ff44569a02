# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that outlives the run which starts it, and is asked by a socket: one line of JSON, answered by one.

Whether it runs is known by its socket alone: the kernel closes that with the process, however it ends.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Optional

_READY = b"ready"
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
#: seconds after which a caller that says nothing is let go
_SILENCE = 10.0
#: callers that may wait to be heard
_BACKLOG = 64
#: the process, user and group at the other end of a socket (struct ucred)
_UCRED = struct.Struct("3i")


# -- who starts it, and asks -------------------------------------------------------------------------------------------


def start(command: Sequence[str], log: Optional[int] = None, forks: bool = False) -> Optional[str]:
    """Start a process in a session of its own, and wait until it is ready.

    :param command: the program with its arguments.
    :param log: a descriptor for its errors (int); without one they are in what is returned, until it is ready.
    :param forks: whether the program goes on in a child of its own, and ends itself (bool).
    :returns: None as soon as it is ready; else what it said before it ended.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if log is None else log,
        start_new_session=True,
        cwd="/",
        env=_ENVIRONMENT,
    )
    with process.stdout as pipe:  # type: ignore[union-attr]
        said = pipe.read()
    if said == _READY and not forks:
        process.returncode = 0  # it outlives this one
    else:
        process.wait()
    return None if said == _READY else said.decode(errors="replace").strip()


def has_units() -> bool:
    """Whether process 1 is systemd, and starts units in the network that this process is in."""
    with suppress(OSError):
        return os.path.isdir("/run/systemd/system") and os.path.samestat(
            os.stat("/proc/1/ns/net"), os.stat("/proc/self/ns/net")
        )
    return False


def start_unit(unit: str, description: str, command: Sequence[str]) -> Optional[str]:
    """Start a process as a unit of systemd's: what belongs to the session of a user may be killed with it.

    :param unit: the unit's name (str).
    :param description: what it is for, for a person (str).
    :param command: the program with its arguments.
    :returns: None as soon as it is ready; else what systemd-run(1) said.
    :raises FileNotFoundError: without that program.
    """
    options = ["--quiet", "--collect", "--service-type=notify", f"--unit={unit}", f"--description={description}"]
    done = subprocess.run(["systemd-run", *options, "--", *command], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else None


class Line:
    """A line to a process; while it is open, that is the process that made the socket.

    :param path: the socket (str).
    :param patience: the seconds to wait for a place in the queue (float; None: for ever).
    :raises OSError: if nobody listens.
    """

    def __init__(self, path: str, patience: Optional[float] = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(patience)
        try:
            self._socket.connect(path)
            credentials = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        except OSError:
            self._socket.close()
            raise
        #: the process as this one sees it; 0 if it is of a process namespace that this one does not see
        self.pid: int = _UCRED.unpack(credentials)[0]

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, patience: Optional[float], **asked: Any) -> dict[str, Any]:
        """Ask, and wait for the answer.

        :param patience: the seconds to wait (float; None: for ever).
        :param asked: the question, in JSON types.
        :raises TimeoutError: if there is no answer in time.
        :raises OSError: if the process hangs up without one.
        """
        self._socket.settimeout(patience)
        try:
            self._socket.sendall(json.dumps(asked).encode() + b"\n")
            with self._socket.makefile("rb") as lines:
                line = lines.readline()
        except socket.timeout as exc:  # a TimeoutError from Python 3.10 on
            raise TimeoutError(f"no answer within {patience} s") from exc
        if not line:
            raise ConnectionError("the process hung up")
        answer: dict[str, Any] = json.loads(line)
        return answer


# -- the process itself ------------------------------------------------------------------------------------------------


class Call:
    """Somebody who asked, and waits.

    :param connection: the socket to that one.
    :param asked: the question, in JSON types.
    """

    def __init__(self, connection: socket.socket, asked: dict[str, Any]) -> None:
        self._connection, self.asked = connection, asked

    def answer(self, told: dict[str, Any]) -> None:
        """Answer, and hang up. One who has gone needs no answer.

        :param told: the answer, in JSON types.
        """
        with suppress(OSError), self._connection:
            self._connection.sendall(json.dumps(told).encode() + b"\n")

    def hang_up(self) -> None:
        """Hang up without an answer."""
        self._connection.close()


class Listener:
    """The socket of a process that is asked.

    :param path: where it is to be (str); root alone may ask.
    :raises OSError: if it cannot be made.
    """

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(path)
        os.chmod(path, 0o600)
        self._socket.listen(_BACKLOG)

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()

    def fileno(self) -> int:
        """The descriptor, to be told of callers by select(2) and its like."""
        return self._socket.fileno()

    def hear(self) -> Optional[Call]:
        """Take the next call.

        :returns: None if that one only looked who listens, or asked nothing that can be read.
        """
        connection, _address = self._socket.accept()
        try:
            connection.settimeout(_SILENCE)
            with connection.makefile("rb") as lines:
                asked = json.loads(lines.readline())
            if isinstance(asked, dict):
                return Call(connection, asked)
        except (OSError, ValueError):
            pass
        connection.close()
        return None


def ready(keeps_log: bool = False) -> None:
    """Say to who started this process that it listens, and let go of what ties it to that one.

    :param keeps_log: whether standard error is a log of its own, which takes standard output too from now on (bool).
    """
    notified = os.environ.get("NOTIFY_SOCKET")
    if notified:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"READY=1", notified.replace("@", "\0", 1) if notified[0] == "@" else notified)
        return
    os.write(sys.stdout.fileno(), _READY)
    with open(os.devnull, "r+b", buffering=0) as null:
        os.dup2(null.fileno(), sys.stdin.fileno())
        os.dup2(sys.stderr.fileno() if keeps_log else null.fileno(), sys.stdout.fileno())
        if not keeps_log:
            os.dup2(null.fileno(), sys.stderr.fileno())


def failed(why: str) -> None:
    """Say to who started this process why it does not listen.

    :param why: in words (str).
    """
    os.write(sys.stdout.fileno(), why.encode())
