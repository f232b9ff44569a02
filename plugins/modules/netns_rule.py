#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: netns_rule
short_description: Add or remove a policy routing rule
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Adds a rule that says which routing table decides on a packet, in the host's own namespace or in another.
  - A rule is known by its namespace, family and priority.
  - Where one rule of this identity is there already, it is replaced by one that says what the options say, whoever
    made it. It counts as the same only where it selects nothing else.
  - Where several are there, none of which is as the options say, the task ends in a C(Conflict) that names them,
    unless this collection made one of them, which is changed then.
options:
  state:
    description:
      - V(present) adds the rule, or brings the one that is there to what the options say.
      - V(absent) removes all rules of this O(priority) and O(family), no other option is looked at.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.rule
  - netns.lab.common.switches
seealso:
  - module: netns.lab.netns_route
  - module: netns.lab.topology
  - name: ip-rule(8)
    link: https://man7.org/linux/man-pages/man8/ip-rule.8.html
    description: Policy routing rules.
"""

EXAMPLES = r"""
- name: Make the namespace red
  netns.lab.netns:
    name: red

- name: Let table 100 decide on what comes from one address
  netns.lab.netns_rule:
    netns: red
    priority: 100
    from: 192.168.15.1
    table: "100"

- name: Let table 200 decide on marked packets towards a network
  netns.lab.netns_rule:
    netns: red
    priority: 200
    to: 192.168.1.0/24
    fwmark: "0x1/0xff"
    table: "200"

- name: Ask the main table first for IPv6 that the namespace sends itself
  netns.lab.netns_rule:
    netns: red
    priority: 300
    family: ipv6
    iif: lo
    table: main

- name: Remove a rule, if it is there
  netns.lab.netns_rule:
    netns: red
    priority: 400
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
    - {kind: rule, object: 100 in red, action: create, reason: does not exist}
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
    run_resource("rules")


if __name__ == "__main__":
    main()
