# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of translation: told to nft without a slip, seen where it stands and does not work, and put right."""

from __future__ import annotations

import json

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.labs import bridge_nat
from ..support.network import OUTSIDE, Outside, ask, serve
from ..support.sandbox import Sandbox

SUBNET = "192.168.15.0/24"
#: names of links that some tool reads as more than a name
ODD = ["a*", "a\\*", "e*h", "@set", "$x", "(x)", "drop", "ü#;", "a'b", "x,y", "0"]
FORWARDS = [
    {"protocol": "tcp", "port": "80", "to": "192.168.15.2:80"},
    {"protocol": "tcp", "port": "7000-7999", "to": "192.168.15.2"},
    {"protocol": "udp", "port": "8000-8010", "to": "192.168.15.2:9000"},
    {"protocol": "tcp", "port": "70-75", "to": "192.168.15.1:170", "listen": ["192.0.2.1", "192.0.2.2"]},
    {"protocol": "tcp", "port": "443-445", "to": "[fd00::2]:8443"},
]
#: what somebody does to the table, and what the next plan says of it
HARM = {
    "nft add table inet netns_lab '{ flags dormant; }'": "it is dormant",
    "nft flush chain inet netns_lab prerouting": "the rules of prerouting differ",
    "nft flush chain inet netns_lab output; nft delete chain inet netns_lab output": "there is no chain output",
    "nft flush chain inet netns_lab postrouting; nft delete chain inet netns_lab postrouting; nft add chain "
    "inet netns_lab postrouting '{ type nat hook postrouting priority 300; policy drop; }'; "
    "nft add table inet netns_lab '{ flags dormant; }'": "nat postrouting 300 drop",
    "nft delete element inet netns_lab forward4 '{ udp . 8003, udp . 8005 }'": "2 of its ports",
    "nft delete element inet netns_lab forward4 '{ udp . 8003 }'; "
    "nft add element inet netns_lab forward4 '{ udp . 8003 : 10.9.9.9 . 9 }'": "1 of its ports",
    "nft delete element inet netns_lab range4 '{ tcp . 7000-7999 }'": "does not exist",
    "nft flush set inet netns_lab hairpin4": "hairpin rules",
    "nft flush chain inet netns_lab prerouting; nft flush chain inet netns_lab output; "
    "nft delete map inet netns_lab range4": "missing: range4",
}


def _table(sandbox: Sandbox) -> str:
    """The table as nft prints it, elements in order."""
    lines = sandbox.sh("nft list table inet netns_lab").replace("elements = { ", "\n").splitlines()
    return "\n".join(sorted(line.strip(" \t,}") for line in lines))


def test_what_stands_and_does_not_work_is_seen_and_put_right(sandbox: Sandbox, outside: Outside) -> None:
    lab = bridge_nat(port_forwards=FORWARDS)
    sandbox.apply("topology", lab)
    serve(sandbox, "blue", 80)
    table = _table(sandbox)
    for harm, word in HARM.items():
        sandbox.sh(harm)
        told = sandbox.module("topology", lab, check=True, diff=True)
        assert told["changed"] and word in json.dumps(told["plan"]), (harm, told["plan"])
        assert told["diff"]["before"] != told["diff"]["after"]
        said = json.dumps(sandbox.module("doctor", {})["findings"])
        assert word in said or "hairpin rules" in word or "is not there" in said, (harm, said)
        assert sandbox.apply("topology", lab)["plan"] == told["plan"]
        assert _table(sandbox) == table, harm
        assert_nothing_to_do(sandbox, "topology", lab)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3"
    assert ask(sandbox, "red", "192.168.1.2", 80) == "192.168.15.5"
    for hook, priority in (("prerouting", "-150"), ("postrouting", "0")):
        chain = f"{{ type nat hook {hook} priority {priority}; policy accept; }}"
        sandbox.sh(f"nft add table inet other; nft add chain inet other {hook} '{chain}'")
        sandbox.sh(f"nft add rule inet other {hook} accept")
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3", "an accept in another table ends nothing"
    assert ask(sandbox, "red", "8.8.8.8", 80, timeout=0.5) != "192.168.15.1"


#: an nft that refuses what has to do with one prefix
CHOOSY_NFT = """#!/bin/sh
case "$*" in
    *-f*) cat >/run/.sandbox/script
          if grep -q 10.66. /run/.sandbox/script; then echo 'Error: No space left on device' >&2; exit 1; fi
          exec /run/.sandbox/nft "$@" </run/.sandbox/script ;;
    *) exec /run/.sandbox/nft "$@" ;;
esac
"""


