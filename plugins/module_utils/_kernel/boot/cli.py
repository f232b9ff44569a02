# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program netns-lab: what a unit runs at boot, and what an administrator on the host has at hand."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..._engine.lab import run as runs
from ..._engine.lab.kinds.netns import NetnsKey
from ..._engine.lab.run import Result
from ..._model.errors import LabError, Permission
from ..._model.values import lab_name
from ..host import LocalHost
from ..lab import records as store
from . import install

_ABOUT = f"Labs of network namespaces that are stored in {install.engine.FOLDER}."
_EXITS = "Exit codes: 0 done, or nothing to do; 1 an error; 2 of plan: a lab is not as described, or a wrong call."


def main(arguments: Sequence[str]) -> int:
    """Carry out one subcommand.

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
        LocalHost().require([])
    except Permission as error:
        raise Permission(error.obj, error.expected, error.found, "Run it as root: sudo netns-lab.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("netns-lab", description=_ABOUT, epilog=_EXITS)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, act, text in (
        ("apply", _apply, "build labs, or repair them (default: all that are stored)"),
        ("plan", _plan, "say what apply would do, and touch nothing"),
        ("status", _status, "one line for each lab that is stored or stands"),
        ("down", _down, "take a lab away; one that is stored is built again at the next boot"),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("--json", action="store_true", help="print JSON")
        if name != "status":
            verb.add_argument("name", nargs=None if name == "down" else "*", help="name of a lab")
        verb.set_defaults(act=act)
    return parser


def _apply(parsed: argparse.Namespace) -> int:
    return 1 if _each(parsed, check=False)[1] else 0


def _plan(parsed: argparse.Namespace) -> int:
    differ, failed = _each(parsed, check=True)
    return 1 if failed else 2 if differ else 0


def _each(parsed: argparse.Namespace, check: bool) -> tuple[int, int]:
    """Run labs one after the other; one that fails does not stop the others.

    :returns: how many have steps, and how many failed.
    """
    found: dict[str, Any] = {}
    failed = 0
    for name in parsed.name or install.names():
        try:
            found[name] = _run(install.options(name), check)
        except LabError as error:  # noqa: PERF203 - few
            failed += 1
            found[name] = {"error": error.as_dict()}
            sys.stderr.write(f"netns-lab: {name}: {error.text()}\n")
    _print(parsed, found)
    return sum(bool(lab.get("plan")) for lab in found.values()), failed


def _run(options: dict[str, Any], check: bool) -> dict[str, Any]:
    result: Result = runs.run(runs.topology_request(options), LocalHost(), check)
    return {"plan": result.plan(), "warnings": result.warnings}


def _print(parsed: argparse.Namespace, found: dict[str, Any]) -> None:
    if parsed.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
        return
    rows = [
        (name, step["action"], step["kind"], step["object"], step["reason"])
        for name, lab in found.items()
        for step in lab.get("plan", ())
    ]
    rows += [(name, "as described", "", "", "") for name, lab in found.items() if lab.get("plan") == []]
    _table(rows)
    for name, lab in found.items():
        for text in lab.get("warnings", ()):
            sys.stderr.write(f"netns-lab: {name}: {text}\n")


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths))
        sys.stdout.write(line.rstrip() + "\n")


def _status(parsed: argparse.Namespace) -> int:
    stored = install.names()
    records = {record.lab: record for record in store.records() if record.definition}
    found: dict[str, Any] = {}
    for name in sorted({*stored, *records}):
        spaces = sum(isinstance(key, NetnsKey) for key in records[name].made) if name in records else 0
        definition = records[name].definition if name in records else {}
        try:
            options = install.options(name) if name in stored else {**definition, "name": name}
            steps = len(_run(options, check=True)["plan"])
            state = f"{steps} steps from what is described" if steps else "as described"
        except LabError as error:
            state = error.text()
        found[name] = {"stored": name in stored, "namespaces": spaces, "state": state}
    if parsed.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        lines = [
            (name, "stored" if lab["stored"] else "not stored", f"{lab['namespaces']} namespaces", lab["state"])
            for name, lab in found.items()
        ]
        _table(lines)
    return 0


def _down(parsed: argparse.Namespace) -> int:
    name = lab_name("name", parsed.name)
    _print(parsed, {name: _run({"name": name, "state": "absent"}, check=False)})
    return 0
