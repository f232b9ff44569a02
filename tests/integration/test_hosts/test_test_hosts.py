# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throwaway hosts with sshd: managed by the real ansible, apart from each other, and gone without a trace."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..support.dumps import assert_same
from ..support.host_groups import (
    FOLDER,
    INVENTORY,
    ansible,
    dump,
    files,
    kill,
    machine,
    named,
    processes,
    shell,
    supervisor,
    until,
)
from ..support.sandbox import Sandbox

pytestmark = pytest.mark.root


def up(sandbox: Sandbox, *names: str, **options: Any) -> dict[str, dict[str, Any]]:
    """Hosts of these names, by name."""
    result = sandbox.apply("test_hosts", {"hosts": named(*names), **options})
    return {host["name"]: host for host in result["hosts"]}


def steps(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["object"], step["action"]) for step in result["plan"] if step["kind"] != "file"]


def test_hosts_come_are_managed_and_go(sandbox: Sandbox) -> None:
    sandbox.sh("mount --make-rshared /")  # as systemd has it
    before, files_before, processes_before = sandbox.dump(), files(sandbox), processes(sandbox)
    wanted = {"hosts": named("one", "two", "three")}
    foreseen = sandbox.apply("test_hosts", wanted, check=True)
    assert files(sandbox) == files_before and processes(sandbox) == processes_before
    made = sandbox.apply("test_hosts", wanted)
    assert (made["plan"], made["diff"]) == (foreseen["plan"], foreseen["diff"])
    assert steps(made) == [(name, "create") for name in ("test-hosts", "one", "two", "three")]
    assert [(host["name"], host["address"], host["boots"]) for host in made["hosts"]] == [
        ("one", "10.254.0.2", 1), ("two", "10.254.0.3", 1), ("three", "10.254.0.4", 1),
    ]  # fmt: skip
    assert yaml.safe_load(sandbox.sh(f"cat {INVENTORY}")) == made["inventory"]

    pong = ansible(sandbox, "all", "ansible.builtin.ping")
    assert {host: each["said"] for host, each in pong.items()} == dict.fromkeys(("one", "two", "three"), "SUCCESS")
    # whoever has no key is offered nothing else; with passwords for root and for a user, as this machine may have them
    shell(sandbox, made["hosts"][0]["pid"], "useradd --password '' guest; usermod --password '' root")
    no_key = f"{FOLDER}/bin/ssh -F /dev/null -o PubkeyAuthentication=no -o UserKnownHostsFile={FOLDER}/known_hosts"
    for user in ("root", "guest"):
        denied = sandbox.run(["sh", "-c", f"{no_key} -o BatchMode=yes {user}@10.254.0.2 true"], check=False)
        assert denied.returncode == 255 and "Permission denied (publickey)." in denied.stderr, denied
    (sandbox.scratch / "text").write_text("from the controller\n")
    ansible(sandbox, "two", "ansible.builtin.copy", f"src={sandbox.scratch}/text dest=/root/text")
    assert shell(sandbox, made["hosts"][1]["pid"], "cat /root/text; hostname") == "from the controller\ntwo\n"

    again = sandbox.apply("test_hosts", wanted)
    assert again["changed"] is False and again["hosts"] == made["hosts"]
    # one goes, one comes, one is another: the third is not touched
    next_ = {"hosts": [{"name": "two"}, {"name": "three", "address": "10.254.0.30"}, {"name": "four"}]}
    foreseen = sandbox.apply("test_hosts", next_, check=True)
    assert sandbox.apply("test_hosts", wanted)["changed"] is False
    changed = sandbox.apply("test_hosts", next_)
    assert changed["plan"] == foreseen["plan"]
    assert steps(changed) == [("one", "delete"), ("three", "change"), ("four", "create")]
    assert changed["hosts"][0] == made["hosts"][1]
    assert [host["address"] for host in changed["hosts"]] == ["10.254.0.3", "10.254.0.30", "10.254.0.2"]
    pong = ansible(sandbox, "all", "ansible.builtin.ping")
    assert {host: each["said"] for host, each in pong.items()} == dict.fromkeys(("two", "three", "four"), "SUCCESS")
    assert_same(before, sandbox.dump(), "the sandbox has what is the hosts'")
    inside = f"nsenter --target={supervisor(sandbox)} --mount"
    assert sandbox.sh(f"{inside} ls {FOLDER}/w").split() == ["four", "three", "two"]
    assert sandbox.sh(f"{inside} stat -f -c %T /run/netns/two /run/netns/four").split() == ["nsfs", "nsfs"]

    foreseen = sandbox.apply("test_hosts", {"state": "absent"}, check=True)
    gone = sandbox.apply("test_hosts", {"state": "absent"})
    assert gone["plan"] == foreseen["plan"] and gone["changed"]
    assert sandbox.apply("test_hosts", {"state": "absent"})["changed"] is False
    assert files(sandbox) == files_before
    until(lambda: processes(sandbox) == processes_before, "the end of all processes")
    assert_same(before, sandbox.dump(), "not all is gone")


