# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``masquerades``, with what no packet can ever meet refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Optional

from .. import addressing, naming
from ..addressing import parse_network
from ..errors import InvalidArgument
from ..naming import LINK_NAME_MAX
from ..reading import Options, Spec
from .kind import Kind, Once, Rename, in_netns, netns, nothing, unchecked

SPEC: Spec = {
    "netns": {"type": "str"},
    "source": {"type": "str"},
    "out_interface": {"type": "str"},
    "exclude": {"type": "list", "elements": "str"},
    "ip_forward": {"type": "bool"},
}

#: what no packet has as its source when it leaves by another link than loopback
_NO_SOURCE = {
    4: ("127.0.0.0/8", "224.0.0.0/4", "0.0.0.0/32", "255.255.255.255/32"),
    6: ("::/127", "ff00::/8", "fe80::/10", "::ffff:0:0/96"),
}
#: what is no destination of a packet that leaves by a link to elsewhere
_NO_DESTINATION = {4: ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"), 6: ("ff00::/8",)}
_EVERYTHING = ("0.0.0.0/0", "::/0")


class Masquerade(NamedTuple):
    """Source NAT of a prefix; ``exclude`` has the source itself, unless that is everything (``0.0.0.0/0``)."""

    where: str
    netns: str
    source: str
    out_interface: str
    exclude: tuple[str, ...]
    ip_forward: Optional[bool]


def read(where: str, given: Options) -> Masquerade:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    :raises InvalidArgument: for an entry that is wrong, or that can never translate anything.
    """
    dev = "" if given["out_interface"] is None else out_interface(f"{where}.out_interface", given["out_interface"])
    source = _EVERYTHING[0] if given["source"] is None else addressing.prefix(f"{where}.source", given["source"])
    everything = source in _EVERYTHING
    if everything and not dev:
        found = "no source" if given["source"] is None else f"{source}, which is everything"
        remedy = "Give the prefix of your lab, or an out_interface to masquerade everything that leaves by it."
        raise InvalidArgument(f"{where}.source", "a source, or an out_interface", found, remedy)
    net = parse_network(source)
    if any(net.subnet_of(parse_network(never)) for never in _NO_SOURCE[net.version]):  # type: ignore[arg-type]
        remedy = "No packet has such a source: give the prefix of your lab."
        raise InvalidArgument(f"{where}.source", "a prefix of possible sources", source, remedy)
    exclude = set() if everything else {source}
    for index, text in enumerate(given["exclude"] or ()):
        exclude.add(addressing.prefix(f"{where}.exclude[{index}]", text))
    for text in exclude:
        addressing.family(where, {"source": source, "exclude": text})
    if addressing.collapsed([*exclude, *_NO_DESTINATION[net.version]]) == [_EVERYTHING[net.version == 6]]:
        remedy = "Nothing would be translated: omit the entry, or exclude less."
        raise InvalidArgument(f"{where}.exclude", "destinations that are not excluded", "all excluded", remedy)
    excluded = tuple(addressing.collapsed(exclude))
    return Masquerade(where, netns(where, given), source, dev, excluded, given["ip_forward"])


def out_interface(where: str, value: str) -> str:
    r"""The links that packets leave by: a name, or nft's wildcard ``eth*``; a name that itself ends so is ``eth\*``.

    :param where: the option, for an error (str).
    :param value: the name as given (str).
    :raises InvalidArgument: for what is no name of a link, or what nft has no way to write.
    """
    name, literal = value, value.endswith("\\*")
    if literal:
        name = f"{value[:-2]}*"
    naming.link_name(where, name)
    wanted = f"a link's name of 1 to {LINK_NAME_MAX} bytes, or a prefix and *"
    bad = [char for char in '"\\' if char in name]
    if bad:
        remedy = f"nft cannot write {' or '.join(bad)} in a name: choose another name for the link."
        raise InvalidArgument(where, wanted, repr(value), remedy)
    if value == "*":
        remedy = "Omit it for any link."
        raise InvalidArgument(where, wanted, repr(value), remedy)
    return value


def _once(entry: Masquerade) -> Iterator[Once]:
    yield Once("a source given once", entry.where, (entry.netns, entry.source, entry.out_interface))


def _renamed(entry: Masquerade, rename: Rename) -> Masquerade:
    out = entry.out_interface
    return entry if not out or out.endswith("*") else entry._replace(out_interface=rename(entry.netns, out))


KIND = Kind(
    option="masquerades",
    module="nat_masquerade",
    spec=SPEC,
    required=(),
    by_name=False,
    read=read,
    namespaces=in_netns,
    ends=nothing,
    addresses=nothing,
    joins=nothing,
    once=_once,
    renamed=_renamed,
    check=unchecked,
    placed="source",
    steers=False,
)
