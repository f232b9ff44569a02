# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other Python interpreters of this host."""

from __future__ import annotations

import os
import subprocess
from typing import Optional

#: where a distribution has the Python that its packages are for, and others that it may have
_USUAL = ("/usr/bin/python3", *(f"/usr/bin/python3.{minor}" for minor in range(14, 8, -1)), "/usr/local/bin/python3")
_HAS = """
import ctypes, importlib, sys

importlib.import_module(sys.argv[1])
sys.exit(sys.version_info < (3, 9))
"""


def that_has(package: str) -> Optional[str]:
    """The path of an interpreter that runs this collection and imports a package; None if there is none.

    :param package: the name by which it is imported (str).
    """
    for python in _USUAL:
        if os.access(python, os.X_OK):
            command = [python, "-c", _HAS, package]
            if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                return python
    return None
