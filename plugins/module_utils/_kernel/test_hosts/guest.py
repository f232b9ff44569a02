# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a fork of the host group's process to process 1 of a throwaway host: namespaces, root directory, programs."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import uuid
from contextlib import suppress
from typing import NamedTuple, NoReturn

from ..._model.test_hosts import group as model
from ..._model.test_hosts.group import HostEntry
from ..netlink import mounts, netns
from ..system import files
from . import tree

#: capabilities(7) that would reach the machine's clock, modules, hardware, log or security policy; a host's reboot(2)
#: ends only itself
_LOST = {
    "CAP_SYS_MODULE": 16,
    "CAP_SYS_RAWIO": 17,
    "CAP_SYS_TIME": 25,
    "CAP_MAC_OVERRIDE": 32,
    "CAP_MAC_ADMIN": 33,
    "CAP_SYSLOG": 34,
    "CAP_WAKE_ALARM": 35,
}
#: the mode of a file that everybody may read
_PLAIN = 0o644
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "net/tun")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
#: process 1 where there is no init system: it starts sshd and reaps what nobody waits for
_SHELL = """
{sshd} -E /run/sshd.log || {{ cat /run/sshd.log >&2; exit 3; }}
exec </dev/null >/dev/null 2>&1
trap '' HUP INT TERM
while :; do sleep 2147483647 & wait; done
"""


class Place(NamedTuple):
    """Where a host's files are, in the host group's mounts.

    :param work: a folder of its own in the host group's tmpfs.
    :param state: the host group's folder, with its keys.
    :param cgroup: the host's own cgroup, empty where it needs none.
    """

    work: str
    state: str
    cgroup: str


def start(host: HostEntry, place: Place) -> int:
    """Fork what becomes the host's process 1.

    :param host: the host.
    :param place: where its files are.
    :returns: a descriptor to read: the process id on the first line, then nothing more once the host's own program
        runs, or why it does not.
    """
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.close(reading)
            _begin(host, place, writing)
        except BaseException as exc:  # noqa: BLE001 - nothing of the parent's may run in the child
            os.write(writing, f"failed {exc}".encode())
        finally:
            os._exit(1)
    os.close(writing)
    return reading


def _begin(host: HostEntry, place: Place, writing: int) -> None:
    namespace = netns.open_netns(host.name)
    netns.setns(namespace)
    os.close(namespace)
    if place.cgroup:
        with open(f"{place.cgroup}/cgroup.procs", "w", encoding="ascii") as file:
            file.write("0")
    mounts.unshare(mounts.NEWNS | mounts.NEWUTS | mounts.NEWIPC | mounts.NEWPID | mounts.NEWCGROUP)
    pid = os.fork()
    if pid:
        os.write(writing, f"pid {pid}\n".encode())
        os._exit(0)
    os.setsid()
    os.umask(0o022)
    _become(host, place)


