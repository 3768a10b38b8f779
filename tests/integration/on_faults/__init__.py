# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `faults` is made of: machines to break, and the work that goes on meanwhile."""
