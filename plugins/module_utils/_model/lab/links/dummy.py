# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kind ``dummy`` of the list ``links``. Pure."""

from __future__ import annotations

from .kind import LinkOptions, as_given

OPTIONS = LinkOptions(spec={}, required=(), links=(), read=as_given)
