# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rulesets would do with a packet, by rows; what a lab asks of each place, in the words of its tool."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import exceptions
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import parse as firewall_rules
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import paths as firewall_paths
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import words as firewall_words
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.provider import owner
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.ruleset import (
    Firewalls,
    Packet,
    Service,
    verdicts,
)
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.traffic import Traffic
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from hypothesis import given
from hypothesis import strategies as st

from ..support.rulesets import saved

OUT = Packet("forward", False, "v-net-0", "eth0", "192.168.15.1", "198.51.100.1", "tcp")
BACK = Packet("forward", False, "eth0", "v-net-0", "198.51.100.1", "192.168.15.1", "tcp", state="established")
FORWARDED = Packet(
    "forward", False, "eth0", "v-net-0", "198.51.100.1", "192.168.15.2", "tcp", "80", status=frozenset({"dnat"})
)
PING = Packet("input", False, "v-net-0", "", "192.168.15.1", "192.168.15.5", "icmp", icmp="echo-request")
WITHIN = Packet("forward", False, "v-net-0", "v-net-0", "192.168.15.1", "192.168.15.2", "tcp", bridged=True)
PASSES, DROPPED, PERHAPS = "passes", "dropped", "perhaps"


def verdict(firewalls: Firewalls, packet: Packet) -> str:
    found = [certain for certain, _verdict in verdicts(firewalls, packet)]
    return DROPPED if any(found) else PERHAPS if found else PASSES


@pytest.mark.parametrize(
    ("rules", "packet", "wanted"),
    [
        ((), OUT, DROPPED),
        ((), PING, PASSES),
        (("-A FORWARD -i v-net-0 -j ACCEPT",), OUT, PASSES),
        (("-A FORWARD -i v-net-0 -j ACCEPT",), BACK, DROPPED),
        (("-A FORWARD -i v-net+ -j ACCEPT",), OUT, PASSES),
        (("-A FORWARD ! -i v-net-0 -j ACCEPT",), OUT, DROPPED),
        (("-A FORWARD -s 192.168.0.0/16 ! -d 10.0.0.0/8 -j ACCEPT",), OUT, PASSES),
        (("-A FORWARD -s 192.168.16.0/24 -j ACCEPT",), OUT, DROPPED),
        (("-A FORWARD -p udp -j ACCEPT",), OUT, DROPPED),
        (("-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT",), OUT, PERHAPS),
        (("-A FORWARD -p tcp -m multiport --dports 22,80:90 -j ACCEPT",), FORWARDED, PASSES),
        (("-A FORWARD -p tcp -m multiport --dports 22,81:90 -j ACCEPT",), FORWARDED, DROPPED),
        (("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",), BACK, PASSES),
        (("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",), OUT, DROPPED),
        (("-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT",), FORWARDED, PASSES),
        (("-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT",), OUT, DROPPED),
        (("-A FORWARD -m set --match-set known src -j ACCEPT",), OUT, PERHAPS),
        (("-A FORWARD -m set --match-set known src -m conntrack --ctstate ESTABLISHED -j ACCEPT",), OUT, DROPPED),
        (('-A FORWARD -m limit --limit 3/min -j LOG --log-prefix "[x] "', "-A FORWARD -j ACCEPT"), OUT, PASSES),
        (('-A FORWARD -m comment --comment "-j DROP" -j ACCEPT',), OUT, PASSES),
        (("-A FORWARD -m physdev --physdev-is-bridged -j ACCEPT",), WITHIN, PASSES),
        (("-A FORWARD -m physdev --physdev-is-bridged -j ACCEPT",), OUT, DROPPED),
        (("-A FORWARD -j A", "-A A -j RETURN", "-A FORWARD -j ACCEPT"), OUT, PASSES),
        (("-A FORWARD -g A", "-A A -j RETURN", "-A FORWARD -j ACCEPT"), OUT, DROPPED),
        (("-A FORWARD -j A", "-A A -i v-net-0 -j REJECT", "-A FORWARD -j ACCEPT"), OUT, DROPPED),
        (("-A FORWARD -j A", "-A A -j B", "-A B -j A"), OUT, DROPPED),
        (("-A FORWARD -j A", "-A A -m statistic --mode random -j DROP", "-A FORWARD -j ACCEPT"), OUT, PERHAPS),
        (("-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT", "-A INPUT -j DROP"), PING, PASSES),
        (("-A INPUT -p icmp -m icmp --icmp-type 3 -j ACCEPT", "-A INPUT -j DROP"), PING, DROPPED),
    ],
)  # fmt: skip
def test_iptables(rules: tuple[str, ...], packet: Packet, wanted: str) -> None:
    assert verdict(saved(*rules, chains=("A", "B")), packet) == wanted


