# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/run/netns as hosts have it: covered mounts, symbolic links, foreign files, other people's umask."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.dumps import assert_same
from ..support.labs import absent, star
from ..support.network import ping
from ..support.sandbox import Sandbox

RED = {"name": "red"}


def _look(sandbox: Sandbox) -> str:
    """What stands below /run/netns, with owner, mode, kind and size, and whether it is a mount."""
    folder = "find -P /run/netns /run/elsewhere /etc/netns -printf '%p %M %u %s %l\\n' 2>/dev/null | sort || true"
    return sandbox.sh(f"{folder}; mountpoint -q /run/netns && echo mount || echo none")


#: what stands before the lab: each leaves something that mountinfo, or a folder, tells of
BEFORE = {
    "a covered mount": "ip netns add already; mount -t tmpfs tmpfs /run",
    "a mount that was covered twice": "ip netns add a; mount -t tmpfs tmpfs /run; ip netns add b; "
    "mount -t tmpfs tmpfs /run",
    "a shared /run, so that each mount is there twice": "mount --make-shared /run; ip netns add already",
    "an empty folder": "mkdir -m 711 /run/netns",
    "a folder with somebody's namespace": "ip netns add already",
    "a mount that is private": "mkdir /run/netns; mount --bind /run/netns /run/netns; mount --make-private /run/netns",
    "a symbolic link": "mkdir -m 700 /run/elsewhere; ln -s elsewhere /run/netns",
    "a symbolic link to a mount": "mkdir /run/elsewhere; mount -t tmpfs -o mode=755 tmpfs /run/elsewhere; "
    "ln -s /run/elsewhere /run/netns",
    "nothing": "true",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=[name.replace(" ", "-") for name in BEFORE])
def test_a_lab_comes_and_goes_over_what_stands_there(sandbox: Sandbox, before: str) -> None:
    sandbox.sh(before)
    looked, empty = _look(sandbox), sandbox.dump()
    sandbox.apply("topology", star())
    assert {"red", "blue"} <= sandbox.namespaces() and ping(sandbox, "red", "192.168.15.2").answered
    assert_nothing_to_do(sandbox, "topology", star())
    sandbox.apply("topology", absent(star()))
    assert _look(sandbox) == looked
    assert_same(empty, sandbox.dump())
    converge(sandbox, "netns", RED)
    sandbox.apply("netns", {**RED, "state": "absent"})
    assert _look(sandbox) == looked


def test_a_folder_that_was_there_goes_with_who_made_it(sandbox: Sandbox) -> None:
    """Two labs share what the first one made; the last one to go removes it."""
    one, two = ({"name": name, "namespaces": [{"name": name}]} for name in ("one", "two"))
    sandbox.apply("topology", one)
    sandbox.apply("topology", two)
    sandbox.apply("topology", absent(one))
    assert sandbox.namespaces() == {"two"}
    sandbox.apply("topology", absent(two))
    assert _look(sandbox) == "none\n"


#: what stands under the name of a namespace that is to be made; ip-netns(8) refuses each
FOREIGN = {
    "a file": "echo notes >/run/netns/{0}",
    "an empty file": "touch /run/netns/{0}",
    "a secret": "umask 777; echo secret >/run/netns/{0}",
    "a folder": "mkdir /run/netns/{0}",
    "a folder with something in it": "mkdir -p /run/netns/{0}/child",
    "a dangling link": "ln -s /nowhere /run/netns/{0}",
    "a link to a file": "echo precious >/run/precious; ln -s /run/precious /run/netns/{0}",
    "a pipe": "mkfifo /run/netns/{0}",
    "a socket": "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/run/netns/{0}\")'",
    "a name that was left": "ip netns add {0}; umount /run/netns/{0}",
}


