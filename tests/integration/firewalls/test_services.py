# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs beside firewalls that are services of a throwaway host: a role over ssh, systemd's units, packets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..support.firewalls import DOCKER, DOCKER_28, OPEN, open_paths, rules_of_others, settings, warnings
from ..support.guests import NEIGHBOUR, Guest, firewalls_tree
from ..support.host_groups import INVENTORY, ROOT, until
from ..support.sandbox import Sandbox

#: their Debian tree alone takes more than a minute to make: the ordinary run has test_firewalls
pytestmark = [pytest.mark.root, pytest.mark.soak]

ROLE = """
- name: A lab
  hosts: far
  gather_facts: false
  tasks:
    - name: The role
      ansible.builtin.include_role:
        name: netns.lab.bridge_nat
      vars:
        bridge_nat_name: star
        bridge_nat_subnet: 192.168.15.0/24
        bridge_nat_gateway: 192.168.15.5
        bridge_nat_namespaces: [red, blue]
        bridge_nat_port_forwards: [{protocol: tcp, port: 80, to: blue}]
"""
UFW = "ufw allow 22/tcp; sed -i s/ENABLED=no/ENABLED=yes/ /etc/ufw/ufw.conf; systemctl enable --now ufw"
#: how its administrator has each started at boot, and what tells that it was; nftables with the ruleset of Debian
ENABLED = {
    "firewalld": ("systemctl enable --now firewalld; firewall-cmd --state", "table inet firewalld"),
    "ufw": (UFW, ":ufw-user-forward"),
    "nftables": ("systemctl enable --now nftables", "table inet filter"),
}
#: has the next start of firewalld wait for a word in /run/hold: it runs ebtables before it makes its rules
HOLD = """
mkfifo /run/hold
rm /usr/sbin/ebtables
printf '#!/bin/sh\nif [ -p /run/hold ]; then read -r word </run/hold; fi\nexec ebtables-nft "$@"\n' >/usr/sbin/ebtables
chmod +x /usr/sbin/ebtables
"""
#: what a firewall keeps from a lab that asked for nothing: what it forwards, also within its bridge
SHUT = {**OPEN, "ns to ns": False, "ns to outside": False}


@pytest.fixture
def guest(sandbox: Sandbox) -> Guest:
    """A host whose firewalls are installed and not started."""
    folder, why = firewalls_tree()
    if why:
        pytest.skip(why)
    return Guest(sandbox, folder)


def _lab(host: Guest, **options: Any) -> str:
    """Bring the host's lab to what the role is told; what it warns of."""
    given = {f"bridge_nat_{name}": value for name, value in options.items()}
    run = host.around.playbook(ROLE, "-i", INVENTORY, "-e", json.dumps(given))
    return "\n".join(filter(None, (warnings(task["result"]) for task in run.tasks)))


def _open(host: Guest) -> dict[str, bool]:
    return open_paths(host, NEIGHBOUR)


def _systemctl(host: Guest, command: str) -> None:
    """Ask systemd for something, and wait for all that it draws along."""
    host.sh(f"systemctl {command}")
    until(lambda: "No jobs" in host.sh("systemctl list-jobs"), f"the end of systemctl {command}")


def test_firewalld(guest: Guest) -> None:
    """It gets a policy, but not while a reload would lose what its administrator has not kept."""
    guest.sh("systemctl start firewalld; firewall-cmd --state")
    before = rules_of_others(guest), settings(guest, "/etc/firewalld")
    assert "table inet firewalld" in before[0]
    guest.sh("firewall-cmd --add-service=http")
    told = _lab(guest)
    assert "v-net-0 cannot reach the outside from 192.168.15.0/24: firewalld drops its packets" in told
    assert "firewall-cmd --runtime-to-permanent" in told and "http" in guest.sh("firewall-cmd --list-services").split()
    assert _open(guest) == SHUT
    guest.sh("firewall-cmd --remove-service=http")
    assert (rules_of_others(guest), settings(guest, "/etc/firewalld")) == before
    assert _lab(guest, persistence=True) == ""
    assert _open(guest) == OPEN
    _systemctl(guest, "restart firewalld")
    assert _open(guest) == OPEN
    # systemd takes it for started before it has rules: it is held there till the lab, built again, asks for it
    guest.sh("systemctl stop firewalld")
    guest.sh(HOLD)
    guest.sh("timeout 300 systemctl start firewalld")
    assert "firewalld" not in guest.sh("nft list tables")
    until(lambda: guest.sh("pgrep -x firewall-cmd || true"), "the lab to ask firewalld")
    guest.sh("exec 3>/run/hold; rm /run/hold; echo >&3")
    until(lambda: "No jobs" in guest.sh("systemctl list-jobs"), "the lab")
    assert guest.sh("systemctl is-active firewalld netns-lab-firewalld@star").split() == ["active", "active"]
    assert _open(guest) == OPEN
    # what was not kept tells when the reload has happened
    guest.sh("firewall-cmd --add-service=http; systemctl reload firewalld")
    until(lambda: "http" not in guest.sh("firewall-cmd --list-services").split(), "firewalld to have reloaded")
    until(lambda: "No jobs" in guest.sh("systemctl list-jobs"), "the end of what it drew along")
    assert _open(guest) == OPEN
    _lab(guest, state="absent", persistence=False)
    assert (rules_of_others(guest), settings(guest, "/etc/firewalld")) == before


