# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts rules of ours at the places that other firewalls offer, and takes them back, by the firewall's own program."""

from __future__ import annotations

import os
from contextlib import suppress

from .._engine.admission import COMMENT, FIREWALLD, UFW
from .._engine.state import Change
from .firewalls import POLICY, POLICY_FILE, has_runtime_changes, run

_POLICY = f"--policy={POLICY}"


def apply(place: str, changes: list[Change]) -> None:
    """Make the changes at one place.

    :raises OSError: with the program's words, if it refuses.
    """
    if place == UFW:
        for change in changes:
            _ufw(change.key[3], change.after is None)
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
    runs = _runs()
    if not os.path.exists(POLICY_FILE):
        if made:
            _permanent(runs, f"--new-policy={POLICY}")
            for option in ("--add-ingress-zone=ANY", "--add-egress-zone=ANY"):
                _permanent(runs, _POLICY, option)
            for rule in made:
                _permanent(runs, _POLICY, f"--add-rich-rule={rule}")
            run(["firewall-cmd", "--reload"])
        return
    for verb, rules in (("remove", gone), ("add", made)):
        for rule in rules:
            _permanent(runs, _POLICY, f"--{verb}-rich-rule={rule}")
            if runs:
                run(["firewall-cmd", _POLICY, f"--{verb}-rich-rule={rule}"])
    if not _rules_left(runs):
        reload = runs and not has_runtime_changes()
        _permanent(runs, f"--delete-policy={POLICY}")
        if reload:
            run(["firewall-cmd", "--reload"])
    with suppress(FileNotFoundError):
        os.unlink(f"{POLICY_FILE}.old")


def _runs() -> bool:
    """Whether firewalld runs; one that does not has its files changed by its other program."""
    with suppress(OSError):
        return run(["firewall-cmd", "--state"]).strip() == "running"
    return False


def _permanent(runs: bool, *options: str) -> str:
    return run(["firewall-cmd", "--permanent", *options] if runs else ["firewall-offline-cmd", *options])


def _rules_left(runs: bool) -> bool:
    return bool(_permanent(runs, _POLICY, "--list-rich-rules").strip())