ACTS = """
ip netns add inside
ip link add v0 type veth peer name v1 netns inside
ip address add 198.51.100.1/24 dev v0
nft add table inet mine
sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=2
echo mine >/etc/mine; echo mine >/root/mine; echo mine >/tmp/mine; echo mine >/run/mine
setsid sleep 4711 >/dev/null 2>&1 </dev/null &
"""
SEEN = """
find /etc/mine /root/mine /tmp/mine /run/mine /run/netns/* 2>/dev/null || true
ps -e -o args= | grep '[4]711' || true
"""


def test_hosts_are_apart(sandbox: Sandbox) -> None:
    """What one does is seen by none of: another host, the host group's machine (a sandbox here), the machine."""
    own = machine()
    before = sandbox.dump()
    one, two = up(sandbox, "one", "two").values()
    assert_same(own, machine(), "the machine, with the hosts")
    assert_same(before, sandbox.dump(), "the sandbox, with the hosts")
    fresh = dump(sandbox, two["pid"])
    links = {json.loads(line)["ifname"] for line in fresh["link"]}
    assert links == {"lo", "mgmt0"} and fresh["nft"] == []
    assert shell(sandbox, two["pid"], "ls -A /root /tmp; ls -d /run/netns-lab* || true").split() == ["/root:", "/tmp:"]
    shell(sandbox, one["pid"], ACTS)
    acted = dump(sandbox, one["pid"])
    assert "mine" in str(acted["nft"]) and "inside: link" in acted and acted["sysctl"] != fresh["sysctl"]
    assert len(shell(sandbox, one["pid"], SEEN).splitlines()) == 6
    assert_same(fresh, dump(sandbox, two["pid"]), "the other host")
    assert shell(sandbox, two["pid"], SEEN) == ""
    assert sandbox.sh("ls /etc/mine /root/mine /run/mine /run/netns 2>/dev/null || true") == ""
    assert_same(before, sandbox.dump(), "the sandbox, after the acts")
    assert_same(own, machine(), "the machine, after the acts")
    # what is the machine's cannot be set by who comes over ssh; what would succeed here would leave it as it is
    acts = ("sysctl -w kernel.panic=$(sysctl -n kernel.panic)", "test -w /sys/kernel", "date -s @$(date +%s)", "true")
    script = "; ".join(f"{act} >/dev/null 2>&1 && echo DONE {index}" for index, act in enumerate(acts))
    assert re.findall(r"DONE \d", ansible(sandbox, "one", "ansible.builtin.raw", script)["one"]["answer"]) == ["DONE 3"]
    sandbox.apply("test_hosts", {"state": "absent"})
    assert_same(before, sandbox.dump(), "the sandbox, without the hosts")
    assert_same(own, machine(), "the machine, without the hosts")


