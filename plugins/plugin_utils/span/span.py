# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab that spans hosts, cut into what each of them has to build: a definition without places for each. Pure.

All is worked out from the definition and the inventory, and nothing from what the hosts are found to have: each host's
part is the same whether the others are up or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Optional

from ansible_collections.netns.lab.plugins.module_utils._engine.lab.links.bridge import pinned_mac
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.links.vxlan import OVERHEAD
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.wanted import wanted
from ansible_collections.netns.lab.plugins.module_utils._model.addressing import parse_interface
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab import topology as model
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.vxlan import ID_MAX

from .placement import OWN, Hosts, Placement, Pools, ends_of, entries

_MTU_MIN = 68
#: of a lab with more namespaces than this, each is to reach the next one only: the pairs grow with the square
_FEW = 100


@dataclass(frozen=True)
class Underlay:
    """How a host is reached by the others: its address, and the MTU of the link that has it, in bytes."""

    address: str
    mtu: int = 1500


@dataclass(frozen=True)
class Span:
    """The hosts and how they are joined.

    ``mode`` is ``vxlan`` (bridges reach across) or ``routes`` (each host routes to the subnets of the others);
    ``vnis`` are the identifiers that are not left to the collection, by bridge.
    """

    pools: Pools
    underlays: Mapping[str, Underlay]
    mode: str = "vxlan"
    dstport: int = 4789
    vnis: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Across:
    """A bridge that several hosts have."""

    vni: int
    mtu: int
    hosts: tuple[str, ...]

    @property
    def link(self) -> str:
        """The name of its VXLAN interface on each host."""
        return f"vxlan{self.vni}"