def test_a_repair_that_is_undone_leaves_the_table_as_it_was_found(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat(port_forwards=FORWARDS))
    script, real = sandbox.scratch / "nft", sandbox.sh("command -v nft").strip()
    script.write_text(CHOOSY_NFT, encoding="ascii")
    script.chmod(0o755)
    sandbox.sh(f"touch /run/.sandbox/nft; mount --bind {real} /run/.sandbox/nft; mount --bind {script} {real}")
    elsewhere = {"netns": "red", "source": "10.66.0.0/24"}
    for harm in HARM:
        sandbox.sh(harm)
        before = _table(sandbox)
        lab = bridge_nat(port_forwards=FORWARDS, masquerades=[{"source": SUBNET}, elsewhere])
        result = sandbox.module("topology", lab)
        assert result.get("failed") and "No space left" in result["msg"] and "were rolled back" in result["msg"], result
        assert _table(sandbox) == before, harm
        sandbox.apply("topology", bridge_nat(port_forwards=FORWARDS))


def test_what_others_have_in_the_table_stays_and_is_named_where_it_is_in_the_way(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat(port_forwards=FORWARDS))
    sandbox.sh("nft add rule inet netns_lab prerouting tcp dport 9 counter")
    assert_nothing_to_do(sandbox, "topology", bridge_nat(port_forwards=FORWARDS))
    sandbox.sh("nft flush chain inet netns_lab output; nft insert rule inet netns_lab prerouting accept")
    result = refused(sandbox, "topology", bridge_nat(port_forwards=FORWARDS), "Conflict")
    command = result["error"]["remedy"].rpartition("to remove it: ")[2].rstrip(".")
    assert command.startswith("nft delete rule inet netns_lab prerouting handle ")
    sandbox.sh(command)
    converge(sandbox, "topology", bridge_nat(port_forwards=FORWARDS))
    sandbox.sh("nft add element inet netns_lab forward4 '{ tcp . 9 : 10.9.9.9 . 9 }'")
    sandbox.sh("nft add rule inet netns_lab postrouting ip saddr 10.9.0.0/16 ip daddr != 10.9.0.0/16 masquerade")
    for entry in ({"port_forwards": [{"protocol": "tcp", "port": "5-10", "to": "10.9.9.9"}]},
                  {"port_forwards": [{"protocol": "tcp", "port": "9", "to": "10.9.9.9:9"}]},
                  {"masquerades": [{"source": "10.9.0.0/16"}]}):  # fmt: skip
        refused(sandbox, "topology", {"name": "two", **entry}, "Conflict")
    sandbox.apply("topology", {**bridge_nat(), "state": "absent"})
    left = sandbox.sh("nft list table inet netns_lab")
    assert "dport 9 counter" in left and "10.9.9.9" in left and "10.9.0.0/16" in left and "192.168.15" not in left


def test_a_rule_of_others_between_our_own_and_a_masquerade_is_in_the_way(sandbox: Sandbox) -> None:
    """Masquerades come last in their chain, so an accept before them would end what they are for, in silence."""
    chain = "chain postrouting { type nat hook postrouting priority srcnat; ip saddr 10.1.0.9 accept; }"
    first, second = ({"name": "lab", "masquerades": [{"source": f"10.{n}.0.0/24"}]} for n in (1, 2))
    for flags in ("", "flags dormant;"):
        sandbox.sh(f"nft 'table inet netns_lab {{ {flags} {chain}; }}'")
        refused(sandbox, "topology", first, "Conflict", "rule 2 of postrouting", "nft delete rule inet netns_lab")
        sandbox.sh("nft delete table inet netns_lab")
    sandbox.apply("topology", first)
    sandbox.sh("nft add rule inet netns_lab postrouting ip saddr 10.1.0.9 accept")
    assert_nothing_to_do(sandbox, "topology", first)
    both = {"name": "lab", "masquerades": [*first["masquerades"], *second["masquerades"]]}
    refused(sandbox, "topology", both, "Conflict", "of postrouting")
    handle = [item["rule"] for item in sandbox.nft() if "rule" in item][-2]["handle"]
    rule = "ip saddr 10.1.0.9 accept"
    sandbox.sh(f"nft insert rule inet netns_lab postrouting position {handle} {rule}")
    refused(sandbox, "topology", first, "Conflict", "of postrouting")


def test_names_of_links_are_names_to_nft(sandbox: Sandbox, outside: Outside) -> None:
    serve(sandbox, OUTSIDE, 80)
    outside.route_to(SUBNET)
    odd = bridge_nat(port_forwards=[], masquerades=[{"source": SUBNET, "out_interface": name} for name in ODD])
    converge(sandbox, "topology", odd)
    rules = [item["rule"] for item in sandbox.nft() if "rule" in item]
    ours = [rule for rule in rules if str(rule.get("comment", "")).startswith("masquerade")]
    assert len(ours) == len(ODD)
    assert all([*rule["expr"][-1]] == ["masquerade"] for rule in ours)
    assert ask(sandbox, "red", "8.8.8.8", 80) == "192.168.15.1", "none of them is the way out"
    for name, seen in (("et*", "192.168.1.2"), ("eth0", "192.168.1.2"), ("et\\*", "192.168.15.1")):
        way = bridge_nat(port_forwards=[], masquerades=[{"source": SUBNET, "out_interface": name}])
        converge(sandbox, "topology", way)
        assert ask(sandbox, "red", "8.8.8.8", 80) == seen, name
    before = sandbox.dump()
    for name in ('a"drop#', "a\\b", "*"):
        refused(sandbox, "nat_masquerade", {"source": SUBNET, "out_interface": name}, "InvalidArgument")
    assert sandbox.dump() == before


