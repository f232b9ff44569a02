# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One example of each kind of link: what the tests that go through the table of kinds build, change and remove.

A new kind is tested by its example alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Lab = dict[str, Any]

#: how the kernel takes another value: as a change of the link that stands, or only of one that is made anew
IN_PLACE, ANEW = True, False


class Example(NamedTuple):
    """An entry of a kind with each of its own options, and another value for each of these.

    ``option`` is the list that the entry stands in. ``around`` are other lists that it needs, ``over`` is the option that
    names the link that it lies over, if one does. ``changes`` has for each
    option the kind's own, beside those of every link, another value and how the kernel takes it; ``shown`` where, and
    how, ``ip -d -j link`` shows that value, where it does.
    """

    option: str
    entry: Lab
    around: Lab
    over: str
    changes: dict[str, tuple[Any, bool]]
    shown: dict[str, tuple[str, Any]]

    def lab(self, **options: Any) -> Lab:
        """A lab with the link, some of whose options are others."""
        return {**self.around, self.option: [*self.around.get(self.option, ()), {**self.entry, **options}]}


EXAMPLES: dict[str, Example] = {
    "bridge": Example(
        option="bridges",
        entry={"name": "kind0", "stp": False, "forward_delay": 15, "vlan_filtering": False},
        around={},
        over="",
        changes={"stp": (True, IN_PLACE), "forward_delay": (7, IN_PLACE), "vlan_filtering": (True, IN_PLACE)},
        shown={
            "stp": ("linkinfo.info_data.stp_state", 1),
            "forward_delay": ("linkinfo.info_data.forward_delay", 700),
            "vlan_filtering": ("linkinfo.info_data.vlan_filtering", 1),
        },
    ),
    "veth": Example(
        option="veths",
        entry={"name": "kind0", "peer": {"name": "kind1"}},
        around={},
        over="",
        changes={"peer": ({"name": "kind2"}, ANEW)},
        shown={"peer": ("link", "kind2")},
    ),
    "vxlan": Example(
        option="vxlans",
        entry={
            "name": "kind0",
            "id": 5,
            "local": "192.0.2.1",
            "dev": "under0",
            "remotes": ["192.0.2.2"],
            "fdb": [{"mac": "02:00:00:00:00:07", "dst": "192.0.2.2"}],
            "learning": True,
            "dstport": 4789,
        },
        around={
            "veths": [
                {"name": name, "addresses": [f"{address}/24"], "peer": {"name": f"{name}-p"}}
                for name, address in (("under0", "192.0.2.1"), ("under1", "198.51.100.9"))
            ]
        },
        over="dev",
        changes={
            "id": (6, ANEW),
            "local": ("198.51.100.9", ANEW),
            "dev": ("under1", ANEW),
            "remotes": (["192.0.2.2", "192.0.2.3"], IN_PLACE),
            "fdb": ([{"mac": "02:00:00:00:00:08", "dst": "192.0.2.2"}], IN_PLACE),
            "learning": (False, ANEW),
            "dstport": (4790, ANEW),
        },
        shown={
            "id": ("linkinfo.info_data.id", 6),
            "local": ("linkinfo.info_data.local", "198.51.100.9"),
            "dev": ("linkinfo.info_data.link", "under1"),
            "learning": ("linkinfo.info_data.learning", False),
            "dstport": ("linkinfo.info_data.port", 4790),
        },
    ),
    "dummy": Example(
        option="links", entry={"name": "kind0", "kind": "dummy"}, around={}, over="", changes={}, shown={}
    ),
    "macvlan": Example(
        option="links",
        entry={"name": "kind0", "kind": "macvlan", "link": "under0", "mode": "private"},
        around={"veths": [{"name": name, "peer": {"name": f"{name}-p"}} for name in ("under0", "under1")]},
        over="link",
        changes={"link": ("under1", ANEW), "mode": ("bridge", IN_PLACE)},
        shown={"link": ("link", "under1"), "mode": ("linkinfo.info_data.mode", "bridge")},
    ),
}
#: what every link has, whatever its kind: an option and another value
EVERY_LINK: dict[str, Any] = {"mtu": 1400, "mac": "02:00:00:00:00:99", "up": False, "addrgenmode": "eui64"}
