# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs on hosts whose firewalls drop forwarded packets: by real rules, real programs and packets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ..support.dumps import assert_same
from ..support.firewalls import (
    DOCKER,
    DOCKER_28,
    OPEN,
    open_paths,
    rules_of_others,
    settings,
    start_firewalld,
    start_ufw,
    warnings,
    without_handles,
)
from ..support.host_groups import ROOT
from ..support.labs import absent, bridge_nat, ipv6_star, two_veth_pairs
from ..support.network import OUTSIDE, Outside, ask, ping, serve
from ..support.sandbox import Sandbox


@pytest.mark.parametrize(
    ("rules", "tool"),
    [(DOCKER, "iptables-nft"), pytest.param(DOCKER_28, "iptables-legacy", marks=pytest.mark.soak)],
    ids=["docker-20-nft", "docker-28-legacy"],
)
def test_docker_lets_a_lab_through_and_is_as_before(sandbox: Sandbox, outside: Outside, rules: str, tool: str) -> None:
    sandbox.run([f"{tool}-restore"], stdin=rules)
    before, dump = rules_of_others(sandbox), sandbox.dump()
    lab = bridge_nat()
    closed = sandbox.apply("topology", {**lab, "firewall_exceptions": "none"})
    assert rules_of_others(sandbox) == before
    assert open_paths(sandbox) == {**OPEN, "ns to ns": False, "ns to outside": False, "outside to ns": False}
    warned = warnings(closed)
    assert "v-net-0 cannot reach the outside from 192.168.15.0/24: Docker drops its packets" in warned
    assert f"table filter of {tool}, chain FORWARD, policy DROP" in warned
    assert sandbox.apply("topology", {**lab, "firewall_exceptions": "none"})["changed"] is False
    opened = sandbox.apply("topology", lab)
    assert not warnings(opened) and {step["kind"] for step in opened["plan"]} == {"firewall_exception"}
    assert open_paths(sandbox) == OPEN
    assert sandbox.apply("topology", lab)["changed"] is False
    sandbox.sh(f"(echo '*filter'; {tool}-save | sed -n '/netns-lab/s/-A/-D/p'; echo COMMIT) | {tool}-restore -n")
    assert rules_of_others(sandbox) == before
    assert sandbox.apply("topology", lab)["changed"] is True
    assert open_paths(sandbox) == OPEN
    sandbox.apply("topology", absent(lab))
    assert rules_of_others(sandbox) == before
    assert_same(without_handles(dump), without_handles(sandbox.dump()))


def test_two_labs_of_both_families_share_docker_and_go_one_by_one(sandbox: Sandbox) -> None:
    Outside(sandbox, ipv6=True)
    for tool in ("iptables-nft-restore", "ip6tables-nft-restore"):
        sandbox.run([tool], stdin=DOCKER_28.replace("172.17.0.2/32", "fd17::2/128") if "6" in tool else DOCKER_28)
    before = rules_of_others(sandbox)
    six = ipv6_star(masquerades=[{"source": "fd00:15::/64"}])
    other = {
        "name": "other",
        "masquerades": [{"source": "fd00:15:0:0::/60"}, {"source": "192.168.15.0/24"}],
        "addresses": [{"dev": "v-net-0", "address": "192.168.15.5/24"}],
    }
    sandbox.apply("topology", six)
    alone = rules_of_others(sandbox)
    web = serve(sandbox, OUTSIDE, 443, address="::")
    assert ask(sandbox, "red", "2001:db8:1::3", 443) == "2001:db8:1::2"
    sandbox.apply("topology", other)
    assert rules_of_others(sandbox).count("-i v-net-0 -o eth0 ") == 3
    assert sandbox.apply("topology", six)["changed"] is sandbox.apply("topology", other)["changed"] is False
    sandbox.apply("topology", absent(other))
    assert rules_of_others(sandbox) == alone
    assert ask(sandbox, "red", "2001:db8:1::3", 443) == "2001:db8:1::2"
    web.stop()
    sandbox.apply("topology", absent(six))
    assert rules_of_others(sandbox) == before


NO_NAT: dict[str, Any] = {"masquerades": [], "port_forwards": []}
NFT = """
table inet site {
    set inside { type ifname; elements = { "lo", "other0" }; }
    chain input { type filter hook input priority 0; policy drop
        ct state vmap { established : accept, related : accept }
        iifname lo accept
    }
    chain forward { type filter hook forward priority 10; policy accept
        ct state established,related accept
        iifname "v-net-0" oifname != "v-net-0" jump leaving
        iifname @inside drop
    }
    chain leaving {
        ip daddr 10.0.0.0/8 accept
        reject with icmpx admin-prohibited comment "no way out"
    }
}
"""


