# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree that throwaway hosts are overlays of: the programs in it, and whether the kernel takes it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Optional

from ..netlink import mounts

_SSHD = ("/usr/sbin/sshd", "/usr/bin/sshd", "/sbin/sshd")
_PYTHON = ("/usr/bin/python3", "/usr/libexec/platform-python", "/usr/local/bin/python3")
_INIT = ("/sbin/init", "/lib/systemd/systemd", "/usr/lib/systemd/systemd")
#: links on the way to a program, as the kernel follows them
_MOST_LINKS = 40


def program(tree: str, names: Iterable[str]) -> Optional[str]:
    """The first of some programs that a tree has; links in it lead within it.

    :param tree: the tree's path (str).
    :param names: the programs' paths within the tree (str).
    """
    return next((name for name in names if _leads(tree, name)), None)


def _leads(tree: str, path: str) -> bool:
    for _step in range(_MOST_LINKS):
        if tree == "/":
            return os.path.exists(path)
        full = _inside(tree, path)
        if not os.path.islink(full):
            return os.path.exists(full)
        path = os.path.join(os.path.dirname(path), os.readlink(full))
    return False


def _inside(tree: str, path: str) -> str:
    """A path of a tree whose folders are links within it, as /sbin to usr/sbin."""
    here = tree
    for part in os.path.normpath(path).strip("/").split("/")[:-1]:
        step = os.path.join(here, part)
        here = os.path.join(tree, os.readlink(step).lstrip("/")) if os.path.islink(step) else step
    return os.path.join(here, os.path.basename(path))


def sshd(tree: str) -> Optional[str]:
    """The sshd of a tree.

    :param tree: the tree's path (str).
    """
    return program(tree, _SSHD)


def python(tree: str) -> Optional[str]:
    """The Python of a tree.

    :param tree: the tree's path (str).
    """
    return program(tree, _PYTHON)


def init(tree: str) -> Optional[str]:
    """The init system of a tree.

    :param tree: the tree's path (str).
    """
    return program(tree, _INIT)


def refused(tree: str) -> str:
    """Why the kernel lays nothing over a tree, tried in a process with mounts of its own; empty if it does.

    :param tree: the tree's path (str).
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            mounts.unshare(mounts.NEWNS)
            mounts.mount("", "/", flags=mounts.REC | mounts.PRIVATE)
            trial = "/proc"  # a folder that is always there; what is mounted on it is seen by this process alone
            mounts.tmpfs(trial, "755", "64k")
            for name in ("upper", "work", "root"):
                os.mkdir(f"{trial}/{name}")
            os.setxattr(f"{trial}/upper", "trusted.overlay.opaque", b"y")
            os.removexattr(f"{trial}/upper", "trusted.overlay.opaque")
            options = f"lowerdir={tree},upperdir={trial}/upper,workdir={trial}/work"
            mounts.mount("overlay", f"{trial}/root", "overlay", 0, options)
            found = os.listdir(f"{trial}/root")
            lacking = {"proc", "sys", "dev", "run", "tmp", "etc"} - set(found)
            if lacking:
                os.write(writing, f"no directory {', '.join(sorted(lacking))} in it".encode())
        except BaseException as exc:  # noqa: BLE001 - nothing of the parent's may run in the child
            os.write(writing, f"{exc}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    os.waitpid(child, 0)
    return said