def test_all_that_leaves_by_one_link_is_translated(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat(port_forwards=[]))
    serve(sandbox, OUTSIDE, 80)
    serve(sandbox, "blue", 80)
    outside.route_to(SUBNET)
    converge(sandbox, "topology", bridge_nat(port_forwards=[], masquerades=[{"out_interface": "eth0"}]))
    assert ask(sandbox, "red", "8.8.8.8", 80) == "192.168.1.2"
    assert ask(sandbox, "red", "192.168.15.2", 80) == "192.168.15.1"
    assert ask(sandbox, OUTSIDE, "192.168.15.2", 80) == "192.168.1.3"
    same = {"source": "0.0.0.0/0", "out_interface": "eth0"}
    assert sandbox.apply("topology", bridge_nat(port_forwards=[], masquerades=[same]))["plan"] == []
    spared = {"out_interface": "eth0", "exclude": ["192.168.1.0/24", "10.0.0.0/8"]}
    converge(sandbox, "topology", bridge_nat(port_forwards=[], masquerades=[spared]))
    assert ask(sandbox, "red", "192.168.1.3", 80) == "192.168.15.1"
    assert ask(sandbox, "red", "8.8.8.8", 80) == "192.168.1.2"
    six = {"source": "::/0", "out_interface": "eth0", "exclude": ["fd00::/8"]}
    converge(sandbox, "topology", bridge_nat(port_forwards=[], masquerades=[six]))
    assert ask(sandbox, "red", "8.8.8.8", 80) == "192.168.15.1"


def test_ranges_lead_every_port_and_no_other(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh("ip address add 192.168.1.22/24 dev eth0")
    forwards = [
        {"protocol": "tcp", "port": "1000-1999", "to": "192.168.15.2"},
        {"protocol": "udp", "port": "1000-1999", "to": "192.168.15.1"},
        {"protocol": "tcp", "port": "1500-65535", "to": "192.168.15.1", "listen": ["192.168.1.22"]},
        {"protocol": "tcp", "port": "2000-2001", "to": "192.168.15.2:1000"},
    ]
    sandbox.apply("topology", bridge_nat(port_forwards=forwards))
    for netns, port, protocol in (("blue", 1000, "tcp"), ("blue", 1999, "tcp"), ("red", 1999, "tcp"),
                                  ("red", 1500, "udp"), ("red", 65535, "tcp"), ("blue", 1001, "tcp")):  # fmt: skip
        serve(sandbox, netns, port, protocol)
    for host, port, protocol, seen in (
        ("192.168.1.2", 1000, "tcp", "192.168.1.3"), ("192.168.1.2", 1999, "tcp", "192.168.1.3"),
        ("192.168.1.2", 1500, "udp", "192.168.1.3"), ("192.168.1.2", 2001, "tcp", "192.168.1.3"),
        ("192.168.1.22", 65535, "tcp", "192.168.1.3"), ("192.168.1.22", 1000, "tcp", "192.168.1.3"),
        ("192.168.1.2", 999, "tcp", "ECONNREFUSED"), ("192.168.1.2", 65535, "tcp", "ECONNREFUSED"),
    ):  # fmt: skip
        assert ask(sandbox, OUTSIDE, host, port, protocol) == seen, (host, port, protocol)
    assert ask(sandbox, "blue", "192.168.1.2", 1999) == "192.168.15.5", "from the target itself"
    assert ask(sandbox, "red", "192.168.15.5", 2000) == "192.168.15.5"
    assert ask(sandbox, "", "192.168.1.2", 1999) in {"192.168.15.5", "192.168.1.2"}
    assert ask(sandbox, "", "127.0.0.1", 1999) == "ECONNREFUSED", "the host's loopback is its own"


def test_without_nft_a_removal_is_no_success(sandbox: Sandbox) -> None:
    """The program went, the table did not; and a program that prints something else is told."""
    sandbox.apply("topology", bridge_nat())
    before = sandbox.dump()
    path = sandbox.sh("command -v nft").strip()
    sandbox.sh(f"touch /run/.sandbox/empty; mount --bind /run/.sandbox/empty {path}")
    for args in ({**bridge_nat(), "state": "absent"}, bridge_nat(masquerades=[], port_forwards=[])):
        for check in (True, False):
            result = sandbox.module("topology", args, check=check)
            assert result.get("failed") and result["error"]["kind"] == "Dependency", result
            assert "the program nft" in result["msg"], result["msg"]
    sandbox.sh(f"umount {path}")
    assert sandbox.dump() == before
    sandbox.apply("topology", {**bridge_nat(), "state": "absent"})
    assert sandbox.nft() == []
