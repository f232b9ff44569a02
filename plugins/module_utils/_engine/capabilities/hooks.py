# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files by which a host's package manager, or systemd, calls the program that grants capabilities again."""

from __future__ import annotations

from collections.abc import Sequence

PROGRAM = "/usr/local/sbin/netns-lab-capabilities"

_HEAD = "# Written by the Ansible collection netns.lab: gives programs back the capabilities that a new version lost.\n"
_UNIT = "/etc/systemd/system/netns-lab-capabilities"
#: the unit by which systemd waits for new files
WATCHING = f"{_UNIT}.path"

_DPKG = f"""{_HEAD}\
post-invoke=if [ -z "$DPKG_ROOT" ] && [ -x {PROGRAM} ]; then {PROGRAM} grant || true; fi
"""
_DNF4 = f"{_HEAD}*:any:{PROGRAM} grant\n"
_DNF5 = f"{_HEAD}post_transaction::::{PROGRAM} grant\n"
_PACMAN = f"""{_HEAD}\
[Trigger]
Operation = Install
Operation = Upgrade
Type = Package
Target = *

[Action]
Description = Granting capabilities of /etc/netns-lab/capabilities.d...
When = PostTransaction
Exec = {PROGRAM} grant
"""
_SERVICE = f"""{_HEAD}\
[Unit]
Description=Grants the capabilities of /etc/netns-lab/capabilities.d
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart={PROGRAM} grant
# it reads lists and sets attributes of files, which may lie anywhere: no ProtectSystem=, ProtectHome= or ProcSubset=
CapabilityBoundingSet=CAP_SETFCAP
NoNewPrivileges=yes
PrivateDevices=yes
PrivateNetwork=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
IPAddressDeny=any
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
"""

#: way to be called -> the files that make it so
FILES: dict[str, dict[str, str]] = {
    "dpkg": {"/etc/dpkg/dpkg.cfg.d/netns-lab-capabilities": _DPKG},
    "dnf5": {"/etc/dnf/libdnf5-plugins/actions.d/netns-lab-capabilities.actions": _DNF5},
    "dnf": {"/etc/dnf/plugins/post-transaction-actions.d/netns-lab-capabilities.action": _DNF4},
    "pacman": {"/etc/pacman.d/hooks/netns-lab-capabilities.hook": _PACMAN},
    "path": {f"{_UNIT}.service": _SERVICE, WATCHING: ""},
    "none": {},
}

#: (a file that is there where a way works, the way), the first that is there is taken
SIGNS = (
    ("/etc/debian_version", "dpkg"),
    ("/etc/dnf/libdnf5-plugins/actions.conf", "dnf5"),
    ("/etc/dnf/plugins/post-transaction-actions.conf", "dnf"),
    ("/etc/pacman.conf", "pacman"),
    ("/run/systemd/system", "path"),
)


def files(way: str, paths: Sequence[str]) -> dict[str, str]:
    """The files of a way.

    :param way: a key of :data:`FILES`.
    :param paths: the files whose replacement ``path`` has systemd wait for.
    :returns: path -> content.
    """
    found = dict(FILES[way])
    if way == "path":
        found[WATCHING] = _watching(paths)
    return found


def mode(path: str) -> int:
    """The mode that a file is to have.

    :param path: the file's (str).
    """
    return 0o755 if path == PROGRAM else 0o644


def _watching(paths: Sequence[str]) -> str:
    """A path unit; systemd takes % in a path for a specifier."""
    lines = "".join(f"PathChanged={path.replace('%', '%%')}\n" for path in paths)
    unit = "[Unit]\nDescription=Waits for new versions of programs with capabilities\n"
    return f"{_HEAD}{unit}\n[Path]\n{lines}\n[Install]\nWantedBy=multi-user.target\n"
