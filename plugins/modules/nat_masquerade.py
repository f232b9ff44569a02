#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_masquerade
short_description: Masquerade (source NAT) a prefix
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Gives packets that come from a prefix, or all that leave by one link, the address of the link that they leave by,
    so that answers find their way back.
  - An entry is known by O(netns), O(source) and O(out_interface).
  - It may switch on forwarding, without which no packet passes from one link to another.
options:
  state:
    description:
      - V(present) adds the translation, or brings the one that is there to what the options say.
      - V(absent) removes the translation. With O(ip_forward=true) it lets go of the forwarding too, whose prior
        value returns unless a lab still holds it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.common.nft
  - netns.lab.entries.masquerade
  - netns.lab.common.switches
notes:
  - The host's firewall has its own say. A packet that another table drops stays dropped, whatever is accepted here.
    Docker, ufw and firewalld are asked to let the packets pass, each at the place that it offers for this. A warning
    names what is dropped all the same.
  - The translation itself is written to no file. What is made lives in the one nft table C(inet netns_lab) of the
    namespace. The rules that ufw is asked for are written to its files, and go with the last entry that needs them.
seealso:
  - module: netns.lab.port_forward
  - module: netns.lab.netns_sysctl
  - module: netns.lab.netns_route
  - module: netns.lab.topology
  - name: nft(8)
    link: https://man7.org/linux/man-pages/man8/nft.8.html
    description: The packet filter and its tables.
"""

EXAMPLES = r"""
- name: Let 192.168.15.0/24 out, and forward
  netns.lab.nat_masquerade:
    source: 192.168.15.0/24
    ip_forward: true

- name: Let an IPv6 prefix out by one link only
  netns.lab.nat_masquerade:
    source: 2001:db8:15::/64
    out_interface: eth0
    ip_forward: true

- name: Let a prefix out untranslated to two networks that know the way back
  netns.lab.nat_masquerade:
    source: 192.168.16.0/24
    exclude:
      - 192.168.15.0/24
      - 10.0.0.0/8

- name: Translate all that leaves by one link, as iptables -o eth0 -j MASQUERADE does
  netns.lab.nat_masquerade:
    out_interface: eth0

- name: Do not let this prefix out any more
  netns.lab.nat_masquerade:
    source: 198.51.100.0/24
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
    - {kind: masquerade, object: 192.168.15.0/24, action: create, reason: does not exist}
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
    run_resource("masquerades")


if __name__ == "__main__":
    main()
