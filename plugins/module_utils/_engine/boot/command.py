# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subcommands of the program netns-lab: what each does, what it prints, and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from ..._model.errors import LabError, Permission
from . import labs
from .labs import Outcome, Store

EXITS = "Exit codes: 0 done, or nothing to do; 1 an error; 2 from plan: a lab differs; 2 also for wrong arguments."


class Terminal(Protocol):
    """Where the program prints."""

    def out(self, text: str) -> None:
        """Print what was asked for.

        :param text: whole lines (str).
        """

    def err(self, text: str) -> None:
        """Print an error or a warning.

        :param text: one line, without its end (str).
        """


class Asked(NamedTuple):
    """What a call asks for.

    :param names: of labs; none for all that are stored (str each).
    :param as_json: whether to print JSON (bool).
    """

    names: Sequence[str] = ()
    as_json: bool = False


class Subcommand(NamedTuple):
    """One of them.

    :param help: what it does, in a few words (str).
    :param names: how many labs it takes (int), ``*`` for any number.
    :param act: carries it out; returns the exit code.
    """

    help: str
    names: int | str
    act: Callable[[Asked, Store, Terminal], int]


def run(subcommand: str, asked: Asked, store: Store, terminal: Terminal) -> int:
    """Carry out a subcommand.

    :param subcommand: one of :data:`SUBCOMMANDS` (str).
    :param asked: what is asked for.
    :param store: the labs of the host.
    :param terminal: where to print.
    :returns: the exit code.
    """
    try:
        _require_privileges(store)
        return SUBCOMMANDS[subcommand].act(asked, store, terminal)
    except LabError as error:
        terminal.err(error.text())
        return 1


def _require_privileges(store: Store) -> None:
    """See that this is root: a stored lab is for root alone to read, too.

    :raises Permission: if it is not.
    """
    try:
        store.host().require([])
    except Permission as error:
        raise Permission(error.obj, error.expected, error.found, "Run it as root: sudo netns-lab.") from None


def _apply(asked: Asked, store: Store, terminal: Terminal) -> int:
    return 1 if any(outcome.error for outcome in _each(asked, store, terminal, check=False)) else 0


def _plan(asked: Asked, store: Store, terminal: Terminal) -> int:
    outcomes = _each(asked, store, terminal, check=True)
    if any(outcome.error for outcome in outcomes):
        return 1
    return 2 if any(outcome.result is not None and outcome.result.changed for outcome in outcomes) else 0


def _each(asked: Asked, store: Store, terminal: Terminal, check: bool) -> list[Outcome]:
    outcomes = []
    for outcome in labs.each(asked.names, store, check):
        outcomes.append(outcome)
        if outcome.error is not None:
            terminal.err(f"{outcome.lab}: {outcome.error.text()}")
    _print(asked, outcomes, terminal)
    return outcomes


def _status(asked: Asked, store: Store, terminal: Terminal) -> int:
    found = labs.status(store)
    if asked.as_json:
        terminal.out(_json({name: lab._asdict() for name, lab in found.items()}))
        return 0
    rows = [
        (name, "stored" if lab.stored else "not stored", f"{lab.namespaces} namespaces", lab.state)
        for name, lab in found.items()
    ]
    terminal.out(_table(rows))
    return 0


def _down(asked: Asked, store: Store, terminal: Terminal) -> int:
    (name,) = asked.names
    _print(asked, [labs.remove(name, store)], terminal)
    return 0


def _print(asked: Asked, outcomes: Iterable[Outcome], terminal: Terminal) -> None:
    if asked.as_json:
        terminal.out(_json(dict(map(_as_json, outcomes))))
        return
    results = [(outcome.lab, outcome.result) for outcome in outcomes if outcome.result is not None]
    rows = [
        (lab, step["action"], step["kind"], step["object"], step["reason"])
        for lab, result in results
        for step in result.plan()
    ]
    rows += [(lab, "as described", "", "", "") for lab, result in results if not result.changed]
    terminal.out(_table(rows))
    for lab, result in results:
        for text in result.warnings:
            terminal.err(f"{lab}: {text}")


def _as_json(outcome: Outcome) -> tuple[str, dict[str, Any]]:
    if outcome.result is None:
        return outcome.lab, {"error": outcome.error.as_dict() if outcome.error else {}}
    return outcome.lab, {"plan": outcome.result.plan(), "warnings": outcome.result.warnings}


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1) + "\n"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "".join(f"{line}\n" for line in lines)


SUBCOMMANDS = {
    "apply": Subcommand("build or repair labs (default: all stored ones)", "*", _apply),
    "plan": Subcommand("show what apply would do", "*", _plan),
    "status": Subcommand("one line for each lab that is stored or up", 0, _status),
    "down": Subcommand("remove a lab; a stored one is built again at the next boot", 1, _down),
}
