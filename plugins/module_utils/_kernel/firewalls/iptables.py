# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both kinds of iptables: what their programs tell, and rules of ours in their chains. Docker's chain is one of these.

The older kind is asked only for tables that the kernel names, since asking would load the kernel's module for one.

What its functions take and return: :class:`.provider.Provider`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Optional

from ..._engine.firewalls.ruleset import Chain, Service
from ..._model.errors import Kernel
from .programs import path_of, run

WHOLE = True

_NUMBERS = {"ip": "", "ip6": "6"}
FAMILIES = tuple(_NUMBERS)
#: the tables that filter or translate
TABLES = frozenset({"filter", "mangle", "raw", "security", "nat"})


def is_starting(chains: Collection[tuple[str, str]]) -> bool:
    """It is no service."""
    return False


def kept() -> Optional[list[str]]:
    """Its rules are in its chains."""
    return None


def service(rules: Optional[list[str]], chains: Collection[tuple[str, str]]) -> Optional[Service]:
    """It is none."""
    return None


def apply(place: str, gone: Sequence[str], made: Sequence[str]) -> None:
    """All rules of a chain in one transaction; new ones come first in it."""
    tool, family, chain = place.split()
    lines = [*(f"-D {chain} {rule}" for rule in gone), *(f"-I {chain} 1 {rule}" for rule in made)]
    restore = f"{program(tool, family)}-restore"
    run([restore, "--noflush", "--wait"], "\n".join(["*filter", *lines, "COMMIT", ""]))


def has_legacy(family: str) -> bool:
    """Whether the older kind has tables: read without loading a module.

    :param family: ``ip`` or ``ip6`` (str).
    """
    path = f"/proc/thread-self/net/ip{_NUMBERS[family]}_tables_names"
    with suppress(OSError), open(path, encoding="ascii") as file:
        return any(line.strip() in TABLES for line in file)
    return False


def program(tool: str, family: str) -> str:
    """The name of a tool's program for a family, without what it ends with.

    :param tool: ``iptables-nft`` or ``iptables-legacy`` (str).
    :param family: ``ip`` or ``ip6`` (str).
    """
    return tool.replace("iptables", f"ip{_NUMBERS[family]}tables")


def is_readable(tool: str, family: str) -> bool:
    """Whether there is a program that tells a tool's rules.

    :param tool: ``iptables-nft`` or ``iptables-legacy`` (str).
    :param family: ``ip`` or ``ip6`` (str).
    """
    return path_of(f"{program(tool, family)}-save") is not None


def saved(tool: str, family: str) -> tuple[list[Chain], list[Chain]]:
    """The chains of one kind that filter, and those that translate.

    :param tool: ``iptables-nft`` or ``iptables-legacy`` (str).
    :param family: ``ip`` or ``ip6`` (str).
    :raises Kernel: if its program fails: what is unknown would be taken for open.
    """
    from ..._engine.firewalls.parse import from_save  # noqa: PLC0415 - only hosts with firewalls need it

    save = f"{program(tool, family)}-save"
    try:
        text = run([save])
    except OSError as exc:
        remedy = "Find out why it fails: without its rules the lab's packets cannot be checked."
        raise Kernel(save, "the rules of this host's firewall", str(exc.strerror), remedy) from exc
    return from_save(text, tool, family), from_save(text, tool, family, ("nat",))
