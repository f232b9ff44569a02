# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``bridge_ports``. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from .. import naming, values
from ..errors import InvalidArgument
from ..reading import Options, Spec
from .kind import LINK, Kind, Link, Once, in_netns, links_named, netns, nothing, optional, unchecked

SPEC: Spec = {
    "dev": {"type": "str", "required": True},
    "netns": {"type": "str"},
    "bridge": {"type": "str"},
    "hairpin": {"type": "bool"},
    "isolated": {"type": "bool"},
    "learning": {"type": "bool"},
    "flood": {"type": "bool"},
    "cost": {"type": "int"},
    "priority": {"type": "int"},
}

_BOUNDS = {"cost": (1, 65535), "priority": (0, 63)}


class BridgePort(NamedTuple):
    """A link as a port of a bridge; ``options`` holds only what was given."""

    where: str
    dev: str
    netns: str
    bridge: Optional[str]
    options: tuple[tuple[str, Any], ...]


def read(where: str, given: Options) -> BridgePort:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    :raises InvalidArgument: for options that do not go together.
    """
    options = []
    for key in ("hairpin", "isolated", "learning", "flood", "cost", "priority"):
        value = given[key]
        if value is None:
            continue
        if key in _BOUNDS:
            value = values.integer(f"{where}.{key}", value, *_BOUNDS[key], f"a port's {key}")
        options.append((key, value))
    dev = naming.link_name(f"{where}.dev", given["dev"])
    master = optional(naming.link_name, f"{where}.bridge", given["bridge"])
    if master == dev:
        remedy = "A bridge cannot be a port of itself: choose another link."
        raise InvalidArgument(f"{where}.dev", "a link other than the bridge", repr(dev), remedy)
    return BridgePort(where, dev, netns(where, given), master, tuple(options))


def _joins(entry: BridgePort) -> Iterator[tuple[Link, Link]]:
    if entry.bridge:
        yield (entry.netns, entry.dev), (entry.netns, entry.bridge)


def _once(entry: BridgePort) -> Iterator[Once]:
    yield Once("a port given once", entry.where, (entry.netns, entry.dev))


KIND = Kind(
    option="bridge_ports",
    module="bridge_port",
    spec=SPEC,
    required=("bridge",),
    by_name=False,
    read=read,
    namespaces=in_netns,
    ends=nothing,
    addresses=nothing,
    joins=_joins,
    once=_once,
    renamed=links_named("dev", "bridge"),
    check=unchecked,
    placed=LINK,
    steers=False,
)
