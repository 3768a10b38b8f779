# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hours of mixed load on one machine, and whether anything grows meanwhile."""
