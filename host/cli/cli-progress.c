/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells how far a copy is, how fast it goes and how long it will take. Knows
 * no guest. */

#include "cli-progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli-escape.h"

/* Drawn no more often than this. */
#define DRAW_US (200 * 1000)

/* A rate over less means nothing. */
#define RATE_AFTER_US (500 * 1000)

#define COLUMNS_OTHERWISE 80

static char *
duration (gint64 seconds)
{
  if (seconds >= 3600)
    return g_strdup_printf ("%d:%02d:%02d", (int) MIN (seconds / 3600, 999), (int) (seconds / 60 % 60),
                            (int) (seconds % 60));
  return g_strdup_printf ("%d:%02d", (int) (seconds / 60), (int) (seconds % 60));
}

/* The time that is left while it goes on, and that it took once it is done. */
static char *
times (const CliProgress *progress, gint64 now_us)
{
  gint64 took_us = now_us - progress->begun_us;
  g_autofree char *time = NULL;
  g_autofree char *rate = NULL;
  gboolean whole = progress->total >= 0 && progress->done >= (guint64) progress->total;
  guint64 moved = progress->done > progress->begun ? progress->done - progress->begun : progress->done;

  if (progress->done == 0 || (took_us < RATE_AFTER_US && !whole))
    return g_strdup ("");
  rate = g_format_size_full ((guint64) (moved * 1e6 / MAX (took_us, 1)), G_FORMAT_SIZE_IEC_UNITS);
  if (whole)
    time = duration (took_us / G_USEC_PER_SEC);
  else if (progress->total >= 0 && progress->done > 0)
    time = duration ((gint64) ((progress->total - progress->done) * (took_us / 1e6) / moved) + 1);
  return g_strdup_printf ("  %s/s%s%s%s", rate, time != NULL ? "  " : "", time != NULL ? time : "",
                          time != NULL && !whole ? " left" : "");
}

static char *
numbers (const CliProgress *progress, gint64 now_us)
{
  g_autofree char *size = g_format_size_full (progress->done, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *rest = times (progress, now_us);

  if (progress->files > 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " files  %s%s", progress->files, size, rest);
  if (progress->total <= 0)
    return g_strdup_printf ("%s%s", size, rest);
  return g_strdup_printf ("%3d%%  %s%s", (int) (progress->done * 100.0 / progress->total), size, rest);
}

/* As much of @text as fits into @columns, filled up with spaces. */
static char *
fit (const char *text, guint columns)
{
  GString *fitted = g_string_new (NULL);
  guint used = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);
      guint width = g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;

      if (used + width > columns)
        break;
      g_string_append_unichar (fitted, c);
      used += width;
    }
  for (; used < columns; used++)
    g_string_append_c (fitted, ' ');
  return g_string_free (fitted, FALSE);
}

/**
 * cli_progress_line:
 * @columns: how many the terminal has
 *
 * Returns: (transfer full): the line, one column shorter than the terminal,
 *   since some break a full one
 */
char *
cli_progress_line (const CliProgress *progress, gint64 now_us, guint columns)
{
  g_autofree char *text = numbers (progress, now_us);
  guint length = (guint) g_utf8_strlen (text, -1);
  g_autofree char *name = NULL;
  g_autofree char *line = NULL;

  /* On a narrow one the numbers count. */
  if (columns < length + 6)
    return fit (text, MAX (columns, 1) - 1);
  name = fit (progress->name, columns - length - 3);
  line = g_strconcat (name, "  ", text, NULL);
  return g_steal_pointer (&line);
}

static guint
terminal_columns (void)
{
  struct winsize size;

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return COLUMNS_OTHERWISE;
}

static void
draw (CliProgress *progress)
{
  g_autofree char *line = NULL;

  progress->drawn_us = g_get_monotonic_time ();
  line = cli_progress_line (progress, progress->drawn_us, terminal_columns ());
  fprintf (stderr, "\r%s", line);
  fflush (stderr);
}

void
cli_progress_begin (CliProgress *progress, const char *untrusted_name, gint64 total)
{
  *progress = (CliProgress){ 0 };
  progress->is_shown = isatty (STDERR_FILENO);
  progress->name = cli_escape (untrusted_name, -1);
  progress->begun_us = g_get_monotonic_time ();
  progress->total = total;
}

void
cli_progress_take (CliProgress *progress, guint64 done, gint64 total)
{
  /* It begins again, and so does the rate. */
  if (done < progress->done)
    {
      progress->begun_us = g_get_monotonic_time ();
      progress->begun = 0;
    }
  /* What an interruption had left came at no rate. */
  if (!progress->is_taken)
    progress->begun = done;
  progress->is_taken = TRUE;
  progress->done = done;
  progress->total = total;
  if (progress->is_shown && g_get_monotonic_time () - progress->drawn_us >= DRAW_US)
    draw (progress);
}

/* For a line of something else. */
void
cli_progress_make_room (CliProgress *progress)
{
  if (progress->is_shown && progress->drawn_us != 0)
    fprintf (stderr, "\r%*s\r", (int) terminal_columns () - 1, "");
}

/* @whole: the line stays; else it goes, to make room for what went wrong. */
void
cli_progress_end (CliProgress *progress, gboolean whole)
{
  if (progress->is_shown && whole)
    {
      draw (progress);
      fputc ('\n', stderr);
    }
  else
    cli_progress_make_room (progress);
  g_clear_pointer (&progress->name, g_free);
}
