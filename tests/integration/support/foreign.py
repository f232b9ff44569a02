# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody else may have on a host, drawn at random: most of it with attributes that our model does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from .dumper import CARRIER, CARRIER_FLAGS, VOLATILE
from .dumps import Dump
from .labs import Lab
from .sandbox import Sandbox

#: each is a thing of somebody else, as the lines of shell that make it on the host of :mod:`.faulty`
THINGS: dict[str, tuple[str, ...]] = {
    "route": (
        "ip route add 10.231.1.0/24 via 10.0.2.3 tos 0x10; ip route add 10.231.1.0/24 via 10.0.2.4",
        "ip route add 10.231.2.0/24 nexthop via 10.0.2.3 weight 1 nexthop via 10.0.2.4 weight 3",
        "ip route add 10.231.3.0/24 via inet6 fd00:e0::1 dev eth0",
        "ip nexthop add id 7 via 10.0.2.3 dev eth0; ip route add 10.231.4.0/24 nhid 7",
        "ip route add 10.231.5.0/24 via 10.0.2.3 mtu 1300 advmss 1200 initcwnd 20 rto_min 5ms quickack 1",
        "ip route add 10.231.6.0/24 via 10.0.2.3 proto dhcp metric 100",
        "ip route add 10.231.7.0/24 dev eth0 proto ra scope link src 10.0.2.15",
        (
            "ip route add 10.231.11.0/24 dev eth0 proto ra scope link; "
            "ip route append 10.231.11.0/24 via 10.0.2.4 proto ra"
        ),
        "ip route add blackhole 10.231.8.0/24 metric 4000",
        "ip route add throw 10.231.9.0/24 table 100",
        "ip route add local 10.231.10.0/24 dev lo table local",
        "ip route add 10.231.14.0/24 via 10.0.2.3 realm 5/6",
        "ip route add 10.231.15.0/24 via 10.0.2.99 onlink dev eth0 congctl reno",
        "ip route add 10.201.0.0/24 via 10.0.2.3 metric 999",
        "ip route add 10.202.0.0/24 via 10.0.2.3 table 100 metric 998",
        # over a link that has no address yet, and would lose it with its last one
        "ip route add 10.231.20.0/24 dev spare0 scope link proto boot",
        "ip route add 192.0.2.0/24 dev spare0 metric 5000",
        "ip -6 route add fd00:31:1::/64 via fd00:e0::1 expires 900",
        "ip -6 route add fd00:31:2::/64 nexthop via fd00:e0::1 nexthop via fd00:e0::2 weight 2",
        (
            "ip -6 route add fd00:31:3::/64 via fd00:e0::1 pref high metric 256; "
            "ip -6 route append fd00:31:3::/64 via fd00:e0::3 metric 256"
        ),
        "ip -6 nexthop add id 9 via fd00:e0::1 dev eth0; ip -6 route add fd00:31:5::/64 nhid 9",
        "ip -6 route add unreachable fd00:31:6::/64 metric 77",
        "ip -6 route add fd00:31:8::/64 dev spare0 metric 300",
    ),
    "rule": (
        "ip rule add not fwmark 0x5 table 90 priority 50",
        "ip rule add oif eth0 table 90 priority 51",
        "ip rule add ipproto tcp sport 80 dport 1000-2000 table 90 priority 52",
        "ip rule add tos 0x10 table 90 priority 53",
        "ip rule add uidrange 0-100 table 90 priority 54",
        "ip rule add table main suppress_prefixlength 0 priority 55",
        "ip rule add from 10.0.0.0/8 goto 32766 priority 45; ip rule add goto 9999 priority 46",
        "ip rule add to 10.99.0.0/16 prohibit priority 56; ip rule add from 10.98.0.0/16 blackhole priority 57",
        "ip rule add l3mdev priority 1000",
        (
            "ip rule add from 10.97.0.0/16 table 91 priority 60; ip rule add from 10.96.0.0/16 table 92 priority 60; "
            "ip rule add from 10.95.0.0/16 table 93 priority 60 protocol 88"
        ),
        "ip rule add from 10.94.0.0/16 realms 3/4 table 94 priority 61",
        "ip -6 rule add from fd00:97::/64 iif lo table 96 priority 63",
        "ip rule add from 10.93.0.0/16 table 500 protocol 110 priority 68",
    ),
    "address": (
        "ip address add 10.241.1.1/24 dev spare0 label spare0:one",
        "ip address add 10.241.2.1 peer 10.241.2.9/32 dev spare0",
        "ip address add 10.241.3.1/24 dev spare0 valid_lft 3600 preferred_lft 1800",
        "ip address add 10.241.4.1/24 dev spare0 scope link noprefixroute",
        "ip address add 10.241.5.1/24 dev spare0 metric 50",
        "ip address add 10.241.6.1/24 broadcast 10.241.6.77 dev spare0; ip address add 10.241.6.2/24 dev spare0",
        "ip address add fd00:41:1::1/64 dev spare0 nodad valid_lft 3600 preferred_lft 0",
        "ip address add fd00:41:2::1/64 dev spare0 nodad noprefixroute home",
        "ip address add fd00:41:3::1 peer fd00:41:3::9/128 dev spare0 nodad",
    ),
    "neighbour": (
        "ip neighbour add 10.0.2.50 lladdr 02:00:00:00:77:01 dev eth0 nud permanent",
        "ip neighbour add proxy 10.0.2.51 dev eth0",
        "ip neighbour add fd00:e0::50 lladdr 02:00:00:00:77:02 dev eth0 nud permanent router",
        "ip neighbour add 10.241.9.9 lladdr 02:00:00:00:77:03 dev spare0 nud permanent protocol 17",
    ),
    "link": (
        "ip link set spare0 alias somebody; ip link property add dev spare0 altname a-long-name-of-a-spare-link",
        "ip link add mv0 link eth0 type macvlan mode private; ip link set mv0 group 5",
        "ip link add theirs type vxlan id 99 local 10.0.2.15 dstport 8472 dev eth0",
        "ip link add brx type bridge stp_state 1 ageing_time 5000 mcast_snooping 0 group_fwd_mask 8",
        (
            "ip link add ve-x type veth peer name ve-y; ip link set ve-x master docker0; "
            "bridge link set dev ve-x isolated on learning off cost 7; "
            "bridge fdb add 02:00:00:00:77:07 dev ve-x master static"
        ),
        "tc qdisc add dev spare0 root tbf rate 1mbit burst 32kbit latency 400ms",
        "ip addrlabel add prefix fd00:99::/64 label 99",
        (
            "ip netns add other; ip link add other0 type veth peer name eth0 netns other; "
            "ip -n other link set eth0 up; ip -n other address add 10.66.0.2/24 dev eth0; "
            "ip -n other rule add oif eth0 table 7 priority 7; "
            "ip -n other route add 10.67.0.0/24 nexthop dev eth0"
        ),
    ),
    "nft": (
        (
            "nft 'table ip theirs { map m { type ipv4_addr : verdict; elements = { 10.66.0.1 : drop }; }; "
            'chain c { type filter hook forward priority 10; policy accept; ip saddr vmap @m comment "theirs"; }; }\''
        ),
        "nft 'table bridge theirs { chain c { type filter hook input priority 0; ether type arp accept; }; }'",
    ),
    "file": (
        "mkdir -p /etc/netns/other; echo nameserver 192.0.2.1 >/etc/netns/other/resolv.conf",
        "mkdir -p /etc/netns/red; echo 192.0.2.1 red >/etc/netns/red/networks",
        "mkdir -p /run/netns-lab; echo mine >/run/netns-lab/notes.txt",
    ),
}
SHOW = """
ip -d -j route show table all; echo; ip -d -j -6 route show table all; echo
ip -d -j address; echo
ip -j rule; echo; ip -j -6 rule; echo
ip -j neighbour show nud permanent; echo; ip -j neighbour show proxy; echo
ip -j nexthop; echo; ip -j -6 nexthop; echo
tc -j qdisc; echo; ip -j addrlabel; echo; bridge -j fdb; echo
"""
SECTIONS = ("route", "route -6", "address", "rule", "rule -6", "neighbour", "proxy", "nexthop", "nexthop -6", "qdisc",
            "addrlabel", "fdb")  # fmt: skip
