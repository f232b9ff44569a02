# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``namespaces``. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Optional

from .. import naming, values
from ..reading import Options, Spec
from . import sysctl
from .kind import SPREAD, Kind, Once, Rename, nothing, optional, unchecked

SPEC: Spec = {
    "name": {"type": "str", "required": True},
    "lo_up": {"type": "bool", "default": True},
    "sysctls": {"type": "dict"},
    "resolv_conf": {"type": "str"},
    "hosts": {"type": "str"},
}


class Namespace(NamedTuple):
    """A network namespace and what lies with it under /etc/netns."""

    where: str
    name: str
    lo_up: bool
    sysctls: tuple[tuple[str, str], ...]
    resolv_conf: Optional[str]
    hosts: Optional[str]


def read(where: str, given: Options) -> Namespace:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    """
    named = [(sysctl.name(f"{where}.sysctls", key), key, value) for key, value in (given["sysctls"] or {}).items()]
    wanted = tuple((dotted, sysctl.value(f"{where}.sysctls.{key}", dotted, value)) for dotted, key, value in named)
    name = naming.netns_name(f"{where}.name", given["name"])
    files = (optional(values.content, f"{where}.{file}", given[file]) for file in ("resolv_conf", "hosts"))
    return Namespace(where, name, given["lo_up"], wanted, *files)


def _name(entry: Namespace) -> tuple[str, ...]:
    return (entry.name,)


def _once(entry: Namespace) -> Iterator[Once]:
    yield Once("a namespace given once", entry.where, (entry.name,))
    for name, _value in entry.sysctls:
        yield Once(sysctl.ONCE, f"{entry.where}.sysctls", (entry.name, name))


def _renamed(entry: Namespace, rename: Rename) -> Namespace:
    if not entry.sysctls:
        return entry
    told = ((sysctl.name_renamed(entry.name, name, rename), value) for name, value in entry.sysctls)
    return entry._replace(sysctls=tuple(told))


KIND = Kind(
    option="namespaces",
    module="netns",
    spec=SPEC,
    required=(),
    by_name=True,
    read=read,
    namespaces=_name,
    ends=nothing,
    addresses=nothing,
    joins=nothing,
    once=_once,
    renamed=_renamed,
    check=unchecked,
    placed=SPREAD,
    steers=False,
)
