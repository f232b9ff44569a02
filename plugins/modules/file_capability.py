#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: file_capability
short_description: Set or remove file capabilities
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Sets file capabilities, like C(setcap), so that a program may do what otherwise only root may.
  - Reads and writes the attribute C(security.capability) itself and compares sets, not texts, so a second run changes
    nothing, however a set is written. libcap is not needed on the host.
  - Takes several files in one task. All of them are checked before the first is changed, and if a write fails, the ones
    before it are rolled back.
  - A file has either its old set or the new one, even if the run is interrupted.
  - Warns if the capabilities would have no effect. That is the case for a script, a filesystem mounted C(nosuid), a
    file that nobody may execute, a setuid program, libraries that are not found in secure-execution mode (C($ORIGIN),
    C(LD_LIBRARY_PATH)), and a service unit with C(NoNewPrivileges) or a C(CapabilityBoundingSet) without them.
  - A file that is replaced, for example by a package upgrade, loses its capabilities. See
    M(netns.lab.file_capability_policy).
options:
  path:
    description:
      - The file. It must be a regular file.
      - Either O(path) or O(paths) is required.
    type: path
  paths:
    description: Several files to get the same capabilities.
    type: list
    elements: path
  capabilities:
    description:
      - Capabilities in the syntax of cap_from_text(3), as for C(setcap), for example V(cap_sys_admin+ep),
        V(cap_net_raw,cap_net_admin=eip), V(all=ep), V(=) for the empty set, or several clauses.
      - Names are in upper or lower case. Numbers are accepted too.
      - A file has a single effective bit, so C(e) applies to all of them or to none.
      - With O(state=absent) these are removed and others stay.
      - Mutually exclusive with O(permitted), O(inheritable) and O(effective).
    type: str
  permitted:
    description:
      - The permitted set as a list of names, with or without C(cap_) in front, or of numbers, or V(all).
      - If one of O(permitted), O(inheritable) and O(effective) is given, the omitted ones are empty.
    type: list
    elements: str
  inheritable:
    description: The inheritable set, likewise.
    type: list
    elements: str
  effective:
    description: The effective set, likewise. It is either empty or all that is permitted or inheritable.
    type: list
    elements: str
  mode:
    description:
      - V(exact), the file gets exactly these. Others are removed.
      - V(merge), these are added and others stay. If the new or the old ones are effective, all are.
    type: str
    choices: [exact, merge]
    default: exact
  rootid:
    description:
      - User id on this host of the root user of the user namespace in which the capabilities are valid (revision 3 of
        the attribute). V(0) means all.
      - If omitted, it is V(0), or with O(mode=merge) that of the file.
    type: int
  follow:
    description: Whether symbolic links are followed. Otherwise they are refused.
    type: bool
    default: false
  state:
    description:
      - V(present) sets the capabilities.
      - V(absent) removes those that are given, or all, with the attribute, if none are given.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
seealso:
  - module: netns.lab.netns
  - name: capabilities(7)
    link: https://man7.org/linux/man-pages/man7/capabilities.7.html
    description: What each capability permits, and how files have them.
  - name: cap_from_text(3)
    link: https://man7.org/linux/man-pages/man3/cap_from_text.3.html
    description: The syntax of O(capabilities).
"""

EXAMPLES = r"""
- name: Copy some programs to try it with
  ansible.builtin.copy:
    src: /bin/true
    dest: "/opt/{{ item }}"
    remote_src: true
    mode: "0755"
  loop: [mysqld, mysql, mysqlxtest, ping, chrt]

- name: Let MySQL use network namespaces
  netns.lab.file_capability:
    paths:
      - /opt/mysqld
      - /opt/mysql
    capabilities: cap_sys_admin+ep

- name: The same as lists, which changes nothing
  netns.lab.file_capability:
    path: /opt/mysqld
    permitted: [sys_admin]
    effective: [sys_admin]

- name: Add a capability and keep the others
  netns.lab.file_capability:
    path: /opt/ping
    capabilities: cap_net_raw=ep
    mode: merge

- name: Remove a capability and keep the others
  netns.lab.file_capability:
    path: /opt/chrt
    capabilities: cap_sys_nice=ep
    state: absent

- name: Remove all capabilities
  netns.lab.file_capability:
    path: /opt/mysqlxtest
    state: absent
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  returned: success
  type: bool
  sample: true
files:
  description: The capabilities of each file after the run, or in check mode as they would be, in the order of the
    paths.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      returned: always
      type: str
    capabilities:
      description:
        - The capabilities in the text form of setcap. V([rootid=N]) is appended as getcap does.
        - Empty for a file without capabilities, V(=) for one whose set is empty.
      returned: always
      type: str
    permitted:
      description: The permitted set, by name.
      returned: always
      type: list
      elements: str
    inheritable:
      description: The inheritable set, by name.
      returned: always
      type: list
      elements: str
    effective:
      description: Whether the effective bit is set.
      returned: always
      type: bool
    rootid:
      description: User id of root in the user namespace in which they are valid, 0 for all.
      returned: always
      type: int
  sample:
    - path: /usr/sbin/mysqld
      capabilities: cap_sys_admin=ep
      permitted: [cap_sys_admin]
      inheritable: []
      effective: true
      rootid: 0
plan:
  description: The steps taken, in order, or in check mode the steps that would be taken.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - Always V(file_capability).
      returned: always
      type: str
    object:
      description: The path.
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
    - kind: file_capability
      object: /usr/sbin/mysqld
      action: create
      reason: has none, is to have cap_sys_admin=ep
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
    object: capabilities
    expected: a capability, by name or by number
    found: "'cap_net_rw'"
    remedy: Did you mean cap_net_raw?
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("file_capability")


if __name__ == "__main__":
    main()
