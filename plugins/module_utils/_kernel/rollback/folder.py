# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the folder ``/run/netns-lab/LAB.confirm`` of a plan that waits to be confirmed."""

#: the plan, the time when it was carried out, the socket of the process that waits, and the program that it runs
PLAN, APPLIED, CONTROL, PROGRAM = "plan", "applied", "control", "program"
