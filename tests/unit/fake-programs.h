/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fake-framed.h"

GHashTable *fake_programs_new (void);
void fake_programs_take (FakeFramed *guest, const GwSessionEvent *event);
