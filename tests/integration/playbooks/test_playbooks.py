# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks and the role by ansible-playbook: each ready lab, check mode, tags, switching, proof, teardown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from ..conftest import ROOT
from ..support.dumps import assert_same
from ..support.labs import veth_pair
from ..support.network import OUTSIDE, Outside, ping
from ..support.sandbox import PlaybookRun, Sandbox

PLAYBOOKS = ROOT / "playbooks"
BUILD = {"Build the lab of lab_topology", "netns.lab.bridge_nat : Build or remove the lab"}
Facts = dict[str, set[str]]

#: what ip and nft must say of each lab, beside what the host had before
FACTS: dict[str, Facts] = {
    "veth_pair": {
        "namespaces": {"red", "blue"},
        "links": {"red: veth-red up", "blue: veth-blue up"},
        "addresses": {
            "red: veth-red 192.168.15.1/24 brd 192.168.15.255",
            "blue: veth-blue 192.168.15.2/24 brd 192.168.15.255",
        },
        "gateways": set(),
        "nat": set(),
        "forwarding": {"0"},
    },
    "bridge_nat": {
        "namespaces": {"red", "blue"},
        "links": {
            "host: v-net-0 up",
            "host: veth-red-br up on v-net-0",
            "host: veth-blue-br up on v-net-0",
            "red: veth-red up",
            "blue: veth-blue up",
        },
        "addresses": {
            "host: v-net-0 192.168.15.5/24 brd 192.168.15.255",
            "red: veth-red 192.168.15.1/24 brd 192.168.15.255",
            "blue: veth-blue 192.168.15.2/24 brd 192.168.15.255",
        },
        "gateways": {"blue: default via 192.168.15.5", "blue: 192.168.1.0/24 via 192.168.15.5"},
        "nat": {"masquerade 192.168.15.0/24", "tcp 80 to 192.168.15.2 80"},
        "forwarding": {"1"},
    },
    "mysql_red_blue": {
        "namespaces": {"red", "blue"},
        "links": {"host: veth-red up", "host: veth-blue up", "red: vpeer-red up", "blue: vpeer-blue up"},
        "addresses": {
            "host: veth-red 192.0.2.1/24 brd 192.0.2.255",
            "host: veth-blue 198.51.100.1/24 brd 198.51.100.255",
            "red: vpeer-red 192.0.2.2/24 brd 192.0.2.255",
            "blue: vpeer-blue 198.51.100.2/24 brd 198.51.100.255",
        },
        "gateways": {"red: default via 192.0.2.1", "blue: default via 198.51.100.1"},
        "nat": set(),
        "forwarding": {"1"},
    },
    "bridge": {
        "namespaces": {"namespace1", "namespace2"},
        "links": {
            "host: br1 up",
            "host: br-veth1 up on br1",
            "host: br-veth2 up on br1",
            "namespace1: veth1 up",
            "namespace2: veth2 up",
        },
        "addresses": {
            "host: br1 192.168.1.10/24 brd 192.168.1.255",
            "namespace1: veth1 192.168.1.11/24 brd 192.168.1.255",
            "namespace2: veth2 192.168.1.12/24 brd 192.168.1.255",
        },
        "gateways": {"namespace1: default via 192.168.1.10", "namespace2: default via 192.168.1.10"},
        "nat": {"masquerade 192.168.1.0/24"},
        "forwarding": {"1"},
    },
}


def _play(sandbox: Sandbox, playbook: str, *arguments: str, check: bool = True) -> PlaybookRun:
    """Run a playbook of the collection with its own inventory; pictures go to the test's folder."""
    inventory = str(PLAYBOOKS / "inventory/hosts.yml")
    extra = ("-i", inventory, "-e", f"lab_svg_dir={sandbox.scratch}/pictures", *arguments)
    return sandbox.playbook(PLAYBOOKS / f"{playbook}.yml", *extra, check=check)


def _lab(name: str) -> tuple[str, str]:
    return "-e", f"@{PLAYBOOKS}/labs/{name}.yml"


