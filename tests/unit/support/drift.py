# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody else does to a lab behind the engine's back."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from .kernel import Kernel
from .topologies import FOREIGN_BRIDGE, FOREIGN_NETNS, SPARE, UPLINK

_FOREIGN = ("lo", UPLINK, SPARE, FOREIGN_BRIDGE, "alien0")


def drift(kernel: Kernel, chance: random.Random) -> None:
    """One act at random upon something that a lab made, if there is such a thing."""
    acts = (_link, _state, _address, _route, _rule, _nat, _element, _netns, _file, _option, _port)
    netns = chance.choice([name for name in kernel.names if name != FOREIGN_NETNS])
    chance.choice(acts)(kernel, netns, chance)


def _one(chance: random.Random, values: Any) -> list[Any]:
    """One of some values, or none where there is none."""
    found: Sequence[Any] = [*values]
    return [chance.choice(found)] if found else []


def _links(kernel: Kernel, netns: str) -> list[str]:
    return [name for name in kernel.space(netns).links if name not in _FOREIGN]


def _link(kernel: Kernel, netns: str, chance: random.Random) -> None:
    for name in _one(chance, _links(kernel, netns)):
        kernel.link_del(netns, name)


def _state(kernel: Kernel, netns: str, chance: random.Random) -> None:
    for name in _one(chance, [*_links(kernel, netns), "lo"] if netns else _links(kernel, netns)):
        kernel.link_up(netns, name, not kernel.link(netns, name).up)


def _address(kernel: Kernel, netns: str, chance: random.Random) -> None:
    for name in _one(chance, _links(kernel, netns)):
        for text in _one(chance, kernel.link(netns, name).addresses):
            kernel.addr_del(netns, name, text)


def _route(kernel: Kernel, netns: str, chance: random.Random) -> None:
    ours = [key for key, attrs in kernel.space(netns).routes.items() if attrs["protocol"] == 110]
    for key in _one(chance, ours):
        kernel.route_del(netns, key)


def _rule(kernel: Kernel, netns: str, chance: random.Random) -> None:
    for key in _one(chance, [key for key in kernel.space(netns).rules if 99 < key[1] < 1000]):
        kernel.rule_del(netns, key)


def _nat(kernel: Kernel, netns: str, chance: random.Random) -> None:
    kernel.space(netns).nat = None


def _element(kernel: Kernel, netns: str, chance: random.Random) -> None:
    nat = kernel.space(netns).nat
    if nat is not None:
        store: Any = chance.choice([nat.masquerades, nat.forwards])
        for key in _one(chance, store):
            del store[key]
        for hairpin in _one(chance, sorted(nat.hairpins)):
            nat.hairpins.discard(hairpin)
        rules = nat.shape["rules"]["prerouting"]
        nat.shape["rules"]["prerouting"] = rules[chance.randrange(2) :]


def _netns(kernel: Kernel, netns: str, chance: random.Random) -> None:
    if netns:
        kernel.netns_del(netns)


def _file(kernel: Kernel, netns: str, chance: random.Random) -> None:
    for path in _one(chance, [path for path, content in kernel.paths.items() if content is not None]):
        if chance.randrange(2):
            kernel.unlink(path)
        else:
            kernel.write(path, "somebody else's\n")


def _option(kernel: Kernel, netns: str, chance: random.Random) -> None:
    for name in _one(chance, _links(kernel, netns)):
        link = kernel.link(netns, name)
        link.mtu, link.addrgenmode = 1300, chance.choice(["none", "eui64"])


def _port(kernel: Kernel, netns: str, chance: random.Random) -> None:
    for name in _one(chance, [name for name in _links(kernel, netns) if kernel.link(netns, name).bridge]):
        if chance.randrange(2):
            kernel.link_master(netns, name, "")
        else:
            port = kernel.link(netns, name).port
            port["hairpin"], port["cost"] = not port["hairpin"], 77
