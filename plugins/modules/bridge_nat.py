#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: bridge_nat
short_description: Build or remove the lab that the variables of the role bridge_nat describe
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - The task of the role P(netns.lab.bridge_nat#role), which describes the variables and checks their types. Use the
    role.
  - Computes the definition on the controller, as P(netns.lab.bridge_nat_topology#filter) does, and runs
    M(netns.lab.topology). Then runs M(netns.lab.persistence), if C(bridge_nat_persistence) is set or the lab is
    removed.
  - Has no options. It reads the variables C(bridge_nat_*), and C(lab_*) where those are not set, instead of having each
    of them handed over by a template. So the role costs the controller little more than M(netns.lab.topology).
options: {}
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: partial
    details: Not if it also runs M(netns.lab.persistence).
  become:
    support: full
  bypass_host_loop:
    support: none
  connection:
    support: full
  delegation:
    support: full
seealso:
  - plugin: netns.lab.bridge_nat_topology
    plugin_type: filter
  - module: netns.lab.topology
  - module: netns.lab.persistence
"""

EXAMPLES = r"""
- name: Build red and blue on one bridge, with the host as gateway and NAT
  netns.lab.bridge_nat:
  vars:
    bridge_nat_name: short
    bridge_nat_subnet: 192.168.15.0/24
    bridge_nat_namespaces: [red, blue]

- name: Remove them
  netns.lab.bridge_nat:
  vars:
    bridge_nat_name: short
    bridge_nat_state: absent
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  returned: success
  type: bool
  sample: true
plan:
  description: The steps of the lab, as M(netns.lab.topology) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - {kind: netns, object: red, action: create, reason: does not exist}
persistence:
  description: What M(netns.lab.persistence) returned.
  returned: when it ran
  type: dict
  sample: {changed: false, plan: []}
error:
  description: The failure for programs, as M(netns.lab.topology) returns it. RV(ignore:msg) says the same in one text.
  returned: failure
  type: dict
  sample:
    kind: InvalidArgument
    object: bridge_nat_subnet
    expected: a prefix, e.g. 192.168.15.0/24
    found: "'192.168.15.0'"
    remedy: Add the prefix length.
"""
