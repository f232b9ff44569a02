#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: show
short_description: Print lines to the terminal
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Prints lines to the terminal of the controller as they are, without the quotes and escapes of
    M(ansible.builtin.debug).
  - Connects to no host and changes nothing.
options:
  lines:
    description:
      - The lines. A line may contain line breaks.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  become:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  connection:
    support: none
  delegation:
    support: none
    details: Always runs on the controller.
  diff_mode:
    support: none
  platform:
    platforms: all
notes:
  - Nothing is printed if the output is for programs, that is, if the name of the stdout callback contains C(json). The
    lines are returned instead.
seealso:
  - plugin: netns.lab.topology_text
    plugin_type: filter
  - module: netns.lab.draw
  - module: netns.lab.reachability
"""

EXAMPLES = r"""
- name: Build a lab of two namespaces and one veth pair
  netns.lab.topology:
    name: red-blue
    namespaces:
      - name: red
      - name: blue
    veths:
      - name: veth-red
        netns: red
        addresses: [192.168.15.1/24]
        peer:
          name: veth-blue
          netns: blue
          addresses: [192.168.15.2/24]

- name: Test it
  netns.lab.reachability:
    mesh: red-blue
  register: proof

- name: Show who reaches whom
  netns.lab.show:
    lines: "{{ proof.table }}"
"""

RETURN = r"""
lines:
  description: The lines.
  returned: when they are not printed
  type: list
  elements: str
"""