def _pictures(sandbox: Sandbox) -> list[Path]:
    return sorted((sandbox.scratch / "pictures").glob("*"))


def _changed(run: PlaybookRun) -> int:
    """The count of ``changed=`` in the recap, which must be that of the tasks."""
    (count,) = re.findall(r"^localhost .* changed=(\d+) ", run.output, re.MULTILINE)
    assert int(count) == len(run.changed), run.output
    return int(count)


def _results(run: PlaybookRun, *names: str) -> list[dict[str, Any]]:
    """What the tasks of these names returned, without those that were skipped."""
    return [task["result"] for task in run.tasks if task["task"] in names and task["ended"] != "skipped"]


def _ran(run: PlaybookRun) -> set[str]:
    return {task["task"] for task in run.tasks if task["ended"] != "skipped"}


def _facts(sandbox: Sandbox) -> Facts:
    """What ip and nft say of a lab on the host and in every namespace; of the host's lo and eth0 nothing."""
    names = sandbox.namespaces()
    facts: Facts = {"namespaces": names, "links": set(), "addresses": set(), "gateways": set(), "nat": set()}
    for netns in ("", *names):
        where = netns or "host"
        for link in sandbox.ip("-4 address", netns) + [{**item, "addr_info": []} for item in sandbox.ip("link", netns)]:
            if link["ifname"] in {"lo", "eth0"}:
                continue
            for info in link["addr_info"]:
                text = f"{info['local']}/{info['prefixlen']} brd {info.get('broadcast')}"
                facts["addresses"].add(f"{where}: {link['ifname']} {text}")
            state = "up" if "UP" in link["flags"] else "down"
            master = f" on {link['master']}" if "master" in link else ""
            facts["links"].add(f"{where}: {link['ifname']} {state}{master}")
        for route in sandbox.ip("-4 route", netns):
            if "gateway" in route and route["dev"] != "eth0":
                facts["gateways"].add(f"{where}: {route['dst']} via {route['gateway']}")
    facts["nat"] = _nat(sandbox)
    facts["forwarding"] = {sandbox.sysctl("net.ipv4.ip_forward")}
    return facts


def _nat(sandbox: Sandbox) -> set[str]:
    """The sources that nft's rules masquerade, and the ports that its maps hand on."""
    found = set()
    for item in sandbox.nft():
        expressions = item.get("rule", {}).get("expr", [])
        if {"masquerade": None} in expressions:
            for match in (part["match"] for part in expressions if "match" in part):
                if match["left"].get("payload", {}).get("field") == "saddr":
                    found.add("masquerade {addr}/{len}".format(**match["right"]["prefix"]))
        for key, value in item.get("map", {}).get("elem", []):
            found.add(" ".join(map(str, [*key["concat"], "to", *value["concat"]])))
    return found


def _assert_proved(run: PlaybookRun, expectations: list[dict[str, Any]]) -> None:
    """Every expectation of a file was probed, in its order, and came out as the file says."""
    (proof,) = _results(run, "Send packets")
    wanted = [(item.get("protocol", "icmp"), item.get("expect", "reachable")) for item in expectations]
    assert wanted
    assert [(row["protocol"], row["result"]) for row in proof["matrix"]] == wanted, run.output
    assert proof["passed"] == len(wanted)
    assert f"lab on localhost: {len(wanted)} of {len(wanted)} as expected" in run.output


