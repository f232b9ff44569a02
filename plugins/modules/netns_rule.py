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
  - Adds, changes or removes a policy routing rule, in the host's own namespace or in another one.
  - A rule is identified by its namespace, family and priority.
  - A single existing rule with this identity is replaced to match the options, whoever added it. It is the same rule
    only if it has no other selectors.
  - If there are several, none of which matches the options, the task fails with a C(Conflict) that lists them, unless
    this collection added one of them, which is then changed.
options:
  state:
    description:
      - V(present) adds the rule, or changes the existing one to match the options.
      - V(absent) removes all rules with this O(priority) and O(family). Other options are ignored.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.routing.rule
  - netns.lab.common.switches
seealso:
  - module: netns.lab.netns_route
  - module: netns.lab.topology
  - name: ip-rule(8)
    link: https://man7.org/linux/man-pages/man8/ip-rule.8.html
    description: Policy routing rules.
"""

EXAMPLES = r"""
- name: Create the namespace red
  netns.lab.netns:
    name: red

- name: Look up table 100 for packets from one address
  netns.lab.netns_rule:
    netns: red
    priority: 100
    from: 192.168.15.1
    table: "100"

- name: Look up table 200 for marked packets to a network
  netns.lab.netns_rule:
    netns: red
    priority: 200
    to: 192.168.1.0/24
    fwmark: "0x1/0xff"
    table: "200"

- name: Look up the main table for IPv6 packets of the namespace itself
  netns.lab.netns_rule:
    netns: red
    priority: 300
    family: ipv6
    iif: lo
    table: main

- name: Remove a rule
  netns.lab.netns_rule:
    netns: red
    priority: 400
    state: absent
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  returned: success
  type: bool
  sample: true
plan:
  description: The steps taken, in order, or in check mode the steps that would be taken.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - Kind of object, V(netns), V(bridge), V(veth), V(vxlan), V(link), V(bridge_port), V(address),
          V(sysctl), V(route), V(rule), V(masquerade), V(port_forward), V(nat_table), V(firewall_exception), V(file),
          V(directory) or V(netns_dir). A V(firewall_exception) is a rule in another firewall of the host.
        - A link of M(netns.lab.link) is told by its kind, such as C(dummy).
      returned: always
      type: str
    object:
      description: The object.
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
  description: What differs, one line for each object.
  returned: with C(--diff)
  type: dict
  contains:
    before:
      description: The objects concerned, before the run.
      returned: always
      type: str
    after:
      description: The same objects after the run.
      returned: always
      type: str
error:
  description: The failure in structured form. RV(ignore:msg) has the same in one sentence.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(InvalidArgument), an option is wrong.
        - V(Conflict), something that may not be changed is in the way.
        - V(Dependency), a program, a Python package or a kernel feature is missing.
        - V(Permission), a privilege is missing.
        - V(Kernel), the kernel returned an error.
        - V(Interrupted), a signal ended the run, and its changes were rolled back.
        - All but V(Kernel) and V(Interrupted) are reported before anything is changed.
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
      description: What was found instead.
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
      Add the prefix length of the subnet, e.g. 192.168.15.1/24.
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("resource", "rules")


if __name__ == "__main__":
    main()
