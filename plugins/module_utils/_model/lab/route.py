# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``routes``. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Optional

from .. import addressing, naming, values
from ..errors import InvalidArgument
from ..reading import Options, Spec
from .kind import ALL, Kind, Once, in_netns, links_named, netns, nothing, optional, unchecked

SPEC: Spec = {
    "netns": {"type": "str"},
    "dst": {"type": "str", "required": True},
    "type": {"type": "str", "choices": ["unicast", "blackhole", "unreachable", "prohibit"], "default": "unicast"},
    "gateway": {"type": "str"},
    "dev": {"type": "str"},
    "src": {"type": "str"},
    "metric": {"type": "int"},
    "table": {"type": "str", "default": "main"},
    "onlink": {"type": "bool"},
}


class Route(NamedTuple):
    """A route; ``dst`` is a prefix, ``0.0.0.0/0`` or ``::/0`` for default."""

    where: str
    netns: str
    dst: str
    type: str
    gateway: Optional[str]
    dev: Optional[str]
    src: Optional[str]
    metric: Optional[int]
    table: int | str
    onlink: Optional[bool]


def read(where: str, given: Options) -> Route:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    :raises InvalidArgument: for options that do not go together.
    """
    gateway = optional(addressing.host_address, f"{where}.gateway", given["gateway"])
    src = optional(addressing.host_address, f"{where}.src", given["src"])
    dev = optional(naming.link_name, f"{where}.dev", given["dev"])
    told = {"gateway": gateway, "src": src}
    dst = addressing.destination(f"{where}.dst", given["dst"], bool(addressing.family(where, told)))
    six = bool(addressing.family(where, {"dst": dst, **told}))
    kind = given["type"]
    if kind != "unicast":
        for key in ("gateway", "dev", "src", "onlink"):
            if given[key]:
                remedy = f"Omit {key}, or use type unicast."
                raise InvalidArgument(f"{where}.{key}", f"nothing: the type is {kind}", repr(given[key]), remedy)
    if given["onlink"] and (gateway is None or dev is None):
        raise InvalidArgument(f"{where}.onlink", "a gateway and a dev beside it", "one of them missing", "Give both.")
    metric = given["metric"]
    if metric is not None:
        metric = values.integer(f"{where}.metric", metric, 1 if six else 0, 0xFFFFFFFF, "a metric")
    number = values.table(f"{where}.table", given["table"])
    return Route(where, netns(where, given), dst, kind, gateway, dev, src, metric, number, given["onlink"])


def _once(entry: Route) -> Iterator[Once]:
    key = (entry.netns, entry.table, entry.dst, entry.metric)
    yield Once("one route for a destination, table and metric", entry.where, key)


KIND = Kind(
    option="routes",
    module="netns_route",
    spec=SPEC,
    required=(),
    by_name=False,
    read=read,
    namespaces=in_netns,
    ends=nothing,
    addresses=nothing,
    joins=nothing,
    once=_once,
    renamed=links_named("dev"),
    check=unchecked,
    placed=ALL,
    steers=True,
)