def test_what_is_foreign_in_run_netns_is_not_taken(sandbox: Sandbox) -> None:
    sandbox.sh("ip netns add other; ln -s /proc/self/ns/net /run/netns/link")
    names = {f"n{number}": script for number, script in enumerate(FOREIGN.values())}
    for name, script in names.items():
        sandbox.sh(script.format(name))
        assert sandbox.run(["ip", "netns", "add", name], check=False).returncode != 0, script
    before = sandbox.dump()
    for name, script in [*names.items(), ("link", "a link to a namespace")]:
        wants = [("topology", {"name": "l", "namespaces": [{"name": name}, {"name": "green"}]})]
        if name != "link":  # a single module shapes what is there
            wants.append(("netns", {"name": name}))
        if "umount" not in script:  # what is left of a namespace may be removed by who asks for it
            wants.append(("netns", {"name": name, "state": "absent"}))
        for module, args in wants:
            result = sandbox.module(module, args)
            assert result.get("failed") and result["error"]["kind"] == "Conflict", (script, args, result)
            assert name in result["error"]["object"] and result["error"]["remedy"]
            assert name == "link" or "state" in args or "File exists" in result["msg"], result["msg"]
    assert_same(before, sandbox.dump())


def test_a_foreign_thing_that_comes_in_the_place_of_ours_stays(sandbox: Sandbox) -> None:
    """The record says that the lab made red; what has the name now is somebody else's."""
    sandbox.apply("topology", star())
    # the kernel takes the namespace's links away a moment later
    sandbox.sh("ip netns del red; while ip link show veth-red-br 2>/dev/null; do :; done; echo notes >/run/netns/red")
    refused(sandbox, "topology", star(), "Conflict", "red", "File exists")
    sandbox.apply("topology", absent(star()))
    assert sandbox.sh("cat /run/netns/red") == "notes\n"
    assert sandbox.namespaces() == {"red"}, "ip lists the file"


def test_a_link_to_a_namespace_is_not_adopted(sandbox: Sandbox) -> None:
    """As Docker's namespaces are made visible; a lab may use it, and never removes it."""
    holder = sandbox.background(["unshare", "--net", "sh", "-c", "ip link set lo up; echo up; exec cat"])
    holder.wait_for("up")
    pid = sandbox.sh("pgrep --newest --exact cat").strip()
    sandbox.sh(f"ip netns add other; ln -s /proc/{pid}/ns/net /run/netns/box")
    lab: dict[str, Any] = {"name": "l", "namespaces": [{"name": "box"}], "adopt": True}
    refused(sandbox, "topology", lab, "Conflict", "box", "symbolic link", "omit it")
    veth = {"name": "v", "netns": "box", "peer": {"name": "v-p"}}
    lab = {"name": "l", "veths": [veth]}
    sandbox.apply("topology", lab)
    sandbox.apply("topology", absent(lab))
    assert sandbox.sh("readlink /run/netns/box").startswith("/proc/")


def test_what_stands_in_the_place_of_a_file_or_folder(sandbox: Sandbox) -> None:
    lab = {"name": "l", "namespaces": [{"name": "red", "hosts": "10.0.0.1 a\n"}]}
    for script, word, undo in (
        ("mkdir -p /etc/netns/red/hosts", "/etc/netns/red/hosts", "rm -r /etc/netns/red"),
        ("mkdir -p /etc/netns; touch /etc/netns/red", "/etc/netns/red", "rm /etc/netns/red"),
        ("ln -s nowhere /run/netns", "/run/netns", "rm /run/netns"),
        ("touch /run/netns", "/run/netns", "rm /run/netns"),
    ):
        sandbox.sh(script)
        refused(sandbox, "topology", lab, "Conflict", word, "File exists")
        sandbox.sh(undo)


@pytest.mark.parametrize("umask", ["077", "777", "000"])
def test_modes_do_not_depend_on_the_umask(sandbox: Sandbox, umask: str) -> None:
    lab = {"name": "l", "namespaces": [{"name": "red", "hosts": "10.0.0.1 a\n"}]}
    wrapper = ["sh", "-c", f'umask {umask}; exec "$@"', "sh"]
    sandbox.sh("rm -rf /etc/netns 2>/dev/null || true")
    sandbox.apply("topology", lab, wrapper=wrapper)
    modes = "stat -c '%a %n' /run/netns-lab /run/netns-lab/* /run/netns /etc/netns/red /etc/netns/red/hosts"
    assert sandbox.sh(modes).splitlines() == [
        "755 /run/netns-lab", "600 /run/netns-lab/l.json", "600 /run/netns-lab/lock", "755 /run/netns",
        "755 /etc/netns/red", "644 /etc/netns/red/hosts",
    ]  # fmt: skip