class SpanLab:
    """One lab over several hosts.

    :param name: the lab's name; identifiers and hardware addresses are made from it (str).
    :param definition: topology's lists, whose entries may have ``host`` (dict).
    :param span: how the lab is placed on hosts.
    :raises InvalidArgument: for what is wrong on any of the hosts, named as in the definition.
    """

    def __init__(self, name: str, definition: Mapping[str, Any], span: Span) -> None:
        self._name, self._span = name, span
        self._lists = entries(definition)
        self._plain = {
            option: [{key: value for key, value in entry.items() if key != "host"} for entry in items]
            for option, items in self._lists.items()
        }
        whole = model.read(self._plain)
        model.check(model.Topology({option: whole[option] for option in ("namespaces", "bridges", "veths")}))
        self._placement = Placement(self._lists, span.pools)
        _distinct(span, self._placement.hosts)
        self._check(whole)

    @cached_property
    def hosts(self) -> dict[str, list[str]]:
        """The namespaces of each host that has a part of the lab."""
        of = self._placement.namespaces()
        return {host: [name for name in of if of[name] == host] for host in sorted(self._placement.hosts)}

    @cached_property
    def across(self) -> dict[str, Across]:
        """The bridges that reach across hosts.

        :raises InvalidArgument: for a bridge that cannot reach across hosts as asked.
        """
        found, taken = {}, dict(self._span.vnis)
        for index, (entry, hosts) in enumerate(zip(self._lists["bridges"], self._placement.of["bridges"])):
            if entry.get("netns") or len(hosts) < 2:
                continue
            name = entry["name"]
            if self._span.mode == "routes":
                remedy = "Give each host a bridge and a subnet of its own, or set span.mode to vxlan."
                told = f"ports on {', '.join(sorted(hosts))}"
                raise InvalidArgument(f"bridges[{index}]", "a bridge on one host (span.mode is routes)", told, remedy)
            if name not in taken:
                taken[name] = _vni(f"{self._name}/{name}", set(taken.values()))
            found[name] = Across(taken[name], self._room(hosts), tuple(sorted(hosts)))
        return found

    def as_dict(self) -> dict[str, Any]:
        """The hosts with their namespaces, and what reaches across them, for a person."""
        bridges = {name: {"vni": it.vni, "mtu": it.mtu, "hosts": list(it.hosts)} for name, it in self.across.items()}
        return {"hosts": self.hosts, "bridges": bridges}

    def part(self, host: str) -> dict[str, list[dict[str, Any]]]:
        """What one host builds, as topology's lists; all are empty for a host that has no part of the lab.

        :param host: the host's name in the inventory (str).
        """
        part = {
            option: [dict(entry) for entry, hosts in zip(items, self._placement.of[option]) if host in hosts]
            for option, items in self._plain.items()
        }
        part["bridges"] = [self._bridge(entry, host) for entry in part["bridges"]]
        part["veths"] = [self._veth(entry) for entry in part["veths"]]
        part["vxlans"] += [self._tunnel(name, host) for name, across in self.across.items() if host in across.hosts]
        if self._span.mode == "routes":
            self._give_away(part, host)
        return part

    def expectations(self, host: str, given: Optional[list[dict[str, Any]]] = None) -> list[dict[str, Any]]:
        """What is to be proved from a host.

        :param host: the host's name in the inventory (str).
        :param given: who is to reach whom in the whole lab, as ``reachability`` takes it (default: every namespace
            every other one, of a large lab the next one).
        :returns: those that begin on the host; a namespace of another host is named by its address.
        """
        addresses, mine = self._addresses(), self.hosts.get(host, [])
        if given is not None:
            elsewhere = {name: text for name, text in addresses.items() if name not in mine}
            ours = [entry for entry in given if entry.get("from") in (None, *mine)]
            return [{**entry, "to": elsewhere.get(entry["to"], entry["to"])} for entry in ours]
        names = [name for names in self.hosts.values() for name in names if name in addresses]
        of = self._placement.namespaces()
        found = []
        for name in (name for name in mine if name in addresses):
            at = names.index(name)
            others = names[at + 1 :] + names[:at]
            found += [
                {"from": name, "to": addresses[other], "why": f"{other} on {of[other]}"}
                for other in (others if len(names) <= _FEW else others[:1])
            ]
        return found

    # -- the parts ---------------------------------------------------------------------------------------------------

    def _bridge(self, entry: dict[str, Any], host: str) -> dict[str, Any]:
        """A bridge that reaches across, as one host has it.

        With its addresses goes one hardware address of their own: a gateway that moves to another host is still what
        its neighbours know.
        """
        across = None if entry.get("netns") else self.across.get(entry["name"])
        if across is None:
            return entry
        home = self._placement.homes[entry["name"]] == host
        mac = entry.get("mac") if home else None
        kept = {key: value for key, value in entry.items() if home or key != "addresses"}
        mac = mac or pinned_mac(self._name if home else f"{self._name}/{host}", "", entry["name"])
        return {**kept, "mac": mac, "mtu": entry.get("mtu") or across.mtu}

    def _veth(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Both ends of a veth pair on a bridge that spans hosts get the MTU of VXLAN.

        The end in the namespace keeps its hardware address when its host is built anew, so that nobody has to forget
        an old one.
        """
        ends = [entry, dict(entry.get("peer") or {})]
        across = next((self.across[name] for name in _bridges(*ends) if name in self.across), None)
        if across is None:
            return entry
        for end in ends:
            if end.get("mtu") is None:
                end["mtu"] = across.mtu
            if end.get("mac") is None and end.get("netns"):
                end["mac"] = pinned_mac(self._name, end["netns"], end["name"])
        return {**ends[0], "peer": ends[1]}

    def _tunnel(self, bridge: str, host: str) -> dict[str, Any]:
        across, underlays = self.across[bridge], self._span.underlays
        return {
            "name": across.link,
            "id": across.vni,
            "local": underlays[host].address,
            "remotes": [underlays[other].address for other in across.hosts if other != host],
            "fdb": [
                {"mac": mac, "dst": underlays[other].address} for other, mac in self._macs(bridge) if other != host
            ],
            "learning": False,
            "dstport": self._span.dstport,
            "bridge": bridge,
            "mtu": across.mtu,
        }

    def _macs(self, bridge: str) -> Iterator[tuple[str, str]]:
        """The hardware addresses on a bridge, each with its host: the bridges' own, and those in the namespaces."""
        for entry in self._plain["bridges"]:
            if entry["name"] == bridge and not entry.get("netns"):
                yield from ((host, self._bridge(entry, host)["mac"]) for host in self.across[bridge].hosts)
        for entry, hosts in zip(self._plain["veths"], self._placement.of["veths"]):
            if bridge in _bridges(entry, entry["peer"]):
                veth = self._veth(entry)
                macs = [end["mac"].lower() for end in (veth, veth["peer"]) if end.get("netns")]
                yield from ((host, mac) for host in sorted(hosts) for mac in macs)

    def _give_away(self, part: dict[str, list[dict[str, Any]]], host: str) -> None:
        """Routes to the subnets of the other hosts, whose packets keep their addresses on the way."""
        subnets = self._subnets()
        for net, owner in subnets.items():
            if owner != host:
                part["routes"].append({"dst": net, "gateway": self._span.underlays[owner].address})
        for index, entry in enumerate(part["masquerades"]):
            if entry.get("netns"):
                continue
            six = ":" in str(entry.get("source"))
            others = [net for net, owner in subnets.items() if owner != host and (":" in net) == six]
            excluded = [*(entry.get("exclude") or ()), *others]
            part["masquerades"][index] = {**entry, "exclude": list(dict.fromkeys(excluded))}

    # -- what they are made of ---------------------------------------------------------------------------------------

    def _room(self, hosts: Hosts) -> int:
        """The MTU of VXLAN between hosts."""
        return min(
            self._span.underlays[host].mtu - OVERHEAD[":" in self._span.underlays[host].address] for host in hosts
        )

    def _addresses(self) -> dict[str, str]:
        """The first address of each namespace that has one."""
        found: dict[str, str] = {}
        for _where, netns, texts in self._ends():
            for text in texts if netns else ():
                found.setdefault(netns, text.partition("/")[0])
        for entry in self._lists["addresses"]:
            if entry.get("netns"):
                found.setdefault(entry["netns"], str(entry["address"]).partition("/")[0])
        return found

    def _ends(self) -> Iterator[tuple[tuple[str, int], str, list[str]]]:
        """Every end of a link: where it is given, its namespace, its addresses."""
        for option in OWN:
            for index, entry in enumerate(self._lists[option]):
                for end in ends_of(entry):
                    yield (option, index), end.get("netns") or "", end.get("addresses") or []

    def _subnets(self) -> dict[str, str]:
        """The subnets that the hosts' own links in the lab have, with the host of each."""
        found: dict[str, str] = {}
        for (option, index), netns, texts in self._ends():
            if netns:
                continue
            hosts = self._placement.of[option][index]
            for text in texts:
                net, owner = str(parse_interface(text).network), next(iter(hosts))
                if found.setdefault(net, owner) != owner:
                    remedy = "Give each host a subnet of its own, or set span.mode to vxlan."
                    told = f"{net}, which is already used by {found[net]}"
                    raise InvalidArgument(f"{option}[{index}].addresses", f"a subnet of {owner} alone", told, remedy)
        return found

    # -- what can be wrong -------------------------------------------------------------------------------------------

    def _check(self, whole: model.Topology) -> None:
        """Hold every host's part against the rules that a host would hold it against, under the names given here."""
        for host in self.hosts:
            mine = {
                option: [item for item, hosts in zip(whole[option], places) if host in hosts]
                for option, places in self._placement.of.items()
            }
            topology = model.Topology(mine)
            model.check(topology)
            wanted(topology, host)
        self._check_room(whole)
        for net, owner in self._subnets().items() if self._span.mode == "routes" else ():
            for host in self.hosts:
                address = self._span.underlays[host].address
                if (":" in net) != (":" in address):
                    told = f"{address} of {host}, for {net} of {owner}"
                    remedy = "Give span.addresses of that family, or omit those subnets."
                    raise InvalidArgument("span.addresses", "addresses of the family of the subnets", told, remedy)

    def _check_room(self, whole: model.Topology) -> None:
        """No link has a larger MTU than the VXLAN that its frames go through."""
        given = [
            (bridge.end.where, bridge.end.name, bridge.end.mtu) for bridge in whole["bridges"] if not bridge.end.netns
        ]
        for veth in whole["veths"]:
            ends = [end for end in (veth.end, veth.peer) if end is not None]
            for name in [end.bridge for end in ends if end.bridge and not end.netns]:
                given += [(end.where, name, end.mtu) for end in ends]
        for where, name, mtu in given:
            across = self.across.get(name)
            if across is not None and mtu is not None and mtu > across.mtu:
                wanted_ = f"at most {across.mtu} bytes, the MTU of VXLAN between {', '.join(across.hosts)}"
                remedy = "Omit it, or raise the MTU between the hosts and set netns_lab_underlay_mtu."
                raise InvalidArgument(f"{where}.mtu", wanted_, str(mtu), remedy)


def _bridges(*ends: Mapping[str, Any]) -> list[str]:
    return [end["bridge"] for end in ends if end.get("bridge") and not end.get("netns")]


def _distinct(span: Span, hosts: Hosts) -> None:
    seen: dict[str, str] = {}
    families = {":" in span.underlays[host].address for host in hosts}
    if len(families) > 1:
        told = ", ".join(f"{host} {span.underlays[host].address}" for host in sorted(hosts))
        raise InvalidArgument("span.addresses", "addresses of one family", told, "Do not mix IPv4 and IPv6.")
    for host in sorted(hosts):
        underlay = span.underlays[host]
        if underlay.address in seen:
            told = f"{underlay.address} for {seen[underlay.address]} and {host}"
            remedy = "Give each host the address by which the others reach it (netns_lab_underlay)."
            raise InvalidArgument("span.addresses", "an address of each host alone", told, remedy)
        seen[underlay.address] = host
        if underlay.mtu - OVERHEAD[True] < _MTU_MIN:
            raise InvalidArgument("span.mtu", "an MTU with room for VXLAN", str(underlay.mtu), "Raise it.")


def _vni(text: str, taken: set[int]) -> int:
    """An identifier made from a name, the same at every run; the next one where another bridge has it."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % ID_MAX + 1
    while number in taken:
        number = number % ID_MAX + 1
    return number


def is_spanning(definition: Mapping[str, Any], span: Optional[Mapping[str, Any]]) -> bool:
    """Whether a definition is to be placed on hosts: it says so, or one of its entries does.

    :param definition: the lists as given.
    :param span: the option ``span`` as given, None without it.
    """
    if span is not None:
        return True
    lists = (definition.get(option) for option in KINDS)
    return any(
        isinstance(entry, Mapping) and entry.get("host") is not None
        for items in lists
        if isinstance(items, (list, tuple))
        for entry in items
    )
