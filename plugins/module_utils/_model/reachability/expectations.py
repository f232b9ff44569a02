# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who should reach whom: entries of ``reachability`` as frozen values, and the full mesh of a lab. Pure.

A namespace is ``""`` where it is the host's own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NamedTuple, Optional

from .. import naming, values
from ..errors import InvalidArgument
from ..reading import Spec, fill

#: the options of an entry
EXPECTATION: Spec = {
    "from": {"type": "str"},
    "to": {"type": "str", "required": True},
    "protocol": {"type": "str", "choices": ["icmp", "tcp", "udp"], "default": "icmp"},
    "port": {"type": "int"},
    "expect": {"type": "str", "choices": ["reachable", "unreachable"], "default": "reachable"},
    "listen": {
        "type": "dict",
        "options": {"netns": {"type": "str"}, "port": {"type": "int"}},
    },
    "why": {"type": "str"},
}

#: what a user calls the host's own namespace
HOST = "host"
#: bounds of the timeout, seconds
TIMEOUT_MIN, TIMEOUT_MAX = 0.01, 60.0
#: namespaces of a mesh that send to as many others before they go on: their neighbour entries fit the kernel's table
_GROUP = 16
#: names that an error lists at most
_LISTED = 20


class Listen(NamedTuple):
    """Where the prober itself is the server for the time of a probe."""

    netns: str
    protocol: str
    port: int


@dataclass(frozen=True)
class Expectation:
    """One statement; exactly one of ``target`` (a namespace) and ``address`` (canonical text) is not None.

    ``dev`` is the zone of a link-local address, ``port`` is 0 for icmp.
    """

    where: str
    source: str
    target: Optional[str]
    address: Optional[str]
    dev: str
    protocol: str
    port: int
    reachable: bool
    why: str
    listen: Optional[Listen]


@dataclass(frozen=True)
class Mesh:
    """A lab whose namespaces should all reach each other.

    :param lab: the lab's name (str).
    :param names: its namespaces, in the order of its description (tuple of str).
    """

    lab: str
    names: tuple[str, ...]


class Probe(NamedTuple):
    """One question to the network: does ``address`` answer ``source``? ``port`` is 0 for icmp."""

    source: str
    address: str
    dev: str
    protocol: str
    port: int


class Outcome(NamedTuple):
    """The network's answer; ``rtt_ms`` is None and ``reason`` says why where it is not reachable."""

    reachable: bool
    reason: str
    rtt_ms: Optional[float]


def reachability_spec() -> Spec:
    """The argument spec of ``reachability``."""
    form = {key: dict(value) for key, value in EXPECTATION.items()}
    return {
        "expectations": {"type": "list", "elements": "dict", "options": form},
        "mesh": {"type": "str"},
        "timeout": {"type": "float", "default": 1.0},
    }


def label(name: str, names: Collection[str]) -> str:
    """What a namespace is called in results: its name; the host's is ``host``, or ``(host)`` where one is named so.

    :param name: the namespace's name (str), ``""`` for the host's.
    :param names: the names of all namespaces in question (str).
    """
    if name:
        return name
    return f"({HOST})" if HOST in names else HOST


def timeout(value: float) -> float:
    """The time that one probe may take, in seconds.

    :param value: the time as given (float).
    :raises InvalidArgument: if it is not from 0.01 to 60.
    """
    if not TIMEOUT_MIN <= value <= TIMEOUT_MAX:
        wanted = f"seconds from {TIMEOUT_MIN} to {TIMEOUT_MAX:.0f}"
        raise InvalidArgument("timeout", wanted, repr(value), "Choose a number in this range.")
    return value


def parse(given: Sequence[dict[str, Any]], names: Collection[str]) -> list[Expectation]:
    """Read the list ``expectations``.

    :param given: entries in the form of :data:`EXPECTATION`; an option that is None is not given.
    :param names: the named namespaces that stand on the host.
    :returns: one expectation for each entry, in order.
    :raises InvalidArgument: for the first entry that is wrong, or that contradicts an earlier one.
    """
    found = []
    seen: dict[tuple[Any, ...], Expectation] = {}
    for index, entry in enumerate(given):
        item = _expectation(f"expectations[{index}]", entry, names)
        key = (item.source, item.target, item.address, item.dev, item.protocol, item.port, item.listen)
        first = seen.setdefault(key, item)
        if first.reachable != item.reachable:
            wanted = f"{_word(first.reachable)}, as {first.where} says of the same pair"
            remedy = "Remove one of the two."
            raise InvalidArgument(f"{item.where}.expect", wanted, _word(item.reachable), remedy)
        found.append(item)
    return found


