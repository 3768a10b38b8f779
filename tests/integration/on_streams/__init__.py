# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases of `streams`: a file for each thing that people use streams for."""
