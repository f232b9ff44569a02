#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: persistence
short_description: Rebuild a lab at every boot
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Stores the definition of a lab on its host, which then rebuilds it at every boot, without the controller.
  - The running lab is not changed. M(netns.lab.topology) builds it.
  - Writes the definition to C(/etc/netns-lab/labs/NAME.json), which only root may read, the program
    C(/usr/local/sbin/netns-lab), which has the code of this collection, and the systemd unit C(netns-lab@NAME.service),
    or the OpenRC service C(netns-lab.NAME).
  - The unit runs after the network and after firewalls that would flush or block the lab. Two more units,
    C(netns-lab-nftables@NAME.service) and C(netns-lab-firewalld@NAME.service), repair the lab when these firewalls are
    started, reloaded or restarted.
  - NetworkManager and systemd-networkd, if installed, are configured to leave the lab's links alone.
options:
  name:
    description: Name of the lab, as in O(netns.lab.topology#module:name).
    type: str
    default: lab
  state:
    description:
      - V(present) stores the lab, V(absent) removes everything that this module wrote for it. The running lab stays.
      - The program is removed with the last stored lab.
    type: str
    choices: [present, absent]
    default: present
  definition:
    description:
      - The lists of M(netns.lab.topology), as a dictionary.
      - If it and O(src) are omitted, it is the definition that the lab on the host was built with last. For a lab that
        spans hosts that is the host's own part.
    type: dict
  src:
    description:
      - A file of the controller with the definition, as O(netns.lab.topology#module:src). It and O(definition) exclude
        each other.
    type: path
    version_added: 1.0.0
  span:
    description:
      - As O(netns.lab.topology#module:span), for a O(definition) or O(src) that spans hosts.
      - Each host stores its own part. A host without one stores nothing.
    type: dict
  before:
    description: systemd units that start after the lab at boot, such as V(mysql@red.service).
    type: list
    elements: str
    default: []
  drift:
    description:
      - What a systemd timer does about drift. V(off) disables it.
      - V(report) runs C(netns-lab plan NAME) and logs the steps to the journal. The unit
        C(netns-lab-drift@NAME.service) fails as long as there are any.
      - V(repair) runs C(netns-lab apply NAME).
    type: str
    choices: ["off", report, repair]
    default: "off"
  drift_interval:
    description: Time between two checks for drift, as in systemd.time(7).
    type: str
    default: 15min
  firewall_exceptions:
    description: As O(netns.lab.topology#module:firewall_exceptions), for the builds at boot.
    type: str
    choices: [auto, none, iptables, firewalld]
    default: auto
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.common.switches
notes:
  - Stopping the unit does not remove the lab, as services use it until they stop. C(netns-lab down NAME) removes it.
  - C(netns-lab status) shows which labs are stored and up, C(netns-lab plan) what differs, and C(netns-lab apply)
    repairs it.
  - The program runs with the system's Python. If the lab has links that need pyroute2, that one needs it.
seealso:
  - module: netns.lab.topology
  - module: netns.lab.file_capability_policy
"""

EXAMPLES = r"""
- name: Build a lab
  netns.lab.topology:
    name: red-blue
    namespaces:
      - name: red
      - name: blue

- name: Rebuild it at every boot, and start MySQL after it
  netns.lab.persistence:
    name: red-blue
    before: [mysql@red.service]

- name: Store a lab, and check it for drift every hour
  netns.lab.persistence:
    name: small
    definition:
      namespaces:
        - name: green
    drift: report
    drift_interval: 1h

- name: Stop rebuilding the lab old at boot
  netns.lab.persistence:
    name: old
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
      description: V(file) or V(unit).
      returned: always
      type: str
    object:
      description: The path or the name.
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
    - {kind: file, object: /usr/local/sbin/netns-lab, action: create, reason: does not exist}
diff:
  description: What differs, one line for each file, with its size.
  returned: with C(--diff)
  type: dict
  contains:
    before:
      description: The files concerned, before the run.
      returned: always
      type: str
    after:
      description: The same files after the run.
      returned: always
      type: str
error:
  description: The failure for programs, as M(netns.lab.topology) returns it. RV(ignore:msg) says the same in one text.
  returned: failure
  type: dict
  sample:
    kind: InvalidArgument
    object: before[0]
    expected: the name of a unit, such as mysql@red.service
    found: "'mysql'"
    remedy: Add the suffix.
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("persistence")


if __name__ == "__main__":
    main()