#: seconds that are left of something; they pass
_LEFT = {"expires", "valid_life_time", "preferred_life_time"}
_FOREVER = 4294967295
_BRIDGE_ID = re.compile(r'"(bridge|root)_id": "[0-9a-f.:]+"')
_LIFETIMES = re.compile(rf'(valid|preferred)_life_time": (?!{_FOREVER})[0-9]+')
#: what the kernel does by itself a moment after something else, the number that a bridge makes of its address only when
#: it is told one, and how many links over a link, such as a macvlan, want all its packets
_PASSING = VOLATILE | CARRIER | CARRIER_FLAGS | {"qdisc", "bridge_id", "root_id", "promiscuity"}


def draw(random: Random) -> list[str]:
    """The lines of shell that make some things of somebody else."""
    lines = ["ip address add fd00:e0::15/64 dev eth0 nodad"]
    for things in THINGS.values():
        lines += random.sample(things, random.randint(0, min(4, len(things))))
    return lines


def look(sandbox: Sandbox) -> Dump:
    """What stands on the host, with all that ip(8), tc(8) and bridge(8) tell of it, but for the time that is left."""
    text, decoder, found = sandbox.sh(SHOW), json.JSONDecoder(), []
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    assert len(found) == len(SECTIONS), found
    return {
        name: [json.dumps(_clean(item), sort_keys=True) for item in value if item and not _by_itself(name, item)]
        for name, value in zip(SECTIONS, found, strict=True)
    }