def test_frames_within_a_bridge_pass_only_where_the_kernel_says_so() -> None:
    firewalls = saved()
    assert verdict(firewalls, WITHIN) == DROPPED
    firewalls.bridged = frozenset({6})
    assert verdict(firewalls, WITHIN) == PASSES


def nft(*rules: list[Any], policy: str = "accept", family: str = "inet", chain: str = "f") -> Firewalls:
    items: list[dict[str, Any]] = [
        {
            "chain": {
                "family": family,
                "table": "t",
                "name": "f",
                "type": "filter",
                "hook": "forward",
                "prio": 0,
                "policy": policy,
            }
        },
        {"chain": {"family": family, "table": "t", "name": "g"}},
    ]
    items += [{"rule": {"family": family, "table": "t", "chain": chain, "handle": 7, "expr": expr}} for expr in rules]
    return Firewalls(firewall_rules.from_nft(items, "netns_lab"))


def meta(key: str, value: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"meta": {"key": key}}, "right": value}}


def payload(protocol: str, field: str, value: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"payload": {"protocol": protocol, "field": field}}, "right": value}}


def exthdr(what: dict[str, Any], value: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"exthdr": what}, "right": value}}


def ct(value: Any, key: str = "state") -> dict[str, Any]:
    return {"match": {"op": "in", "left": {"ct": {"key": key}}, "right": value}}


DROP_ALL = [{"drop": None}]
BY_STATE = {
    "vmap": {
        "key": {"ct": {"key": "state"}},
        "data": {"set": [["established", {"accept": None}], ["new", {"jump": {"target": "g"}}]]},
    }
}