def test_rules_of_nftables_are_named_by_warning_and_doctor(sandbox: Sandbox, outside: Outside) -> None:
    lab = bridge_nat()
    sandbox.apply("topology", lab)
    assert sandbox.apply("doctor", {})["findings"] == []
    sandbox.run(["nft", "-f", "-"], stdin=NFT)
    again = sandbox.apply("topology", lab)
    assert again["changed"] is False and "nft table inet site drops its packets" in warnings(again)
    assert open_paths(sandbox) == {**OPEN, "ns to host": False, "ns to outside": False}
    dump = sandbox.dump()
    doctor = sandbox.apply("doctor", {"name": "star"})
    told = {
        (each["object"], each["path"]): each["source"] for each in doctor["findings"] if each["severity"] == "error"
    }
    both = "blue, red (on v-net-0)"
    assert set(told) == {(both, "reach the host"), (both, "reach the outside from 192.168.15.0/24")}
    assert told[both, "reach the host"] == "table inet site, chain input, policy DROP"
    assert "chain leaving, rule reject (handle" in told[both, "reach the outside from 192.168.15.0/24"]
    assert "no way out" in told[both, "reach the outside from 192.168.15.0/24"]
    assert doctor["errors"] == 2
    assert_same(dump, sandbox.dump())
    # nftables.service reloads by a flush of all and its file: our table goes with it, and one run repairs
    sandbox.run(
        ["nft", "-f", "-"],
        stdin="flush ruleset" + NFT.replace("policy drop", "policy accept").replace("jump leaving", "accept"),
    )
    reloaded = rules_of_others(sandbox)
    assert sandbox.apply("topology", lab)["changed"] is True
    assert open_paths(sandbox) == OPEN
    sandbox.apply("topology", absent(lab))
    assert rules_of_others(sandbox) == reloaded
    assert "netns_lab" not in sandbox.sh("nft list ruleset")


def test_a_dormant_table_of_somebody_else_neither_drops_nor_breaks_what_nft_lists(sandbox: Sandbox) -> None:
    """The JSON of nft 1.0.6 breaks off at a table with flags."""
    chain = "chain c { type filter hook forward priority 0; policy drop; }"
    sandbox.sh(f"nft 'add table inet asleep {{ flags dormant; {chain}; }}'")
    lab = bridge_nat()
    assert not warnings(sandbox.apply("topology", lab))
    sandbox.sh(f"nft 'add table ip awake {{ {chain}; }}'")
    warned = warnings(sandbox.apply("topology", lab))
    assert "table ip awake" in warned and "asleep" not in warned
    sandbox.apply("topology", absent(lab))


@pytest.mark.parametrize("tool", ["iptables-nft", "iptables-legacy"])
def test_forward_of_iptables_only_where_it_is_asked_for(sandbox: Sandbox, outside: Outside, tool: str) -> None:
    sandbox.sh(f"{tool} -P FORWARD DROP; {tool} -A FORWARD -i eth9 -j ACCEPT")
    before, lab = rules_of_others(sandbox), bridge_nat()
    warned = warnings(sandbox.apply("topology", lab))
    assert "chain FORWARD, policy DROP" in warned and "or set firewall_exceptions: iptables" in warned
    assert rules_of_others(sandbox) == before
    opened = sandbox.apply("topology", {**lab, "firewall_exceptions": "iptables"}, check=True)
    assert opened == sandbox.apply("topology", {**lab, "firewall_exceptions": "iptables"})
    assert not warnings(opened) and open_paths(sandbox) == OPEN
    sandbox.apply("topology", absent(lab))
    assert rules_of_others(sandbox) == before


def test_what_the_host_routes_between_two_links_is_told_of_and_gets_no_exception(sandbox: Sandbox) -> None:
    sandbox.sh("iptables-nft -P FORWARD DROP")
    before, lab = rules_of_others(sandbox), two_veth_pairs(firewall_exceptions="iptables")
    told = warnings(sandbox.apply("topology", lab))
    assert "veth-red cannot reach 198.51.100.0/24 on veth-blue from 192.0.2.0/24: iptables-nft drops" in told
    assert rules_of_others(sandbox) == before
    assert not ping(sandbox, "red", "198.51.100.2", 0.5).answered
    found = sandbox.apply("doctor", {"name": "mysql"})["findings"]
    assert {each["object"] for each in found} >= {"red (on veth-red)", "blue (on veth-blue)"}
    commands = set(re.findall(r"iptables-nft -I FORWARD -i \S+ -o \S+ -j ACCEPT", told))
    sandbox.sh("\n".join(commands))
    assert warnings(sandbox.apply("topology", lab)) == ""
    assert ping(sandbox, "red", "198.51.100.2").answered and ping(sandbox, "blue", "192.0.2.2").answered


