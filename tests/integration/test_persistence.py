# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab that its host builds at boot: with a real systemd on a throwaway host that reboots, and the program by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import ROOT
from .support.cycles import assert_nothing_to_do, converge, refused
from .support.dumps import assert_same
from .support.fabrics import INVENTORY, shell, tree, until
from .support.labs import absent, bridge_nat, star
from .support.network import ping
from .support.sandbox import Sandbox

PROGRAM = "/usr/local/sbin/netns-lab"
#: a service that needs the lab: it says at its start whether red reaches the bridge
DEPENDENT = """
[Unit]
Description=Needs the lab

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'getcap /usr/local/bin/capable >/root/capable'
ExecStart=/bin/sh -c 'ip netns exec red ping -c1 -W1 192.168.15.1; echo $? >>/root/answers'

[Install]
WantedBy=multi-user.target
"""
#: who reaches whom
PROOF = {
    "lab_hosts": "far",
    "lab_name": "star",
    "lab_expectations": [
        {"from": "red", "to": "192.168.15.3"},
        {"from": "blue", "to": "192.168.15.2"},
        {"from": "red", "to": "192.168.15.1"},
        {"from": "blue", "to": "192.168.15.1"},
        {"to": "192.168.15.2"},
        {"to": "192.168.15.3"},
        {"from": "red", "to": "192.168.15.1", "protocol": "tcp", "port": 80, "listen": {"netns": "blue", "port": 80}},
    ],
}
RULESET = "flush ruleset\nadd table inet others\n"
ROLE = """
- name: A lab, now and after every boot
  hosts: far
  gather_facts: false
  tasks:
    - name: The role
      ansible.builtin.include_role:
        name: netns.lab.bridge_nat
      vars:
        bridge_nat_name: star
        bridge_nat_subnet: 192.168.15.0/24
        bridge_nat_namespaces: [red, blue]
        bridge_nat_port_forwards: [{protocol: tcp, port: 80, to: blue}]
        bridge_nat_persistence: "{{ store | bool }}"
        bridge_nat_persistence_before: [dependent.service]
        bridge_nat_persistence_drift: report
"""
REBOOT = """
- name: A reboot
  hosts: far
  gather_facts: false
  tasks:
    - name: A service that needs the lab
      ansible.builtin.copy: {content: "{{ unit }}", dest: /etc/systemd/system/dependent.service, mode: "0644"}
    - name: Enabled
      ansible.builtin.command: systemctl enable dependent.service
    - name: A program with a capability
      ansible.builtin.command: cp /bin/true /usr/local/bin/capable
    - name: Its capability, kept granted
      netns.lab.file_capability_policy:
        files: [{path: /usr/local/bin/capable, capabilities: cap_net_raw=ep}]
    - name: A reboot
      ansible.builtin.reboot:
    - name: All of it is up
      ansible.builtin.command: systemctl is-system-running --wait
"""


def _files(sandbox: Sandbox, pid: int) -> str:
    """Every file below /etc and /usr/local with its mode and its sum; systemd keeps one time stamp of its own."""
    script = "find /etc /usr/local -type f -exec stat -c '%n %a %s' {} + -o -type l -print -o -type d -print | sort"
    return shell(sandbox, pid, script)


def _playbook(sandbox: Sandbox, text: str, *arguments: str, check: bool = True) -> Any:
    return sandbox.playbook(text, "-i", INVENTORY, *arguments, check=check)