@pytest.mark.parametrize(
    ("rules", "packet", "wanted"),
    [
        ([DROP_ALL], OUT, DROPPED),
        ([[{"counter": {"packets": 0}}, {"log": None}], [{"accept": None}], DROP_ALL], OUT, PASSES),
        ([[meta("iifname", "v-net*"), {"reject": None}]], OUT, DROPPED),
        ([[meta("iifname", {"set": ["lo", "v-net-0"]}), {"drop": None}]], OUT, DROPPED),
        ([[meta("iifname", {"set": ["lo", "eth0"]}, "!="), {"drop": None}]], OUT, DROPPED),
        ([[meta("iifname", "@inside"), {"drop": None}]], OUT, PERHAPS),
        ([[meta("oifname", "@inside"), meta("iifname", "eth1"), {"drop": None}]], OUT, PASSES),
        ([[payload("ip", "saddr", {"prefix": {"addr": "192.168.15.0", "len": 24}}), {"drop": None}]], OUT, DROPPED),
        ([[payload("ip", "saddr", {"range": ["192.168.15.2", "192.168.15.9"]}), {"drop": None}]], OUT, PASSES),
        ([[payload("ip6", "saddr", {"prefix": {"addr": "fd00::", "len": 8}}, "!="), {"drop": None}]], OUT, PASSES),
        ([[payload("tcp", "dport", {"set": [22, {"range": [80, 90]}]}), {"accept": None}], DROP_ALL], FORWARDED, PASSES),
        ([[payload("udp", "sport", 53), {"accept": None}], DROP_ALL], OUT, PERHAPS),
        ([[meta("nfproto", "ipv6"), {"drop": None}]], OUT, PASSES),
        ([[meta("l4proto", {"set": ["tcp", "udp"]}), {"drop": None}]], OUT, DROPPED),
        ([[ct(["established", "related"]), {"accept": None}], DROP_ALL], BACK, PASSES),
        ([[ct(["established", "related"]), {"accept": None}], DROP_ALL], OUT, DROPPED),
        ([[ct("dnat", "status"), {"accept": None}], DROP_ALL], FORWARDED, PASSES),
        ([[BY_STATE], DROP_ALL], BACK, PASSES),
        ([[BY_STATE], DROP_ALL], OUT, DROPPED),
        ([[{"vmap": {"key": {"meta": {"key": "iifname"}}, "data": "@verdicts"}}]], OUT, PERHAPS),
        ([[{"xt": {"type": "match", "name": "conntrack"}}, {"drop": None}]], OUT, PERHAPS),
        ([[{"xt": {"type": "target", "name": "REJECT"}}]], OUT, PERHAPS),
        ([[{"xt": {"type": "target", "name": "LOG"}}]], OUT, PASSES),
        ([[{"match": {"op": "==", "left": {"fib": {"result": "oif", "flags": ["saddr"]}}, "right": False}}, {"drop": None}]], OUT, PERHAPS),
        ([[exthdr({"name": "rt", "field": "type"}, 0), {"drop": None}]], OUT, PASSES),
        ([[exthdr({"name": "rt", "field": "type"}, 0, "!="), {"drop": None}]], OUT, PASSES),
        ([[exthdr({"name": "frag"}, True), {"drop": None}]], OUT, PASSES),
        ([[exthdr({"name": "frag"}, False), {"drop": None}]], OUT, DROPPED),
        ([[{"limit": {"rate": 3}}, {"accept": None}], DROP_ALL], OUT, PERHAPS),
        ([[{"goto": {"target": "g"}}], DROP_ALL], OUT, PASSES),
        ([[{"return": None}], DROP_ALL], OUT, PASSES),
    ],
)  # fmt: skip
def test_nftables(rules: list[list[Any]], packet: Packet, wanted: str) -> None:
    assert verdict(nft(*rules), packet) == wanted


@pytest.mark.parametrize(
    ("family", "wanted"), [("ip", DROPPED), ("ip6", PASSES), ("inet", DROPPED), ("arp", PASSES), ("bridge", PASSES)]
)
def test_chains_of_other_families_do_not_matter(family: str, wanted: str) -> None:
    assert verdict(nft(DROP_ALL, family=family), OUT) == wanted


def test_our_own_table_is_none_of_others() -> None:
    chain = {
        "family": "inet",
        "table": "netns_lab",
        "name": "f",
        "type": "filter",
        "hook": "forward",
        "prio": 0,
        "policy": "drop",
    }
    assert firewall_rules.from_nft([{"chain": chain}], "netns_lab") == []


RULES = ["-i v-net-0", "-o v-net-0", "-s 192.168.15.0/24", "-p udp", "-m set --match-set a src", "! -d 198.51.100.0/24"]


@given(
    st.lists(st.tuples(st.sampled_from(RULES), st.sampled_from(["ACCEPT", "DROP", "A", "RETURN", "LOG"])), max_size=6),
    st.data(),
)
def test_what_is_told_for_certain_holds_however_the_unknown_turns_out(
    rules: list[tuple[str, str]], data: st.DataObject
) -> None:
    inner = data.draw(
        st.lists(st.tuples(st.sampled_from(RULES), st.sampled_from(["ACCEPT", "DROP", "RETURN"])), max_size=3)
    )
    texts = [f"-A FORWARD {match} -j {target}" for match, target in rules] + [
        f"-A A {match} -j {target}" for match, target in inner
    ]
    told = verdict(saved(*texts, chains=("A",)), OUT)
    outcomes = set()
    for turn in ("-s 192.168.15.0/24", "-s 10.0.0.0/8"):  # met, and not
        outcomes.add(
            verdict(saved(*(text.replace("-m set --match-set a src", turn) for text in texts), chains=("A",)), OUT)
        )
    assert outcomes <= {PASSES, DROPPED}
    if told != PERHAPS:
        assert outcomes == {told}