def test_a_host_reboots_and_shuts_down(sandbox: Sandbox) -> None:
    one = up(sandbox, "one", "two")["one"]
    shell(sandbox, one["pid"], ACTS)
    mac = shell(sandbox, one["pid"], "cat /sys/class/net/mgmt0/address")
    boot = shell(sandbox, one["pid"], "cat /proc/sys/kernel/random/boot_id")
    ansible(sandbox, "one", "ansible.builtin.reboot")
    again = up(sandbox, "one", "two")["one"]
    assert (again["boots"], again["address"]) == (2, one["address"])
    assert shell(sandbox, again["pid"], "cat /sys/class/net/mgmt0/address") == mac
    assert shell(sandbox, again["pid"], "cat /proc/sys/kernel/random/boot_id") != boot
    assert shell(sandbox, again["pid"], "cat /etc/mine /root/mine; find /tmp/mine /run/mine /run/netns || true") == (
        "mine\nmine\n"
    )
    state = dump(sandbox, again["pid"])
    assert {json.loads(line)["ifname"] for line in state["link"]} == {"lo", "mgmt0"} and state["nft"] == []

    shell(sandbox, again["pid"], "shutdown -h now")
    wanted = {"hosts": named("one", "two")}
    off = until(lambda: sandbox.apply("test_hosts", wanted, check=True)["plan"], "a host that is off")
    assert [(step["object"], step["reason"]) for step in off] == [("one", "is shut down")]
    back = up(sandbox, "one", "two")["one"]
    assert back["boots"] == 3 and shell(sandbox, back["pid"], "cat /root/mine") == "mine\n"


def test_the_host_group_is_killed(sandbox: Sandbox) -> None:
    """Every host ends with it; the next run makes all anew and nothing of the old one is left."""
    files_before, processes_before = files(sandbox), processes(sandbox)
    up(sandbox, "one", "two")
    ansible(sandbox, "all", "ansible.builtin.ping")
    pid = supervisor(sandbox)
    kill(sandbox, pid)
    until(lambda: processes(sandbox) == processes_before, "the end of hosts and connections")
    lost = ansible(sandbox, "one", "ansible.builtin.ping", check=False)
    assert lost["one"]["said"] == "UNREACHABLE" and "are gone" in lost["one"]["answer"], lost
    again = sandbox.apply("test_hosts", {"hosts": named("one", "two")})
    assert steps(again) == [("test-hosts", "change"), ("one", "create"), ("two", "create")]
    assert [host["boots"] for host in again["hosts"]] == [1, 1]
    pong = ansible(sandbox, "all", "ansible.builtin.ping")
    assert {each["said"] for each in pong.values()} == {"SUCCESS"}
    kill(sandbox, supervisor(sandbox))
    assert steps(sandbox.apply("test_hosts", {"state": "absent"})) == [("test-hosts", "delete")]
    assert files(sandbox) == files_before
    until(lambda: processes(sandbox) == processes_before, "the end of all processes")


@pytest.mark.parametrize("sign", ["key", "supervisor", "control", "bin/ssh"])
def test_a_run_is_killed(sandbox: Sandbox, sign: str) -> None:
    """When a file has appeared; the next run heals it."""
    files_before, processes_before = files(sandbox), processes(sandbox)
    wanted = {"hosts": named("one", "two", "three", "four")}
    argv, stdin = sandbox.start_module("test_hosts", wanted, check=False, diff=False)
    run = sandbox.background(argv)
    assert run.process.stdin is not None
    run.process.stdin.write(stdin)
    run.process.stdin.close()
    sandbox.sh(f"until [ -e {FOLDER}/{sign} ]; do :; done")
    run.process.kill()
    run.process.wait()
    healed = sandbox.apply("test_hosts", wanted)
    assert [host["boots"] for host in healed["hosts"]] == [1, 1, 1, 1]
    assert sandbox.apply("test_hosts", wanted)["changed"] is False
    for host in healed["hosts"]:
        assert shell(sandbox, host["pid"], "hostname").strip() == host["name"]
    sandbox.apply("test_hosts", {"state": "absent"})
    assert files(sandbox) == files_before
    until(lambda: processes(sandbox) == processes_before, "the end of all processes")


