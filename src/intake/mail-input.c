#include "config.h"

#include "intake/mail-input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "intake/shape.h"

enum { MAGIC_MAX = 8 };

struct MailInput {
  int fd;
  GPid pid; /* the decompressor; 0 = none */
  const char *program;
};

static const char *const programs[] = {
    [COMPRESSION_GZIP] = "gzip", [COMPRESSION_XZ] = "xz", [COMPRESSION_ZSTD] = "zstd"};

/* Its standard input is the file, so no name is passed that could be taken for an option. */
static bool
decompress(MailInput *input, Compression compression, GError **error)
{
  int pipes[2];
  char *const argv[] = {(char *)programs[compression], (char *)"-dc", NULL};
  g_autoptr(GError) cause = NULL;
  if (pipe2(pipes, O_CLOEXEC) != 0)
    return throw_errno(error, "cannot make a pipe");
  bool ok = g_spawn_async_with_fds(NULL, (char **)argv, NULL,
                                   G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                   &input->pid, input->fd, pipes[1], -1, &cause);
  close(pipes[1]);
  close(input->fd);
  input->fd = pipes[0];
  input->program = programs[compression];
  return ok || throw(error, BOUNCEDB_ERROR_DATA, "compressed, and %s cannot be run (%s)",
                     programs[compression], cause->message);
}

/* Reads without moving the position, so that a pipe in place of a file is simply not recognised. */
static Compression
compression_of(int fd)
{
  char head[MAGIC_MAX];
  ssize_t n = pread(fd, head, sizeof head, 0);
  return n > 0 ? shape_compression(head, (size_t)n) : COMPRESSION_NONE;
}

MailInput *
mail_input_open(const char *path, GError **error)
{
  g_autoptr(MailInput) input = g_new0(MailInput, 1);
  input->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (input->fd < 0) {
    throw(error, BOUNCEDB_ERROR_DATA, "%s", g_strerror(errno));
    return NULL;
  }
  Compression compression = compression_of(input->fd);
  if (compression != COMPRESSION_NONE && !decompress(input, compression, error))
    return NULL;
  return g_steal_pointer(&input);
}

int
mail_input_fd(const MailInput *input)
{
  return input->fd;
}

/* Closing the pipe first ends a decompressor that has more to write. */
static int
reap(MailInput *input)
{
  int status = 0;
  close(input->fd);
  input->fd = -1;
  if (input->pid != 0)
    while (waitpid(input->pid, &status, 0) < 0 && errno == EINTR)
      ;
  input->pid = 0;
  return status;
}

bool
mail_input_finish(MailInput *input, GError **error)
{
  return reap(input) == 0 ||
         throw(error, BOUNCEDB_ERROR_DATA, "%s failed: the file is damaged, or not complete",
               input->program);
}

void
mail_input_free(MailInput *input)
{
  if (input == NULL)
    return;
  if (input->fd >= 0)
    reap(input);
  g_free(input);
}
