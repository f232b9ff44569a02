# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sysctls that let packets pass through, and what the kernel does along with them. Pure.

Setting ``net.ipv4.ip_forward`` sets ``forwarding`` of every link and of ``default`` to the same value and, the other
way round, ``net.ipv4.conf.all.accept_redirects``; ``net.ipv6.conf.all.forwarding`` sets that of every link and of
``default`` (devinet.c and addrconf.c of the kernel). Who gives the one back must give back the others as well.

IPv6 forwarding, also that of one link, drops the default routes that router advertisements gave to any link whose
``accept_ra`` is not 2; see :mod:`.advertisements`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..state import CASCADE, DIRECT, Attrs, Change, Key, Objects

#: the sysctl -> its family's part of the names of those that it writes along
FAMILIES = {"net.ipv4.ip_forward": "ipv4", "net.ipv6.conf.all.forwarding": "ipv6"}
REDIRECTS = "net.ipv4.conf.all.accept_redirects"

#: what was there before, and what the kernel made of it, by name
Along = dict[str, tuple[str, str]]


def is_forwarding(key: Key) -> bool:
    """Whether a key is one of the two sysctls."""
    return key[0] == "sysctl" and key[2] in FAMILIES


def turn(change: Change) -> int:
    """Where a sysctl has its turn among others: what forwarding has to find set, what writes others along, the rest."""
    name = change.key[2]
    if name.startswith("net.ipv6.conf.") and name.endswith(".accept_ra") and (change.after or {}).get("value") == "2":
        return 0
    return 1 if name in FAMILIES else 2


def _written(key: Key, value: str, objects: Objects) -> dict[Key, Attrs]:
    """What the kernel writes along with a value, as far as it was read."""
    prefix, suffix = f"net.{FAMILIES[key[2]]}.conf.", ".forwarding"
    found: dict[Key, Attrs] = {}
    for other in objects:
        if other[0] != "sysctl" or other[1] != key[1] or other == key:
            continue
        if other[2].startswith(prefix) and other[2].endswith(suffix):
            found[other] = {"value": value}
        elif other[2] == REDIRECTS and FAMILIES[key[2]] == "ipv4":
            found[other] = {"value": "0" if value == "1" else "1"}
    return found


def consequences(key: Key, before: Attrs, after: Attrs, now: Objects) -> list[Change]:
    """What the kernel writes along when one of the two is changed, what had that value already as well."""
    if before["value"] == after["value"]:
        return []
    return [Change(other, now[other], attrs, CASCADE) for other, attrs in _written(key, after["value"], now).items()]


def restoration(back: Change, now: Objects, along: Mapping[str, tuple[str, str]], halfway: bool) -> list[Change]:
    """What has to be written, or changes by itself, when one of the two gets its prior value back.

    A value that is still what the kernel made of it goes back to what was before; one that somebody changed since
    stays as it is; what was not there before follows the kernel.

    :param halfway: whether a run before this one may have been killed amidst the same.
    """
    found = []
    changes = back.before != back.after
    for other, attrs in _written(back.key, (back.after or {})["value"], now).items():
        is_, written = now[other]["value"], attrs["value"]
        prior, made = along.get(other[2], (written, is_))
        value = prior if is_ == made or (halfway and is_ == written) else is_
        if value != is_ or (changes and value != written):
            via = CASCADE if changes and value == written else DIRECT
            found.append(Change(other, now[other], {"value": value}, via))
    return found


def noted(changes: list[Change]) -> Along:
    """What a record keeps of the consequences."""
    return {
        change.key[2]: (change.before["value"], change.after["value"])
        for change in changes
        if change.via == CASCADE and change.before is not None and change.after is not None
    }
