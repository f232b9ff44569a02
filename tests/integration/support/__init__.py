# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the integration tests stand on: throwaway hosts, packets, dumps, cycles."""
