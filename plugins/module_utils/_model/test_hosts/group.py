# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host group of throwaway hosts: its entries, who gets which address, its labs and its inventory. Pure."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional

from ..errors import InvalidArgument
from ..reading import Spec

#: the options of the module
TEST_HOSTS: Spec = {
    "name": {"type": "str", "default": "test-hosts"},
    "hosts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "tree": {"type": "path", "default": "/"},
            "init": {"type": "str", "choices": ["sshd", "systemd"], "default": "sshd"},
            "address": {"type": "str"},
        },
    },
    "subnet": {"type": "str", "default": "10.254.0.0/16"},
    "directory": {"type": "path"},
    "size": {"type": "str", "default": "50%"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

#: where the state of host groups is kept unless a folder is named
FOLDERS = "/run/netns-lab-hosts"
#: where programs are put if they may not run from there
PROGRAMS = "/var/lib/netns-lab-hosts"
#: the bridge of the host group, and a host's link to it
BRIDGE, LINK = "mgmt", "mgmt0"

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_SIZE = re.compile(r"[1-9][0-9]{0,11}[kmgKMG%]?")
#: a socket's path has at most 107 bytes, of which ssh takes up to 29 for a connection that it keeps
_LONGEST_FOLDER = 70
#: a bridge has at most 1023 ports
_MOST = 1023


class HostEntry(NamedTuple):
    """A host.

    :param name: its name, in the inventory too.
    :param tree: the directory that its root directory is an overlay of (str).
    :param init: ``sshd`` or ``systemd``.
    :param address: its address; empty until it is given one.
    """

    name: str
    tree: str
    init: str
    address: str


class HostGroup(NamedTuple):
    """Hosts on a network of their own.

    :param folder: where its state is kept.
    :param subnet: an IPv4 prefix.
    :param size: what the hosts may write in all, as tmpfs takes it.
    :param programs: the folder of the programs that the inventory names.
    """

    name: str
    folder: str
    subnet: str
    size: str
    hosts: tuple[HostEntry, ...]
    programs: str


def host_group(options: Mapping[str, Any]) -> HostGroup:
    """Read the options of ``test_hosts``.

    :param options: the module's options.
    :raises InvalidArgument: for what makes no sense.
    """
    name = _word("name", options["name"])
    folder = _folder(options.get("directory") or f"{FOLDERS}/{name}")
    present = options["state"] == "present"
    network = _network(options["subnet"])
    size = options["size"]
    if not _SIZE.fullmatch(size):
        raise InvalidArgument("size", "a size such as 512m, 4g or 50%", repr(size), "Write a number and k, m, g or %.")
    if size.endswith("%") and int(size[:-1]) > 100:
        raise InvalidArgument("size", "at most 100% of this machine's memory", repr(size), "Write a lower number.")
    given = options.get("hosts") or []
    if present and not given:
        raise InvalidArgument("hosts", "at least one host", "none", "To remove the host group, set state: absent.")
    most = min(_MOST, network.num_addresses - 3)
    if len(given) > most:
        remedy = "Give a larger subnet, or make several host groups."
        raise InvalidArgument("hosts", f"at most {most} hosts in {network}", str(len(given)), remedy)
    hosts = [_host(f"hosts[{index}]", entry, network) for index, entry in enumerate(given)] if present else []
    _once("name", [host.name for host in hosts])
    _once("address", [host.address for host in hosts])
    return HostGroup(name, folder, str(network), size, tuple(hosts), f"{folder}/bin")


def elsewhere(folder: str) -> str:
    """Where the programs of a host group are whose own folder lets none run, as /run does not on Debian.

    :param folder: the host group's own folder (str).
    """
    return f"{PROGRAMS}/{folder.strip('/').replace('/', '-')}"


def _word(where: str, name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name:
        wanted = "1 to 63 letters, digits, _ . - that begins and ends with a letter or digit"
        raise InvalidArgument(where, wanted, repr(name), "Choose another name.")
    return name


def _folder(path: str) -> str:
    if not re.fullmatch(r"/[A-Za-z0-9_./+@-]+", path) or ".." in path.split("/"):
        raise InvalidArgument("directory", "a plain absolute path", repr(path), "Choose another directory.")
    path = "/" + "/".join(part for part in path.split("/") if part not in ("", "."))
    if len(path) > _LONGEST_FOLDER:
        found = f"{len(path)} of {path}"
        raise InvalidArgument("directory", f"at most {_LONGEST_FOLDER} bytes", found, "ssh keeps sockets there.")
    return path


def _network(text: str) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as exc:
        raise InvalidArgument("subnet", "a prefix, e.g. 10.254.0.0/16", f"{text!r}: {exc}", "Correct it.") from exc
    if not 8 <= network.prefixlen <= 29:
        raise InvalidArgument("subnet", "a prefix of 8 to 29 bits", str(network), "Choose another one.")
    return network


def _host(where: str, entry: Mapping[str, Any], network: ipaddress.IPv4Network) -> HostEntry:
    name = _word(f"{where}.name", entry["name"])
    if name in ("all", "ungrouped", "localhost"):
        raise InvalidArgument(f"{where}.name", "a name not reserved by Ansible", repr(name), "Choose another name.")
    tree = entry.get("tree") or "/"
    if not re.fullmatch(r"/[^:,\\\n\0]*", tree):
        remedy = "Choose a path without : , and backslash, which are special in overlay mount options."
        raise InvalidArgument(f"{where}.tree", "an absolute path", repr(tree), remedy)
    tree = tree.rstrip("/") or "/"
    if f"{tree}/".startswith("/run/"):
        raise InvalidArgument(f"{where}.tree", "a tree outside /run", repr(tree), "The group has a /run of its own.")
    init = entry.get("init") or "sshd"
    if init == "systemd" and tree == "/":
        remedy = (
            "Name a Debian tree, as the role netns.lab.test_hosts makes: systemd would start all this machine's units."
        )
        raise InvalidArgument(f"{where}.tree", "a tree for systemd", "this machine's own root", remedy)
    return HostEntry(name, tree, init, _address(f"{where}.address", entry.get("address"), network))


def _address(where: str, text: Optional[str], network: ipaddress.IPv4Network) -> str:
    if not text:
        return ""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError as exc:
        raise InvalidArgument(where, f"an address of {network}", repr(text), "Give it without a prefix.") from exc
    first = network.network_address + 1
    if address not in network or address in (network.network_address, first, network.broadcast_address):
        remedy = f"{first} is the controller's; omit it to get a free one."
        raise InvalidArgument(where, f"an address of {network}", text, remedy)
    return str(address)


def _once(option: str, values: Iterable[str]) -> None:
    seen = set()
    for index, value in enumerate(values):
        if value and value in seen:
            raise InvalidArgument(f"hosts[{index}].{option}", f"each {option} once", repr(value), "Choose another one.")
        seen.add(value)


def placed(wanted: HostGroup, standing: Mapping[str, str]) -> HostGroup:
    """The host group with an address for each host.

    Pinned ones are set aside first; a host that stands keeps its own; others get the lowest free ones, in their order.

    :param wanted: the host group.
    :param standing: the addresses of hosts that stand, by name.
    """
    network = ipaddress.IPv4Network(wanted.subnet)
    mine = {host.name: host.address for host in wanted.hosts if host.address}
    for host in wanted.hosts:
        old = standing.get(host.name, "")
        if host.name not in mine and old and old not in mine.values() and ipaddress.IPv4Address(old) in network:
            mine[host.name] = old
    taken = set(mine.values())
    free = (str(address) for address in _others(network) if str(address) not in taken)
    hosts = [host._replace(address=mine.get(host.name) or next(free)) for host in wanted.hosts]
    return wanted._replace(hosts=tuple(hosts))


def _others(network: ipaddress.IPv4Network) -> Iterable[ipaddress.IPv4Address]:
    hosts = network.hosts()
    next(hosts)
    return hosts


def group_lab(subnet: str) -> dict[str, Any]:
    """The lab of a host group, as the options of ``topology``: the bridge with the controller's address.

    :param subnet: the prefix (str).
    """
    network = ipaddress.IPv4Network(subnet)
    address = f"{network.network_address + 1}/{network.prefixlen}"
    return {"name": "group", "bridges": [{"name": BRIDGE, "addresses": [address], "addrgenmode": "none"}]}


def host_lab(host: HostEntry, subnet: str) -> dict[str, Any]:
    """The lab of a host: its namespace, and a veth pair to the bridge.

    The MAC address follows from the address: one that changed with a reboot would leave the controller with a stale
    neighbour. Without IPv6 on it, as many hosts on one bridge would drown in each other's multicast.

    :param host: the host, with its address.
    :param subnet: the prefix (str).
    """
    network = ipaddress.IPv4Network(subnet)
    address = ipaddress.IPv4Address(host.address)
    peer = {"name": f"h{int(address) - int(network.network_address)}", "bridge": BRIDGE, "addrgenmode": "none"}
    pair = {
        "name": LINK,
        "netns": host.name,
        "mac": "02:74:" + ":".join(f"{byte:02x}" for byte in address.packed),
        "addresses": [f"{address}/{network.prefixlen}"],
        "addrgenmode": "none",
        "peer": peer,
    }
    namespace = {"name": host.name, "sysctls": {"net.ipv4.ip_forward": "0"}}
    return {"name": f"host-{host.name}", "namespaces": [namespace], "veths": [pair]}


def inventory(wanted: HostGroup, pythons: Mapping[str, str]) -> dict[str, Any]:
    """What Ansible needs to reach the hosts, in the form of its YAML inventories.

    :param wanted: the host group.
    :param pythons: the interpreter in each tree; a tree without one is left to Ansible to search.
    """
    folder = wanted.folder
    hosts = {}
    for host in wanted.hosts:
        hosts[host.name] = {"ansible_host": host.address}
        if pythons.get(host.tree):
            hosts[host.name]["ansible_python_interpreter"] = pythons[host.tree]
    own = f"-F /dev/null -o UserKnownHostsFile={folder}/known_hosts -o GlobalKnownHostsFile=/dev/null"
    common = {
        "ansible_connection": "ssh",
        "ansible_user": "root",
        "ansible_become": False,
        "ansible_ssh_private_key_file": f"{folder}/key",
        "ansible_ssh_common_args": f"{own} -o IdentitiesOnly=yes",
        "ansible_host_key_checking": True,
        "ansible_ssh_executable": f"{wanted.programs}/ssh",
        "ansible_sftp_executable": f"{wanted.programs}/sftp",
        "ansible_scp_executable": f"{wanted.programs}/scp",
        "ansible_control_path_dir": f"{folder}/c",
        "ansible_pipelining": True,
    }
    return {"all": {"children": {group(wanted.name): {"hosts": hosts, "vars": common}}}}


def group(name: str) -> str:
    """A host group's name as that of a group.

    :param name: the host group's name (str).
    """
    found = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return found if not found[0].isdigit() else f"_{found}"


def to_yaml(value: Mapping[str, Any], indent: int = 0) -> str:
    """Dictionaries of dictionaries and plain values as YAML, without a library for it.

    :param value: the dictionary.
    :param indent: spaces before each line (int).
    """
    lines = []
    for key, part in value.items():
        if isinstance(part, Mapping):
            lines.append(f"{'  ' * indent}{json.dumps(key)}:\n{to_yaml(part, indent + 1)}")
        else:
            lines.append(f"{'  ' * indent}{json.dumps(key)}: {json.dumps(part)}\n")
    return "".join(lines)


def sshd_config() -> str:
    """The configuration of a host's sshd: keys only; the pid file is what tells that it listens."""
    return (
        "Port 22\n"
        "HostKey /etc/ssh/netns-lab_host_key\n"
        "AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/netns-lab_authorized_keys\n"
        "AuthenticationMethods publickey\n"
        "PasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\n"
        "UsePAM no\n"
        "UseDNS no\n"
        "MaxStartups 100\n"
        "MaxSessions 100\n"
        "Subsystem sftp internal-sftp\n"
        "PidFile /run/sshd.pid\n"
    )


#: a program of the group's user: it enters the group's network and leaves everything else of the controller alone
WRAPPER = """#!/bin/sh
# Runs {program} in the network of the host group {name}, whose process is {pid}, started at tick {started}.
runs() {{ read -r line <"/proc/{pid}/stat" && set -- ${{line##*) }} && [ "$1" != Z ] && [ "${{20}}" = {started} ]; }}
if ! runs 2>/dev/null; then
    echo "The throwaway hosts of {name} are gone. Make them again with netns.lab.test_hosts." >&2
    exit 255
fi
exec nsenter --net=/proc/{pid}/ns/net -- {program} "$@"
"""


def wrapper(program: str, name: str, pid: int, started: int) -> str:
    """The text of a wrapper.

    :param program: the path of the program to run on the host (str).
    :param name: the host's name (str).
    :param pid: the host group's process, as the controller sees it.
    :param started: when it was started, as /proc/PID/stat has it: another process of that number is not entered.
    """
    return WRAPPER.format(program=program, name=name, pid=pid, started=started)


#: what a host without an init system has for shutdown, reboot, poweroff and halt
SHUTDOWN = """#!{python} -I
# Ends or restarts this throwaway host, a moment after the caller has had its answer.
import ctypes
import os
import sys
import time

name = os.path.basename(sys.argv[0])
options = [word for word in sys.argv[1:] if word.startswith("-")]
if name == "shutdown" and "-c" in options:
    sys.exit(0)
again = name == "reboot" or (name == "shutdown" and "-r" in options)
if os.fork() == 0:
    os.setsid()
    for number in range(3):
        os.dup2(os.open("/dev/null", os.O_RDWR), number)
    if os.fork() == 0:
        time.sleep(0.3)
        ctypes.CDLL(None).reboot(0x01234567 if again else 0x4321FEDC)
    os._exit(0)
os.wait()
"""
