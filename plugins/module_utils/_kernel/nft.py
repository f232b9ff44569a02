# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT in one nft table of the collection's own: read as JSON, written as one transaction. nft(8).

Port forwards are elements of maps, hairpins elements of sets, masquerades a rule each (they differ in their
interfaces and exclusions, and a connection meets them once).
"""

from __future__ import annotations

import json
import shutil
import subprocess
from ipaddress import ip_address, summarize_address_range
from typing import Any, Optional

from .._engine.state import NFT_TABLE, Attrs, Change, Key, Objects
from .._engine.wanted import NAT_RULES
from .._model.errors import Dependency
from .._model.values import collapsed

_AT = "ipv{f}_addr . inet_proto . inet_service : ipv{f}_addr . inet_service"
_ANY = "inet_proto . inet_service : ipv{f}_addr . inet_service"
_PAIR = "ipv{f}_addr . ipv{f}_addr . inet_proto . inet_service"
#: nft takes the names from /etc/protocols; a host without that file (Debian's netbase) has the numbers
_PROTOCOLS = {6: "tcp", 17: "udp"}

#: what each rule of our own says, in the order of :data:`NAT_RULES`
_RULES = (
    ("prerouting", "dnat ip to ip daddr . meta l4proto . th dport map @forward_at4"),
    ("prerouting", "dnat ip6 to ip6 daddr . meta l4proto . th dport map @forward_at6"),
    ("prerouting", "fib daddr type local dnat ip to meta l4proto . th dport map @forward4"),
    ("prerouting", "fib daddr type local dnat ip6 to meta l4proto . th dport map @forward6"),
    ("output", "oifname lo ip daddr 127.0.0.0/8 return"),
    ("output", "dnat ip to ip daddr . meta l4proto . th dport map @forward_at4"),
    ("output", "dnat ip6 to ip6 daddr . meta l4proto . th dport map @forward_at6"),
    ("output", "fib daddr type local dnat ip to meta l4proto . th dport map @forward4"),
    ("output", "ip6 daddr != ::1 fib daddr type local dnat ip6 to meta l4proto . th dport map @forward6"),
    ("postrouting", "ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin4 masquerade"),
    ("postrouting", "ct status dnat ip6 saddr . ip6 daddr . meta l4proto . th dport @hairpin6 masquerade"),
)
_HOOKS = {"prerouting": "dstnat", "output": "-100", "postrouting": "srcnat"}


def available() -> bool:
    """Whether there is an nft program."""
    return shutil.which("nft", path=PATH) is not None


PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def require() -> None:
    """See that nft is there before anything is touched.

    :raises Dependency: with the package's name.
    """
    if not available():
        remedy = "Install the package nftables (Debian, Ubuntu, Fedora, Alpine: nftables)."
        raise Dependency("NAT", "the program nft", "none in " + PATH, remedy)


def _run(arguments: list[str], script: Optional[str] = None) -> str:
    done = subprocess.run(
        ["nft", *arguments],
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": PATH, "LC_ALL": "C"},
    )
    if done.returncode:
        raise OSError(0, (done.stderr or done.stdout).strip().replace("\n", "; "))
    return done.stdout


def chains() -> Optional[list[dict[str, Any]]]:
    """All chains, without their rules; None where there is no nft, in the host or in its kernel."""
    if not available():
        return None
    try:
        found: list[dict[str, Any]] = json.loads(_run(["-j", "list", "chains"]))["nftables"]
    except OSError:
        return None
    return found


def _listed(table: str, known: Optional[list[dict[str, Any]]] = None) -> list[dict[str, Any]]:
    """The table's contents; empty where there is none.

    :param known: all chains, if they were listed already (a table of ours has some).
    """
    there = [item["chain"] for item in known or () if "chain" in item]
    names = {(chain["family"], chain["table"]) for chain in there}
    if known is None:
        tables = [item["table"] for item in json.loads(_run(["-j", "list", "tables"]))["nftables"] if "table" in item]
        names = {(found["family"], found["name"]) for found in tables}
    if ("inet", table) not in names:
        return []
    listed: list[dict[str, Any]] = json.loads(_run(["-j", "list", "table", "inet", table]))["nftables"]
    return listed


def read(netns: str, table: str, objects: Objects, known: Optional[list[dict[str, Any]]] = None) -> None:
    """Read the table of the namespace that the calling thread is in.

    :param known: all chains, if they were listed already.

    Nothing is read where there is no nft: there is no table of ours then.
    """
    if not available():
        return
    rules = []
    for item in _listed(table, known):
        if "table" in item:
            objects["nat_table", netns] = {"rules": rules}
        elif "map" in item:
            _read_map(netns, item["map"], objects)
        elif "set" in item:
            _read_hairpins(netns, item["set"], objects)
        elif "rule" in item:
            rule = item["rule"]
            if rule.get("comment") in NAT_RULES:
                rules.append(rule["comment"])
            else:
                found = _masquerade(rule)
                if found is not None:
                    source, out, exclude = found
                    objects["masquerade", netns, source, out] = {"exclude": exclude}
    rules.sort(key=NAT_RULES.index)


def _read_map(netns: str, item: dict[str, Any], objects: Objects) -> None:
    name = item["name"]
    if not name.startswith("forward"):
        return
    six = name.endswith("6")
    for element, target in item.get("elem", ()):
        parts = element["concat"]
        listen, protocol, port = parts if name.startswith("forward_at") else ("", *parts)
        to, to_port = target["concat"]
        protocol = _PROTOCOLS.get(protocol, protocol)
        objects["forward", netns, protocol, six, listen, port] = {"to": to, "to_port": to_port}


def _read_hairpins(netns: str, item: dict[str, Any], objects: Objects) -> None:
    if not item["name"].startswith("hairpin"):
        return
    for element in item.get("elem", ()):
        source, to, protocol, port = element["concat"]
        protocol = _PROTOCOLS.get(protocol, protocol)
        objects["hairpin", netns, _prefix(source), to, protocol, port] = {}


def _prefix(value: Any) -> str:
    """A prefix as nft's JSON has it, lone addresses too."""
    if isinstance(value, dict) and "prefix" in value:
        return f"{value['prefix']['addr']}/{value['prefix']['len']}"
    return f"{value}/{128 if ':' in value else 32}" if isinstance(value, str) else str(value)


