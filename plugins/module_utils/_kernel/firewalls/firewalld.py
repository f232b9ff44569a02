# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld: the file of our policy is read, its program writes.

What its functions take and return: :class:`.provider.Provider`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Optional

from ..._engine.firewalls.ruleset import Service
from ..system import files
from ..system.refusals import unread
from .programs import is_running, path_of, run

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

WHOLE = True

_PROGRAM = "firewall-cmd"
#: the policy that holds our rules, and its file
_NAME = "netns-lab"
_FILE = f"/etc/firewalld/policies/{_NAME}.xml"
_POLICY = f"--policy={_NAME}"
#: the parts of our rich rules, and what is told of each
_PARTS = (("source", "address"), ("destination", "address"), ("icmp-type", "name"))


def is_starting(chains: Collection[tuple[str, str]]) -> bool:
    """Whether it runs and has no rules: systemd takes it for started before it has them, and a reload takes them away.

    If so, it has them when this returns: it does not answer until then.
    """
    return not _has_rules(chains) and path_of(_PROGRAM) is not None and is_running("firewalld") and _answers()


def kept() -> Optional[list[str]]:
    """The rich rules of our policy; None where there is none."""
    if not os.path.exists(_FILE) or path_of(_PROGRAM) is None:
        return None
    return [_rich_rule(rule) for rule in _tree().getroot().findall("rule")]


def service(rules: Optional[list[str]], chains: Collection[tuple[str, str]]) -> Optional[Service]:
    """What it tells of itself. It runs if its rules are there and itself: one that was killed leaves its rules."""
    runs = _has_rules(chains) and path_of(_PROGRAM) is not None and is_running("firewalld")
    return Service(runs, rules, _has_runtime_changes) if runs or rules is not None else None


def apply(place: str, gone: Sequence[str], made: Sequence[str]) -> None:
    """Rules of our policy, kept and at once. Making the policy and removing it takes a reload, else there is none."""
    if gone and not made and not _answers():
        _without(gone)
        return
    new = not os.path.exists(_FILE)
    before = [] if new else _rules()
    try:
        if new:
            _permanent(f"--new-policy={_NAME}")
            _permanent(_POLICY, "--add-ingress-zone=ANY")
            _permanent(_POLICY, "--add-egress-zone=ANY")
        _change(gone, made, at_once=not new)
        if new:
            run([_PROGRAM, "--reload"])
    except OSError:
        with suppress(OSError):
            now = _rules()
            _change(
                [rule for rule in now if rule not in before],
                [rule for rule in before if rule not in now],
                at_once=not new,
            )
            _without_rules_no_policy()
        raise
    _without_rules_no_policy()


def _has_rules(chains: Collection[tuple[str, str]]) -> bool:
    """Whether its rules are there, by either of its backends."""
    return any(table == "firewalld" or name.startswith("FORWARD_POLICIES") for table, name in chains)


def _answers() -> bool:
    """Whether it runs, as its program says, which waits for one that begins."""
    with suppress(OSError):
        return run([_PROGRAM, "--state"]).strip() == "running"
    return False


def _has_runtime_changes() -> bool:
    """Whether it has settings that are not kept, which a reload would lose. Interfaces outlast one.

    :raises Kernel: if it does not tell.
    """
    try:
        return any(_settings(what) != _settings(what, "--permanent") for what in ("zones", "policies"))
    except OSError as exc:
        raise unread("the settings of firewalld", exc) from exc


def _settings(what: str, *kept: str) -> list[str]:
    """The settings of all zones or policies, without what tells the active ones."""
    lines = run([_PROGRAM, *kept, f"--list-all-{what}"]).splitlines()
    return [line.replace(" (active)", "") for line in lines if not line.strip().startswith("interfaces:")]


def _change(gone: Sequence[str], made: Sequence[str], *, at_once: bool) -> None:
    for verb, rules in (("remove", gone), ("add", made)):
        for rule in rules:
            _permanent(_POLICY, f"--{verb}-rich-rule={rule}")
            if at_once:
                run([_PROGRAM, _POLICY, f"--{verb}-rich-rule={rule}"])


def _without_rules_no_policy() -> None:
    """Remove the policy if nothing is left in it. If a reload would lose something, an empty one is left till then."""
    if not _rules():
        reload = not _has_runtime_changes()
        _permanent(f"--delete-policy={_NAME}")
        if reload:
            run([_PROGRAM, "--reload"])
    with suppress(FileNotFoundError):
        os.unlink(f"{_FILE}.old")


def _permanent(*options: str) -> str:
    return run([_PROGRAM, "--permanent", *options])


def _rules() -> list[str]:
    """The rich rules that our policy keeps."""
    return [line for line in _permanent(_POLICY, "--list-rich-rules").splitlines() if line.strip()]


def _without(gone: Sequence[str]) -> None:
    """Take rules out of the file of our policy, where firewalld does not run: its program for that writes others."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - few hosts have the file

    root = _tree().getroot()
    for rule in root.findall("rule"):
        if _rich_rule(rule) in gone:
            root.remove(rule)
    if root.find("rule") is None:
        os.unlink(_FILE)
    else:
        files.write(_FILE, ET.tostring(root, encoding="unicode"), 0o644)


def _tree() -> ET.ElementTree:
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - as above

    return ET.parse(_FILE)  # noqa: S314 - the host's own file


def _rich_rule(rule: ET.Element) -> str:
    """A rule of the policy's file, as one writes it."""
    parts = [(name, what, rule.find(name)) for name, what in _PARTS]
    told = "".join(f' {name} {what}="{part.get(what)}"' for name, what, part in parts if part is not None)
    return f'rule family="{rule.get("family")}"{told} accept'