LAB = Traffic(
    [("v-net-0", "192.168.15.0/24", "192.168.15.5"), ("v-net-0", "fd00:15::/64", "fd00:15::5")],
    (("v-net-0", "192.168.15.0/24"), ("v-net-0", "fd00:15::/64")),
    [("masquerades[0]", "192.168.15.0/24", "")],
    [("port_forwards[0]", "192.168.15.2", "tcp", (port, port)) for port in (80, 8001, 8000)],
    {4: "eth0"},
)
SOLICIT = Packet(
    "forward", True, "v-net-0", "v-net-0", "fd00:15::1", "ff02::1:ff00:2", "icmp", icmp="nd-neighbor-solicit",
    state="untracked", bridged=True,
)  # fmt: skip
WITHIN_SIX = Packet("forward", True, "v-net-0", "v-net-0", "fd00:15::1", "fd00:15::2", "tcp", bridged=True)


@pytest.mark.parametrize(
    ("rules", "packet", "wanted"),
    [
        (("-s fd00:15::/64 -d fd00:15::/64 -i v-net-0 -o v-net-0 -j ACCEPT",), WITHIN_SIX, PASSES),
        (("-s fd00:15::/64 -d fd00:15::/64 -i v-net-0 -o v-net-0 -j ACCEPT",), SOLICIT, DROPPED),
        (("-i v-net-0 -o v-net-0 -j ACCEPT",), SOLICIT, PASSES),
        (("-p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT",), SOLICIT, PASSES),
        (("-p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT",), SOLICIT, DROPPED),
        (("-m conntrack --ctstate INVALID -j DROP", "-j ACCEPT"), SOLICIT, PASSES),
        (("-m conntrack --ctstate UNTRACKED -j ACCEPT",), SOLICIT, PASSES),
        (("-d ff02::/16 -j ACCEPT",), SOLICIT, PASSES),
        (("-m rt --rt-type 0 -j DROP", "-j ACCEPT"), WITHIN_SIX, PASSES),
        (("-m rt ! --rt-type 0 -j DROP", "-j ACCEPT"), WITHIN_SIX, PASSES),
        (("-m rt --rt-type 0 --rt-segsleft 1:9 -j DROP", "-m frag --fragmore -j DROP", "-j ACCEPT"), WITHIN_SIX, PASSES),
        (("-m ipv6header --header frag -j DROP", "-j ACCEPT"), WITHIN_SIX, PERHAPS),
    ],
)  # fmt: skip
def test_ip6tables(rules: tuple[str, ...], packet: Packet, wanted: str) -> None:
    assert verdict(saved(*(f"-A FORWARD {rule}" for rule in rules), family="ip6"), packet) == wanted


def test_a_bridge_without_neighbour_discovery_is_told_of() -> None:
    """What only lets packets of the prefix pass lets none of them arrive: nobody learns where to send them."""
    shut = saved("-A FORWARD -s fd00:15::/64 -d fd00:15::/64 -j ACCEPT", family="ip6")
    (found,) = [each for each in firewall_paths.findings(LAB, shut) if each.path.startswith("pass packets between")]
    assert (found.path, found.severity) == ("pass packets between its namespaces (fd00:15::/64)", "error")


