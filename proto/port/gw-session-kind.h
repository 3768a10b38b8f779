/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-port.h"
#include "gw-session.h"

G_BEGIN_DECLS

const GwSessionKind *gw_session_kind_of (GwPortKind kind);

G_END_DECLS