def mesh(wanted: Mesh, names: Collection[str]) -> list[Expectation]:
    """Every ordered pair of a lab's namespaces, icmp, both directions of a pair next to each other.

    :param wanted: what the user says of it.
    :param names: the named namespaces that stand on the host.
    :raises InvalidArgument: if the lab has less than two namespaces or one of them is gone.
    """
    if len(wanted.names) < 2:
        found = f"{len(wanted.names) or 'none'} in lab {wanted.lab}"
        raise InvalidArgument("mesh", "a lab of two or more namespaces", found, "Name another lab.")
    gone = [name for name in wanted.names if name not in names]
    if gone:
        found = f"no {_listed(gone)}"
        remedy = f"They were removed since the lab was built: run topology for {wanted.lab} again."
        raise InvalidArgument("mesh", f"the namespaces of lab {wanted.lab}", found, remedy)
    return [
        Expectation("mesh", one, other, None, "", "icmp", 0, reachable=True, why="", listen=None)
        for pair in pairs(wanted.names)
        for one, other in (pair, pair[::-1])
    ]


def pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Everybody meets everybody once: first each the next one, the last the first; then group by group.

    :param names: who takes part (str).
    :returns: the pairs. A group meets another one before the next, so that those who are busy at a time are few.
    """
    count = len(names)
    order = [(one, (one + 1) % count) for one in range(count if count > 2 else 1)]
    groups = [range(start, min(start + _GROUP, count)) for start in range(0, count, _GROUP)]
    for place, group in enumerate(groups):
        for facing in groups[place:]:
            order += [
                (one, other) for one in group for other in facing if one + 1 < other and (one, other) != (0, count - 1)
            ]
    return [(names[one], names[other]) for one, other in order]


def _expectation(where: str, entry: dict[str, Any], names: Collection[str]) -> Expectation:
    given = fill(where, entry, EXPECTATION)
    source = "" if given["from"] is None else _namespace(f"{where}.from", given["from"], names)
    target, address, dev = _target(f"{where}.to", given["to"], names)
    protocol, port = given["protocol"], given["port"]
    if protocol == "icmp":
        for option in ("port", "listen"):
            if given[option] is not None:
                remedy = f"Omit {option}, or set protocol to tcp or udp."
                raise InvalidArgument(f"{where}.{option}", "nothing: icmp has no ports", repr(given[option]), remedy)
    elif port is None:
        raise InvalidArgument(f"{where}.port", f"the {protocol} port to probe", "nothing", "Give a port, 1 to 65535.")
    else:
        values.integer(f"{where}.port", port, 1, 65535, "a port")
    listen = None
    if given["listen"] is not None:
        listen = _listen(f"{where}.listen", given, target, names)
    reachable = given["expect"] == "reachable"
    return Expectation(where, source, target, address, dev, protocol, port or 0, reachable, given["why"] or "", listen)


def _listen(where: str, given: dict[str, Any], target: Optional[str], names: Collection[str]) -> Listen:
    asked = given["listen"]
    port = given["port"]
    if asked["port"] is not None:
        port = values.integer(f"{where}.port", asked["port"], 1, 65535, "a port")
    if asked["netns"] is not None:
        netns = _namespace(f"{where}.netns", asked["netns"], names)
    elif target is not None:
        netns = target
    else:
        remedy = f"Give the namespace to listen in, or {HOST} for the host's own."
        raise InvalidArgument(f"{where}.netns", "a namespace", f"nothing, and to is the address {given['to']}", remedy)
    return Listen(netns, given["protocol"], port)


def _namespace(where: str, name: str, names: Collection[str]) -> str:
    if name in names:
        return name
    if name == HOST:
        return ""
    remedy = f"Namespaces here: {_listed(names)}; {HOST} is the host's own."
    raise InvalidArgument(where, "a namespace of this host", repr(name), remedy)


def _target(where: str, text: str, names: Collection[str]) -> tuple[Optional[str], Optional[str], str]:
    """``to`` as (namespace, address, zone)."""
    if text in names:
        return text, None, ""
    if text == HOST:
        return "", None, ""
    host, percent, dev = text.partition("%")
    try:
        address = ip_address(host)
    except ValueError:
        remedy = f"Namespaces here: {_listed(names)}; {HOST} is the host's own."
        if "/" in text:
            remedy = "Omit the prefix length."
        raise InvalidArgument(where, "an address or a namespace of this host", repr(text), remedy) from None
    if address.is_unspecified or address.is_multicast or host == "255.255.255.255":
        remedy = "Give the address of one host."
        raise InvalidArgument(where, "the address of one host", repr(text), remedy)
    zoned = address.version == 6 and address.is_link_local
    if zoned and not dev:
        remedy = f"Add the outgoing link, e.g. {host}%eth0."
        raise InvalidArgument(where, "a link-local address with its link", repr(text), remedy)
    if percent and not zoned:
        raise InvalidArgument(where, "an address", repr(text), f"Only link-local addresses have a link: write {host}.")
    if zoned:
        naming.link_name(where, dev)
    return None, str(address), dev


def _word(reachable: bool) -> str:
    return "reachable" if reachable else "unreachable"


def _listed(names: Collection[str]) -> str:
    """Names for a message, shortened."""
    found = sorted(names)
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return (", ".join(found[:_LISTED]) or "none") + more
