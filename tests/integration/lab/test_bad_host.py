# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host lacks or already has: programs, packages, privileges, foreign objects, overlapping subnets."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.dumps import assert_same
from ..support.labs import absent, bridge_nat, change, star
from ..support.network import Outside, ping
from ..support.sandbox import Sandbox

FORWARD = {"protocol": "tcp", "port": "80", "to": "192.168.15.2:80"}
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
#: nobody, who may read the interpreter's files wherever they lie, and nothing else
READER = [*NOBODY, "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
WITHOUT_CAPABILITIES = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]


def _refused_there(sandbox: Sandbox, module: str, args: dict[str, Any], kind: str, *words: str, **options: Any) -> None:
    """As ``refused``, with the dumps taken by one who sees everything."""
    before = sandbox.dump()
    result = sandbox.module(module, args, **options)
    assert result.get("failed"), result
    assert result["error"]["kind"] == kind, result["msg"]
    for word in words:
        assert word in result["msg"], result["msg"]
    assert_same(before, sandbox.dump())


@pytest.mark.parametrize(("module", "args"), [("port_forward", FORWARD), ("topology", bridge_nat())])
def test_nft_missing(sandbox: Sandbox, module: str, args: dict[str, Any]) -> None:
    bare = sandbox.dump()
    path = sandbox.sh("command -v nft").strip()
    sandbox.sh(f"mount --bind /dev/null {path}")
    for check in (True, False):
        result = sandbox.module(module, args, check=check)
        assert result["error"]["kind"] == "Dependency", result["msg"]
        assert "nft" in result["msg"] and "nftables" in result["error"]["remedy"]
    sandbox.sh(f"umount {path}")
    assert_same(bare, sandbox.dump())


def test_without_nft_what_needs_none_works(sandbox: Sandbox) -> None:
    sandbox.sh("mount --bind /dev/null $(command -v nft)")
    converge_args = star()
    sandbox.apply("topology", converge_args)
    assert ping(sandbox, "red", "192.168.15.2").answered
    assert sandbox.apply("topology", converge_args)["plan"] == []
    sandbox.apply("topology", absent(star()))
    assert sandbox.namespaces() == set()


@pytest.fixture
def no_pyroute2(sandbox: Sandbox) -> dict[str, Any]:
    """Options with which a module runs in an interpreter that has Ansible's module library and no other package."""
    found = sandbox.run([sandbox.python, "-c", "import ansible, os; print(os.path.dirname(ansible.__file__))"])
    bare = sandbox.scratch / "bare"
    bare.mkdir()
    (bare / "ansible").symlink_to(found.stdout.strip())
    without_site = ["sh", "-c", 'exec "$0" -S "$@"']
    env = {"PYTHONPATH": f"{bare}:{sandbox.collections}"}
    missing = sandbox.run([*without_site, sandbox.python, "-c", "import pyroute2"], check=False, env=env)
    assert "No module named 'pyroute2'" in missing.stderr
    # nor is there another interpreter that has it
    sandbox.sh("for dir in /usr/lib/python3/dist-packages /usr/local/lib/python3*/dist-packages; do "
               "if [ -d $dir ]; then mount -t tmpfs tmpfs $dir; fi; done")  # fmt: skip
    return {"wrapper": without_site, "env": env}


def test_the_language_needs_no_pyroute2(sandbox: Sandbox, no_pyroute2: dict[str, Any]) -> None:
    before = sandbox.dump()
    lab = bridge_nat(
        bridges=[{"name": "v-net-0", "addresses": ["192.168.15.5/24"], "stp": True, "forward_delay": 2}],
        bridge_ports=[{"dev": "veth-red-br", "bridge": "v-net-0", "isolated": True, "cost": 7, "priority": 9}],
        rules=[{"netns": "red", "priority": 100, "table": "9"}],
    )
    assert sandbox.apply("topology", lab, **no_pyroute2)["changed"] is True
    assert sandbox.apply("topology", lab, **no_pyroute2)["changed"] is False
    assert (sandbox.link("v-net-0") or {})["linkinfo"]["info_data"]["stp_state"] == 1
    assert (sandbox.link("veth-red-br") or {})["linkinfo"]["info_slave_data"]["isolated"] is True
    assert ping(sandbox, "red", "192.168.15.2").answered
    assert sandbox.apply("topology", absent(lab), **no_pyroute2)["changed"] is True
    assert_same(before, sandbox.dump())


def test_vlan_filtering_is_there_or_a_dependency(sandbox: Sandbox) -> None:
    probe = sandbox.run(["ip", "link", "add", "probe", "type", "bridge", "vlan_filtering", "1"], check=False)
    has_it = probe.returncode == 0 and (sandbox.link("probe") or {})["linkinfo"]["info_data"].get("vlan_filtering") == 1
    sandbox.run(["ip", "link", "del", "probe"], check=False)
    args = {"name": "br0", "vlan_filtering": True}
    if has_it:
        converge(sandbox, "bridge", args)
        assert (sandbox.link("br0") or {})["linkinfo"]["info_data"]["vlan_filtering"] == 1
    else:
        refused(sandbox, "bridge", args, "Dependency", "vlan_filtering")


