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
  - The task of M(netns.lab.topology) calls this by itself, over a new connection, where
    O(netns.lab.topology#module:confirm_timeout) says so. A play needs it only to see what became of a plan whose task
    was broken off.
  - With O(id) the plan stays for good. If the host has undone it already, this fails with the words for it.
  - Without O(id) it only tells.
options:
  name:
    description: Name of the lab on its host.
    type: str
    default: lab
  id:
    description: Which plan of the lab, as RV(netns.lab.topology#module:confirm.id) has it.
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
      - A plan is confirmed once. A second time there is no such plan, and the module fails.
seealso:
  - module: netns.lab.topology
"""

EXAMPLES = r"""
- name: See whether the host is about to undo the lab red-blue
  netns.lab.topology_confirm:
    name: red-blue
  register: plan

- name: Let it stay
  netns.lab.topology_confirm:
    name: red-blue
    id: "{{ plan.id }}"
  when: plan.state == 'armed'
"""

RETURN = r"""
changed:
  description: Whether the plan was confirmed by this.
  returned: success
  type: bool
  sample: true
state:
  description:
    - V(armed), the plan is carried out, or under way, and the host undoes it unless it is confirmed.
    - V(confirmed), it stays.
    - V(undone), the host undid it by itself.
    - V(none), there is no such plan.
  returned: success
  type: str
  sample: confirmed
id:
  description: Which plan. Empty if there is none.
  returned: success
  type: str
  sample: 1c0f63d5a1b2
error:
  description: The failure in structured form, as in M(netns.lab.topology). RV(ignore:msg) has the same as one text.
  returned: failure
  type: dict
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_module
from ansible_collections.netns.lab.plugins.module_utils._tasks import topology_confirm


def main() -> None:
    """Entry point."""
    run_module(topology_confirm.TASK)


if __name__ == "__main__":
    main()
