/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Hears, in what is no frame, that an agent in text complains of frames. */
typedef struct _GwComplaint GwComplaint;

GwComplaint *gw_complaint_new (void);
void gw_complaint_free (GwComplaint *complaint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwComplaint, gw_complaint_free)

void gw_complaint_see_frame (GwComplaint *complaint);
gboolean gw_complaint_receive (GwComplaint *complaint, const guint8 *untrusted_data, gsize length, gint64 now_us);

G_END_DECLS
