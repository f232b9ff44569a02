# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program nft: whether it is there, what it lists as JSON, what it carries out as one transaction. nft(8)."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any, Optional

from ..._model.errors import Dependency

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_INSTALL = "Install the package nftables (Debian, Ubuntu, Fedora, Alpine: nftables)."


def available() -> bool:
    """Whether there is an nft program."""
    return shutil.which("nft", path=PATH) is not None


def require() -> None:
    """See that nft is there before anything is touched.

    :raises Dependency: with the package's name.
    """
    if not available():
        raise Dependency("NAT", "the program nft", "none in " + PATH, _INSTALL)


def run(arguments: list[str], script: Optional[str] = None) -> str:
    """Run nft.

    :param arguments: its arguments (str).
    :param script: what it reads from standard input (str; default: nothing).
    :returns: what it printed.
    :raises OSError: with its words, if it refuses.
    """
    done = subprocess.run(
        ["nft", *arguments],
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": PATH, "LC_ALL": "C"},
    )
    if done.returncode:
        raise OSError(0, (done.stderr or done.stdout).strip().replace("\n", "; "))
    return done.stdout


def listed(*arguments: str) -> list[dict[str, Any]]:
    """What ``nft -j`` lists.

    :param arguments: what to list (str), e.g. ``table``, ``inet``, ``netns_lab``.
    :raises OSError: with its words, if it refuses.
    :raises Dependency: if it prints anything else than its JSON.
    """
    text = run(["-j", *arguments])
    try:
        found = json.loads(text)["nftables"]
        if all(isinstance(item, dict) for item in found):
            return list(found)
    except (ValueError, KeyError, TypeError):
        pass
    command = " ".join(["nft -j", *arguments])
    remedy = f"See what {shutil.which('nft', path=PATH)} is, and whether nft -V says json: yes; then run again."
    raise Dependency("the program nft", f"JSON from {command}", repr(text[:80]) if text else "nothing", remedy)


def chains() -> Optional[list[dict[str, Any]]]:
    """All chains, without their rules; None where there is no nft, in the host or in its kernel.

    :raises Dependency: if nft prints anything else than its JSON.
    """
    if not available():
        return None
    try:
        return listed("list", "chains")
    except OSError:
        return None
