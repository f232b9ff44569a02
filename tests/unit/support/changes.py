# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes make of a state."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change, Objects


def fold(objects: Objects, changes: list[Change]) -> Objects:
    """The state after some changes; the one given is left as it is."""
    after = dict(objects)
    for change in changes:
        if change.after is None:
            after.pop(change.key, None)
        else:
            after[change.key] = change.after
    return after
