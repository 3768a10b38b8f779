/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that has an epoll loop of its own, and pings a guest from it.
 *
 * The library waits on a GMainContext. Such a context can be driven by any
 * loop: before each wait it says which descriptors it needs and how long the
 * wait may be, and after the wait it is told and runs what is due. Here it
 * gets a context to itself, so that it shares nothing with the program.
 *
 * cc foreign-loop.c $(pkg-config --cflags --libs guestwire-1) -o foreign-loop
 * ./foreign-loop unix:/run/vm1.sock */

#include <guestwire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PINGS 5

typedef struct
{
  int epoll_fd;
  int tick_fd; /* something of the program's own: ticks all the while */
  guint ticks;

  GMainContext *context;
  GPollFD fds[16]; /* what the context waits for */
  int n_fds;

  guint pings;
  int status;
  gboolean done;
} Program;

/* --- What the program is for ---------------------------------------------- */

static void
fail (Program *program, const GError *error)
{
  fprintf (stderr, "foreign-loop: %s\n", error->message);
  program->status = EXIT_FAILURE;
  program->done = TRUE;
}

static void
on_pong (GObject *object, GAsyncResult *result, gpointer data)
{
  Program *program = data;
  GwClient *client = GW_CLIENT (object);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = gw_client_call_finish (client, result, &error);

  if (value == NULL)
    fail (program, error);
  else if (++program->pings == PINGS)
    program->done = TRUE;
  else
    gw_client_call_async (client, "guest-ping", NULL, GW_TIMEOUT_DEFAULT, NULL, on_pong, program);
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer data)
{
  GwClient *client = GW_CLIENT (object);
  g_autoptr (GError) error = NULL;

  if (!gw_client_open_finish (client, result, &error))
    fail (data, error);
  else
    gw_client_call_async (client, "guest-ping", NULL, GW_TIMEOUT_DEFAULT, NULL, on_pong, data);
}

/* --- The loop ------------------------------------------------------------- */

/* GPollFD's events are poll()'s, and those are epoll's. */
static void
watch (Program *program, const GPollFD *wanted)
{
  struct epoll_event event = { .events = wanted->events, .data.fd = wanted->fd };

  if (epoll_ctl (program->epoll_fd, EPOLL_CTL_ADD, wanted->fd, &event) != 0)
    perror ("epoll_ctl");
}

/* Asks the context what it needs. The list is short and rarely changes: two
 * descriptors, however many clients there are. Returns how long to wait, in
 * ms. */
static int
prepare (Program *program, int *priority)
{
  int timeout;

  for (int i = 0; i < program->n_fds; i++)
    epoll_ctl (program->epoll_fd, EPOLL_CTL_DEL, program->fds[i].fd, NULL);
  g_main_context_prepare (program->context, priority);
  program->n_fds = g_main_context_query (program->context, *priority, &timeout, program->fds, G_N_ELEMENTS (program->fds));
  g_assert ((gsize) program->n_fds <= G_N_ELEMENTS (program->fds));
  for (int i = 0; i < program->n_fds; i++)
    {
      program->fds[i].revents = 0;
      watch (program, &program->fds[i]);
    }
  return timeout;
}

static void
note (Program *program, const struct epoll_event *event)
{
  for (int i = 0; i < program->n_fds; i++)
    {
      GPollFD *wanted = &program->fds[i];

      if (wanted->fd == event->data.fd)
        wanted->revents = event->events & (wanted->events | EPOLLHUP | EPOLLERR);
    }
}

static void
tick (Program *program)
{
  guint64 count;

  if (read (program->tick_fd, &count, sizeof count) == sizeof count)
    program->ticks += count;
}

static void
turn (Program *program)
{
  struct epoll_event events[16];
  int priority;
  int timeout = prepare (program, &priority);
  int count = epoll_wait (program->epoll_fd, events, G_N_ELEMENTS (events), timeout);

  for (int i = 0; i < count; i++)
    if (events[i].data.fd == program->tick_fd)
      tick (program);
    else
      note (program, &events[i]);
  if (g_main_context_check (program->context, priority, program->fds, program->n_fds))
    g_main_context_dispatch (program->context);
}

static void
start_ticking (Program *program)
{
  const struct itimerspec every = { .it_interval = { .tv_nsec = 1000000 }, .it_value = { .tv_nsec = 1 } };
  struct epoll_event event = { .events = EPOLLIN };

  program->tick_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  event.data.fd = program->tick_fd;
  timerfd_settime (program->tick_fd, 0, &every, NULL);
  epoll_ctl (program->epoll_fd, EPOLL_CTL_ADD, program->tick_fd, &event);
}

int
main (int argc, char **argv)
{
  Program program = { .status = EXIT_SUCCESS };
  g_autoptr (GError) error = NULL;
  g_autoptr (GwAddress) address = NULL;
  g_autoptr (GwClient) client = NULL;

  if (argc != 2)
    {
      fprintf (stderr, "Usage: %s ADDRESS\n", argv[0]);
      return 2;
    }
  address = gw_address_new (argv[1], &error);
  if (address == NULL)
    {
      fprintf (stderr, "foreign-loop: %s\n", error->message);
      return 2;
    }
  program.epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  start_ticking (&program);

  /* The client lives on the thread's default context of the moment. */
  program.context = g_main_context_new ();
  g_main_context_push_thread_default (program.context);
  client = gw_client_new (address);
  gw_client_open_async (client, GW_TIMEOUT_DEFAULT, NULL, on_opened, &program);
  g_main_context_acquire (program.context);
  while (!program.done)
    turn (&program);
  g_main_context_release (program.context);

  g_clear_object (&client);
  g_main_context_pop_thread_default (program.context);
  g_main_context_unref (program.context);
  close (program.tick_fd);
  close (program.epoll_fd);
  if (program.status == EXIT_SUCCESS)
    printf ("%d pings while the program's own timer ticked %s\n", program.pings, program.ticks > 0 ? "on" : "never");
  return program.status;
}
