# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine without Ansible: python engine.py apply|absent FILE, FILE being JSON with the options of ``topology``.

Prints JSON: whether anything was changed, and in how many steps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

# `make` links the checkout there as ansible_collections/netns/lab
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".build"))

from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import topology_request
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.run import run
from ansible_collections.netns.lab.plugins.module_utils._kernel.host import LocalHost


def main() -> None:
    what, file = sys.argv[1:]
    options = json.loads(Path(file).read_bytes())
    options["state"] = {"apply": "present", "absent": "absent"}[what]
    result = run(topology_request(options), LocalHost(), check=False)
    print(json.dumps({"changed": result.changed, "steps": len(result.steps)}))


if __name__ == "__main__":
    main()
