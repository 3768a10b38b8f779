/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host in frames takes no text for anything but a hint: an agent that was
 * restarted, or whose port was plugged anew, speaks text, and answers frames
 * with an error as it answers any junk. Knows no session. */

#include "gw-complaint.h"

#include "gw-limits.h"
#include "gw-line.h"
#include "gw-message.h"

struct _GwComplaint
{
  GwLine *line;
  gboolean heard; /* something, since the last frame */
};

GwComplaint *
gw_complaint_new (void)
{
  GwComplaint *complaint = g_new0 (GwComplaint, 1);

  complaint->line = gw_line_new (GW_COMPLAINT_MAX);
  return complaint;
}

void
gw_complaint_free (GwComplaint *complaint)
{
  gw_line_free (complaint->line);
  g_free (complaint);
}

/* Whoever says frames has not said half a line. */
void
gw_complaint_see_frame (GwComplaint *complaint)
{
  if (!complaint->heard)
    return;
  gw_line_clear (complaint->line);
  complaint->heard = FALSE;
}

/* An error that names no request: nobody has asked anything in text. */
static gboolean
is_complaint (GBytes *untrusted_object)
{
  g_autoptr (GwMessage) message = gw_message_parse (untrusted_object, NULL);

  return message != NULL && message->kind == GW_MESSAGE_ERROR && message->id == NULL;
}

/**
 * gw_complaint_receive:
 * @untrusted_data: bytes that are in no frame
 *
 * Returns: whether a whole complaint was among them
 */
gboolean
gw_complaint_receive (GwComplaint *complaint, const guint8 *untrusted_data, gsize length, gint64 now_us)
{
  gboolean found = FALSE;
  GwLineEvent event;

  complaint->heard = TRUE;
  gw_line_receive (complaint->line, untrusted_data, length, now_us);
  do
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) why = NULL;

      event = gw_line_next (complaint->line, &object, &why);
      found = found || (event == GW_LINE_OBJECT && is_complaint (object));
    }
  while (event != GW_LINE_NONE);
  return found;
}
