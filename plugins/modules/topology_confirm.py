#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: topology_confirm
short_description: Confirm a plan before the host rolls it back
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - M(netns.lab.topology) calls this itself, over a new connection, if O(netns.lab.topology#module:confirm_timeout) is
    in effect. A play needs it only to find out what happened to a plan whose task was interrupted.
  - With O(id) the plan is confirmed. If the host has already rolled it back, the module fails and says so.
  - Without O(id) it only returns the state.
options:
  name:
    description: Name of the lab on the host.
    type: str
    default: lab
  id:
    description: ID of the plan, as in RV(netns.lab.topology#module:confirm.id).
    type: str
extends_documentation_fragment:
  - netns.lab.common
attributes:
  check_mode:
    description: Can run in check mode and says what it would do without doing it.
    support: full
    details:
      - Nothing is confirmed.
  diff_mode:
    description: Returns what differs, before and after.
    support: N/A
    details:
      - Nothing of the network changes, so there is no difference to return.
  idempotent:
    description: A second run with the same options changes nothing.
    support: N/A
    details:
      - A plan is confirmed once. A second time the module fails, as there is no such plan.
seealso:
  - module: netns.lab.topology
"""

EXAMPLES = r"""
- name: See whether a plan of the lab red-blue waits to be confirmed
  netns.lab.topology_confirm:
    name: red-blue
  register: plan

- name: Confirm it
  netns.lab.topology_confirm:
    name: red-blue
    id: "{{ plan.id }}"
  when: plan.state == 'armed'
"""

RETURN = r"""
changed:
  description: Whether this run confirmed the plan.
  returned: success
  type: bool
  sample: true
state:
  description:
    - V(armed), the plan was applied, or is being applied, and the host rolls it back unless it is confirmed.
    - V(confirmed), the plan stays.
    - V(rolled_back), the host rolled it back.
    - V(none), there is no such plan.
  returned: success
  type: str
  sample: confirmed
id:
  description: ID of the plan. Empty if there is none.
  returned: success
  type: str
  sample: 1c0f63d5a1b2
error:
  description: The failure in structured form, as in M(netns.lab.topology). RV(ignore:msg) has the same in one sentence.
  returned: failure
  type: dict
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("topology_confirm")


if __name__ == "__main__":
    main()
