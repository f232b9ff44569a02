# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.persistence): of a lab that spans hosts, each stores its own part."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.module_utils._model.lab.definition import lists_of
from ansible_collections.netns.lab.plugins.plugin_utils.action import ModuleAction, Result, Vars
from ansible_collections.netns.lab.plugins.plugin_utils.source import with_source
from ansible_collections.netns.lab.plugins.plugin_utils.span.inventory import span_lab
from ansible_collections.netns.lab.plugins.plugin_utils.span.span import is_spanning


class ActionModule(ModuleAction):
    """Runs the module with the part of the host; one that has none stores nothing."""

    def outcome(self, task_vars: Vars) -> Result:
        """Cut the definition as M(netns.lab.topology) does, and run the module.

        :param task_vars: the variables of the host (dict).
        :raises LabError: if the lab cannot span the hosts, or the file of a definition cannot be read.
        """
        args, read = with_source(self, self._task.args)
        span = args.pop("span", None)
        lists = read or lists_of(args)
        given = args.get("state") != "absent" and args.get("definition") is not None
        if given and is_spanning(lists, span):
            part = span_lab(args.get("name"), lists, span, task_vars).part(task_vars["inventory_hostname"])
            args["definition"] = part
            if not any(part.values()):
                args["state"] = "absent"
        return self.module(args, task_vars)
