# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests and hosts that lie, on the codec of tests/vectors, against whole programs."""
