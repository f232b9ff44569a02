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
import sys
from importlib.util import find_spec

sys.exit(sys.version_info < (3, 9) or find_spec(sys.argv[1]) is None)
"""


def that_has(package: str) -> Optional[str]:
    """The path of an interpreter that runs this collection and has a package; None if there is none.

    :param package: the name by which it is imported (str).
    """
    for python in _USUAL:
        if os.access(python, os.X_OK):
            command = [python, "-c", _HAS, package]
            if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                return python
    return None
