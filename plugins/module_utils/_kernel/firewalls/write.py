# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts rules of ours at the places that other firewalls offer, and takes them back, by the firewall's own program."""

from __future__ import annotations

import os
from contextlib import suppress
from xml.etree import ElementTree as ET

from ..._engine.firewalls.exceptions import COMMENT, FIREWALLD, UFW
from ..._engine.state import Change
from ..system import files
from .read import POLICY, POLICY_FILE, answers_firewalld, has_runtime_changes, rich_rule, run

_POLICY = f"--policy={POLICY}"


def parts(place: str, changes: list[Change]) -> list[list[Change]]:
    """Changes of one place, as they are made: those together that are made whole or not at all."""
    return [[change] for change in changes] if place == UFW else [changes]


def apply(place: str, changes: list[Change]) -> None:
    """Make the changes of one part.

    :raises OSError: with the program's words, if it refuses.
    """
    if place == UFW:
        _ufw(changes[0].key[3], changes[0].after is None)
    elif place == FIREWALLD:
        _firewalld([c.key[3] for c in changes if c.after is None], [c.key[3] for c in changes if c.after is not None])
    else:
        _iptables(place, changes)


def _iptables(place: str, changes: list[Change]) -> None:
    """All rules of a chain in one transaction; new ones come first in it."""
    tool, family, chain = place.split()
    verbs = [f"-D {chain}" if change.after is None else f"-I {chain} 1" for change in changes]
    lines = [f"{verb} {change.key[3]}" for verb, change in zip(verbs, changes)]
    restore = tool.replace("iptables", "ip6tables" if family == "ip6" else "iptables") + "-restore"
    run([restore, "--noflush", "--wait"], "\n".join(["*filter", *lines, "COMMIT", ""]))


def _ufw(rule: str, gone: bool) -> None:
    words = rule.split()
    run(["ufw", "route", "delete", *words] if gone else ["ufw", "route", *words, "comment", COMMENT])


def _firewalld(gone: list[str], made: list[str]) -> None:
    """Rules of our policy, kept and at once. Making the policy and removing it takes a reload, else there is none."""
    if gone and not made and not answers_firewalld():
        _without(gone)
        return
    new = not os.path.exists(POLICY_FILE)
    before = [] if new else _rules()
    try:
        if new:
            _permanent(f"--new-policy={POLICY}")
            _permanent(_POLICY, "--add-ingress-zone=ANY")
            _permanent(_POLICY, "--add-egress-zone=ANY")
        _change(gone, made, at_once=not new)
        if new:
            run(["firewall-cmd", "--reload"])
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


def _change(gone: list[str], made: list[str], *, at_once: bool) -> None:
    for verb, rules in (("remove", gone), ("add", made)):
        for rule in rules:
            _permanent(_POLICY, f"--{verb}-rich-rule={rule}")
            if at_once:
                run(["firewall-cmd", _POLICY, f"--{verb}-rich-rule={rule}"])


def _without_rules_no_policy() -> None:
    """Remove the policy if nothing is left in it. If a reload would lose something, an empty one is left till then."""
    if not _rules():
        reload = not has_runtime_changes()
        _permanent(f"--delete-policy={POLICY}")
        if reload:
            run(["firewall-cmd", "--reload"])
    with suppress(FileNotFoundError):
        os.unlink(f"{POLICY_FILE}.old")


def _permanent(*options: str) -> str:
    return run(["firewall-cmd", "--permanent", *options])


def _rules() -> list[str]:
    """The rich rules that our policy keeps."""
    return [line for line in _permanent(_POLICY, "--list-rich-rules").splitlines() if line.strip()]


def _without(gone: list[str]) -> None:
    """Take rules out of the file of our policy, where firewalld does not run: its program for that writes others."""
    tree = ET.parse(POLICY_FILE)  # noqa: S314 - the host's own file
    root = tree.getroot()
    for rule in root.findall("rule"):
        if rich_rule(rule) in gone:
            root.remove(rule)
    if root.find("rule") is None:
        os.unlink(POLICY_FILE)
    else:
        files.write(POLICY_FILE, ET.tostring(root, encoding="unicode"), 0o644)
