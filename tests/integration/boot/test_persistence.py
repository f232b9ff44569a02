# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab that its host builds at boot: with a real systemd on a throwaway host that reboots, and the program by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.dumps import assert_same
from ..support.host_groups import INVENTORY, ROOT, shell, tree, until
from ..support.labs import absent, bridge_nat, star
from ..support.network import ping
from ..support.sandbox import Sandbox

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
#: who reaches whom on the host that was rebooted; the host group's first address has no route to the lab's subnet
OUTSIDE = "10.254.0.1"
REACHABLE = [
    {"from": "red", "to": "blue"},
    {"from": "blue", "to": "red"},
    {"from": "host", "to": "red"},
    {"from": "host", "to": "blue"},
    {"from": "red", "to": "192.168.15.1"},
    {"from": "red", "to": OUTSIDE},
    {"from": "blue", "to": OUTSIDE},
    {"from": "red", "to": "192.168.15.1", "protocol": "tcp", "port": 80, "listen": {"netns": "blue"}},
    {"from": "red", "to": "192.168.15.9", "expect": "unreachable"},
]
#: master and addresses of the lab's links on the host
LINKS = {
    "v-net-0": (None, ["192.168.15.1/24"]),
    "veth-red-br": ("v-net-0", []),
    "veth-blue-br": ("v-net-0", []),
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
#: a networkd that takes every link but the one that ssh comes by
GREEDY = r"""
cd /etc/systemd/network
printf '[Match]\nName=mgmt0\n[Link]\nUnmanaged=yes\n' >01-ssh.network
printf '[Match]\nName=*\n[Network]\nAddress=203.0.113.7/24\n' >50-greedy.network
systemctl enable systemd-networkd
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
        keep: path
    - name: A reboot
      ansible.builtin.reboot:
    - name: All of it is up
      ansible.builtin.command: systemctl is-system-running --wait
"""


def _files(sandbox: Sandbox, pid: int) -> str:
    """Every file below /etc and /usr/local with its mode and its sum; systemd keeps one time stamp of its own."""
    script = "find /etc /usr/local -type f -exec stat -c '%n %a %s' {} + -o -type l -print -o -type d -print | sort"
    return shell(sandbox, pid, script)


def _playbook(sandbox: Sandbox, text: str | Path, *arguments: str, check: bool = True) -> Any:
    return sandbox.playbook(text, "-i", INVENTORY, *arguments, check=check)


def _all_reachable(sandbox: Sandbox) -> None:
    """The table of the playbook verify: each row as expected."""
    settings = json.dumps({"lab_name": "star", "lab_hosts": "far", "lab_expectations": REACHABLE})
    said = _playbook(sandbox, ROOT / "playbooks/verify.yml", "-e", settings).output
    rows = [line for line in said.splitlines() if "icmp  " in line or "tcp/80" in line]
    assert len(rows) == len(REACHABLE) and all(row.startswith("ok  ") for row in rows), said
    assert f"{len(REACHABLE)} of {len(REACHABLE)} as expected" in said


def _managed(sandbox: Sandbox, pid: int) -> dict[str, bool]:
    """Whether networkd looks after a link, as it says itself; asked when it has done with lo, which it is given too."""

    def asked() -> dict[str, str]:
        links = json.loads(shell(sandbox, pid, "networkctl --json=short list"))["Interfaces"]
        return {link["Name"]: link["AdministrativeState"] for link in links}

    until(lambda: asked()["lo"] == "configured", "networkd")
    return {name: state != "unmanaged" for name, state in asked().items() if name not in ("lo", "mgmt0")}


def _links(sandbox: Sandbox, pid: int) -> dict[str, tuple[str | None, list[str]]]:
    """The master and the IPv4 addresses of the lab's links on the host."""
    links = json.loads(shell(sandbox, pid, "ip -j address"))
    return {
        link["ifname"]: (
            link.get("master"),
            [f"{own['local']}/{own['prefixlen']}" for own in link["addr_info"] if own["family"] == "inet"],
        )
        for link in links
        if link["ifname"] not in ("lo", "mgmt0")
    }


def _drift(sandbox: Sandbox) -> tuple[int, str]:
    """The exit code of the playbook drift with the variables of the role, and what it says, with single spaces."""
    variables = yaml.safe_load(ROLE)[0]["tasks"][0]["vars"]
    settings = {**variables, "bridge_nat_persistence": True, "lab_name": "star", "lab_hosts": "far"}
    done = _playbook(sandbox, ROOT / "playbooks/drift.yml", "-e", json.dumps(settings), check=False)
    return done.code, "\n".join(" ".join(line.split()) for line in done.output.splitlines())


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
    (built,) = (entry["result"] for entry in first.tasks if "persistence" in entry["result"])
    assert built["changed"] and built["persistence"]["changed"]
    assert "Before=dependent.service" in shell(sandbox, host["pid"], "systemctl cat netns-lab@star.service")
    assert shell(sandbox, host["pid"], "stat -c '%a %U' /etc/netns-lab/labs/star.json") == "600 root\n"
    shell(sandbox, host["pid"], GREEDY)
    _playbook(sandbox, REBOOT, "-e", json.dumps({"unit": DEPENDENT}))
    (host,) = sandbox.apply("test_hosts", {"hosts": [entry]})["hosts"]
    pid = host["pid"]
    assert shell(sandbox, pid, "cat /root/answers").split() == ["0"], "it was started before the lab"
    assert shell(sandbox, pid, "cat /root/capable").strip() == "/usr/local/bin/capable cap_net_raw=ep"
    assert shell(sandbox, pid, "systemctl is-active netns-lab@star.service netns-lab-drift@star.timer").split() == [
        "active", "active"]  # fmt: skip
    # the units are confined: the one of capabilities to its file attributes, that of a lab as far as it bears
    shell(sandbox, pid, "cp --remove-destination /bin/true /usr/local/bin/capable")
    until(lambda: "cap_net_raw=ep" in shell(sandbox, pid, "getcap /usr/local/bin/capable"), "its capability")
    for unit, most in (("netns-lab-capabilities.service", 49), ("netns-lab@star.service", 85)):
        shell(sandbox, pid, f"systemd-analyze security --no-pager --threshold={most} {unit}")
    assert "192.168.15.2" in shell(sandbox, pid, "ip -n red -br address")
    _all_reachable(sandbox)
    until(lambda: _managed(sandbox, pid) == dict.fromkeys(LINKS, False), "networkd to leave the lab alone")
    assert _links(sandbox, pid) == LINKS
    assert _playbook(sandbox, ROLE, "-e", "store=true").changed == []
    # a firewall is reloaded, and restarted: each time it flushes all
    shell(sandbox, pid, f"printf '%s' '{RULESET}' >/etc/nftables.conf; systemctl start nftables")
    for verb in ("reload", "restart", "reload"):
        shell(sandbox, pid, f"systemctl {verb} nftables")
        until(lambda: "table inet netns_lab" in shell(sandbox, pid, "nft list tables"), f"the lab after a {verb}")
        until(lambda: "No jobs" in shell(sandbox, pid, "systemctl list-jobs"), "the end of that")
        assert shell(sandbox, pid, "nft list tables").split().count("others") == 1, "the ruleset was not read"
        shell(sandbox, pid, f"ip netns exec red ping -n -c 1 -W 3 {OUTSIDE}")
    # drift is reported by the timer's service, which fails
    shell(sandbox, pid, "ip -n red route del default; systemctl start netns-lab-drift@star.service || true")
    assert "default in red" in shell(sandbox, pid, "journalctl -u netns-lab-drift@star.service -o cat")
    assert shell(sandbox, pid, "systemctl is-failed netns-lab-drift@star.service || true") == "failed\n"
    assert shell(sandbox, pid, f"{PROGRAM} apply star") == "star  create  route  default in red  does not exist\n"
    # what is stored drifts, and networkd takes the ports off the bridge where it is not told to leave them
    edit = (
        "rm 05-*.network /etc/netns-lab/labs/star.json; echo '# by hand' >>/etc/systemd/system/netns-lab@star.service"
    )
    stop = "systemctl stop netns-lab-drift@star.timer; systemctl restart systemd-networkd"
    shell(sandbox, pid, f"cd /etc/systemd/network; {edit}; {stop}")
    assert all(_managed(sandbox, pid).values())
    until(lambda: {master for master, _own in _links(sandbox, pid).values()} == {None}, "networkd to have its way")
    code, said = _drift(sandbox)
    assert code == 2 and "far: not as described" in said
    for row in (
        "far create file /etc/netns-lab/labs/star.json does not exist",
        "far change file /etc/systemd/system/netns-lab@star.service has other content",
        "far create file /etc/systemd/network/05-netns-lab-star.network does not exist",
        "far change unit netns-lab-drift@star.timer is not enabled and active",
    ):
        assert row in said.splitlines(), said
    _playbook(sandbox, ROLE, "-e", "store=true")
    until(lambda: _managed(sandbox, pid) == dict.fromkeys(LINKS, False), "networkd to leave the lab alone")
    assert shell(sandbox, pid, f"{PROGRAM} plan") == "star  as described\n"
    # and taken back
    own = (
        "systemctl disable --now nftables dependent systemd-networkd; cd /etc; rm -f nftables.conf "
        "systemd/system/dependent.service systemd/network/01-ssh.network systemd/network/50-greedy.network"
    )
    shell(sandbox, pid, f"{own} 2>&1; systemctl reset-failed")
    changed = _playbook(sandbox, ROLE, "-e", "store=false").changed
    assert "netns.lab.bridge_nat : Build or remove the lab" in changed
    after = _files(sandbox, pid)
    lost = set(before.splitlines()) ^ set(after.splitlines())
    assert {name for name in (line.split()[0] for line in lost) if "capab" not in name} <= {
        "/etc/netns-lab",
        "/etc/nftables.conf",
    }, lost
    sandbox.apply("test_hosts", {"state": "absent"})


#: a NetworkManager that takes every link but the one that ssh comes by
TAKES_ALL = r"""
printf '[main]\nplugins=keyfile\n' >/etc/NetworkManager/NetworkManager.conf
printf '[keyfile]\nunmanaged-devices=interface-name:=mgmt0\n' >>/etc/NetworkManager/NetworkManager.conf
printf '[device-all]\nmatch-device=*\nmanaged=1\n' >>/etc/NetworkManager/NetworkManager.conf
systemctl restart NetworkManager
"""


@pytest.mark.root
@pytest.mark.soak
def test_network_manager_leaves_the_lab_alone(sandbox: Sandbox) -> None:
    folder, why = tree(more=("network-manager",))
    if why:
        pytest.skip(why)
    (host,) = sandbox.apply("test_hosts", {"hosts": [{"name": "far", "init": "systemd", "tree": str(folder)}]})["hosts"]
    pid = host["pid"]

    def left_alone() -> set[str]:
        lines = shell(sandbox, pid, "nmcli -t -f DEVICE,STATE device").splitlines()
        return {name for name, _colon, state in (line.partition(":") for line in lines) if state == "unmanaged"}

    shell(sandbox, pid, "systemctl is-system-running --wait || true")
    shell(sandbox, pid, TAKES_ALL)
    _playbook(sandbox, ROLE, "-e", "store=true")
    for verb in ("reload", "restart"):
        until(lambda: left_alone() == {"mgmt0", *LINKS}, "NetworkManager to leave the lab alone")
        assert _links(sandbox, pid) == LINKS
        shell(sandbox, pid, f"systemctl {verb} NetworkManager")
    shell(sandbox, pid, "rm /etc/NetworkManager/conf.d/90-netns-lab-star.conf; systemctl reload NetworkManager")
    until(lambda: left_alone() == {"mgmt0"}, "NetworkManager to take what nobody tells it to leave")


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


#: files in the folder of stored labs that hold none; each has one sentence of its own, and the good lab is built
BROKEN = {
    "bytes": r"printf '\377\376' >{0}/bytes.json",
    "folder": "mkdir {0}/folder.json",
    "list": 'echo \'{{"version": 1, "minimum": 1, "name": "list", "options": []}}\' >{0}/list.json',
    "other": "cp {0}/star.json {0}/other.json",
    "unknown": (
        'sed \'s/"firewall_exceptions"/"no_such"/; s/"name": "star"/"name": "unknown"/\' '
        "{0}/star.json >{0}/unknown.json"
    ),
    "later": 'sed \'s/"minimum": 1/"minimum": 9/; s/"version": 1/"version": 9/\' {0}/star.json >{0}/later.json',
    "a b": "cp {0}/star.json '{0}/a b.json'",
    "fifo": "ln -s /nowhere {0}/fifo.json",
}


def test_a_stored_lab_that_is_damaged_leaves_the_others_alone(stored: Sandbox) -> None:
    folder = "/etc/netns-lab/labs"
    for script in BROKEN.values():
        stored.sh(script.format(folder))
    code, said = _exit(stored, "apply")
    assert code == 1 and "Traceback" not in said
    assert ping(stored, "red", "192.168.15.2").answered
    errors = {line.split(": ")[1]: line for line in said.splitlines() if line.startswith("netns-lab: ")}
    assert set(errors) == set(BROKEN), said
    code, said = _exit(stored, "status")
    rows = {line.partition("  ")[0]: line for line in said.splitlines()}
    assert code == 0 and set(rows) == {"star", *BROKEN} and "as described" in rows["star"], said
    for name in ("../labs/star", "a/b", "", "-x", "x" * 300):
        done = stored.run([PROGRAM, "apply", "--", name], check=False)
        assert done.returncode == 1 and "a lab's name" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.root
def test_an_ordinary_user_is_told_in_one_sentence(stored: Sandbox) -> None:
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "python3", PROGRAM]
    for words in (["status"], ["plan"], ["apply", "star"], ["down", "star"], ["status", "--json"]):
        done = stored.run([*nobody, *words], check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        assert "sudo netns-lab" in done.stderr


def test_what_a_lab_cannot_be_stored_as(host: Sandbox) -> None:
    lab = {"bridges": [{"name": "br0"}]}
    refused(host, "persistence", {"name": "a/b", "definition": lab}, "InvalidArgument", "a lab's name")
    refused(host, "persistence", {"name": "l", "definition": {}}, "InvalidArgument", "at least one entry")
    refused(host, "persistence", {"name": "l", "definition": {"bridges": []}}, "InvalidArgument", "at least one entry")
    host.sh("mkdir -p /etc/NetworkManager")
    for name in ("*", "!lo", "[k]", "a;b"):
        odd = {"name": "l", "definition": {"bridges": [{"name": name}]}}
        refused(host, "persistence", odd, "InvalidArgument", "read literally")
    for module in ("topology_info", "doctor"):
        result = host.module(module, {"name": "a/b"})
        assert result.get("failed") and result["error"]["kind"] == "InvalidArgument"


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
