# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts that a lab spans, as the inventory has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from ansible_collections.netns.lab.plugins.module_utils._model.addressing import host_address
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab import spec
from ansible_collections.netns.lab.plugins.module_utils._model.lab.vxlan import ID_MAX
from ansible_collections.netns.lab.plugins.module_utils._model.reading import fill
from ansible_collections.netns.lab.plugins.module_utils._model.values import integer

from .placement import Pools, entries, named_hosts
from .span import Span, SpanLab, Underlay

#: variables of the inventory: a host's address for the others, the MTU of the link that has it
ADDRESS, MTU = "netns_lab_underlay", "netns_lab_underlay_mtu"
_MTU_DEFAULT = 1500


def span_lab(
    name: Optional[str], definition: Mapping[str, Any], span: Optional[Mapping[str, Any]], variables: Mapping[str, Any]
) -> SpanLab:
    """A lab that spans hosts of the inventory.

    :param name: the lab's name (default: ``lab``).
    :param definition: topology's lists.
    :param span: topology's option ``span``.
    :param variables: those of a task: ``groups`` and ``hostvars``.
    :raises InvalidArgument: for what is wrong in one of them.
    """
    options = _options(span)
    lists = entries(definition)
    groups = {**{host: (host,) for host in variables["hostvars"]}, **_groups(variables["groups"])}
    pools = Pools((), groups)
    asked = _members(pools, "span.hosts", options["hosts"] or ())
    placed = _members(pools, "host", [host for host in named_hosts(lists) if groups.get(host)])
    hosts = tuple(dict.fromkeys([*asked, *placed]))
    underlays = {host: _underlay(host, options, variables["hostvars"]) for host in hosts}
    vnis = {
        bridge: integer(f"span.vnis.{bridge}", number, 1, ID_MAX, "a VXLAN network identifier (VNI)")
        for bridge, number in (options["vnis"] or {}).items()
    }
    dstport = integer("span.dstport", options["dstport"], 1, 65535, "a UDP port")
    return SpanLab(
        name or "lab", definition, Span(Pools(tuple(asked), groups), underlays, options["mode"], dstport, vnis)
    )


def _options(span: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    return fill("span", {} if span is None else span, spec.SPAN["options"])


def _groups(groups: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The hosts of each group by name: the order in which an inventory was written says nothing."""
    return {name: tuple(sorted(hosts)) for name, hosts in groups.items()}


def _members(pools: Pools, where: str, names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(host for name in names for host in pools.of(where, name)))


def _underlay(host: str, options: Mapping[str, Any], hostvars: Mapping[str, Any]) -> Underlay:
    """How the others reach a host: as ``span`` says, else as the inventory does."""
    known = hostvars[host]
    address = (options["addresses"] or {}).get(host) or known.get(ADDRESS) or known.get("ansible_host") or host
    try:
        address = host_address(f"span.addresses.{host}", str(address))
    except InvalidArgument as error:
        remedy = f"Give {host} the variable {ADDRESS}: its address on the network between the hosts."
        raise InvalidArgument(f"span.addresses.{host}", "an address", repr(str(address)), remedy) from error
    mtu = options["mtu"] or known.get(MTU) or _MTU_DEFAULT
    return Underlay(address, integer(f"{MTU} of {host}", int(mtu), 68, 65535, "an MTU in bytes"))
