# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules that others made, with all that ip-rule(8) can say: seen, never doubled or lost, put back in place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.dumps import assert_same
from ..support.labs import absent
from ..support.sandbox import Sandbox

#: what is wanted at every priority here
WANTED = {"from": "10.0.0.0/8", "table": "100"}
#: rules that are not the one wanted, though most have its prefix and its table
FOREIGN = [
    "not from 10.0.0.0/8 table 100",
    "from 10.0.0.0/8 oif lo table 100",
    "from 10.0.0.0/8 ipproto udp table 100",
    "from 10.0.0.0/8 ipproto tcp sport 80 table 100",
    "from 10.0.0.0/8 ipproto tcp dport 80-90 table 100",
    "from 10.0.0.0/8 tos 0x10 table 100",
    "from 10.0.0.0/8 uidrange 0-99 table 100",
    "from 10.0.0.0/8 table 100 suppress_prefixlength 0",
    "from 10.0.0.0/8 table 100 suppress_ifgroup 7",
    "from 10.0.0.0/8 table 100 realms 3/7",
    "from 10.0.0.0/8 tun_id 77 table 100",
    "from 10.0.0.0/8 goto 30000",
    "from 10.0.0.0/8 prohibit",
    "from 10.0.0.0/8 blackhole",
    "from 10.0.0.0/8 unreachable",
    "from 10.0.0.0/8 nop",
    "from 10.1.2.3/8 table 100",
    "from 10.0.0.0/8 fwmark 0x1/0xf0 iif gone table 70000 protocol 77",
    "not fwmark 51820 table 51820",
    "l3mdev",
]
#: in the sandbox: run the single module for each entry, then undo it as a host does that nobody confirms
TAKEN_BACK = """
import json, sys
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import run, undo
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.record import Record
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import single_request, topology_request
from ansible_collections.netns.lab.plugins.module_utils._engine.rollback import rollback
from ansible_collections.netns.lab.plugins.module_utils._kernel.host import LocalHost
for entry in json.loads(sys.stdin.read()):
    host = LocalHost()
    asked = single_request("rules", entry) if "priority" in entry else topology_request(entry)
    with host.locked(False):
        before = next((record for record in host.records() if record.lab == asked.lab), Record(asked.lab))
    steps = run.run(asked, host, False).steps
    assert steps, entry
    text = json.dumps(undo.Undo(asked.lab, 1, None, steps, before).as_dict())
    with host.locked(True):
        left = rollback.take_back(host, undo.Undo.from_dict(json.loads(text)))
    assert left == [], (entry, left)
"""


def _rules(sandbox: Sandbox, netns: str = "") -> list[dict[str, Any]]:
    """All rules of both families, in the kernel's order, with what only ``-d`` tells."""
    return [rule for family in ("-4", "-6") for rule in sandbox.ip(f"-d {family} rule", netns)]


def _take_back(sandbox: Sandbox, entries: list[dict[str, Any]]) -> None:
    sandbox.run([sandbox.python, "-c", TAKEN_BACK], stdin=json.dumps(entries))


def test_what_a_rule_has_beyond_the_model_makes_it_another_one(sandbox: Sandbox) -> None:
    priorities = list(range(100, 100 + len(FOREIGN)))
    sandbox.sh("".join(f"ip rule add pref {n} {rule}\n" for n, rule in zip(priorities, FOREIGN, strict=True)))
    before = _rules(sandbox)
    lab = {"name": "lab", "rules": [{"priority": n, **WANTED} for n in priorities]}
    for number in (0, 11, 18):
        one = {"name": "lab", "rules": [lab["rules"][number]]}
        refused(sandbox, "topology", one, "Conflict", "rules[0]", f"rule {priorities[number]}", "another priority")
    refused(sandbox, "topology", lab, "Conflict", "not from 10.0.0.0/8 lookup 100")
    _take_back(sandbox, lab["rules"])
    assert _rules(sandbox) == before
    _take_back(sandbox, [{"priority": n, "state": "absent"} for n in priorities])
    assert _rules(sandbox) == before
    done = converge(sandbox, "netns_rule", lab["rules"][0])
    assert "not from 10.0.0.0/8 lookup 100" in str(done["plan"]) + done["diff"]["before"]
    (now,) = (rule for rule in _rules(sandbox) if rule["priority"] == 100)
    assert (now["src"], now.get("not"), now["table"]) == ("10.0.0.0", None, "100")
    sandbox.apply("netns_rule", {**lab["rules"][0], "state": "absent"})
    assert _rules(sandbox) == [rule for rule in before if rule["priority"] != 100]


MANY = """
for rule in "from 10.0.0.0/8 iif lo table 100" "from 11.0.0.0/8 table 101" "not from 10.0.0.0/8 table 100" \
    "from 10.0.0.0/8 table 100" "from 12.0.0.0/8 goto 300" "from 11.0.0.0/8 table 101 protocol 9"; do
    ip rule add pref 100 $rule 2>/dev/null || true
done
ip rule add pref 100 from 13.0.0.0/8 table 103
ip rule add pref 300 nop
"""