def test_host_groups_stand_beside_each_other(sandbox: Sandbox) -> None:
    """Also with the same subnet; one is changed as a whole, and the other does not notice."""
    first = up(sandbox, "one")
    second = up(sandbox, "one", name="second", directory="/run/elsewhere")["one"]
    assert second["address"] == first["one"]["address"] and second["pid"] != first["one"]["pid"]
    assert json.loads(sandbox.sh("cat /run/elsewhere/group.json"))["name"] == "second"
    moved = sandbox.apply(
        "test_hosts", {"hosts": named("one"), "name": "second", "directory": "/run/elsewhere", "subnet": "192.0.2.0/28"}
    )
    assert steps(moved) == [("second", "change"), ("one", "change")]
    shown = json.loads(shell(sandbox, moved["hosts"][0]["pid"], "ip -j -4 address show mgmt0"))
    (address,) = [info["local"] for info in shown[0]["addr_info"]]
    assert address == "192.0.2.2"
    sandbox.apply("test_hosts", {"name": "second", "directory": "/run/elsewhere", "state": "absent"})
    assert up(sandbox, "one") == first


def test_a_machine_that_runs_nothing_from_run(sandbox: Sandbox) -> None:
    """As Debian mounts it: the programs that the inventory names are elsewhere, and go with the host group."""
    programs = Path("/var/lib/netns-lab-hosts")
    sandbox.sh("mount -t tmpfs -o mode=755 tmpfs /var/lib; mount -o remount,bind,noexec /run")
    up(sandbox, "one")
    assert sandbox.sh(f"ls {programs}/*").split() == ["scp", "sftp", "ssh"]
    assert ansible(sandbox, "one", "ansible.builtin.ping")["one"]["said"] == "SUCCESS"
    assert sandbox.apply("test_hosts", {"hosts": named("one")})["changed"] is False
    sandbox.apply("test_hosts", {"state": "absent"})
    assert sandbox.sh("ls /var/lib") == ""


def test_refused_before_anything_is_touched(sandbox: Sandbox) -> None:
    before, files_before = sandbox.dump(), files(sandbox)

    def error(wrapper: list[str] | None = None, **options: Any) -> dict[str, Any]:
        result = sandbox.module("test_hosts", options, wrapper=wrapper)
        assert result["failed"], result
        found: dict[str, Any] = result["error"]
        return found

    (sandbox.scratch / "empty").mkdir()
    (sandbox.scratch / "bare/usr/sbin").mkdir(parents=True)
    (sandbox.scratch / "bare/usr/sbin/sshd").touch()
    nowhere = error(hosts=named("one", tree=f"{sandbox.scratch}/nowhere"))
    assert (nowhere["kind"], nowhere["object"]) == ("Dependency", "hosts[0].tree")
    empty = error(hosts=named("one", tree=f"{sandbox.scratch}/empty"))
    assert empty["expected"] == "an sshd in it" and "openssh-server" in empty["remedy"]
    bare = error(hosts=named("one", tree=f"{sandbox.scratch}/bare"))
    assert bare["expected"] == "a tree for an overlay" and "no directory dev" in bare["found"]
    assert error(hosts=named("one", tree="/proc"))["kind"] == "Dependency"
    user = error(["unshare", "--user", "--map-root-user", "--net", "--mount"], hosts=named("one"))
    assert user["kind"] == "Permission" and "user namespace" in user["found"]
    path = error(["env", f"PATH={sandbox.scratch}"], hosts=named("one"))
    assert (path["kind"], path["object"]) == ("Dependency", "ssh")
    assert files(sandbox) == files_before
    sandbox.sh("mkdir /run/mine; touch /run/mine/file")
    foreign = error(hosts=named("one"), directory="/run/mine")
    assert foreign["kind"] == "Conflict" and "file" in foreign["found"]
    assert error(state="absent", directory="/run/mine")["kind"] == "Conflict"
    assert sandbox.sh("ls /run/mine") == "file\n"
    sandbox.sh("rm -r /run/mine")
    assert files(sandbox) == files_before
    assert_same(before, sandbox.dump())


