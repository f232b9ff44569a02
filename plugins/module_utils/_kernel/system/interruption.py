# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signals that ask a process to end: SIGHUP, SIGINT and SIGTERM.

While nothing has been touched each of them ends a run at once. While a plan is carried out they wait, for the programs
that it starts too. They are heeded between two changes, and what was done is undone.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Optional

from ..._model.errors import Interrupted

ALL = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """A signal asked to stop between two changes; its name."""


def hear(answer: Callable[[str], object]) -> None:
    """Have something done at once when one of them comes, unless it is ignored, as under nohup(1).

    :param answer: what ends the process; it is given the signal's name.
    """

    def heard(number: int, _frame: object) -> None:
        block()
        answer(signal.Signals(number).name)

    for each in ALL:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, heard)


def block() -> None:
    """Let them wait from now on: the process is about to end."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ALL)


@contextmanager
def undisturbed() -> Iterator[list[str]]:
    """Let them wait for a while. They are done with then.

    :returns: the names of those that came, once it is over.
    """
    came: list[str] = []
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ALL)
    try:
        yield came
    finally:
        came += _taken(ALL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop() -> Optional[str]:
    """The name of one that came meanwhile and asks to stop; it is done with then."""
    if not signal.sigpending().intersection(ALL):
        return None
    return next(iter(_taken(ALL)), None)


def _taken(numbers: tuple[signal.Signals, ...]) -> list[str]:
    found = []
    while (info := signal.sigtimedwait(numbers, 0)) is not None:
        found.append(signal.Signals(info.si_signo).name)
    return found


def error(name: str, before: bool) -> Interrupted:
    """What a user is told.

    :param name: the signal (str).
    :param before: whether it came before anything was touched.
    """
    wanted = "to read the host and make a plan" if before else "to carry out the plan"
    return Interrupted("this run", wanted, name, "Nothing was touched: run it again." if before else "Run it again.")