def _become(host: HostEntry, place: Place) -> NoReturn:
    """Be process 1."""
    sshd, init, python = tree.sshd(host.tree), tree.init(host.tree), tree.python(host.tree)
    secrets = files.read(f"{place.state}/host_key"), files.read(f"{place.state}/key.pub")
    log = os.open(f"{place.work}/log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    root = f"{place.work}/root"
    mounts.mount("", "/", flags=mounts.REC | mounts.PRIVATE)
    _overlay(host, place, root)
    _proc(root, place)
    _sys(root, host)
    _dev(root)
    mounts.tmpfs(f"{root}/run", "755", "20%", mounts.NOSUID | mounts.NODEV)
    mounts.tmpfs(f"{root}/tmp", "1777", "20%", mounts.NOSUID | mounts.NODEV)  # noqa: S108 - the host's own
    mounts.pivot(root)
    for folder in ("/run/sshd", "/run/lock"):
        os.mkdir(folder, 0o755)
    _etc(host, *secrets)
    if host.init == "sshd" and python:
        _shutdowns(python)
    for number in _LOST.values():
        mounts.drop_capability(number)
    null = os.open("/dev/null", os.O_RDWR)
    systemd = host.init == "systemd"
    for number, descriptor in enumerate((null, null, null if systemd else log)):
        os.dup2(descriptor, number)
    if systemd:
        os.execve(str(init), ["/sbin/init", "--show-status=0"], {**_ENVIRONMENT, "container": "netns-lab"})  # noqa: S606
    os.execve("/bin/sh", ["init", "-c", _SHELL.format(sshd=sshd)], _ENVIRONMENT)  # noqa: S606


def _overlay(host: HostEntry, place: Place, root: str) -> None:
    upper = f"{place.work}/upper"
    if host.tree == "/" and not os.path.lexists(f"{upper}/root"):
        # the machine's own settings for root are not the host's, and may keep an ssh session waiting
        os.mkdir(f"{upper}/root", 0o700)
        os.setxattr(f"{upper}/root", "trusted.overlay.opaque", b"y")
    options = f"lowerdir={host.tree},upperdir={upper},workdir={place.work}/work"
    mounts.mount(host.name, root, "overlay", 0, options)


def _proc(root: str, place: Place) -> None:
    """Processes of its own; of the kernel's settings it may write those of its network."""
    proc = f"{root}/proc"
    mounts.mount("proc", proc, "proc", mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)
    for path in ("sys", "sys/net"):
        mounts.bind(f"{proc}/{path}", f"{proc}/{path}")
    mounts.read_only(f"{proc}/sys")
    for path in ("irq", "bus", "fs"):
        if os.path.exists(f"{proc}/{path}"):
            mounts.bind(f"{proc}/{path}", f"{proc}/{path}")
            mounts.read_only(f"{proc}/{path}")
    if os.path.exists(f"{proc}/sysrq-trigger"):
        mounts.bind("/dev/null", f"{proc}/sysrq-trigger")
    boot = f"{place.work}/boot_id"
    files.write(boot, f"{uuid.uuid4()}\n", 0o444)
    mounts.bind(boot, f"{proc}/sys/kernel/random/boot_id")


def _sys(root: str, host: HostEntry) -> None:
    """Devices to read, the host's own links to write. Where it is read-only, systemd starts no udev."""
    sys = f"{root}/sys"
    mounts.mount("sysfs", sys, "sysfs", mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)
    own = f"{sys}/devices/virtual/net"
    if os.path.isdir(own):
        mounts.bind(own, own)
    mounts.read_only(sys)
    if host.init == "systemd":
        mounts.mount("cgroup2", f"{sys}/fs/cgroup", "cgroup2", mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)


def _dev(root: str) -> None:
    dev = f"{root}/dev"
    mounts.tmpfs(dev, "755", "1m")
    os.umask(0)
    for name in _DEVICES:
        with suppress(FileNotFoundError):
            found = os.stat(f"/dev/{name}")
            os.makedirs(os.path.dirname(f"{dev}/{name}"), 0o755, exist_ok=True)
            os.mknod(f"{dev}/{name}", stat.S_IFCHR | 0o666, found.st_rdev)
    os.umask(0o022)
    for name, target in _LINKS.items():
        os.symlink(target, f"{dev}/{name}")
    for name in ("pts", "shm"):
        os.mkdir(f"{dev}/{name}")
    pts = "newinstance,ptmxmode=666,mode=620,gid=5"
    mounts.mount("devpts", f"{dev}/pts", "devpts", mounts.NOSUID | mounts.NOEXEC, pts)
    mounts.tmpfs(f"{dev}/shm", "1777", "20%", mounts.NOSUID | mounts.NODEV)


def _etc(host: HostEntry, key: bytes, authorized: bytes) -> None:
    """The host's name, and at its birth what makes it one of its own. Links lead within the host by now."""
    born = "/etc/ssh/netns-lab_host_key"
    if not os.path.exists(born):
        os.makedirs("/etc/ssh", 0o755, exist_ok=True)
        files.write("/etc/hostname", f"{host.name}\n", _PLAIN)
        files.write("/etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {host.name}\n::1 localhost\n", _PLAIN)
        files.write("/etc/machine-id", f"{uuid.uuid4().hex}\n", 0o444)
        with suppress(FileNotFoundError):
            os.unlink("/var/lib/dbus/machine-id")
        files.write("/etc/ssh/sshd_config", model.sshd_config(), _PLAIN)
        files.write("/etc/ssh/netns-lab_authorized_keys", authorized, _PLAIN)
        _unlock_root()
        files.write(born, key, 0o600)
    with suppress(OSError):
        mounts.set_host_name(files.read("/etc/hostname").decode().split()[0][:64])


def _unlock_root() -> None:
    """A locked account may not log in by a key either."""
    with suppress(FileNotFoundError):
        lines = files.read("/etc/shadow").split(b"\n")
        for index, line in enumerate(lines):
            fields = line.split(b":")
            if fields[0] == b"root" and len(fields) > 1 and fields[1].startswith(b"!"):
                fields[1] = b"*"
                lines[index] = b":".join(fields)
                with open("/etc/shadow", "wb") as file:  # in its place, so that it keeps its owner, mode and label
                    file.write(b"\n".join(lines))


def _shutdowns(python: str) -> None:
    """Programs that end the host, in place of those that would ask an init system."""
    for name in ("shutdown", "reboot", "poweroff", "halt"):
        path = f"/sbin/{name}"
        text = model.SHUTDOWN.format(python=python).encode()
        if os.path.islink(path) or not os.path.exists(path) or files.read(path) != text:
            files.write(path, text, 0o755)


def prepare(place: Place) -> None:
    """Make the folders that a host's own files are in, empty.

    :param place: where the host's files are.
    """
    shutil.rmtree(place.work, ignore_errors=True)
    for name in ("", "/upper", "/work", "/root"):
        os.mkdir(f"{place.work}{name}", 0o755)