def test_what_the_places_are_asked_for_within_a_bridge_of_ipv6() -> None:
    within = LAB._replace(masquerades=[], forwards=[])
    docker = saved(*DOCKERS, chains=("DOCKER-USER",), family="ip6")
    wants = exceptions.wanted(within, docker, "auto")
    assert [*wants] == [
        ("iptables-nft ip6 DOCKER-USER", "-i v-net-0 -o v-net-0 -m comment --comment netns-lab -j ACCEPT")
    ]
    assert firewall_paths.findings(within, docker) == []
    ufw = saved("-A FORWARD -j ufw6-user-forward", chains=("ufw6-user-forward",), family="ip6")
    ufw.services["ufw"] = Service(runs=True, rules=[])
    wants = exceptions.wanted(within, ufw, "auto")
    assert [rule for _place, rule in wants] == ["allow in on v-net-0 out on v-net-0 from ::/0 to ::/0"]
    assert firewall_paths.findings(within, ufw) == []
    wants = exceptions.wanted(within, Firewalls(services={"firewalld": RUNS}, bridged=frozenset({6})), "auto")
    assert [rule for _place, rule in wants] == [
        'rule family="ipv6" source address="fd00:15::/64" destination address="fd00:15::/64" accept',
        'rule family="ipv6" icmp-type name="neighbour-solicitation" accept',
        'rule family="ipv6" icmp-type name="neighbour-advertisement" accept',
    ]


#: firewalld without a policy of ours
RUNS = Service(runs=True, rules=None)
DOCKERS = ("-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN")


def placed(firewalls: Firewalls, choice: str = "auto") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place, rule in exceptions.wanted(LAB, firewalls, choice):
        found.setdefault(place, []).append(rule)
    return found


def test_what_docker_is_asked_for() -> None:
    comment = "-m comment --comment netns-lab -j ACCEPT"
    docker = [
        f"-s 192.168.15.0/24 -i v-net-0 -o eth0 {comment}",
        f"-d 192.168.15.2/32 -o v-net-0 -p tcp -m conntrack --ctstate DNAT {comment}",
        f"-o v-net-0 -m conntrack --ctstate RELATED,ESTABLISHED {comment}",
        f"-i v-net-0 -m conntrack --ctstate RELATED,ESTABLISHED {comment}",
        f"-i v-net-0 -o v-net-0 {comment}",
    ]
    firewalls = saved(*DOCKERS, chains=("DOCKER-USER",))
    assert placed(firewalls) == placed(firewalls, "iptables") == {"iptables-nft ip DOCKER-USER": docker}
    assert placed(firewalls, "none") == placed(firewalls, "firewalld") == {}
    assert firewall_paths.findings(LAB, firewalls) == []


def test_docker_that_drops_nothing_is_left_alone() -> None:
    assert placed(saved(*DOCKERS, chains=("DOCKER-USER",), policy="ACCEPT")) == {}


def test_ufw_is_asked_for_what_it_does_not_accept_by_itself() -> None:
    firewalls = saved("-A FORWARD -j ufw-user-forward", chains=("ufw-user-forward",))
    firewalls.services["ufw"] = Service(runs=True, rules=[])
    assert placed(firewalls) == {
        "ufw": [
            "allow in on v-net-0 out on eth0 from 192.168.15.0/24 to 0.0.0.0/0",
            "allow out on v-net-0 from 0.0.0.0/0 to 192.168.15.2 port 80 proto tcp",
            "allow out on v-net-0 from 0.0.0.0/0 to 192.168.15.2 port 8000:8001 proto tcp",
            "allow in on v-net-0 out on v-net-0 from 0.0.0.0/0 to 0.0.0.0/0",
        ]
    }


def test_firewalld_is_asked_by_rich_rules_unless_a_reload_would_lose_something() -> None:
    firewalls = Firewalls(services={"firewalld": RUNS})
    assert placed(firewalls) == {"firewalld": ['rule family="ipv4" source address="192.168.15.0/24" accept']}
    assert placed(Firewalls(services={"firewalld": RUNS._replace(loses=lambda: True)})) == {}


def test_forward_is_used_only_where_iptables_is_asked_for() -> None:
    assert placed(saved()) == {}
    assert [*placed(saved(), "iptables")] == ["iptables-nft ip FORWARD"]
    assert placed(saved(policy="ACCEPT"), "iptables") == {}


