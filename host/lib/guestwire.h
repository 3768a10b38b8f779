/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one header that programs include. */

#include "gw-address.h"
#include "gw-bridge.h"
#include "gw-chardev.h"
#include "gw-client.h"
#include "gw-domain.h"
#include "gw-error.h"
#include "gw-follower.h"
#include "gw-forward.h"
#include "gw-job.h"
#include "gw-json.h"
#include "gw-listener.h"
#include "gw-process.h"
#include "gw-transfer.h"
