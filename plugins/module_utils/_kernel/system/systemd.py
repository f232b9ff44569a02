# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of systemd, by systemctl(1)."""

from __future__ import annotations

import os
import subprocess

from ..._model.errors import Kernel

UNITS = "/etc/systemd/system"


def running() -> bool:
    """Whether systemd is process 1 of this host."""
    return os.path.isdir("/run/systemd/system")


def asked(question: str, unit: str) -> str:
    """The one word that ``is-enabled`` or ``is-active`` answers.

    :param question: ``is-enabled`` or ``is-active`` (str).
    :param unit: the unit's name (str).
    """
    command = ["systemctl", question, unit]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip()


def systemctl(*arguments: str, remedy: str) -> None:
    """Have systemd do something.

    :param remedy: what to do if it fails (str).
    :param arguments: its arguments (str).
    :raises Kernel: with its words, if it refuses.
    """
    command = ["systemctl", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        found = done.stdout.strip() or f"exit code {done.returncode}"
        raise Kernel(" ".join(command), "to succeed", found, remedy)