@pytest.mark.parametrize(
    ("module", "args"), [("netns", {"name": "red"}), ("port_forward", FORWARD), ("topology", star())]
)
def test_no_privileges(sandbox: Sandbox, module: str, args: dict[str, Any]) -> None:
    _refused_there(sandbox, module, args, "Permission", "root", wrapper=WITHOUT_CAPABILITIES)


@pytest.mark.root
@pytest.mark.parametrize(
    ("module", "args"),
    [("netns", {"name": "red"}), ("topology", star()), ("netns", {"name": "red", "state": "absent"})],
)
def test_nobody(sandbox: Sandbox, module: str, args: dict[str, Any]) -> None:
    sandbox.scratch.chmod(0o777)
    _refused_there(sandbox, module, args, "Permission", "root", wrapper=READER)


FOREIGN = {
    "namespace": ("ip netns add red", "namespaces[0]", "red"),
    "bridge": ("ip link add v-net-0 type bridge", "bridges[0]", "v-net-0"),
    "bridge's name on another kind": ("ip link add v-net-0 type ifb", "bridges[0]", "ifb"),
    "port's name on a bridge": ("ip link add veth-red-br type bridge", "veths[0].peer", "bridge"),
    "port's name on another veth pair": ("ip link add veth-red-br type veth peer name other", "veths[0].peer", "other"),
}


@pytest.mark.parametrize("case", FOREIGN.values(), ids=[name.replace(" ", "-") for name in FOREIGN])
def test_a_foreign_object_of_the_name_is_a_conflict(sandbox: Sandbox, case: tuple[str, str, str]) -> None:
    command, entry, word = case
    sandbox.sh(command)
    refused(sandbox, "topology", bridge_nat(), "Conflict", entry, word)


@pytest.mark.parametrize(
    ("module", "args"),
    [
        ("bridge", {"name": "dev9"}),
        ("veth", {"name": "dev9", "peer": {"name": "b"}}),
        ("veth", {"name": "a", "peer": {"name": "dev9"}}),
    ],
)
def test_an_existing_link_of_another_kind(sandbox: Sandbox, module: str, args: dict[str, Any]) -> None:
    sandbox.sh("ip link add dev9 type ifb")
    refused(sandbox, module, args, "Conflict", "dev9", "ifb")


@pytest.mark.parametrize("option", ["hosts", "resolv_conf"])
def test_a_foreign_file_of_a_namespace_is_kept(sandbox: Sandbox, option: str) -> None:
    file = option.replace("_", ".")
    sandbox.sh(f"mkdir -p /etc/netns/red; echo mine >/etc/netns/red/{file}")
    before = sandbox.dump()
    lab = star(namespaces=[{"name": "red", option: "ours\n"}, {"name": "blue"}])
    refused(sandbox, "topology", lab, "Conflict", file)
    sandbox.apply("topology", star())
    sandbox.apply("topology", absent(star()))
    assert_same(before, sandbox.dump())


def test_another_labs_objects_are_a_conflict(sandbox: Sandbox) -> None:
    sandbox.apply("topology", star(("red", "blue"), name="one"))
    refused(sandbox, "topology", star(("red", "blue"), name="two"), "Conflict", "one", "red")