def test_ufw(guest: Guest) -> None:
    """It gets route rules, which it keeps."""
    guest.sh(UFW)
    guest.sh("ufw status | grep -q 'Status: active'")
    before = rules_of_others(guest), settings(guest, "/etc/ufw")
    told = _lab(guest, firewall_exceptions="none")
    assert "ufw drops its packets (table filter of iptables-nft, chain FORWARD, policy DROP)" in told
    assert _open(guest) == {**SHUT, "outside to ns": False}
    doctor = guest.around.playbook(ROOT / "playbooks/doctor.yml", "-i", INVENTORY, "-e", "lab_hosts=far").output
    assert "blue, red (on v-net-0)" in doctor and "ufw drops its packets" in doctor, doctor
    assert _lab(guest) == ""
    assert _open(guest) == OPEN
    guest.sh("systemctl restart ufw")
    assert _open(guest) == OPEN
    guest.sh("ufw reload")
    assert _open(guest) == OPEN
    _lab(guest, state="absent")
    assert (rules_of_others(guest), settings(guest, "/etc/ufw")) == before


def test_nftables(guest: Guest) -> None:
    """It flushes all when it starts; its rules have no place for others, so its administrator is told what to add."""
    assert _lab(guest, persistence=True) == ""
    drop = "policy drop;\\n\\t\\tct state established accept"
    guest.sh(f"sed -i 's/hook forward priority filter;/& {drop}/' /etc/nftables.conf")
    _systemctl(guest, "start nftables")
    assert "table inet netns_lab" in guest.sh("nft list tables")
    told = _lab(guest)
    assert "cannot reach the outside from 192.168.15.0/24: nft table inet filter drops its packets" in told
    assert "chain forward, policy DROP" in told
    assert _open(guest) == {**SHUT, "outside to ns": False}
    accepts = 'iifname "v-net-0" accept', 'oifname "v-net-0" accept'
    assert all(rule in told for rule in accepts)
    guest.sh(f"sed -i 's/ct state established accept/&\\n{accepts[0]}\\n{accepts[1]}/' /etc/nftables.conf")
    for verb in ("reload", "restart"):
        _systemctl(guest, f"{verb} nftables")
        assert _open(guest) == OPEN, verb
    before = rules_of_others(guest), settings(guest, "/etc/nftables.conf")
    _lab(guest, state="absent", persistence=False)
    assert (rules_of_others(guest), settings(guest, "/etc/nftables.conf")) == before
    assert "netns_lab" not in guest.sh("nft list ruleset")
    # a lab that is not stored goes with the rules, until its task runs again
    _lab(guest)
    _systemctl(guest, "reload nftables")
    assert _open(guest) == {**OPEN, "ns to outside": False, "outside to ns": False}
    _lab(guest)
    assert _open(guest) == OPEN
    _lab(guest, state="absent")
    assert rules_of_others(guest) == before[0]


@pytest.mark.parametrize("name", ENABLED)
def test_a_lab_that_is_built_at_boot(guest: Guest, name: str) -> None:
    command, there = ENABLED[name]
    guest.sh(command)
    _lab(guest, persistence=True)
    kept = settings(guest, "/etc/firewalld /etc/ufw")
    guest.reboot()
    assert there in rules_of_others(guest)
    assert _open(guest) == OPEN
    assert settings(guest, "/etc/firewalld /etc/ufw") == kept


#: what loads rules as Docker does: a start begins anew, a reload leaves what is in DOCKER-USER
UNIT = """
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/{tool}-restore --noflush /etc/docker/start
ExecReload=/usr/sbin/{tool}-restore --noflush /etc/docker/again
"""


@pytest.mark.parametrize(
    ("rules", "tool"),
    [(DOCKER, "iptables-nft"), (DOCKER_28, "iptables-legacy")],
    ids=["docker-20-nft", "docker-28-legacy"],
)
def test_rules_of_docker(guest: Guest, rules: str, tool: str) -> None:
    again = "\n".join(
        line
        for line in rules.partition("*nat")[0].splitlines()
        if not line.startswith((":DOCKER-USER", "-A DOCKER-USER"))
    )
    again = again.replace("-A FORWARD", "-F FORWARD\n-A FORWARD", 1) + "\n"
    guest.sh("mkdir /etc/docker")
    for path, text in {
        "/etc/docker/start": rules, "/etc/docker/again": again,
        "/etc/systemd/system/docker.service": UNIT.format(tool=tool),
    }.items():  # fmt: skip
        guest.run(["tee", path], stdin=text)
    guest.sh("systemctl start docker")
    before = rules_of_others(guest)
    told = _lab(guest, firewall_exceptions="none")
    assert "v-net-0 cannot reach the outside from 192.168.15.0/24: Docker drops its packets" in told
    assert f"table filter of {tool}, chain FORWARD, policy DROP" in told
    assert _open(guest) == {**SHUT, "outside to ns": False}
    assert _lab(guest) == ""
    assert _open(guest) == OPEN
    guest.sh("systemctl reload docker")
    assert _open(guest) == OPEN
    _lab(guest, state="absent")
    assert rules_of_others(guest) == before
