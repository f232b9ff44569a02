# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lookup netns.lab.span."""

from __future__ import annotations

DOCUMENTATION = r"""
name: span
short_description: Show a host's part of a lab that spans hosts
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Computes which part of a lab that spans hosts M(netns.lab.topology) builds on a host, and what is to be tested from
    there. Connects to no host.
options:
  _terms:
    description:
      - The definition, the lists of M(netns.lab.topology), whose entries may have C(host).
    required: true
    type: list
    elements: dict
  name:
    description:
      - Name of the lab. Its VXLAN network identifiers are derived from it.
    type: str
    default: lab
  span:
    description:
      - As O(netns.lab.topology#module:span).
    type: dict
  host:
    description:
      - The inventory host.
      - If omitted, it is the host of the task.
    type: str
  expectations:
    description:
      - Who must reach whom in the whole lab, as in O(netns.lab.reachability#module:expectations).
      - If omitted, every namespace must reach every other one, or only the next one if there are more than a hundred.
    type: list
    elements: dict
seealso:
  - module: netns.lab.topology
  - module: netns.lab.reachability
"""

EXAMPLES = r"""
- name: Test that every namespace of this host reaches all others, on all hosts
  netns.lab.reachability:
    expectations: "{{ lookup('netns.lab.span', lab_topology, span=lab_span).expectations }}"
"""

RETURN = r"""
_raw:
  description:
    - A dictionary for each definition.
    - C(part) has the lists that the host builds.
    - C(expectations) has what is to be tested from it, for M(netns.lab.reachability).
    - C(hosts) has the namespaces of each host of the lab.
    - C(bridges) has the bridges that span hosts, each with C(vni), C(mtu) and C(hosts).
  type: list
  elements: dict
"""

from typing import Any, Optional

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError
from ansible_collections.netns.lab.plugins.plugin_utils.span.inventory import span_lab


class LookupModule(LookupBase):
    """The lookup."""

    def run(self, terms: list[Any], variables: Optional[dict[str, Any]] = None, **kwargs: Any) -> list[Any]:
        """The part of a host for each definition."""
        variables = variables or {}
        self.set_options(var_options=variables, direct=kwargs)
        host = self.get_option("host") or variables["inventory_hostname"]
        try:
            return [self._told(term, host, variables) for term in terms]
        except LabError as error:
            raise AnsibleLookupError(error.text()) from error

    def _told(self, definition: Any, host: str, variables: dict[str, Any]) -> dict[str, Any]:
        lab = span_lab(self.get_option("name"), definition, self.get_option("span"), variables)
        proof = lab.expectations(host, self.get_option("expectations"))
        return {"part": lab.part(host), "expectations": proof, **lab.as_dict()}
