# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a module with one message where its Python is too old: every runner imports this before the rest.

ansible-core 2.17 to 2.19 start modules with Python 3.7 or 3.8 too. So the modules, the runners, this file and what it
imports keep to what these can read.
"""

from __future__ import annotations

import json
import sys

from ._model.errors import Dependency

OLDEST = (3, 9)

if sys.version_info < OLDEST:
    _error = Dependency(
        "ansible_python_interpreter",
        "Python 3.9 or later",
        "Python {}.{}.{} at {}".format(*sys.version_info[:3], sys.executable),
        "Install a newer Python on this host, and set ansible_python_interpreter to its path.",
    )
    sys.stdout.write(json.dumps({"failed": True, "msg": _error.text(), "error": _error.as_dict()}) + "\n")
    raise SystemExit(1)