#: a process that made a socket, and went on to be something else while its child listens there, as ssh's do
REUSED = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
os.set_inheritable(listening.fileno(), True)
if os.fork():
    os.execvp("sh", ["sh", "-c", "echo is another; exec sleep 4711"])
while True:
    listening.accept()[0].close()
"""


def test_a_process_that_has_the_number_of_one_that_ended_is_left_alone(sandbox: Sandbox) -> None:
    up(sandbox, "one")
    ansible(sandbox, "one", "ansible.builtin.ping")
    assert "[mux]" in sandbox.sh("ps -e -o args=")
    other = sandbox.background([sys.executable, "-c", REUSED, f"{FOLDER}/c/reused"])
    other.wait_for("is another")
    sandbox.apply("test_hosts", {"state": "absent"})
    assert "[mux]" not in sandbox.sh("ps -e -o args=")
    assert "sleep 4711" in sandbox.sh("ps -e -o args=").splitlines()


#: a folder, who may write what of it or above it, and what the error says
SHAPED = {
    "a user's folder": ("/srv/user/hosts", "chown 65534 /srv/user", "/srv/user: expected root as its owner"),
    "a user's own folder": (
        "/srv/user/hosts",
        "chown 65534 /srv/user/hosts",
        "/srv/user/hosts: expected root as its",
    ),
    "a group's folder": ("/srv/user/hosts", "chmod g+w /srv/user", "/srv/user: expected to be writable by root only"),
    "far above": ("/srv/user/hosts/x/y", "chmod o+w /srv/user", "/srv/user: expected to be writable by root only"),
    "everybody's folder": (
        "/srv/user/hosts",
        "chmod 1777 /srv/user",
        "writable by everybody. Name another directory: ",
    ),
    "a link": (
        "/srv/link/hosts",
        "ln -s user /srv/link",
        "/srv/link: expected a directory; found a symbolic link to user",
    ),
    "a link at the end": (
        "/srv/user/link",
        "ln -s hosts /srv/user/link",
        "/srv/user/link: expected a directory; found a sym",
    ),
}


@pytest.mark.parametrize("case", SHAPED)
def test_a_folder_that_a_user_may_shape_is_refused_and_left(spared: Sandbox, case: str) -> None:
    """Whoever may exchange the folder would have root run the programs of the inventory in it."""
    directory, script, words = SHAPED[case]
    spared.sh(f"mkdir -p /srv/user/hosts; {script}")
    listing = spared.sh("find /srv -printf '%p %m %U %l\n'")
    for state in ("present", "absent"):
        for check in (True, False):
            args = {"directory": directory, "state": state, **({"hosts": named("one")} if state == "present" else {})}
            result = spared.module("test_hosts", args, check=check)
            assert result.get("failed") and result["error"]["kind"] == "Conflict" and words in result["msg"], result
    assert spared.sh("find /srv -printf '%p %m %U %l\n'") == listing
    spared.sh("rm -r /srv/*")


def test_a_host_that_does_not_come_up_is_named(sandbox: Sandbox) -> None:
    """A tree whose sshd ends at once; the others stand, nothing of it is left, and it can be taken out."""
    tree = sandbox.scratch / "tree"
    for folder in ("proc", "sys", "dev", "run", "tmp", "etc", "usr/sbin", "bin"):
        (tree / folder).mkdir(parents=True)
    (tree / "usr/sbin/sshd").write_text("x")
    hosts = [{"name": "good"}, {"name": "bad", "tree": str(tree)}]
    tree.chmod(0o777)
    foreseen = sandbox.apply("test_hosts", {"hosts": hosts}, check=True)
    assert "writable by everybody. Who may write it is root on the hosts" in json.dumps(foreseen["warnings"])
    failed = sandbox.module("test_hosts", {"hosts": hosts})
    assert failed["failed"] and failed["error"]["object"] == "host bad", failed
    assert "No such file or directory" in failed["error"]["found"]
    assert sandbox.apply("test_hosts", {"hosts": named("good")})["hosts"][0]["boots"] == 1
    assert sandbox.sh(f"nsenter --target={supervisor(sandbox)} --mount --net ls /run/netns") == "good\n"