#: a process with mounts of its own; a lab in the host's network or /run, whose namespaces only it would see
HIDDEN = {
    "PrivateTmp": (["unshare", "--mount", "--propagation", "slave"], "true"),
    "slave and shared, as systemd makes it": (
        ["unshare", "--mount", "--propagation", "slave", "sh", "-c", 'mount --make-rshared /; exec "$@"', "sh"],
        "true"),
    "unshare --mount": (["unshare", "--mount"], "mount --make-rshared /"),
    "where namespaces stand": (["unshare", "--mount", "--propagation", "slave"], "ip netns add other"),
    "private": (["unshare", "--mount", "--propagation", "private"], "ip netns add other"),
    "a /run of its own": (["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run; exec "$@"', "sh"], "true"),
    "ip netns exec": (["ip", "netns", "exec", "other"], "ip netns add other"),
}  # fmt: skip


def test_namespaces_that_the_host_would_not_see_are_refused(sandbox: Sandbox) -> None:
    for what, (wrapper, before) in HIDDEN.items():
        sandbox.sh(before)
        looked = _look(sandbox)
        for check in (True, False):
            for module, args in (("netns", RED), ("topology", star())):
                result = sandbox.module(module, args, check=check, wrapper=wrapper)
                assert result.get("failed") and result["error"]["kind"] == "Conflict", (what, result)
                assert "mount namespace" in result["msg"] and "nsenter --target 1 --mount" in result["msg"]
        assert _look(sandbox) == looked, what
        sandbox.sh("ip netns del other 2>/dev/null && umount /run/netns && rmdir /run/netns || true")


def test_what_makes_and_removes_no_namespace_works_with_mounts_of_its_own(sandbox: Sandbox) -> None:
    private = ["unshare", "--mount", "--propagation", "slave"]
    sandbox.sh("mount --make-rshared /")
    before, looked = sandbox.dump(), _look(sandbox)
    sandbox.apply("topology", {"name": "b", "bridges": [{"name": "br7"}]}, wrapper=private)
    sandbox.apply("topology", {"name": "b", "state": "absent"}, wrapper=private)
    sandbox.apply("topology", star())
    assert sandbox.apply("topology", star(), wrapper=private)["changed"] is False
    refused(sandbox, "topology", absent(star()), "Conflict", "to create or remove namespaces", wrapper=private)
    sandbox.apply("topology", absent(star()))
    assert _look(sandbox) == looked
    assert_same(before, sandbox.dump())


#: mounts of its own from which namespaces are seen all the same, or a host of its own
SEEN = {
    "shared": (["unshare", "--mount", "--propagation", "unchanged"], "mount --make-rshared /"),
    "nsenter": (["unshare", "--mount", "nsenter", "--target", "1", "--mount"], "true"),
}
APART = ["unshare", "--net", "--mount", "sh", "-ec", 'mount -t tmpfs none /run; "$@"; ip netns exec red true', "sh"]
CONTAINER = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"]


def test_mounts_of_its_own_that_reach_the_host_or_are_a_host_serve(sandbox: Sandbox) -> None:
    for wrapper, before in SEEN.values():
        sandbox.sh(before)
        sandbox.apply("netns", RED, wrapper=wrapper)
        sandbox.sh("ip netns exec red true")
        sandbox.apply("netns", {**RED, "state": "absent"})
    for wrapper in (APART, CONTAINER):
        sandbox.apply("netns", RED, wrapper=wrapper)
        sandbox.sh(
            "rm -rf /run/netns-lab; rm -f /run/netns/red; umount /run/netns; rmdir /run/netns || true", check=False
        )
