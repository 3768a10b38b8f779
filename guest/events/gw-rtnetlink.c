/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the addresses of interfaces out of netlink messages. What is not whole
 * or has odd lengths ends it; nothing is read beyond the bytes that came. */

#include "gw-rtnetlink.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* An address that is tried out, or was found to be another's, is none yet. */
#define NOT_IN_USE (IFA_F_TENTATIVE | IFA_F_DADFAILED)

static gsize
address_size (int family)
{
  return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

/* @flags: (inout) */
static gboolean
read_attributes (GwInterfaceAddress *address, guint32 *flags, const guint8 *at, gsize length)
{
  gsize size = address_size (address->family);
  gboolean found = FALSE;
  gboolean local = FALSE;
  struct rtattr attribute;

  while (length >= sizeof attribute)
    {
      gsize content;

      memcpy (&attribute, at, sizeof attribute);
      if (attribute.rta_len < sizeof attribute || attribute.rta_len > length)
        return FALSE;
      content = attribute.rta_len - sizeof attribute;
      /* Of a link between two, IFA_ADDRESS is the other end's. */
      if ((attribute.rta_type == IFA_LOCAL || (attribute.rta_type == IFA_ADDRESS && !local)) && content == size)
        {
          memcpy (address->bytes, at + sizeof attribute, size);
          local = attribute.rta_type == IFA_LOCAL;
          found = TRUE;
        }
      else if (attribute.rta_type == IFA_FLAGS && content == sizeof *flags)
        memcpy (flags, at + sizeof attribute, sizeof *flags);
      at += MIN (RTA_ALIGN (attribute.rta_len), length);
      length -= MIN (RTA_ALIGN (attribute.rta_len), length);
    }
  return found;
}

static gboolean
read_address (const guint8 *body, gsize length, GwRtnetlinkFunc func, gpointer data)
{
  GwInterfaceAddress address = { 0 };
  struct ifaddrmsg head;
  guint32 flags;

  if (length < sizeof head)
    return FALSE;
  memcpy (&head, body, sizeof head);
  address.interface = head.ifa_index;
  address.family = head.ifa_family;
  address.prefix = head.ifa_prefixlen;
  flags = head.ifa_flags;
  /* Other families have addresses of their own kind. */
  if (address_size (address.family) == 0)
    return TRUE;
  if (!read_attributes (&address, &flags, body + NLMSG_ALIGN (sizeof head), length - NLMSG_ALIGN (sizeof head)))
    return FALSE;
  if ((flags & NOT_IN_USE) == 0)
    func (&address, data);
  return TRUE;
}

/**
 * gw_rtnetlink_parse:
 * @bytes: what one recv() brought
 * @func: called for each address in it that is in use
 */
GwRtnetlinkState
gw_rtnetlink_parse (const guint8 *bytes, gsize length, GwRtnetlinkFunc func, gpointer data)
{
  GwRtnetlinkState state = GW_RTNETLINK_MORE;
  struct nlmsghdr head;

  while (length >= sizeof head)
    {
      gsize whole;

      memcpy (&head, bytes, sizeof head);
      if (head.nlmsg_len < sizeof head || head.nlmsg_len > length || head.nlmsg_type == NLMSG_ERROR)
        return GW_RTNETLINK_BROKEN;
      if (head.nlmsg_flags & NLM_F_DUMP_INTR)
        state = GW_RTNETLINK_INTERRUPTED;
      if (head.nlmsg_type == NLMSG_DONE)
        return state == GW_RTNETLINK_INTERRUPTED ? state : GW_RTNETLINK_DONE;
      if (head.nlmsg_type == RTM_NEWADDR && !read_address (bytes + sizeof head, head.nlmsg_len - sizeof head, func, data))
        return GW_RTNETLINK_BROKEN;
      whole = MIN (NLMSG_ALIGN (head.nlmsg_len), length);
      bytes += whole;
      length -= whole;
    }
  return state;
}