@pytest.mark.parametrize(
    ("condition", "iptables", "ufw"),
    [
        ("br-0", "br-0", "br-0"),
        ("br.5@x=y,z", "br.5@x=y,z", "br.5@x=y,z"),
        ("wan*", "wan+", "wan+"),
        ("a+*", "a++", "a++"),
        ("br\\*", "br*", None),
        ("br#x", "br#x", None),
        ("br~1", "br~1", None),
        ("é", "é", None),
        ("br'x", "br'x", None),
        ("br\\x", "br\\x", None),
        ("!x", "!x", None),
        ("$(id)", "$(id)", None),
        ("br+", None, None),
        ('br"x', None, None),
        ("!", None, None),
        ("log", "log", None),
        ("from", "from", None),
    ],
)
def test_names_of_links_in_the_words_of_each_tool(condition: str, iptables: str | None, ufw: str | None) -> None:
    for say, wanted in ((firewall_words.to_iptables, iptables), (firewall_words.to_ufw, ufw)):
        try:
            assert say(condition) == wanted
        except ValueError:
            assert wanted is None


def test_a_name_that_a_tool_would_take_for_something_else_is_refused() -> None:
    lab = LAB._replace(subnets=[("br+", "192.168.15.0/24", "192.168.15.5")], bridged=())
    with pytest.raises(InvalidArgument) as told:
        exceptions.wanted(lab, saved(*DOCKERS, chains=("DOCKER-USER",)), "auto")
    for text in ("masquerades[0]", "'br+' and 'eth0', which iptables reads as all links", "firewall_exceptions: none"):
        assert text in str(told.value)
    assert exceptions.wanted(lab, saved(*DOCKERS, chains=("DOCKER-USER",)), "none") == {}


@given(st.lists(st.text(max_size=8)))
def test_what_iptables_restore_reads_is_what_was_written(words: list[str]) -> None:
    assert firewall_words.split(firewall_words.join(words)) == words


@given(st.text(st.characters(exclude_characters="/: %", exclude_categories=["C", "Z"]), min_size=1, max_size=15))
def test_a_condition_is_met_by_its_link_alone(name: str) -> None:
    condition = firewall_words.exactly(name)
    assert firewall_words.one_of(condition, "") == name
    try:
        said = firewall_words.to_iptables(condition)
    except ValueError:
        return
    rules = saved(f"-A FORWARD -i {said} -j ACCEPT")
    for link in sorted({name, f"{name}x", name[:-1] or "x", f"{name[:-1]}x", "eth0"}):
        packet = Packet("forward", False, link, "eth1", "192.168.15.1", "198.51.100.1", "tcp")
        assert verdict(rules, packet) == (PASSES if link == name else DROPPED)


@pytest.mark.parametrize(
    ("chains", "who"),
    [(("DOCKER-USER",), "Docker"), (("ufw-before-forward",), "ufw"), (("LIBVIRT_FWO",), "libvirt"), ((), "iptables-nft")],
)  # fmt: skip
def test_whose_chain_it_is(chains: tuple[str, ...], who: str) -> None:
    firewalls = saved(chains=chains)
    assert owner(firewalls, firewalls.chains[1])[1] == who


def test_a_finding_has_who_what_and_how() -> None:
    found = {finding.path: finding for finding in firewall_paths.findings(LAB, saved())}
    out = found["reach the outside from 192.168.15.0/24"]
    assert out.source == "table filter of iptables-nft, chain FORWARD, policy DROP" and out.severity == "error"
    assert out.text().startswith(
        "v-net-0 cannot reach the outside from 192.168.15.0/24: iptables-nft drops its packets ("
    )
    assert "or set firewall_exceptions: iptables" in out.remedy
    assert "bridge-nf-call-iptables = 0" in found["pass packets between its namespaces (192.168.15.0/24)"].remedy
    assert "receive what is forwarded to 192.168.15.2 tcp/80" in found
