# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that somebody may take away from a lab, or change of it, one thing at a time, by ip, bridge, nft and sysctl."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from unit.support.topologies import UPLINK

from .labs import Lab
from .sandbox import Sandbox

TABLE = {"family": "inet", "table": "netns_lab"}
_HANDLE = "sed -n 's/.*# handle //p'"


class Drift(NamedTuple):
    """One act of somebody else.

    :param script: the act.
    :param word: what the plan's step that repairs it has in its object.
    :param anew: whether a link or a namespace has to be made anew for it.
    :param gone: the links (namespace, name) that the kernel takes away a moment later.
    """

    script: str
    word: str
    anew: bool = False
    gone: frozenset[tuple[str, str]] = frozenset()


def drifts(lab: Lab, sandbox: Sandbox) -> list[Drift]:
    """Everything that may happen to one thing that the lab describes; the sandbox has it built."""
    found = [Drift("mount --make-private /run/netns", "/run/netns")]
    for make in _LISTS.values():
        found += make(lab)
    for netns in {entry.get("netns") or "" for option in _NAT for entry in lab.get(option, ())}:
        found += _nat(sandbox, netns)
    return found


def _ip(entry: Lab, *words: str, program: str = "ip") -> str:
    netns = ["-n", entry["netns"]] if entry.get("netns") else []
    return shlex.join([program, *netns, *words])


def _port(entry: Lab, option: str, value: str) -> Drift:
    words = ("link", "set", "dev", entry["dev"], option, value)
    return Drift(_ip(entry, *words, program="bridge"), entry["dev"])


def _sysctl(netns: str, name: str, value: Any) -> Drift:
    other = {"0": "1", "1": "0", "True": "0", "2": "1"}[str(value)]
    inside = f"ip netns exec {netns} " if netns else ""
    return Drift(f"{inside}sysctl -qw {name}={other}", name)


