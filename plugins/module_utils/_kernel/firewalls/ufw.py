# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ufw: its files are read, its program writes.

What its functions take and return: :class:`.provider.Provider`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Optional

from ..._engine.firewalls.ruleset import COMMENT, Service
from .programs import path_of, run

WHOLE = False

_FOLDER = "/etc/ufw"
_OUR_COMMENT = f"comment={COMMENT.encode().hex()}"


def is_starting(chains: Collection[tuple[str, str]]) -> bool:
    """Its files tell what it will have."""
    return False


def kept() -> Optional[list[str]]:
    """The rules of ours that it has; None where it is not enabled and has none."""
    rules = _rules()
    return rules if rules or _is_enabled() else None


def service(rules: Optional[list[str]], chains: Collection[tuple[str, str]]) -> Optional[Service]:
    """What it tells of itself, if it is enabled or has rules of ours."""
    return None if rules is None else Service(runs=True, rules=rules)


def apply(place: str, gone: Sequence[str], made: Sequence[str]) -> None:
    """Take rules away and make rules, one at a time."""
    for rule in gone:
        run(["ufw", "route", "delete", *rule.split()])
    for rule in made:
        run(["ufw", "route", *rule.split(), "comment", COMMENT])


def _is_enabled() -> bool:
    with suppress(OSError), open(f"{_FOLDER}/ufw.conf", encoding="utf-8", errors="surrogateescape") as file:
        return any(line.strip().replace('"', "").lower() == "enabled=yes" for line in file)
    return False


def _rules() -> list[str]:
    """From the lines in which ufw itself keeps its rules: ``### tuple ### route:allow tcp 80 TO any FROM out_DEV``."""
    found: list[str] = []
    for name in ("user.rules", "user6.rules") if path_of("ufw") else ():
        with suppress(OSError), open(f"{_FOLDER}/{name}", encoding="utf-8", errors="surrogateescape") as file:
            ours = [line for line in file if line.startswith("### tuple ### route:allow ") and _OUR_COMMENT in line]
            found += [_rule(line.split()[4:]) for line in ours]
    return found


def _rule(words: list[str]) -> str:
    """The rule as arguments of ``ufw route``."""
    protocol, port, to, _from_port, source, *rest = words
    links = [part.partition("_") for part in rest[0].split("!")] if not rest[0].startswith("comment=") else []
    on = [word for way, _dash, dev in links for word in (way, "on", dev)]
    more = (["port", port] if port != "any" else []) + (["proto", protocol] if protocol != "any" else [])
    return " ".join(["allow", *on, "from", source, "to", to, *more])
