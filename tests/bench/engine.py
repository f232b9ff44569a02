# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine without Ansible: python engine.py apply|absent FILE, FILE being JSON with the options of ``topology``.

Prints JSON: whether anything was changed, and in how many steps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

# the packages down to the engine, as plain ones: on a host they are too, and Python searches their folders anew for
# each import where they have no __init__.py
_ROOT = Path(__file__).resolve().parents[2]
for _name, _folder in (
    ("ansible_collections", _ROOT),
    ("ansible_collections.netns", _ROOT),
    ("ansible_collections.netns.lab", _ROOT),
    ("ansible_collections.netns.lab.plugins", _ROOT / "plugins"),
    ("ansible_collections.netns.lab.plugins.module_utils", _ROOT / "plugins/module_utils"),
):
    sys.modules[_name] = ModuleType(_name)
    sys.modules[_name].__path__ = [str(_folder)]

from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import topology_request  # noqa: E402
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.run import run  # noqa: E402
from ansible_collections.netns.lab.plugins.module_utils._kernel.host import LocalHost  # noqa: E402


def main() -> None:
    what, file = sys.argv[1:]
    options = json.loads(Path(file).read_bytes())
    options["state"] = {"apply": "present", "absent": "absent"}[what]
    result = run(topology_request(options), LocalHost(), check=False)
    print(json.dumps({"changed": result.changed, "steps": len(result.steps)}))


if __name__ == "__main__":
    main()
