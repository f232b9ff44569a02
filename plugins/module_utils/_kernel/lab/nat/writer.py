# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the NAT of a namespace as one transaction of nft(8).

In nft's own language: as JSON, nft 1.0.6 does not read back a map to (address . port) that it prints, and takes a
name that begins with ``@`` for a set. Addresses, prefixes and numbers come canonical from the model; the one value that
is a name, a link's, is quoted here and nowhere else.
"""

from __future__ import annotations

import errno
from collections import defaultdict
from typing import Any, Optional

from ...._engine.lab.kinds.nat import ForwardKey, HairpinKey, MasqueradeKey, NatTableKey
from ...._engine.lab.nat import elements as nat_elements
from ...._engine.lab.nat import table as nat_table
from ...._engine.state import NFT_TABLE, Attrs, Change
from ...._model.lab import port_ranges
from ...netlink.nf_tables import Rule
from ...system import nft
from . import reader as nat_reader
from .masquerade_rule import masquerade

_ANY = "inet_proto . inet_service"
_AT = "ipv{f}_addr . " + _ANY
_PAIR = "ipv{f}_addr . ipv{f}_addr . inet_proto . inet_service"
_PROTOCOLS = {"tcp": "6", "udp": "17"}
_TABLE = f"inet {NFT_TABLE}"


def _rules() -> dict[str, dict[str, str]]:
    """What each rule of our own says, by chain and comment."""
    found: dict[str, dict[str, str]] = {chain: {} for chain in nat_table.RULES}
    for family, word, note in (("4", "ip", ""), ("6", "ip6", " (IPv6)")):
        port = "meta l4proto . th dport"
        for kind in (nat_table.FORWARD, nat_table.RANGE):
            at = f"dnat {word} to {word} daddr . {port} map @{kind}_at{family}"
            local = f"fib daddr type local dnat {word} to {port} map @{kind}{family}"
            found["prerouting"][f"{kind} at an address{note}"] = at
            found["prerouting"][f"{kind} at any own address{note}"] = local
            found["output"][f"own {kind} at an address{note}"] = at
            found["output"][f"own {kind}{note}"] = local
        loopback = "ip daddr 127.0.0.0/8" if family == "4" else "ip6 daddr ::1"
        found["output"][f"not from loopback{note}"] = f"oifname lo {loopback} return"
        pair = f"ct status dnat {word} saddr . {word} daddr . {port} @{nat_table.HAIRPIN}{family} masquerade"
        found["postrouting"][f"hairpin{note}"] = pair
    return found


def apply(changes: list[Change]) -> None:
    """Make changes of NAT objects in the namespace that the calling thread is in, all or none.

    A table that is dormant is woken before, and put to sleep after all else: the kernel takes no new chain with either.

    :param changes: the changes.
    :raises OSError: with nft's words, if it refuses.
    """
    table = next((change for change in changes if isinstance(change.key, NatTableKey)), None)
    before, after = (table.before, table.after) if table is not None else (None, None)
    slept, sleeps = bool(before and before["flags"]), bool(after and after["flags"])
    standing: list[Rule] = []
    if any(change.before is not None and isinstance(change.key, (NatTableKey, MasqueradeKey)) for change in changes):
        standing = nat_reader.rules()
    if slept and after is not None and not sleeps:
        nft.run(["-f", "-"], f"add table {_TABLE}\n")
    try:
        nft.run(["-f", "-"], script(changes, standing))
    except OSError:
        if slept and not sleeps:
            nft.run(["-f", "-"], f"add table {_TABLE} {{ flags dormant; }}\n")
        raise
    if sleeps and not slept:
        nft.run(["-f", "-"], f"add table {_TABLE} {{ flags dormant; }}\n")


def script(changes: list[Change], standing: list[Rule]) -> str:
    """The transaction that makes changes of NAT objects of one namespace.

    :param changes: the changes.
    :param standing: the rules of the table, where a rule is to be removed.
    """
    table = next((change for change in changes if isinstance(change.key, NatTableKey)), None)
    if table is not None and table.after is None:
        return f"delete table {_TABLE}\n"
    lines = _table(table.before, table.after, standing) if table is not None and table.after is not None else []
    remade = _remade(table)
    gone: dict[str, list[str]] = defaultdict(list)
    made: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        if isinstance(change.key, MasqueradeKey):
            if change.before is not None and not remade:
                lines += _delete_masquerade(change.key, standing)
            if change.after is not None:
                each = change.after.get("each", [change.after["exclude"]])
                lines += [_add_masquerade(change.key, {"exclude": exclude}) for exclude in each]
        elif isinstance(change.key, ForwardKey):
            _forward(change, gone, made)
        elif isinstance(change.key, HairpinKey):
            key = change.key
            name = f"{nat_table.HAIRPIN}{6 if ':' in key.to else 4}"
            ports = port_ranges.text(key.first, key.last)
            store = gone if change.after is None else made
            store[name].append(f"{key.source} . {key.to} . {_protocol(key.protocol)} . {ports}")
    lines += [f"delete element {_TABLE} {name} {{ {', '.join(all_)} }}" for name, all_ in gone.items() if all_]
    lines += [f"add element {_TABLE} {name} {{ {', '.join(all_)} }}" for name, all_ in made.items() if all_]
    if table is not None and table.before is not None and table.after is not None:
        sets = [name for name in table.before["sets"] if name not in table.after["sets"]]
        lines += [f"delete {_kind(name)} {_TABLE} {name}" for name in sets]
    kept = {
        (change.key.source, change.key.out_interface) for change in changes if isinstance(change.key, MasqueradeKey)
    }
    if remade:
        for rule in standing:
            found = masquerade(rule)
            if found is not None and found[:2] not in kept:
                lines.append(_add_masquerade(MasqueradeKey("", *found[:2]), {"exclude": found[2]}))
    return "\n".join(lines) + "\n"


def _remade(table: Optional[Change]) -> bool:
    """Whether the chain of the masquerades is removed and made again."""
    if table is None or table.before is None or table.after is None:
        return False
    specs = [attrs["chains"].get("postrouting") for attrs in (table.before, table.after)]
    return specs[0] is not None and specs[0] != specs[1]


def _table(before: Optional[Attrs], after: Attrs, standing: list[Rule]) -> list[str]:
    """From a table as it stands to the table as it is to be; what others have in it stays."""
    old = before or {"chains": {}, "sets": [], "rules": {}}
    lines = [f"add table {_TABLE}"]
    lines += [_add_set(name) for name in after["sets"] if name not in old["sets"]]
    texts = _rules()
    for chain in nat_table.CHAINS:
        was, spec = old["chains"].get(chain), after["chains"].get(chain)
        if was is not None and was != spec:
            lines += [f"flush chain {_TABLE} {chain}", f"delete chain {_TABLE} {chain}"]
        if spec is None:
            continue
        if was != spec:
            lines.append(f"add chain {_TABLE} {chain}{_hook(spec)}")
        have = old["rules"].get(chain, []) if was == spec else []
        want = after["rules"].get(chain, [])
        if have == want:
            continue
        if was == spec:
            own = [rule for rule in standing if rule.chain == chain and rule.comment in texts[chain]]
            lines += [f"delete rule {_TABLE} {chain} handle {rule.handle}" for rule in own]
        lines += [f'insert rule {_TABLE} {chain} {texts[chain][name]} comment "{name}"' for name in reversed(want)]
    return lines


def _hook(spec: list[Any]) -> str:
    if not spec:
        return ""
    kind, hook, priority, policy = spec
    return f" {{ type {kind} hook {hook} priority {priority}; policy {policy}; }}"


def _kind(name: str) -> str:
    return "set" if name.startswith(nat_table.HAIRPIN) else "map"


def _add_set(name: str) -> str:
    family = name[-1]
    if name.startswith(nat_table.HAIRPIN):
        form = _PAIR
    else:
        form = _AT if "_at" in name else _ANY
        form += " : ipv{f}_addr" + ("" if name.startswith(nat_table.RANGE) else " . inet_service")
    interval = "" if name.startswith(nat_table.FORWARD) else " flags interval;"
    return f"add {_kind(name)} {_TABLE} {name} {{ type {form.format(f=family)};{interval} }}"


def _delete_masquerade(key: MasqueradeKey, standing: list[Rule]) -> list[str]:
    found = []
    for rule in standing:
        same = masquerade(rule)
        if same is not None and same[:2] == (key.source, key.out_interface):
            found.append(f"delete rule {_TABLE} postrouting handle {rule.handle}")
    return found


def _add_masquerade(key: MasqueradeKey, attrs: Attrs) -> str:
    source, out = key.source, key.out_interface
    family = "ip6" if ":" in source else "ip"
    everything = source == nat_table.EVERYTHING[family]
    words = [f"meta nfproto ipv{'6' if family == 'ip6' else '4'}" if everything else f"{family} saddr {source}"]
    words += [f"{family} daddr != {prefix}" for prefix in attrs["exclude"]]
    words += [f"oifname {_quoted(out)}"] if out else []
    return f'add rule {_TABLE} postrouting {" ".join(words)} masquerade comment "masquerade {source}"'


def _quoted(name: str) -> str:
    r"""A link's name as a string of nft's language, which knows no way to write a quotation mark in one.

    A ``*`` at its end stands for all names that begin so, ``\*`` for itself.

    :raises OSError: for a name that cannot be written; the model refuses such names before.
    """
    if '"' in name or "\\" in name[:-2] or not name.isprintable():
        raise OSError(errno.EINVAL, f"{name!r} cannot be written in nft's language")
    return f'"{name}"'


def _forward(change: Change, gone: dict[str, list[str]], made: dict[str, list[str]]) -> None:
    """The elements of a forward that go and that come; those that stay the same are left alone."""
    protocol, six, listen = change.key.protocol, change.key.six, change.key.listen
    end = f"{'_at' if listen else ''}{6 if six else 4}"
    head = f"{listen} . {_protocol(protocol)} . " if listen else f"{_protocol(protocol)} . "
    sides = [_maps(change.key, attrs) if attrs is not None else {} for attrs in (change.before, change.after)]
    for kind in (nat_table.FORWARD, nat_table.RANGE, nat_table.SHIFT):
        before, after = (side.get(kind, {}) for side in sides)
        gone_, made_ = gone[kind + end], made[kind + end]
        gone_ += [f"{head}{ports}" for ports, value in before.items() if after.get(ports) != value]
        made_ += [f"{head}{ports} : {value}" for ports, value in after.items() if before.get(ports) != value]


def _maps(key: ForwardKey, attrs: Attrs) -> dict[str, dict[Any, str]]:
    """The elements of a forward by the kind of their map: to what each port, or range of ports, leads."""
    found: dict[str, dict[Any, str]] = defaultdict(dict)
    for kind, first, last, to, to_port in nat_elements.runs(key, attrs):
        if kind == nat_table.FORWARD:
            shift = to_port - first
            found[kind].update({port: f"{to} . {port + shift}" for port in range(first, last + 1)})
        else:
            found[kind][port_ranges.text(first, last)] = to if kind == nat_table.RANGE else f"{to} . {to_port}"
    return found


def _protocol(name: str) -> str:
    """A protocol by its number: nft takes names from /etc/protocols, which a host may not have."""
    return _PROTOCOLS.get(name, name)
