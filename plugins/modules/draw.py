#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: draw
short_description: Draw a graph as an SVG file on the controller
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Draws a graph with the program C(dot) of Graphviz on the controller, and writes it to a file there.
  - Connects to no host. The file is owned by the user who runs Ansible.
  - If C(dot) is missing, nothing is drawn and RV(msg) names the package. That is no failure.
options:
  graph:
    description:
      - The graph in the DOT language, for example from the filter P(netns.lab.topology_dot#filter).
    type: str
    required: true
  path:
    description:
      - The file. A relative path is relative to where C(ansible-playbook) was started. Missing directories are created.
    type: path
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
    details: Draws, compares with the existing file, and writes nothing.
  connection:
    support: none
  delegation:
    support: none
    details: Always runs on the controller.
  diff_mode:
    support: none
  platform:
    platforms: posix
requirements:
  - The program C(dot) on the controller (package C(graphviz))
seealso:
  - plugin: netns.lab.topology_dot
    plugin_type: filter
  - module: netns.lab.show
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

- name: Get the lab
  netns.lab.topology_info:
    name: red-blue
  register: found

- name: Draw it
  netns.lab.draw:
    graph: "{{ found.labs[0] | netns.lab.topology_dot }}"
    path: "{{ playbook_dir }}/red-blue.svg"
  when: found.labs | length > 0
  register: picture

- name: Say where the picture is
  netns.lab.show:
    lines: ["{{ picture.msg }}"]
  when: picture is not skipped
"""

RETURN = r"""
drawn:
  description: Whether the graph was drawn, that is whether C(dot) is installed.
  returned: success
  type: bool
  sample: true
msg:
  description: Where the picture is, or why there is none.
  returned: always
  type: str
  sample: "Picture: /home/user/lab-localhost.svg"
path:
  description: The file, as an absolute path.
  returned: success
  type: str
  sample: /home/user/lab-localhost.svg
"""