def _namespaces(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("namespaces", ()):
        name = entry["name"]
        gone = frozenset(_far_ends(lab, name))
        yield Drift(f"ip netns del {name}", name, anew=True, gone=gone)
        yield Drift(f"umount /run/netns/{name}", name, anew=True, gone=gone)
        yield Drift(f"ip -n {name} link set lo {'down' if entry.get('lo_up', True) else 'up'}", name)
        for sysctl, value in (entry.get("sysctls") or {}).items():
            yield _sysctl(name, sysctl, value)
        for file in ("resolv.conf", "hosts"):
            if entry.get(file.replace(".", "_")):
                path = f"/etc/netns/{name}/{file}"
                yield Drift(f"echo '# theirs' >>{path}", path)
                yield Drift(f"rm {path}", path)


def _far_ends(lab: Lab, netns: str) -> Iterator[tuple[str, str]]:
    for entry in lab.get("veths", ()):
        near, far = ((end.get("netns") or "", end["name"]) for end in (entry, entry["peer"]))
        if near[0] != far[0]:
            yield from ([far] if near[0] == netns else [near] if far[0] == netns else [])


def _link(entry: Lab) -> Iterator[Drift]:
    """What any link of the lab's own has."""
    name = entry["name"]
    yield Drift(_ip(entry, "link", "del", name), name, anew=True)
    yield Drift(_ip(entry, "link", "set", name, "down" if entry.get("up", True) else "up"), name)
    for option, value in (("mtu", "1300"), ("mac", "02:00:00:00:99:99")):
        if entry.get(option) not in (None, "auto"):
            yield Drift(_ip(entry, "link", "set", name, {"mac": "address"}.get(option, option), value), name)
    if entry.get("addrgenmode"):
        mode = "eui64" if entry["addrgenmode"] == "none" else "none"
        yield Drift(_ip(entry, "link", "set", name, "addrgenmode", mode), name)
    if entry.get("bridge"):
        yield Drift(_ip(entry, "link", "set", name, "nomaster"), name)
    for address in entry.get("addresses") or ():
        yield Drift(_ip(entry, "address", "del", address, "dev", name), address)


def _bridges(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("bridges", ()):
        yield from _link(entry)
        if "stp" in entry:
            turned = "0" if entry["stp"] else "1"
            yield Drift(_ip(entry, "link", "set", entry["name"], "type", "bridge", "stp_state", turned), entry["name"])
        if "forward_delay" in entry:
            words = ("link", "set", entry["name"], "type", "bridge", "forward_delay", "700")
            yield Drift(_ip(entry, *words), entry["name"])


def _veths(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("veths", ()):
        yield from _link(entry)
        yield from _link(entry["peer"])


def _bridge_ports(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("bridge_ports", ()):
        for option in ("hairpin", "isolated", "learning"):
            if option in entry:
                yield _port(entry, option, "off" if entry[option] else "on")
        for option in ("cost", "priority"):
            if option in entry:
                yield _port(entry, option, "21")
        yield Drift(_ip(entry, "link", "set", entry["dev"], "nomaster"), entry["dev"])


def _addresses(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("addresses", ()):
        words = ("address", "del", entry["address"], "dev", entry["dev"])
        yield Drift(_ip(entry, *words), entry["address"])
        if entry.get("broadcast"):
            more = ("address", "add", entry["address"], "dev", entry["dev"], "broadcast", "172.31.1.9")
            yield Drift(f"{_ip(entry, *words)}; {_ip(entry, *more)}", entry["address"])


def _routes(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("routes", ()):
        dst, kind = entry["dst"], entry.get("type")
        where = [word for name in ("table", "metric") if entry.get(name) for word in (name, str(entry[name]))]
        word = "default" if dst in ("::/0", "default") else dst
        family = "-6" if ":" in dst else "-4"
        yield Drift(_ip(entry, family, "route", "del", *([kind] if kind else []), dst, *where), word)
        if kind:
            other = "prohibit" if kind == "blackhole" else "blackhole"
            yield Drift(_ip(entry, family, "route", "replace", other, dst, *where), word)
        elif entry.get("gateway"):
            gateway = f"{entry['gateway'][:-2]}98"
            dev = ["dev", entry["dev"]] if entry.get("dev") else []
            yield Drift(_ip(entry, family, "route", "replace", dst, "via", gateway, *dev, *where), word)


def _rules(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("rules", ()):
        family = "-6" if entry.get("family") == "ipv6" else "-4"
        yield Drift(_ip(entry, family, "rule", "del", "priority", str(entry["priority"])), str(entry["priority"]))


def _sysctls(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("sysctls", ()):
        yield _sysctl(entry.get("netns") or "", entry["name"], entry["value"])


def _vxlans(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("vxlans", ()):
        name, every = entry["name"], "00:00:00:00:00:00"
        yield from _link(entry)
        if "remotes" in entry:
            yield Drift(f"bridge fdb append {every} dev {name} dst 10.0.2.77", name)
        pairs = [(every, remote) for remote in entry.get("remotes", ())]
        for mac, remote in pairs + [(each["mac"], each["dst"]) for each in entry.get("fdb", ())]:
            yield Drift(f"bridge fdb del {mac} dev {name} dst {remote} via {UPLINK}", name)
        if "learning" in entry:
            turned = "nolearning" if entry["learning"] else "learning"
            yield Drift(f"ip link set {name} type vxlan {turned}", name, anew=True)


def _links(lab: Lab) -> Iterator[Drift]:
    for entry in lab.get("links", ()):
        yield from _link(entry)
        if "mode" in entry:
            yield Drift(
                _ip(entry, "link", "set", entry["name"], "type", entry["kind"], "mode", "private"), entry["name"]
            )


def _nat(sandbox: Sandbox, netns: str) -> Iterator[Drift]:
    """Each rule, set, map and element of the table: gone, and in maps of ports changed too."""
    inside = f"ip netns exec {netns} " if netns else ""
    yield Drift(f"{inside}nft delete table inet netns_lab", "")
    yield Drift(f"{inside}nft flush table inet netns_lab", "")
    chains: list[str] = []
    for item in sandbox.nft(netns):
        for kind, body in item.items():
            place = {**TABLE, "name": body.get("name")}
            if kind == "rule" and body["table"] == TABLE["table"]:
                chains.append(body["chain"])
                handle = f"handle $({inside}nft -a list chain inet netns_lab {chains[-1]} | {_HANDLE}"
                number = chains.count(chains[-1]) + 1  # the first is the chain's own
                yield Drift(f"{inside}nft delete rule inet netns_lab {chains[-1]} {handle} | sed -n {number}p)", "")
                _masquerade, _space, source = body.get("comment", "").partition("masquerade ")
                if source and "daddr" in json.dumps(body):
                    words = f"{'ip6' if ':' in source else 'ip'} saddr {source} masquerade"
                    yield Drift(f"{inside}nft add rule inet netns_lab postrouting {words}", "")
            elif kind in ("set", "map") and body.get("elem"):
                yield Drift(_nft(inside, {"flush": {kind: place}}), "")
                for element in body["elem"]:
                    yield Drift(_nft(inside, {"delete": {"element": {**place, "elem": [element]}}}), "")
                    if kind == "map":
                        yield from _in_map(inside, body["name"], *element)
                if body["name"].startswith("shift"):
                    yield Drift(f"{inside}nft delete map inet netns_lab {body['name']}", "")


def _in_map(inside: str, name: str, key: Any, value: Any) -> Iterator[Drift]:
    """An element that leads elsewhere, that is narrower, or that has another one over it."""
    (*head, ports), (to, *port) = _fields(key), _fields(value)
    before, other = " . ".join([*head, ports]), " . ".join([f"{to[:-1]}8", *port])
    place = f"element inet netns_lab {name}"
    acts = [f"delete {place} {{ {before} }}; add {place} {{ {before} : {other} }}"]
    first, dash, last = ports.partition("-")
    if dash:
        less = " . ".join([*head, first if int(first) + 1 == int(last) else f"{first}-{int(last) - 1}"])
        acts.append(f"delete {place} {{ {before} }}; add {place} {{ {less} : {' . '.join([to, *port])} }}")
    if name.startswith("range"):
        over = " . ".join([*head, last])
        acts.append(f"add element inet netns_lab {name.replace('range', 'forward')} {{ {over} : {to} . 7 }}")
    yield from (Drift(f"{inside}nft {shlex.quote(act)}", "") for act in acts)


def _fields(value: Any) -> list[str]:
    """The fields of an element's key or value as nft writes them in text."""
    fields = value["concat"] if isinstance(value, dict) and "concat" in value else [value]
    return ["-".join(map(str, each["range"])) if isinstance(each, dict) else str(each) for each in fields]


def _nft(inside: str, command: dict[str, Any]) -> str:
    return f"echo {shlex.quote(json.dumps({'nftables': [command]}))} | {inside}nft -j -f -"


#: the lists whose entries are rules and elements of the nft table of their namespace
_NAT = ("masquerades", "port_forwards")
#: each other list with what may happen to its entries
_LISTS = {
    "namespaces": _namespaces,
    "bridges": _bridges,
    "veths": _veths,
    "vxlans": _vxlans,
    "links": _links,
    "bridge_ports": _bridge_ports,
    "addresses": _addresses,
    "sysctls": _sysctls,
    "routes": _routes,
    "rules": _rules,
}
