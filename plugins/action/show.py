# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.show): it prints, and touches no host."""

from __future__ import annotations

from typing import Any, Optional

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display


class ActionModule(ActionBase):
    """Prints lines as they are."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """Print the lines, or return them where nothing may be printed."""
        result = super().run(tmp, task_vars)
        spec = {"lines": {"type": "list", "elements": "str", "required": True}}
        _checked, options = self.validate_argument_spec(argument_spec=spec)
        # an output for programs, e.g. ansible.posix.json, is not to be broken by lines for a person
        if "json" in constants.DEFAULT_STDOUT_CALLBACK:
            return {**result, "changed": False, "lines": options["lines"]}
        if not self._task.no_log:
            Display().display("\n".join(options["lines"]))
        return {**result, "changed": False}