def _prefixes(value: Any) -> list[str]:
    """The prefixes that a member of an interval set covers: nft joins neighbours into a range."""
    if isinstance(value, dict) and "range" in value:
        first, last = (ip_address(end) for end in value["range"])
        return [str(net) for net in summarize_address_range(first, last)]
    return [_prefix(value)]


def _masquerade(rule: dict[str, Any]) -> Optional[tuple[str, str, list[str]]]:
    """A rule of ours as (source, out interface, exclusions); None if it is none."""
    source, out, exclude = "", "", []
    if "masquerade" not in rule["expr"][-1]:
        return None
    for part in rule["expr"][:-1]:
        match = part.get("match", {})
        left, right = match.get("left", {}), match.get("right")
        field = left.get("payload", {}).get("field")
        if field == "saddr" and match["op"] == "==":
            source = _prefix(right)
        elif field == "daddr" and match["op"] == "!=":
            members = right["set"] if isinstance(right, dict) and "set" in right else [right]
            exclude = collapsed(prefix for member in members for prefix in _prefixes(member))
        elif left.get("meta", {}).get("key") == "oifname":
            out = right
        else:
            return None
    return (source, out, exclude) if source else None


def script(changes: list[Change], handles: dict[tuple[str, str], list[int]]) -> str:
    """The transaction that makes changes of NAT objects of one namespace.

    :param handles: the handles of the masquerade rules that stand, by (source, out interface).
    """
    lines: list[str] = []
    for change in sorted(changes, key=lambda change: change.key[0] != "nat_table"):
        lines += _SCRIPTS[change.key[0]](change.key, change.before, change.after, handles)
    if any(change.key[0] == "nat_table" and change.after is None for change in changes):
        lines = [f"delete table inet {NFT_TABLE}"]
    return "\n".join(lines) + "\n"


