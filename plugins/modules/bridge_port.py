#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: bridge_port
short_description: Attach a link to a bridge
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Makes any link a port of a bridge in the same namespace, and sets the options of the port.
  - The options are the flags of bridge(8). One that is not given is neither compared nor reset.
options:
  state:
    description:
      - V(present) puts the link on the bridge and sets the options.
      - V(absent) takes the link off the bridge that it is on. The link itself stays. With O(bridge) the link is
        taken off that bridge only. No other option is looked at.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.bridge_port
  - netns.lab.common.switches
seealso:
  - module: netns.lab.bridge
  - module: netns.lab.veth
  - module: netns.lab.topology
  - name: bridge(8)
    link: https://man7.org/linux/man-pages/man8/bridge.8.html
    description: Bridges and the flags of their ports.
"""

EXAMPLES = r"""
- name: Make the switch v-net-0
  netns.lab.bridge:
    name: v-net-0

- name: Make the namespaces red and blue
  netns.lab.netns:
    name: "{{ item }}"
  loop:
    - red
    - blue

- name: Lay a cable from each into the host
  netns.lab.veth:
    name: eth0
    netns: "{{ item }}"
    peer:
      name: "{{ item }}-br"
  loop:
    - red
    - blue

- name: Plug red in
  netns.lab.bridge_port:
    dev: red-br
    bridge: v-net-0

- name: Plug blue in, kept apart from other isolated ports
  netns.lab.bridge_port:
    dev: blue-br
    bridge: v-net-0
    isolated: true
    hairpin: false
    priority: 16

- name: Pull the plug of green, if it is in
  netns.lab.bridge_port:
    dev: green-br
    state: absent
"""

RETURN = r"""
changed:
  description: Whether the plan has a step.
  returned: success
  type: bool
  sample: true
plan:
  description: The steps taken, or in check mode those that would be taken, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - What the step is about, V(netns), V(bridge), V(veth), V(vxlan), V(link), V(bridge_port), V(address),
          V(sysctl), V(route), V(rule), V(masquerade), V(port_forward), V(nat_table), V(firewall_exception), V(file),
          V(directory) or V(netns_dir). A V(firewall_exception) is a rule at the place that another firewall offers.
      returned: always
      type: str
    object:
      description: Which one.
      returned: always
      type: str
    action:
      description: V(create), V(change) or V(delete).
      returned: always
      type: str
    reason:
      description: Why the step is needed.
      returned: always
      type: str
  sample:
    - {kind: bridge_port, object: red-br, action: change, reason: "bridge is none, expected v-net-0"}
diff:
  description: What differs, as text of one line for each object.
  returned: with C(--diff)
  type: dict
  contains:
    before:
      description: The objects that the plan touches, as found.
      returned: always
      type: str
    after:
      description: The same objects once the plan is carried out.
      returned: always
      type: str
error:
  description: The failure for programs. RV(ignore:msg) says the same in one text.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(InvalidArgument), the description is wrong.
        - V(Conflict), something that must stay as it is is in the way.
        - V(Dependency), a program, a Python package or a kernel feature is missing.
        - V(Permission), a privilege is missing.
        - V(Kernel), the kernel refused.
        - V(Interrupted), a signal asked the run to end, and what it had done was undone.
        - All but V(Kernel) and V(Interrupted) are found before anything is touched.
      returned: always
      type: str
    object:
      description: The option or object at fault.
      returned: always
      type: str
    expected:
      description: What was asked for, or what would have been accepted.
      returned: always
      type: str
    found:
      description: What is there instead.
      returned: always
      type: str
    remedy:
      description: What to do about it.
      returned: always
      type: str
  sample:
    kind: InvalidArgument
    object: addresses[0]
    expected: an address with its prefix length, e.g. 192.168.15.1/24 or fd00::1/64
    found: "'192.168.15.1', which has no prefix length"
    remedy: >-
      Without one it is a lone host that reaches no neighbour: write 192.168.15.1/24, or the length of your subnet.
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_resource


def main() -> None:
    """Entry point."""
    run_resource("bridge_ports")


if __name__ == "__main__":
    main()
