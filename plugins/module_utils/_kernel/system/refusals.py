# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an errno to words: why the kernel refused something, and what the user can do about it."""

from __future__ import annotations

import errno
from contextlib import suppress

from ..._model import errors
from . import privileges

_REMEDIES = {
    errno.EEXIST: "Something with this name or number already exists: remove or rename it.",
    errno.EINVAL: "The kernel does not accept this value: correct it.",
    errno.ERANGE: "The kernel does not accept this value: correct it.",
    errno.ENETUNREACH: "Give a link an address in the gateway's subnet, and see that the link is up.",
    errno.EHOSTUNREACH: "Give a link an address in the gateway's subnet, and see that the link is up.",
    errno.EADDRINUSE: "A program or another link already uses this UDP port: see ss -lunp, or use another port.",
    errno.EBUSY: "Another process uses it: stop that and run again.",
    errno.EMFILE: "Raise the limit of open files (ulimit -n).",
    errno.ENOSPC: "A limit is reached: for namespaces see the sysctl user.max_net_namespaces, and df -i /run.",
}


#: what a file system says that has no room left
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def room(path: str) -> str:
    """The remedy where a path cannot be written for want of room.

    :param path: the path (str).
    """
    return f"The file system of {path} is full: make room there (df -h and df -i show it), and run again."


def unread(what: str, exc: OSError) -> errors.Kernel:
    """What could not be read, and why, in words.

    :param what: what was to be read (str).
    :param exc: the kernel's refusal.
    """
    advice = remedy(exc, "See the kernel's message, and run again.")
    return errors.Kernel(what, "to read it", found(exc), advice)


def stopped(exc: OSError) -> errors.Kernel:
    """Why a run came to a stop between two changes, in words.

    :param exc: the kernel's refusal.
    """
    advice = remedy(exc, "See the kernel's message, and run again.")
    return errors.Kernel("this host", "to go on with the run", found(exc), advice)


def remedy(exc: OSError, otherwise: str) -> str:
    """What to do about an error.

    :param exc: the error.
    :param otherwise: what to do about one of which nothing better is known (str).
    """
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
        "This process has the privileges for it, so something else denies it: a security module (SELinux, AppArmor), "
        "the seccomp filter of a container or a unit, a read-only mount, or a lockdown. The kernel's log says which "
        "(dmesg, journalctl -k)."
    )


def process_words(process: int) -> str:
    """A process with its command line, for a person.

    :param process: its number (int).
    """
    command = ""
    with suppress(OSError), open(f"/proc/{process}/cmdline", encoding="utf-8", errors="replace") as file:
        command = " ".join(file.read().split("\0")).strip()
    return f"process {process} ({command or 'unknown'})"


def found(exc: OSError) -> str:
    """An error in the kernel's words, with its number where it has one.

    :param exc: the error.
    """
    text = exc.strerror or str(exc)
    return f"errno {exc.errno}: {text}" if exc.errno else text
