# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the unit tests of the engine stand on: a kernel and a host in memory, descriptions made at random."""
