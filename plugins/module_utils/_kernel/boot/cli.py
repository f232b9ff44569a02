# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program netns-lab: what a unit runs at boot, and what an administrator on the host has at hand."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..._engine.boot import labs
from ..._engine.boot.labs import Outcome
from ..._engine.boot.stored import FOLDER
from ..._model.errors import LabError, Permission
from .store import LocalStore

_ABOUT = f"Labs of network namespaces, stored in {FOLDER}."
_EXITS = "Exit codes: 0 done, or nothing to do; 1 an error; 2 from plan: a lab differs; 2 also for wrong arguments."


def main(arguments: Sequence[str]) -> int:
    """Carry out one subcommand.

    :param arguments: the command line without the program's name (str).
    :returns: the exit code.
    """
    parsed = _parser().parse_args(list(arguments))
    act: Callable[[argparse.Namespace], int] = parsed.act
    try:
        _require_privileges()
        return act(parsed)
    except LabError as error:
        sys.stderr.write(f"netns-lab: {error.text()}\n")
        return 1


def _require_privileges() -> None:
    """See that this is root: a stored lab is for root alone to read, too.

    :raises Permission: if it is not.
    """
    try:
        LocalStore().host().require([])
    except Permission as error:
        raise Permission(error.obj, error.expected, error.found, "Run it as root: sudo netns-lab.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("netns-lab", description=_ABOUT, epilog=_EXITS)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, act, text in (
        ("apply", _apply, "build or repair labs (default: all stored ones)"),
        ("plan", _plan, "show what apply would do"),
        ("status", _status, "one line for each lab that is stored or up"),
        ("down", _down, "remove a lab; a stored one is built again at the next boot"),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("--json", action="store_true", help="print JSON")
        if name != "status":
            verb.add_argument("name", nargs=None if name == "down" else "*", help="name of a lab")
        verb.set_defaults(act=act)
    return parser


def _apply(parsed: argparse.Namespace) -> int:
    return 1 if any(outcome.error for outcome in _each(parsed, check=False)) else 0


def _plan(parsed: argparse.Namespace) -> int:
    outcomes = _each(parsed, check=True)
    if any(outcome.error for outcome in outcomes):
        return 1
    return 2 if any(outcome.result is not None and outcome.result.changed for outcome in outcomes) else 0


def _each(parsed: argparse.Namespace, check: bool) -> list[Outcome]:
    outcomes = []
    for outcome in labs.each(parsed.name, LocalStore(), check):
        outcomes.append(outcome)
        if outcome.error is not None:
            sys.stderr.write(f"netns-lab: {outcome.lab}: {outcome.error.text()}\n")
    _print(parsed, outcomes)
    return outcomes


def _print(parsed: argparse.Namespace, outcomes: Sequence[Outcome]) -> None:
    if parsed.json:
        sys.stdout.write(json.dumps(dict(map(_as_json, outcomes)), indent=1) + "\n")
        return
    results = [(outcome.lab, outcome.result) for outcome in outcomes if outcome.result is not None]
    rows = [
        (lab, step["action"], step["kind"], step["object"], step["reason"])
        for lab, result in results
        for step in result.plan()
    ]
    rows += [(lab, "as described", "", "", "") for lab, result in results if not result.changed]
    _table(rows)
    for lab, result in results:
        for text in result.warnings:
            sys.stderr.write(f"netns-lab: {lab}: {text}\n")


def _as_json(outcome: Outcome) -> tuple[str, dict[str, Any]]:
    if outcome.result is None:
        return outcome.lab, {"error": outcome.error.as_dict() if outcome.error else {}}
    return outcome.lab, {"plan": outcome.result.plan(), "warnings": outcome.result.warnings}


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths))
        sys.stdout.write(line.rstrip() + "\n")


def _status(parsed: argparse.Namespace) -> int:
    found = labs.status(LocalStore())
    if parsed.json:
        sys.stdout.write(json.dumps({name: lab._asdict() for name, lab in found.items()}, indent=1) + "\n")
        return 0
    _table(
        [
            (name, "stored" if lab.stored else "not stored", f"{lab.namespaces} namespaces", lab.state)
            for name, lab in found.items()
        ]
    )
    return 0


def _down(parsed: argparse.Namespace) -> int:
    _print(parsed, [labs.remove(parsed.name, LocalStore())])
    return 0
