# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a module with one message where its Python is too old or has no ctypes: runners import this before the rest.

ansible-core 2.17 to 2.19 start modules with Python 3.7 or 3.8 too. So the modules, the runners, this file and what it
imports keep to what these can read.
"""

from __future__ import annotations

import json
import sys

from ._model.errors import Dependency

OLDEST = (3, 9)


def _end(wanted: str, found: str, remedy: str) -> None:
    error = Dependency("ansible_python_interpreter", wanted, f"{found} at {sys.executable}", remedy)
    sys.stdout.write(json.dumps({"failed": True, "msg": error.text(), "error": error.as_dict()}) + "\n")
    raise SystemExit(1)


if sys.version_info < OLDEST:
    _end(
        "Python 3.9 or later",
        "Python {}.{}.{}".format(*sys.version_info[:3]),
        "Install a newer Python on this host, and set ansible_python_interpreter to its path.",
    )
try:
    import ctypes  # pylint: disable=unused-import # noqa: F401
except ImportError as exc:
    _end(
        "a Python with its module ctypes",
        f"one without ({exc})",
        "Install it (OpenWrt: python3-ctypes; a Python built by pyenv: libffi's headers, and build it anew), or set"
        " ansible_python_interpreter to another Python.",
    )
