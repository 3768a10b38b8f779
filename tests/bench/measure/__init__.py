# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `run` measures, where, and how it tells: ratios taken in one run beside bare programs and a stock agent."""
