# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an errno to words: what was refused, why, and what the user can do about it."""

from __future__ import annotations

import errno
from contextlib import suppress

from ..._engine.lab.kinds.address import AddressKey
from ..._engine.lab.kinds.link import LinkKey
from ..._engine.lab.kinds.paths import DirectoryKey, FileKey
from ..._engine.lab.kinds.route import RouteKey
from ..._engine.lab.kinds.sysctl import SysctlKey
from ..._engine.state import Change
from ..._model import errors
from . import privileges

_REMEDIES = {
    errno.EEXIST: "Something of this name or number is there already: see what it is, and remove or rename it.",
    errno.EINVAL: "The kernel does not take this value: correct it.",
    errno.ERANGE: "The kernel does not take this value: correct it.",
    errno.ENETUNREACH: "Give a link an address in the gateway's subnet, and see that the link is up.",
    errno.EHOSTUNREACH: "Give a link an address in the gateway's subnet, and see that the link is up.",
    errno.EADDRINUSE: "A program or another link has this UDP port: see ss -lunp, or use another port.",
    errno.EBUSY: "Another process holds it: end that and run again.",
    errno.EMFILE: "Raise the limit of open files (ulimit -n).",
    errno.ENOSPC: "A limit is reached: for namespaces see the sysctl user.max_net_namespaces, and df -i /run.",
}
_MODULES = {"vlan_filtering": "CONFIG_BRIDGE_VLAN_FILTERING", "veth": "the module veth", "bridge": "the module bridge"}


#: what a file system says that has no room left
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def room(path: str) -> str:
    """The remedy where a path cannot be written for want of room."""
    return f"The file system of {path} is full: make room there (df -h and df -i show it), and run again."


class Refused(Exception):
    """A change that the kernel refused, with the error for the user, and the kernel's errno where there is one."""

    def __init__(self, change: Change, error: errors.LabError, number: int = 0) -> None:
        super().__init__(str(error))
        self.change, self.error, self.errno = change, error, number


def unread(what: str, exc: OSError) -> errors.Kernel:
    """What could not be read, and why, in words."""
    remedy = _remedy(exc, "See the kernel's words, and run again.")
    return errors.Kernel(what, "to read it", _found(exc), remedy)


def stopped(exc: OSError) -> errors.Kernel:
    """Why a run came to a stop between two changes, in words."""
    remedy = _remedy(exc, "See the kernel's words, and run again.")
    return errors.Kernel("this host", "to go on with the run", _found(exc), remedy)


def _remedy(exc: OSError, otherwise: str) -> str:
    if exc.errno in (errno.EPERM, errno.EACCES):
        return forbidden()
    return _REMEDIES.get(exc.errno or 0, otherwise)


def forbidden(needed: dict[str, int] = privileges.NEEDED) -> str:
    """The remedy where the kernel says that it is not permitted: who lacks privileges is told which, nobody else.

    :param needed: the capabilities that it takes, each with its bit.
    """
    missing = privileges.missing(needed)
    if missing:
        return f"Run it as root (become: true): this process lacks {' and '.join(missing)}."
    if privileges.in_user_namespace():
        return "This process is root of a user namespace only, which may not do this: run it as root of the host."
    return (
        "This process has the privileges for it, so something else forbids it: a security module (SELinux, AppArmor), "
        "the seccomp filter of a container or a unit, a read-only mount, or a lockdown. The kernel's log says which "
        "(dmesg, journalctl -k)."
    )


def process_words(process: int) -> str:
    """A process with its command line, for a person."""
    command = ""
    with suppress(OSError), open(f"/proc/{process}/cmdline", encoding="utf-8", errors="replace") as file:
        command = " ".join(file.read().split("\0")).strip()
    return f"process {process} ({command or 'unknown'})"


def _found(exc: OSError) -> str:
    text = exc.strerror or str(exc)
    return f"errno {exc.errno}: {text}" if exc.errno else text


def refusal(change: Change, exc: OSError) -> Refused:
    """The kernel's refusal of a change in words."""
    verb = "remove" if change.after is None else "make" if change.before is None else "change"
    wanted = f"to {verb} it"
    if isinstance(change.key, SysctlKey) and change.after is not None:
        wanted = f"{change.key.name} = {change.after['value']}"
    elif change.before is not None and change.after is not None:
        before, after = change.before, change.after
        values = [f"{name} {value}" for name, value in after.items() if before.get(name) != value]
        wanted += f" ({', '.join(values)})"
    found = _found(exc)
    if exc.errno == errno.EOPNOTSUPP and isinstance(change.key, LinkKey):
        lacking = _lacking(change)
        remedy = f"Load or build it into the kernel, or omit it ({_MODULES.get(lacking, lacking)})."
        return Refused(change, errors.Dependency(change.key.describe(), wanted, f"a kernel without {lacking}", remedy))
    remedy = _remedy(exc, "See the kernel's words.")
    if exc.errno in FULL and isinstance(change.key, (FileKey, DirectoryKey)):
        remedy = room(change.key.path)
    kind = errors.Permission if exc.errno in (errno.EPERM, errno.EACCES) else errors.Kernel
    if exc.errno == errno.EACCES and isinstance(change.key, (AddressKey, RouteKey)) and change.key.six:
        kind = errors.Kernel  # who may not do it is told EPERM
        remedy = "IPv6 is off on this link: set its disable_ipv6 to 0 (net.ipv6.conf.LINK.disable_ipv6), or omit this."
    return Refused(change, kind(change.key.describe(), wanted, found, remedy), exc.errno or 0)


def _lacking(change: Change) -> str:
    after = change.after or {}
    if after.get("vlan_filtering") and not (change.before or {}).get("vlan_filtering"):
        return "vlan_filtering"
    return str(after.get("kind") or "this kind of link")