def whole(sandbox: Sandbox) -> Dump:
    """Everything else that tests look at: sysctls, nftables, mounts, files, namespaces."""
    return {
        section: [_BRIDGE_ID.sub("", _LIFETIMES.sub(r'\1_life_time": "left"', line)) for line in lines]
        for section, lines in sandbox.dump().items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: ("left" if item != _FOREVER else "for ever") if key in _LEFT else _clean(item)
            for key, item in value.items()
            if key in _LEFT or key not in _PASSING
        }
    if isinstance(value, list):
        return [_clean(item) for item in value if not isinstance(item, str) or item not in _PASSING]
    return value


def _by_itself(section: str, item: dict[str, Any]) -> bool:
    """Whether the kernel makes it, and takes it, in its own time."""
    if section == "fdb":
        return item.get("state") not in ("static", "permanent") or item["mac"].startswith(("33:33", "01:00:5e"))
    return section == "route -6" and (item.get("type") in ("anycast", "multicast", "local") or "fe80" in item["dst"])


#: what is in the way of a lab: (list of the lab, the lines that make it for an entry)
_IN_THE_WAY: tuple[tuple[str, Callable[[Lab], str]], ...] = (
    ("rules", lambda entry: f"rule add fwmark 0x77 table 7 priority {entry['priority']}"),
    ("routes", lambda entry: f"route add {entry['dst']} via 10.0.2.9 metric {entry.get('metric', 0)} mtu 1111"),
    ("bridges", lambda entry: f"link add {entry['name']} type bridge"),
    ("addresses", lambda entry: f"address add {entry['address'].partition('/')[0]}/25 dev {entry['dev']}"),
)


def in_the_way(lab: Lab, random: Random) -> str:
    """The line that makes a thing where the lab wants another; empty if there is nothing that could be in its way."""
    found = []
    for resource, line in _IN_THE_WAY:
        for entry in lab.get(resource, ()):
            if entry.get("netns") or ":" in str(entry.get("dst", "")) or entry.get("family") == "ipv6":
                continue
            if resource == "addresses" and entry["dev"] != "spare0":
                continue
            if resource == "routes" and entry.get("table", "main") != "main":
                continue
            found.append(f"ip {line(entry)}")
    return random.choice(found) if found else ""