def _table(_key: Key, before: Optional[Attrs], after: Optional[Attrs], _handles: Any) -> list[str]:
    """Make the table, or make its own rules anew (nothing else in it is touched)."""
    if after is None:
        return []
    lines = [f"add table inet {NFT_TABLE}"]
    for family in ("4", "6"):
        lines += [
            f"add map inet {NFT_TABLE} forward{family} {{ type {_ANY.format(f=family)}; }}",
            f"add map inet {NFT_TABLE} forward_at{family} {{ type {_AT.format(f=family)}; }}",
            f"add set inet {NFT_TABLE} hairpin{family} {{ type {_PAIR.format(f=family)}; flags interval; }}",
        ]
    for chain, priority in _HOOKS.items():
        hook = f"type nat hook {chain} priority {priority}; policy accept;"
        lines.append(f"add chain inet {NFT_TABLE} {chain} {{ {hook} }}")
    if before is not None:
        lines += [f"flush chain inet {NFT_TABLE} {chain}" for chain in ("prerouting", "output")]
    lost = [rule for rule in NAT_RULES if before is None or rule not in before["rules"]]
    for comment, (chain, rule) in zip(NAT_RULES, _RULES):
        if chain != "postrouting":
            lines.append(f'add rule inet {NFT_TABLE} {chain} {rule} comment "{comment}"')
        elif comment in lost:
            lines.append(f'insert rule inet {NFT_TABLE} {chain} {rule} comment "{comment}"')
    return lines


def _masquerade_lines(key: Key, before: Optional[Attrs], after: Optional[Attrs], handles: Any) -> list[str]:
    _sort, _netns, source, out = key
    lines = []
    if before is not None:
        rules = handles.get((source, out), ())
        lines = [f"delete rule inet {NFT_TABLE} postrouting handle {handle}" for handle in rules]
    if after is not None:
        family = "ip6" if ":" in source else "ip"
        match = f"{family} saddr {source} {family} daddr != {{ {', '.join(after['exclude'])} }}"
        match += f' oifname "{out}"' if out else ""
        lines.append(f'add rule inet {NFT_TABLE} postrouting {match} masquerade comment "masquerade {source}"')
    return lines


def _forward_lines(key: Key, before: Optional[Attrs], after: Optional[Attrs], _handles: Any) -> list[str]:
    _sort, _netns, protocol, six, listen, port = key
    name = f"forward{'_at' if listen else ''}{6 if six else 4}"
    element = f"{listen} . {protocol} . {port}" if listen else f"{protocol} . {port}"
    lines = []
    if before is not None:
        lines.append(f"delete element inet {NFT_TABLE} {name} {{ {element} }}")
    if after is not None:
        lines.append(f"add element inet {NFT_TABLE} {name} {{ {element} : {after['to']} . {after['to_port']} }}")
    return lines


def _hairpin_lines(key: Key, _before: Optional[Attrs], after: Optional[Attrs], _handles: Any) -> list[str]:
    _sort, _netns, source, to, protocol, port = key
    verb = "delete" if after is None else "add"
    name = f"hairpin{6 if ':' in to else 4}"
    return [f"{verb} element inet {NFT_TABLE} {name} {{ {source} . {to} . {protocol} . {port} }}"]


_SCRIPTS = {
    "nat_table": _table,
    "masquerade": _masquerade_lines,
    "forward": _forward_lines,
    "hairpin": _hairpin_lines,
}


def apply(changes: list[Change]) -> None:
    """Make changes of NAT objects in the namespace that the calling thread is in, all or none.

    :raises OSError: with nft's words, if it refuses.
    """
    handles: dict[tuple[str, str], list[int]] = {}
    if any(change.key[0] == "masquerade" and change.before is not None for change in changes):
        for item in _listed(NFT_TABLE):
            found = _masquerade(item["rule"]) if "rule" in item else None
            if found is not None:
                handles.setdefault(found[:2], []).append(item["rule"]["handle"])
    _run(["-f", "-"], script(changes, handles))