@pytest.mark.root
def test_a_lab_is_back_after_a_reboot_before_what_needs_it(sandbox: Sandbox) -> None:
    folder, why = tree()
    if why:
        pytest.skip(why)
    entry = {"name": "far", "init": "systemd", "tree": str(folder)}
    (host,) = sandbox.apply("test_hosts", {"hosts": [entry]})["hosts"]
    shell(sandbox, host["pid"], "systemctl is-system-running --wait || true")
    before = _files(sandbox, host["pid"])
    first = _playbook(sandbox, ROLE, "-e", "store=true")
    assert len(first.changed) == 2
    assert _playbook(sandbox, ROLE, "-e", "store=true").changed == []
    assert "Before=dependent.service" in shell(sandbox, host["pid"], "systemctl cat netns-lab@star.service")
    assert shell(sandbox, host["pid"], "stat -c '%a %U' /etc/netns-lab/labs/star.json") == "600 root\n"
    _playbook(sandbox, REBOOT, "-e", json.dumps({"unit": DEPENDENT}))
    (host,) = sandbox.apply("test_hosts", {"hosts": [entry]})["hosts"]
    pid = host["pid"]
    assert shell(sandbox, pid, "cat /root/answers").split() == ["0"], "it was started before the lab"
    assert shell(sandbox, pid, "cat /root/capable").strip() == "/usr/local/bin/capable cap_net_raw=ep"
    assert shell(sandbox, pid, "systemctl is-active netns-lab@star.service netns-lab-drift@star.timer").split() == [
        "active", "active"]  # fmt: skip
    proof = sandbox.playbook(ROOT / "playbooks/verify.yml", "-i", INVENTORY, "-e", json.dumps(PROOF))
    assert "star on far: 7 of 7 as expected" in proof.output and "FAIL" not in proof.output
    assert _playbook(sandbox, ROLE, "-e", "store=true").changed == []
    # a firewall is reloaded, and restarted: each time it flushes all
    shell(sandbox, pid, f"printf '%s' '{RULESET}' >/etc/nftables.conf; systemctl start nftables")
    for verb in ("reload", "restart", "reload"):
        shell(sandbox, pid, f"systemctl {verb} nftables")
        until(lambda: "table inet netns_lab" in shell(sandbox, pid, "nft list tables"), f"the lab after a {verb}")
        until(lambda: "No jobs" in shell(sandbox, pid, "systemctl list-jobs"), "the end of that")
    # drift is reported by the timer's service, which fails
    shell(sandbox, pid, "ip -n red route del default; systemctl start netns-lab-drift@star.service || true")
    assert "default in red" in shell(sandbox, pid, "journalctl -u netns-lab-drift@star.service -o cat")
    assert shell(sandbox, pid, "systemctl is-failed netns-lab-drift@star.service || true") == "failed\n"
    assert shell(sandbox, pid, f"{PROGRAM} apply star") == "star  create  route  default in red  does not exist\n"
    # and taken back
    own = "systemctl disable --now nftables dependent; rm -f /etc/nftables.conf /etc/systemd/system/dependent.service"
    shell(sandbox, pid, f"{own} 2>&1; systemctl reset-failed")
    changed = _playbook(sandbox, ROLE, "-e", "store=false").changed
    assert "netns.lab.bridge_nat : Have the host build it at boot, or no longer" in changed
    after = _files(sandbox, pid)
    lost = set(before.splitlines()) ^ set(after.splitlines())
    assert {name for name in (line.split()[0] for line in lost) if "capab" not in name} <= {
        "/etc/netns-lab",
        "/etc/nftables.conf",
    }, lost
    sandbox.apply("test_hosts", {"state": "absent"})


# -- the program -------------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(host: Sandbox) -> Sandbox:
    """A host without an init of its own that has stored the lab of the seeds."""
    converge(
        host, "persistence", {"name": "star", "definition": {k: v for k, v in bridge_nat().items() if k != "name"}}
    )
    return host


def _exit(host: Sandbox, command: str) -> tuple[int, str]:
    done = host.run([PROGRAM, *command.split()], check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_program_builds_plans_tells_and_takes_away(stored: Sandbox) -> None:
    empty = stored.dump()
    assert _exit(stored, "plan")[0] == 2
    assert _exit(stored, "status") == (0, "star  stored  0 namespaces  15 steps from what is described\n")
    assert_same(empty, stored.dump())
    code, said = _exit(stored, "apply")
    assert code == 0 and "star  create  netns" in said
    assert ping(stored, "red", "192.168.15.2").answered
    assert _exit(stored, "plan star") == (0, "star  as described\n")
    assert _exit(stored, "status") == (0, "star  stored  2 namespaces  as described\n")
    assert json.loads(_exit(stored, "plan --json")[1]) == {"star": {"plan": [], "warnings": []}}
    assert_nothing_to_do(stored, "topology", bridge_nat())
    assert _exit(stored, "down star")[0] == 0
    assert_same(empty, stored.dump())
    assert _exit(stored, "plan other")[0] == 1 and "Stored here: star" in _exit(stored, "plan other")[1]
    stored.sh("ip link add v-net-0 type ifb")
    code, said = _exit(stored, "apply")
    assert code == 1 and "v-net-0" in said and "Traceback" not in said


def test_what_is_stored_is_what_was_built(host: Sandbox) -> None:
    refused(host, "persistence", {"name": "star"}, "InvalidArgument", "definition", "Labs here: none")
    host.apply("topology", star(masquerades=[{"source": "192.168.15.0/24"}]))
    host.apply("persistence", {"name": "star"})
    host.apply("topology", absent(star()))
    assert host.run([PROGRAM, "apply", "star"]).returncode == 0
    assert_nothing_to_do(host, "topology", star(masquerades=[{"source": "192.168.15.0/24"}]))


def test_the_program_goes_with_the_last_lab(host: Sandbox) -> None:
    before = host.sh("find /etc /usr/local | sort")
    for name in ("one", "two"):
        host.apply("persistence", {"name": name, "definition": {"namespaces": [{"name": name}]}})
    converge(host, "persistence", {"name": "one", "state": "absent"})
    assert _exit(host, "plan two")[0] == 2
    converge(host, "persistence", {"name": "two", "state": "absent"})
    assert host.sh("find /etc /usr/local | sort") == before


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"before": ["mysql"]}, ("before[0]", "mysql")),
        ({"drift_interval": "soon"}, ("drift_interval", "soon")),
        ({"definition": {"bridge": []}}, ("definition.bridge", "bridges")),
        ({"definition": {"namespaces": [{"name": "a b"}]}}, ("namespaces[0].name",)),
        ({"name": "../x"}, ("name",)),
    ],
)
def test_bad_options_are_named(spared: Sandbox, args: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(spared, "persistence", {"definition": {"namespaces": [{"name": "red"}]}, **args}, "InvalidArgument", *words)