def test_rules_of_one_priority_keep_their_places(sandbox: Sandbox) -> None:
    sandbox.sh(MANY)
    before = _rules(sandbox)
    assert len([rule for rule in before if rule["priority"] == 100]) >= 4
    for wanted in ("11.0.0.0/8", "13.0.0.0/8"):
        table = f"10{wanted[1]}"
        assert_nothing_to_do(sandbox, "netns_rule", {"priority": 100, "from": wanted, "table": table})
    refused(sandbox, "netns_rule", {"priority": 100, "from": "14.0.0.0/8", "table": "9"}, "Conflict", "from 11.0.0.0/8")
    lab = {"name": "lab", "rules": [{"priority": 100, "from": "14.0.0.0/8", "table": "9"}]}
    refused(sandbox, "topology", lab, "Conflict", "rules[0]", "from 13.0.0.0/8 lookup 103", "priority")
    _take_back(sandbox, [{"priority": 100, "state": "absent"}])
    assert _rules(sandbox) == before
    gone = converge(sandbox, "netns_rule", {"priority": 100, "state": "absent"})
    assert len(gone["plan"]) >= 4
    assert [rule for rule in _rules(sandbox) if rule["priority"] == 100] == []


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_lab_changes_and_removes_its_own_rule_among_others(sandbox: Sandbox, family: str) -> None:
    """Others put theirs beside the lab's, before it and behind it; none of them moves."""
    flag, one, two = ("-4", "10.0.0.0/8", "11.0.0.0/8") if family == "ipv4" else ("-6", "fd01::/16", "fd02::/16")
    rule = {"priority": 100, "family": family, "from": one, "table": "100"}
    sandbox.apply("topology", {"name": "lab", "rules": [rule]})
    (ours,) = (each for each in _rules(sandbox) if each["priority"] == 100)
    assert ours["protocol"] == "110"
    sandbox.sh(f"""
        ip {flag} rule add pref 100 from {one} iif lo table 100
        ip {flag} rule add pref 100 from {two} prohibit
        ip {flag} rule del pref 100 from {one} table 100 protocol 110
        ip {flag} rule add pref 100 from {one} table 100 protocol 110
        ip {flag} rule add pref 100 not from {two} table 7
    """)
    before = _rules(sandbox)
    assert_nothing_to_do(sandbox, "topology", {"name": "lab", "rules": [rule]})
    converge(sandbox, "topology", {"name": "lab", "rules": [{**rule, "table": "200"}]})
    changed = [{**each, "table": "200"} if each.get("protocol") == "110" else each for each in before]
    assert _rules(sandbox) == changed
    refused(sandbox, "topology", {"name": "other", "rules": [rule]}, "Conflict", "lookup 200")
    sandbox.apply("topology", {"name": "lab", "rules": [rule]})
    sandbox.apply("topology", absent({"name": "lab"}))
    assert _rules(sandbox) == [each for each in before if each.get("protocol") != "110"]


def test_a_rule_that_somebody_put_in_the_place_of_ours_is_his(sandbox: Sandbox) -> None:
    rule = {"priority": 100, "from": "10.0.0.0/8", "table": "100"}
    lab = {"name": "lab", "rules": [rule]}
    sandbox.apply("topology", lab)
    sandbox.sh("ip rule del pref 100; ip rule add pref 100 from 10.0.0.0/8 blackhole")
    before = _rules(sandbox)
    refused(sandbox, "topology", lab, "Conflict", "from 10.0.0.0/8 blackhole")
    dump = sandbox.dump()
    assert sandbox.apply("topology", absent(lab))["plan"] == []
    assert _rules(sandbox) == before
    assert dump["rule"] == sandbox.dump()["rule"]


def test_rules_of_others_come_back_with_a_namespace_whose_removal_is_undone(sandbox: Sandbox) -> None:
    lab = {"name": "lab", "namespaces": [{"name": "red"}]}
    sandbox.apply("topology", lab)
    sandbox.sh("""
        ip -n red rule add pref 100 not from 10.0.0.0/8 table 100
        ip -n red rule add pref 100 from 11.0.0.0/8 prohibit
        ip -n red -6 rule add pref 7 oif lo table 9
        ip -n red rule add pref 0 from 12.0.0.0/8 table 12
        ip -n red rule del pref 32767
    """)
    before = [rule for rule in _rules(sandbox, "red") if rule["priority"] != 32767]
    _take_back(sandbox, [absent(lab)])
    assert [rule for rule in _rules(sandbox, "red") if rule["priority"] != 32767] == before
    assert_nothing_to_do(sandbox, "topology", lab)


def test_adopt_marks_a_rule_in_its_place(sandbox: Sandbox) -> None:
    sandbox.sh("ip rule add pref 100 from 10.0.0.0/8 table 100; ip rule add pref 100 from 11.0.0.0/8 table 100")
    before = sandbox.dump()
    lab = {"name": "lab", "rules": [{"priority": 100, "from": "10.0.0.0/8", "table": "100"}]}
    converge(sandbox, "topology", {**lab, "adopt": True})
    ours, other = (rule for rule in _rules(sandbox) if rule["priority"] == 100)
    assert (ours["src"], ours["protocol"], other["src"]) == ("10.0.0.0", "110", "11.0.0.0")
    assert_nothing_to_do(sandbox, "topology", lab)
    sandbox.apply("topology", absent(lab))
    sandbox.sh("ip rule del pref 100; ip rule add pref 100 from 10.0.0.0/8 table 100")
    sandbox.sh("ip rule add pref 100 from 11.0.0.0/8 table 100")
    assert_same(before, sandbox.dump())
