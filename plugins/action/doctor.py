# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.doctor): it sends the module the code that it needs."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.plugin_utils.action import ModuleAction


class ActionModule(ModuleAction):
    """Runs the module."""