def test_another_labs_port_is_a_conflict(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    other = {"name": "other", "port_forwards": [{"protocol": "tcp", "port": "79-80", "to": "192.168.16.2"}]}
    refused(sandbox, "topology", other, "Conflict", "port_forwards[0]", "80", "star")
    refused(sandbox, "port_forward", {"protocol": "tcp", "port": "80", "to": "192.168.16.2"}, "Conflict", "80", "star")
    converge(sandbox, "port_forward", {"protocol": "udp", "port": "80", "to": "192.168.16.2"})


def test_another_labs_port_at_an_address_is_a_conflict(sandbox: Sandbox, outside: Outside) -> None:
    at_two = {**FORWARD, "listen": ["192.168.1.2", "192.168.1.22"]}
    sandbox.apply("topology", bridge_nat(port_forwards=[at_two]))
    other = {"name": "other", "port_forwards": [{**FORWARD, "to": "192.168.16.1", "listen": ["192.168.1.22"]}]}
    refused(sandbox, "topology", other, "Conflict", "port_forwards[0]", "192.168.1.22", "star")


OVERLAPS = {
    "the same subnet": "192.168.1.77/24",
    "a wider one": "192.168.0.1/16",
    "a narrower one": "192.168.1.129/25",
}


@pytest.mark.parametrize("address", OVERLAPS.values(), ids=[name.replace(" ", "-") for name in OVERLAPS])
def test_a_subnet_that_the_host_has_on_another_link(sandbox: Sandbox, outside: Outside, address: str) -> None:
    lab = {"name": "lap", "bridges": [{"name": "br1", "addresses": [address]}]}
    refused(sandbox, "topology", lab, "Conflict", "bridges[0].addresses[0]", "eth0", "allow_overlap")
    refused(sandbox, "bridge", lab["bridges"][0], "Conflict", "eth0", "allow_overlap")  # type: ignore[index]
    assert ping(sandbox, "", "192.168.1.3").answered
    converge(sandbox, "topology", {**lab, "allow_overlap": True})
    assert address in sandbox.addresses("br1")


def test_a_routed_subnet_overlaps_too_and_a_namespaces_own_does_not(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh("ip route add 10.7.0.0/16 via 192.168.1.3")
    refused(sandbox, "bridge", {"name": "br1", "addresses": ["10.7.7.1/24"]}, "Conflict", "10.7.0.0/16", "eth0")
    sandbox.apply("netns", {"name": "red"})
    args = {"name": "br1", "netns": "red", "addresses": ["10.7.7.1/24", "192.168.1.2/24"]}
    converge(sandbox, "bridge", args)


def test_a_gateway_is_found_on_a_foreign_link_too(sandbox: Sandbox, outside: Outside) -> None:
    route = {"dst": "203.0.113.0/24", "gateway": "192.168.1.3"}
    lab = {"name": "via", "routes": [route]}
    converge(sandbox, "topology", lab)
    assert_nothing_to_do(sandbox, "netns_route", route)


def test_a_foreign_route_is_a_conflict(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh("ip route add 203.0.113.0/24 via 192.168.1.3; ip rule add priority 50 fwmark 9 table 9")
    route = {"dst": "203.0.113.0/24", "type": "blackhole"}
    refused(sandbox, "topology", {"name": "via", "routes": [route]}, "Conflict", "routes[0]", "203.0.113.0/24")
    rule = {"priority": 50, "table": "8"}
    refused(sandbox, "topology", {"name": "via", "rules": [rule]}, "Conflict", "rules[0]", "50")


def test_a_name_that_another_end_of_the_lab_needs(sandbox: Sandbox) -> None:
    lab = change(star(), {"bridges.+": {"name": "veth-red-br"}})
    refused(sandbox, "topology", lab, "InvalidArgument", "veth-red-br")


def test_who_would_take_links_from_a_lab_is_named(sandbox: Sandbox) -> None:
    """A process of the name in the host's network, and the settings that count; not one in another network."""
    lab = {"name": "l", "bridges": [{"name": "br0"}], "namespaces": [{"name": "red"}],
           "veths": [{"name": "eth0", "netns": "red", "peer": {"name": "ve-red", "bridge": "br0"}}]}  # fmt: skip
    sandbox.sh("mkdir -p /run/systemd/netif /run/systemd/network /run/NetworkManager/conf.d")
    copies = {name: sandbox.scratch / name for name in ("systemd-networkd", "NetworkManager")}
    for path in copies.values():
        sandbox.sh(f"cp $(command -v sleep) {path}")
    sandbox.sh("printf '[Match]\\nName=ve-*\\nKind=veth\\n' >/run/systemd/network/10-ve.network")
    assert "warnings" not in sandbox.apply("topology", lab), "none of them runs"
    sandbox.background(["unshare", "--net", str(copies["NetworkManager"]), "1000"])
    for name, path in copies.items():
        started = sandbox.background(["sh", "-c", f"echo up; exec {path} 1000"])
        started.wait_for("up")
        sandbox.sh(f"until pgrep -x {name[:15]} >/dev/null; do sleep 0.01; done")
        if name == "systemd-networkd":
            (warning,) = map(str, sandbox.apply("topology", lab)["warnings"])
            assert "systemd-networkd" in warning and "(ve-red)" in warning and "10-ve.network" in warning
    assert len(sandbox.apply("topology", lab, check=True)["warnings"]) == 2
    found = sandbox.apply("doctor", {"name": "l"})["findings"]
    told = {(each["object"], word) for each in found for word in copies if word in each["cause"]}
    assert told == {("ve-red", "systemd-networkd"), ("ve-red", "NetworkManager")}
    sandbox.sh("printf '[Match]\\nName=ve-red\\n[Link]\\nUnmanaged=yes\\n' >/run/systemd/network/05-lab.network")
    sandbox.sh("printf '[keyfile]\\nunmanaged-devices+=interface-name:=ve-red\\n' >/run/NetworkManager/conf.d/9.conf")
    assert "warnings" not in sandbox.apply("topology", lab)
