# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of object in the kernel, as ip and nft tell of it: built, changed, undone after a failure, removed."""

from __future__ import annotations

import json
from pathlib import Path

from unit.support.object_kinds import EXAMPLES

from ..support.sandbox import Sandbox

SCRIPT = Path(__file__).parents[1] / "support" / "all_kinds.py"


def test_every_kind_is_built_changed_undone_and_removed(sandbox: Sandbox) -> None:
    examples = [
        (sort, example.lab, {name: example.with_(**options) for name, options in example.changes.items()})
        for sort, example in EXAMPLES.items()
    ]
    done = sandbox.run([sandbox.python, str(SCRIPT)], stdin=json.dumps(examples), check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
