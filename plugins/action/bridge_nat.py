# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.bridge_nat): all that the role bridge_nat does, in one task.

It reads the variables itself: each template that a task has is compiled anew for each host, which took longer than all
else that the role does on the controller.
"""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.netns.lab.plugins.action.topology import ActionModule as TopologyAction
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.spec import SWITCHES, TOPOLOGY_SWITCHES
from ansible_collections.netns.lab.plugins.plugin_utils.action import Result, Vars
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat.definition import OPTIONS, topology
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat.read import PREFIX

#: what the variables of the playbooks begin with; they are the defaults of the role's own
_PLAYBOOKS = "lab_"
_STORED = ("persistence", "persistence_before", "persistence_drift")
_SHARED = ("name", "span", *_STORED, *TOPOLOGY_SWITCHES, *SWITCHES)


class ActionModule(TopologyAction):
    """Builds or removes the lab that the variables describe, and stores it for boot."""

    def outcome(self, task_vars: Vars) -> Result:
        """Compute the definition, and run M(netns.lab.topology), then M(netns.lab.persistence) if it is asked for.

        :param task_vars: the variables of the host (dict).
        :raises LabError: for variables that cannot be a lab.
        """
        self.validate_argument_spec(argument_spec={})
        given = self._given(task_vars)
        present = given.get("state") != "absent"
        options = {"namespaces": [], **{name: given[name] for name in OPTIONS if name in given}}
        lists = topology(options) if present else {}
        switches = {name: given[name] for name in (*TOPOLOGY_SWITCHES, *SWITCHES) if name in given}
        lab = {"name": given.get("name", "lab"), "state": "present" if present else "absent"}
        stores = "persistence" in given or not present
        if stores and self.in_background:
            remedy = "Omit async, or store the lab by a task of its own with netns.lab.persistence."
            raise InvalidArgument(f"{PREFIX}persistence", "a task that its play waits for", "async", remedy)
        lists, told = self.placed({**lab, "span": given.get("span")}, lists, task_vars)
        built = {**self.built({**lab, **switches, "definition": json.dumps(lists)}, lists, task_vars), **told}
        if built.get("failed") or not stores:
            return built
        stored = present and boolean(given.get("persistence"), strict=False) and any(lists.values())
        own = {name: switches[name] for name in ("firewall_exceptions", *SWITCHES) if name in switches}
        options = {**own, "name": lab["name"], "state": "present" if stored else "absent"}
        if stored:
            options["definition"] = json.dumps(lists)
            how = {name: f"persistence_{name}" for name in ("before", "drift")}
            options.update({name: given[variable] for name, variable in how.items() if variable in given})
        return _together(built, self.module(options, task_vars, "netns.lab.persistence"))

    def _given(self, task_vars: Vars) -> dict[str, Any]:
        """The variables that are set, by their names without the prefix."""
        named = {name: f"{PREFIX}{name}" for name in ("state", *OPTIONS, *_SHARED)}
        for name in _SHARED:
            if named[name] not in task_vars:
                named[name] = f"{_PLAYBOOKS}{name}"
        found = {name: task_vars[variable] for name, variable in named.items() if variable in task_vars}
        return dict(self._templar.template(found))


def _together(built: Result, stored: Result) -> Result:
    """What both modules returned: the lab's, with the other as ``persistence``."""
    both = {**built, "persistence": stored, "changed": bool(built.get("changed") or stored.get("changed"))}
    both["warnings"] = [*built.get("warnings", ()), *stored.get("warnings", ())]
    if "diff" in stored:
        both["diff"] = [*([built["diff"]] if "diff" in built else ()), stored["diff"]]
    if stored.get("failed"):
        both.update({name: stored[name] for name in ("failed", "msg", "error", "exception") if name in stored})
    return both