@pytest.mark.parametrize("lab", FACTS)
def test_a_ready_lab_is_built_and_proved_and_leaves_no_trace(sandbox: Sandbox, lab: str) -> None:
    definition = yaml.safe_load((PLAYBOOKS / f"labs/{lab}.yml").read_text(encoding="utf-8"))
    Outside(sandbox, *(("10.0.2.15", "10.0.2.2") if lab == "bridge" else ()))
    sandbox.sh("ip address add 203.0.113.10/32 dev lo", OUTSIDE)
    before = sandbox.dump()

    first = _play(sandbox, "site", *_lab(lab))
    assert _changed(first) == 2
    assert set(first.changed) - BUILD == {"Draw the picture"}
    assert _facts(sandbox) == FACTS[lab]
    _assert_proved(first, definition["lab_expectations"])

    # a second run, which proves what needs the outside; a lab names that as a namespace of the host
    sandbox.sh("touch /run/netns/outside; mount --bind /run/.sandbox/outside /run/netns/outside")
    outside = {"lab_expectations": "{{ lab_outside_expectations }}"}
    second = _play(sandbox, "site", *_lab(lab), "-e", json.dumps(outside))
    assert _changed(second) == 0, second.changed
    (built,) = _results(second, *BUILD)
    assert built["plan"] == []
    _assert_proved(second, definition["lab_outside_expectations"])
    sandbox.sh("umount /run/netns/outside; rm /run/netns/outside")

    sandbox.apply("topology", {"name": "lab", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_the_ready_labs_are_all_tested() -> None:
    assert {path.stem for path in (PLAYBOOKS / "labs").glob("*.yml")} == set(FACTS)


def test_one_lab_becomes_another_and_is_removed(sandbox: Sandbox, outside: Outside) -> None:
    before = sandbox.dump()
    for lab, tags in (("bridge_nat", "lab"), ("veth_pair", "lab,verify")):
        run = _play(sandbox, "site", *_lab(lab), "--tags", tags)
        assert _changed(run) == 1
        assert _facts(sandbox) == FACTS[lab]
    (built,) = _results(run, *BUILD)
    removed = {step["object"] for step in built["plan"] if step["action"] == "delete"}
    assert {"v-net-0", "192.168.15.0/24", "tcp/80"} <= removed, built["plan"]
    assert _results(run, "Send packets")
    gone = _play(sandbox, "teardown")
    assert _changed(gone) == 1
    assert re.search(r"^lab on localhost is removed: \d+ steps\.$", gone.output, re.MULTILINE), gone.output
    assert_same(before, sandbox.dump())


def test_check_predicts_and_each_tag_does_its_part(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    checked = _play(sandbox, "site", "--check", "--diff")
    assert_same(before, sandbox.dump())
    assert _pictures(sandbox) == []
    assert _results(checked, "Send packets") == []
    assert "lab on localhost: not verified (check mode" in checked.output
    assert "lab on localhost, as it would be: 2 namespaces, 1 bridge, 2 veth pairs" in checked.output
    (foreseen,) = _results(checked, *BUILD)
    assert foreseen["changed"] is True and foreseen["plan"]

    # what a person reads: a line for each object, and no dumps
    lines = re.search(r"^--- before\n\+\+\+ after\n@@.*@@\n((?:[-+ ].*\n)+)", checked.output, re.MULTILINE)
    assert lines, checked.output
    shown = lines[1].splitlines()
    for text in ("-sysctl net.ipv4.ip_forward", "+netns red", "+bridge v-net-0", "+address 192.168.15.2/24 dev blue/"):
        assert any(line.startswith(text) for line in shown), (text, shown)
    for line in shown:
        assert not set("{}[]\\\"'") & set(line) and len(line) <= 120, line

    built = _play(sandbox, "site", "--tags", "lab")
    (real,) = _results(built, *BUILD)
    assert real["plan"] == foreseen["plan"]
    assert _changed(built) == 1
    assert not _ran(built) & {"Read the lab", "Draw the picture", "Show the lab", "Send packets"}
    assert _pictures(sandbox) == []
    assert _facts(sandbox) == FACTS["bridge_nat"]

    stands = sandbox.dump()
    drawn = _play(sandbox, "site", "--tags", "draw")
    assert drawn.changed == ["Draw the picture"]
    assert _ran(drawn) & {*BUILD, "Send packets", "Fail if pairs differ"} == set()
    assert "┌─ red ─" in drawn.output
    (picture,) = _pictures(sandbox)
    assert f"Picture: {picture}" in drawn.output
    svg = ET.parse(picture).getroot()
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    words = {
        word for element in svg.iter("{http://www.w3.org/2000/svg}text") for word in "".join(element.itertext()).split()
    }
    assert {"red", "blue", "v-net-0", "192.168.15.1/24", "192.168.15.2/24"} <= words

    picture.unlink()
    verified = _play(sandbox, "site", "--tags", "verify")
    assert _changed(verified) == 0
    assert _ran(verified) & {*BUILD, "Draw the picture", "Show the lab"} == set()
    assert "lab on localhost: 9 of 9 as expected" in verified.output
    assert _pictures(sandbox) == []
    assert_same(stands, sandbox.dump())


def test_verify_names_the_pair_that_lost_its_link(sandbox: Sandbox) -> None:
    nothing = _play(sandbox, "verify", check=False)
    assert nothing.code != 0
    assert "lab on localhost: there is no such lab." in nothing.output

    sandbox.apply("topology", veth_pair(name="lab"))
    stands = sandbox.dump()
    mesh = _play(sandbox, "verify", "-e", json.dumps({"lab_topology": {}}))
    (proof,) = _results(mesh, "Send packets")
    assert proof["mesh"] == {"red": {"blue": "reachable"}, "blue": {"red": "reachable"}}
    assert "lab on localhost: 2 of 2 as expected" in mesh.output
    assert _changed(mesh) == 0
    assert_same(stands, sandbox.dump())

    sandbox.sh("ip link set veth-blue down", "blue")
    failed = _play(sandbox, "verify", *_lab("veth_pair"), check=False)
    assert failed.code != 0
    held = [task["ended"] for task in failed.tasks if task["task"] == "Fail if pairs differ"]
    assert held == ["failed"]
    (proof,) = _results(failed, "Send packets")
    differing = ["red -> 192.168.15.2", "blue -> 192.168.15.1"]
    assert [" ".join(line.split()[:3]) for line in proof["differences"]] == differing
    assert re.search(r"^FAIL +red +192\.168\.15\.2 +icmp +unreachable", failed.output, re.MULTILINE), failed.output
    assert "lab on localhost: 2 are not as expected" in failed.output


ROLE = """
- name: The role
  hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: netns.lab.bridge_nat}
      vars: {bridge_nat_subnet: 192.168.15.0/24, bridge_nat_namespaces: [red, blue]}
      loop: [once, again]
    - ansible.builtin.include_role: {name: netns.lab.bridge_nat}
      vars:
        bridge_nat_name: six
        bridge_nat_bridge: v-net-6
        bridge_nat_subnet: fd00:15::/64
        bridge_nat_namespaces: [green, grey]
      loop: [once, again]
    - name: Prove it
      netns.lab.reachability:
        expectations:
          - {from: red, to: 192.168.15.3}
          - {from: green, to: "fd00:15::3"}
          - {from: blue, to: 8.8.8.8}
          - {from: grey, to: "2001:db8:1::3"}
"""
ROLE_ABSENT = """
- name: The role, absent
  hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: netns.lab.bridge_nat}
      vars: {bridge_nat_name: six, bridge_nat_state: absent}
    - name: Left
      ansible.builtin.command: {argv: [ip, netns]}
      changed_when: false
    - ansible.builtin.include_role: {name: netns.lab.bridge_nat}
      vars: {bridge_nat_state: absent}
      loop: [once, again]
"""


def test_role_bridge_nat_by_a_subnet_and_names(sandbox: Sandbox) -> None:
    Outside(sandbox, ipv6=True)
    before = sandbox.dump()
    built = sandbox.playbook(ROLE)
    assert [result["changed"] for result in _results(built, *BUILD)] == [True, False, True, False]
    assert sandbox.namespaces() == {"red", "blue", "green", "grey"}
    assert {dev: sandbox.addresses(dev) for dev in ("v-net-0", "v-net-6")} == {
        "v-net-0": ["192.168.15.1/24"],
        "v-net-6": ["fd00:15::1/64"],
    }
    given = {"red": "192.168.15.2/24", "blue": "192.168.15.3/24", "green": "fd00:15::2/64", "grey": "fd00:15::3/64"}
    for netns, address in given.items():
        assert sandbox.addresses(f"veth-{netns}", netns) == [address]
        family, gateway = ("-6", "fd00:15::1") if ":" in address else ("-4", "192.168.15.1")
        assert [route.get("gateway") for route in sandbox.ip(f"{family} route show default", netns)] == [gateway]
    assert _nat(sandbox) == {"masquerade 192.168.15.0/24", "masquerade fd00:15::/64"}
    assert sandbox.sysctl("net.ipv4.ip_forward") == sandbox.sysctl("net.ipv6.conf.all.forwarding") == "1"
    for netns, to in (
        ("red", "192.168.15.3"), ("green", "fd00:15::3"), ("blue", "8.8.8.8"), ("grey", "2001:db8:1::3"),
    ):  # fmt: skip
        assert ping(sandbox, netns, to).answered, (netns, to)

    gone = sandbox.playbook(ROLE_ABSENT)
    assert [result["changed"] for result in _results(gone, *BUILD)] == [True, True, False]
    (left,) = _results(gone, "Left")
    assert {line.split()[0] for line in left["stdout_lines"]} == {"red", "blue"}
    assert_same(before, sandbox.dump())


GROUP = """
- name: Defaults
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/netns.lab.lab: {lock_timeout: 33, allow_overlap: true, allow_management: true}
  tasks:
    - netns.lab.topology: {name: a, namespaces: [red, blue], bridges: [br0]}
    - netns.lab.netns: {name: pink}
    - netns.lab.bridge: {name: br1}
    - netns.lab.veth: {name: eth0, netns: pink, peer: vp}
    - netns.lab.bridge_port: {dev: vp, bridge: br1}
    - netns.lab.netns_address: {netns: pink, dev: eth0, address: 10.9.0.1/24}
    - netns.lab.netns_route: {netns: pink, dst: default, gateway: 10.9.0.2}
    - netns.lab.netns_sysctl: {name: net.ipv4.ip_forward, value: 1}
    - netns.lab.vxlan: {name: vx9, id: 9, local: 192.0.2.1, state: absent}
    - netns.lab.link: {name: dm9, kind: dummy, state: absent}
    - netns.lab.netns_rule: {priority: 9, state: absent}
    - netns.lab.nat_masquerade: {source: 10.9.0.0/24, state: absent}
    - netns.lab.port_forward: {protocol: tcp, port: 80, state: absent}
    - netns.lab.persistence: {name: a, state: absent}
    - netns.lab.topology_info: {}
    - netns.lab.doctor: {}
    - netns.lab.reachability: {mesh: a, expectations: [{from: red, to: blue, expect: unreachable}]}
      ignore_errors: true
"""


def test_defaults_of_the_group_reach_each_member_and_no_other(sandbox: Sandbox) -> None:
    run = sandbox.playbook(GROUP)
    members = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]["lab"]
    told = {task["task"].rpartition(".")[2]: task["result"] for task in run.tasks}
    assert set(members) <= set(told)
    for name, result in told.items():
        given = result["invocation"]["module_args"]
        assert (given.get("lock_timeout"), given.get("allow_overlap"), given.get("allow_management")) == (
            (33, True, True) if name in members else (None, None, None)
        ), name
        assert "Unsupported parameters" not in str(result.get("msg")), name
    assert sandbox.namespaces() == {"red", "blue", "pink"}
    port = sandbox.link("vp")
    assert port and port["master"] == "br1" and sandbox.link("br0")


WRONG_ROLE = """
- name: A subnet that is none
  hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.import_role: {name: netns.lab.bridge_nat}
      vars: {bridge_nat_subnet: 10.0.0.0/33, bridge_nat_namespaces: [red]}
"""


def test_what_cannot_be_a_lab_is_told_by_the_role_in_one_sentence(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    run = sandbox.playbook(WRONG_ROLE, check=False)
    (told,) = (task["result"]["msg"] for task in run.tasks if task["ended"] == "failed")
    assert told.startswith("bridge_nat_subnet: expected") and "'10.0.0.0/33'" in told, told
    assert "filter" not in run.output and "Traceback" not in run.output
    assert_same(before, sandbox.dump())


#: an inventory that says all that the playbooks have a default for, and not what the lab is
SAID = {
    "bridge_nat_name": "web",
    "bridge_nat_lock_timeout": 7,
    "bridge_nat_firewall_exceptions": "none",
    "bridge_nat_allow_overlap": True,
    "bridge_nat_bridge": "br-web",
    "bridge_nat_port_forwards": [],
    "lab_adopt": True,
    "lab_expectations": [{"from": "red", "to": "192.168.15.2"}],
}


def _said(run: PlaybookRun) -> dict[str, Any]:
    """The options that the module which builds the lab was given."""
    (built,) = _results(run, *BUILD)
    return dict(built["invocation"]["module_args"])


def test_the_inventory_goes_before_what_the_playbooks_have_by_default(sandbox: Sandbox) -> None:
    inventory = sandbox.scratch / "said.yml"
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sandbox.python}
    inventory.write_text(json.dumps({"all": {"hosts": {"localhost": variables}, "vars": SAID}}), encoding="utf-8")
    where = ("-i", str(inventory))
    before = sandbox.dump()
    built = _play(sandbox, "site", *where, "--tags", "lab,verify")
    said = _said(built)
    assert {name: said[name] for name in ("name", "lock_timeout", "firewall_exceptions", "allow_overlap", "adopt")} == {
        "name": "web", "lock_timeout": 7, "firewall_exceptions": "none", "allow_overlap": True, "adopt": True,
    }  # fmt: skip
    assert sandbox.link("br-web") and not sandbox.link("v-net-0")
    assert _nat(sandbox) == {"masquerade 192.168.15.0/24"}
    assert "web on localhost: 1 of 1 as expected" in built.output
    assert "web on localhost: 1 of 1 as expected" in _play(sandbox, "verify", *where).output
    assert "1 of 1 hosts as described" in _play(sandbox, "drift", *where).output

    both = _play(sandbox, "teardown", *where, "-e", "lab_name=other", check=False)
    assert both.code != 0 and "lab_name is other and bridge_nat_name is web" in both.output
    app = {"bridge_nat_name": "app", "bridge_nat_subnet": "10.9.0.0/24", "bridge_nat_bridge": "br-app"}
    extra = json.dumps({**app, "bridge_nat_namespaces": ["app"]})
    named = _play(sandbox, "site", *where, "-e", extra, "--check", "--tags", "lab")
    assert _said(named)["name"] == "app"
    gone = _play(sandbox, "teardown", *where)
    assert "web on localhost is removed" in gone.output
    assert [result["invocation"]["module_args"]["lock_timeout"] for result in _results(gone, "Remove the lab")] == [7]
    assert_same(before, sandbox.dump())


def test_a_lab_of_a_file_is_built_as_it_is(sandbox: Sandbox) -> None:
    """What would be a template in a variable is a wrong name in a file."""
    file = sandbox.scratch / "lab.yml"
    file.write_text("namespaces: [red]\nsysctls:\n- {netns: red, name: net.ipv4.ip_default_ttl, value: 63}\n")
    arguments = "--tags", "lab", "-e", f"lab_src={file}"
    assert _changed(_play(sandbox, "site", *arguments)) == 1
    assert sandbox.sh("ip netns exec red cat /proc/sys/net/ipv4/ip_default_ttl").strip() == "63"
    file.write_text("namespaces: [red, '{{ lab_name }}']\n")
    wrong = _play(sandbox, "site", *arguments, check=False)
    assert wrong.code != 0 and "{{ lab_name }}" in wrong.output
