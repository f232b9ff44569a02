# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of the system's that firewalls are asked by."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from typing import Optional

from ..system import nft


def path_of(name: str) -> Optional[str]:
    """The path of a program; None where it is not there.

    :param name: its name (str).
    """
    return shutil.which(name, path=nft.PATH)


def run(argv: list[str], stdin: Optional[str] = None) -> str:
    """What a program prints.

    :param argv: its name and its arguments.
    :param stdin: what it reads from standard input (str; default: nothing).
    :raises OSError: with its words, if it fails.
    """
    env = {"PATH": nft.PATH, "LC_ALL": "C"}
    done = subprocess.run(
        argv, input=stdin, capture_output=True, check=False, env=env, encoding="utf-8", errors="surrogateescape"
    )
    if done.returncode:
        raise OSError(0, f"{argv[0]}: {(done.stderr or done.stdout).strip()}".replace("\n", "; "))
    return done.stdout


def is_running(name: str) -> bool:
    """Whether there is a process of a program.

    :param name: the program's name, as the kernel has it (str).
    """
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError), open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as file:
                if file.read().strip() == name:
                    return True
    return False
