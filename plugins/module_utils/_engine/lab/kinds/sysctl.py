# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls of namespaces and of links; the two that let packets pass through, and what the kernel does along with them.

Setting ``net.ipv4.ip_forward`` sets ``forwarding`` of every link and of ``default`` to the same value and, the other
way round, ``net.ipv4.conf.all.accept_redirects``; ``net.ipv6.conf.all.forwarding`` sets that of every link and of
``default`` (devinet.c and addrconf.c of the kernel). Who gives the one back must give back the others as well.

IPv6 forwarding, also that of one link, drops the default routes that router advertisements gave to any link whose
``accept_ra`` is not 2; see :mod:`..advertisements`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Optional

from ...._model.lab.sysctl import link_of
from ...state import CASCADE, DIRECT, Attrs, Change, Key, Objects, within
from .kind import Kind, Stage

if TYPE_CHECKING:
    from ..scope import Scope


#: the sysctl -> its family's part of the names of those that it writes along
FAMILIES = {"net.ipv4.ip_forward": "ipv4", "net.ipv6.conf.all.forwarding": "ipv6"}
REDIRECTS = "net.ipv4.conf.all.accept_redirects"

#: what was there before, and what the kernel made of it, by name
Along = dict[str, tuple[str, str]]

_IPV6_CONF = "net.ipv6.conf."


class _Sysctl(NamedTuple):
    sort: str
    netns: str
    name: str


class SysctlKey(Key, _Sysctl):
    """A sysctl below net. Attributes: value."""

    __slots__ = ()

    def __new__(cls, netns: str, name: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("sysctl", netns, name))

    @property
    def link(self) -> Optional[str]:
        """The link that it belongs to, if any."""
        return link_of(self.name)

    def describe(self) -> str:
        """``sysctl net.ipv4.ip_forward in red``."""
        return f"sysctl {self.name}{within(self.netns)}"


def is_sysctl(name: str) -> bool:
    """Whether it is the name of a file below /proc/sys/net.

    :param name: the name (str).
    """
    if not name.startswith("net.") or "\0" in name:
        return False
    return not {"", ".", ".."} & set(name.translate(str.maketrans("./", "/.")).split("/"))


def is_early(change: Change) -> bool:
    """Whether a sysctl is set before links are made: not one of a link, unless forwarding has to find it set."""
    return change.key.link is None or (change.before is not None and turn(change) == 0)


def lets_forward(key: Key) -> bool:
    """Whether a sysctl lets packets of IPv6 pass through, at a link or at all of them."""
    if not isinstance(key, SysctlKey) or not key.name.startswith(_IPV6_CONF):
        return False
    link, _dot, option = key.name[len(_IPV6_CONF) :].rpartition(".")
    return option == "forwarding" and link != "default"


def is_forwarding(key: Key) -> bool:
    """Whether a key is one of the two sysctls."""
    return isinstance(key, SysctlKey) and key.name in FAMILIES


def turn(change: Change) -> int:
    """Where a sysctl has its turn among others: what forwarding has to find set, what writes others along, the rest."""
    name = change.key.name
    if name.startswith("net.ipv6.conf.") and name.endswith(".accept_ra") and (change.after or {}).get("value") == "2":
        return 0
    return 1 if name in FAMILIES else 2


def _written(key: Key, value: str, objects: Objects) -> dict[Key, Attrs]:
    """What the kernel writes along with a value, as far as it was read."""
    prefix, suffix = f"net.{FAMILIES[key.name]}.conf.", ".forwarding"
    found: dict[Key, Attrs] = {}
    for other in objects:
        if not isinstance(other, SysctlKey) or other.netns != key.netns or other == key:
            continue
        if other.name.startswith(prefix) and other.name.endswith(suffix):
            found[other] = {"value": value}
        elif other.name == REDIRECTS and FAMILIES[key.name] == "ipv4":
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
        prior, made = along.get(other.name, (written, is_))
        value = prior if is_ == made or (halfway and is_ == written) else is_
        if value != is_ or (changes and value != written):
            via = CASCADE if changes and value == written else DIRECT
            found.append(Change(other, now[other], {"value": value}, via))
    return found


def noted(changes: list[Change]) -> Along:
    """What a record keeps of the consequences."""
    return {
        change.key.name: (change.before["value"], change.after["value"])
        for change in changes
        if change.via == CASCADE and change.before is not None and change.after is not None
    }


class _Kind(Kind):
    sort = "sysctl"
    key = SysctlKey
    stage = Stage.SYSCTL
    shared = True
    in_netns = True

    def stage_of(self, key: SysctlKey, attrs: Attrs) -> int:
        """Those of one link come after it."""
        del attrs
        return self.stage if key.link is None else Stage.LINK_SYSCTL

    def rank(self, change: Change) -> int:
        """What forwarding has to find set comes before links are made."""
        return Stage.SYSCTL if is_early(change) else Stage.LINK_SYSCTL

    def turn(self, change: Change) -> tuple[int, ...]:
        """What others write along comes after them."""
        return (turn(change), 0)

    def links(self, key: SysctlKey, attrs: Attrs) -> list[str]:
        """The one that it belongs to."""
        del attrs
        return [key.link] if key.link else []

    def may_be_made(self, key: SysctlKey) -> bool:
        """Those below net."""
        return is_sysctl(key.name)

    def ask(self, scope: Scope, key: SysctlKey) -> None:
        """Ask for its value; where it lets IPv6 pass through, for router advertisements, too."""
        scope.namespaces.add(key.netns)
        scope.sysctls.append(key)
        if lets_forward(key):
            scope.advertisements.add(key.netns)


KINDS = (_Kind(),)
