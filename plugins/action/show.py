# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.show): it prints, and touches no host."""

from __future__ import annotations

from ansible import constants
from ansible.utils.display import Display
from ansible_collections.netns.lab.plugins.plugin_utils.action import LabAction, Result, Vars


class ActionModule(LabAction):
    """Prints lines as they are."""

    _requires_connection = False

    def outcome(self, _task_vars: Vars) -> Result:
        """Print the lines, or return them where nothing may be printed."""
        spec = {"lines": {"type": "list", "elements": "str", "required": True}}
        _checked, options = self.validate_argument_spec(argument_spec=spec)
        # an output for programs, e.g. ansible.posix.json, is not to be broken by lines for a person
        if "json" in constants.DEFAULT_STDOUT_CALLBACK:
            return {"changed": False, "lines": options["lines"]}
        if not self._task.no_log:
            Display().display("\n".join(options["lines"]))
        return {"changed": False}