def test_single_modules_add_exceptions_and_remove_them(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.run(["iptables-nft-restore"], stdin=DOCKER)
    lab = bridge_nat(masquerades=[], port_forwards=[])
    sandbox.apply("topology", lab)
    before = rules_of_others(sandbox)
    first = {"source": "192.168.15.0/24"}
    second = {"protocol": "tcp", "port": "80", "to": "192.168.15.2:80"}
    sandbox.apply("nat_masquerade", first)
    sandbox.apply("port_forward", second)
    assert open_paths(sandbox) == OPEN
    assert sandbox.apply("port_forward", second)["changed"] is False
    sandbox.apply("port_forward", {**second, "state": "absent"})
    assert open_paths(sandbox) == {**OPEN, "outside to ns": False}
    sandbox.apply("nat_masquerade", {**first, "state": "absent"})
    assert rules_of_others(sandbox) == before
    assert sandbox.sh("ls /run/netns-lab").split() == ["lock", "star.json"]


#: what a firewalld that was killed leaves behind, and what its program says then
KILLED = r"""
nft -f - <<'RULES'
table inet firewalld {
    chain filter_FORWARD { type filter hook forward priority filter + 10; policy drop; ct state established accept; }
}
RULES
printf '#!/bin/sh\necho FirewallD is not running >&2; exit 252\n' >/usr/local/sbin/firewall-cmd
chmod +x /usr/local/sbin/firewall-cmd
"""


def test_rules_of_a_firewalld_that_was_killed(host: Sandbox) -> None:
    """They drop as before, and there is nobody to ask for a way."""
    host.sh(KILLED)
    before = rules_of_others(host)
    told = warnings(host.apply("topology", bridge_nat()))
    assert "firewalld drops its packets" in told and "chain filter_FORWARD, policy DROP" in told
    assert host.apply("topology", bridge_nat())["changed"] is False
    host.apply("topology", absent(bridge_nat()))
    assert rules_of_others(host) == before


def test_firewalld_that_is_asked_for_and_does_not_run(sandbox: Sandbox) -> None:
    done = sandbox.module("topology", bridge_nat(firewall_exceptions="firewalld"))
    assert done["error"]["kind"] == "Dependency" and "systemctl start firewalld" in done["msg"]


def test_the_doctor_names_what_is_wrong_with_a_lab_and_needs_none(sandbox: Sandbox, outside: Outside) -> None:
    nothing = sandbox.playbook(ROOT / "playbooks/doctor.yml", PATH="/usr/bin:/bin")
    assert "Nothing was found that blocks packets." in nothing.output
    sandbox.sh("iptables-legacy -P FORWARD DROP")
    assert sandbox.apply("doctor", {})["findings"][0]["object"] == "a lab to come"
    sandbox.sh("iptables-legacy -P FORWARD ACCEPT")
    sandbox.apply("topology", bridge_nat())
    sandbox.sh(
        """
        ip -n red route del default
        ip link set veth-blue-br down
        sysctl -q -w net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=1
        ip link add other type veth peer name rehto
        ip link set rehto up
        ip link set other up
        ip route add 192.168.15.0/24 dev other metric 5
        nft delete rule inet netns_lab postrouting handle $(nft -a list chain inet netns_lab postrouting \
            | sed -n 's/.*masquerade 192.*handle //p')
        """
    )
    shown = sandbox.playbook(ROOT / "playbooks/doctor.yml", "-e", "doctor_strict=true", check=False)
    assert shown.code and "packets are lost, see above" in shown.output
    told = " ".join(shown.output.split())
    for text in (
        "lab star: masquerade 192.168.15.0/24 cannot work: it does not exist any more.",
        "lab star: veth-blue-br cannot carry packets: the link is down.",
        "lab star: star cannot pass packets through this host: forwarding is disabled.",
        "source: net.ipv4.ip_forward = 0",
        "strict rp_filter drops what arrives on v-net-0",
        "lab star: route default in red cannot work",
    ):
        assert text in told, shown.output


@pytest.mark.root
def test_the_doctor_needs_no_program_of_any_firewall(host: Sandbox) -> None:
    host.sh("iptables-legacy -P FORWARD DROP; rm -f /usr/sbin/nft /usr/sbin/*tables* /usr/sbin/xtables*")
    (found,) = host.apply("doctor", {})["findings"]
    assert (found["severity"], found["source"]) == ("warning", "no program iptables-legacy-save")
    assert "Install the package iptables" in warnings(host.apply("topology", bridge_nat(**NO_NAT)))
    host.sh("ip link set v-net-0 down")
    (found,) = [each for each in host.apply("doctor", {})["findings"] if each["severity"] == "error"]
    assert (found["object"], found["cause"]) == ("v-net-0", "the link is down")


@pytest.mark.root
def test_ufw_has_route_rules_and_is_as_before(sandbox: Sandbox, outside: Outside) -> None:
    start_ufw(sandbox)
    before, files, lab = rules_of_others(sandbox), settings(sandbox, "/etc/ufw"), bridge_nat()
    assert not warnings(sandbox.apply("topology", lab))
    assert open_paths(sandbox) == OPEN
    assert "192.168.15.2 80/tcp on v-net-0 ALLOW FWD" in " ".join(sandbox.sh("ufw status").split())
    assert sandbox.apply("topology", lab)["changed"] is False
    # a reboot takes all but what ufw keeps
    sandbox.sh("ip link del v-net-0; ip netns del red; ip netns del blue; nft delete table inet netns_lab")
    sandbox.sh("rm -r /run/netns-lab; sysctl -q net.ipv4.ip_forward=0; ufw reload")
    left = sandbox.apply("doctor", {})["findings"]
    assert {finding["object"] for finding in left} == {"ufw"} and len(left) == 3
    assert not any(step["kind"] == "firewall_exception" for step in sandbox.apply("topology", lab)["plan"])
    assert open_paths(sandbox) == OPEN
    sandbox.apply("topology", absent(lab))
    assert (rules_of_others(sandbox), settings(sandbox, "/etc/ufw")) == (before, files)


@pytest.mark.root
def test_firewalld_has_a_policy_of_ours_and_is_as_before(sandbox: Sandbox, outside: Outside) -> None:
    start_firewalld(sandbox)
    before, files, lab = rules_of_others(sandbox), settings(sandbox, "/etc/firewalld"), bridge_nat()
    told = warnings(sandbox.apply("topology", {**lab, "firewall_exceptions": "none"}))
    assert "v-net-0 cannot reach the outside from 192.168.15.0/24: firewalld drops its packets" in told
    assert open_paths(sandbox) == {**OPEN, "ns to ns": False, "ns to outside": False}
    assert (rules_of_others(sandbox), settings(sandbox, "/etc/firewalld")) == (before, files)
    opened = sandbox.apply("topology", {**lab, "firewall_exceptions": "firewalld"})
    assert {step["kind"] for step in opened["plan"]} == {"firewall_exception"} and not warnings(opened)
    assert open_paths(sandbox) == OPEN
    assert sandbox.apply("topology", lab)["changed"] is False
    sandbox.sh("firewall-cmd --reload")
    assert sandbox.apply("topology", lab)["changed"] is False
    assert open_paths(sandbox) == OPEN
    sandbox.apply("topology", absent(lab))
    assert (rules_of_others(sandbox), settings(sandbox, "/etc/firewalld")) == (before, files)


@pytest.mark.root
def test_a_step_that_fails_in_another_firewall_undoes_all(sandbox: Sandbox, outside: Outside) -> None:
    start_ufw(sandbox)
    before, files, dump = rules_of_others(sandbox), settings(sandbox, "/etc/ufw"), sandbox.dump()
    real = sandbox.sh("command -v ufw").strip()
    sandbox.sh(f"""
        printf '#!/bin/sh\ncase "$*" in *"port 80"*) echo no such luck >&2; exit 1 ;; esac\nexec {real} "$@"\n' \
            >/usr/local/sbin/ufw
        chmod +x /usr/local/sbin/ufw
        """)
    done = sandbox.module("topology", bridge_nat())
    assert done["error"]["kind"] == "Kernel" and "no such luck" in done["msg"] and done["error"]["rolled_back"] is True
    assert (rules_of_others(sandbox), settings(sandbox, "/etc/ufw")) == (before, files)
    assert_same(without_handles(dump), without_handles(sandbox.dump()))


@pytest.mark.root
@pytest.mark.soak
def test_a_firewall_that_was_stopped_is_as_before_too(sandbox: Sandbox, outside: Outside) -> None:
    daemon = start_firewalld(sandbox)
    files, lab = settings(sandbox, "/etc/firewalld"), bridge_nat()
    sandbox.apply("topology", lab)
    assert settings(sandbox, "/etc/firewalld") != files
    daemon.stop()
    sandbox.sh("nft delete table inet firewalld")
    sandbox.apply("topology", absent(lab))
    assert settings(sandbox, "/etc/firewalld") == files
    start_ufw(sandbox)
    files = settings(sandbox, "/etc/ufw")
    sandbox.apply("topology", lab)
    sandbox.sh("ufw disable")
    sandbox.apply("topology", absent(lab))
    sandbox.sh("ufw --force enable")
    assert settings(sandbox, "/etc/ufw") == files
