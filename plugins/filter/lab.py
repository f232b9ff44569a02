# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filters of the collection. Each is documented in the file of its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Optional

from ansible.errors import AnsibleFilterError
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError
from ansible_collections.netns.lab.plugins.plugin_utils import test_hosts as hosts
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat import definition
from ansible_collections.netns.lab.plugins.plugin_utils.drawing import dot, text
from ansible_collections.netns.lab.plugins.plugin_utils.drawing import scene as drawing
from ansible_collections.netns.lab.plugins.plugin_utils.mysql import accounts as mysql_accounts
from ansible_collections.netns.lab.plugins.plugin_utils.mysql import doctor as mysql_doctor
from ansible_collections.netns.lab.plugins.plugin_utils.mysql import server as mysql
from ansible_collections.netns.lab.plugins.plugin_utils.tables import capabilities as capability_table
from ansible_collections.netns.lab.plugins.plugin_utils.tables import drift as drift_table


def _as_filter(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its errors turned into Ansible's."""

    @wraps(function)
    def filter_(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except LabError as exc:
            raise AnsibleFilterError(str(exc)) from exc

    return filter_


def bridge_nat_topology(options: Any, strict: bool = True) -> dict[str, Any]:
    """The short form as a definition, or with its error in place of one."""
    try:
        return dict(definition.topology(options))
    except LabError as error:
        if strict:
            raise AnsibleFilterError(error.text()) from error
        return {"error": error.text()}


def topology_dot(lab: Any, title: Optional[str] = None) -> str:
    """The lab as a graph for Graphviz."""
    scene = drawing.scene(lab)
    return dot.dot(scene, title or scene.name)


def topology_text(lab: Any, title: Optional[str] = None) -> list[str]:
    """The lab as lines for a terminal."""
    scene = drawing.scene(lab)
    return text.text(scene, title or scene.name)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Names and functions."""
        return {
            "bridge_nat_topology": bridge_nat_topology,
            "capability_report": _as_filter(capability_table.report),
            "capability_table": _as_filter(capability_table.table),
            "drift_table": _as_filter(drift_table.table),
            "drifted_hosts": _as_filter(drift_table.drifted),
            "mysql_account_changes": _as_filter(mysql_accounts.account_changes),
            "mysql_account_query": _as_filter(mysql_accounts.account_query),
            "mysql_account_script": _as_filter(mysql_accounts.account_script),
            "mysql_addresses": _as_filter(mysql.addresses),
            "mysql_edition": _as_filter(mysql.edition),
            "mysql_findings": _as_filter(mysql_doctor.findings),
            "mysql_findings_text": _as_filter(mysql_doctor.lines),
            "mysql_in_effect": _as_filter(mysql.in_effect),
            "mysql_without_secrets": _as_filter(mysql_accounts.without_secrets),
            "test_hosts_entries": _as_filter(hosts.entries),
            "topology_dot": _as_filter(topology_dot),
            "topology_text": _as_filter(topology_text),
        }
