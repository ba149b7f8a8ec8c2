/* A worker that a message has taken over: this test brings a reader of its own, which tries what
 * the message names. Every attempt must end the worker, or fail, and change nothing. */
#include "config.h"

#include "lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/scratch.h"
#include "readers/readers.h"
#include "worker/worker.h"

#if defined HAVE_FILTER && !defined SANITIZED && !defined COVERED
#define CAGED 1
#else
#define CAGED 0
#endif

#ifdef HAVE_VALGRIND_VALGRIND_H
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#if CAGED
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* What an attempt may need, made by the parent before the fork. */
static char *folder, *file, *other, *fresh;
static int key;               /* a descriptor that the parent has open */
static volatile char *shared; /* the file, mapped and shared */
static pid_t parent;
static long zeros[64], address[16]; /* an argument that is a structure */
static const char *arguments[2], *environment[1];

enum { PAGE = 4096, NONE = -1 };

/* An argument of a system call. */
typedef enum {
  END, /* and all the rest are 0 */
  NUMBER,
  FOLDER,
  FILE_PATH,
  OTHER_PATH,
  FRESH_PATH,
  KEY,
  PARENT,
  ZEROS,
  ADDRESS,
  PAGE_OF_STACK,
  ARGUMENTS,
  ENVIRONMENT,
} Source;

typedef struct {
  Source kind;
  long number;
} Argument;

#define N(number)                                                                                  \
  {                                                                                                \
    NUMBER, (long)(number)                                                                         \
  }
#define A(kind)                                                                                    \
  {                                                                                                \
    kind, 0                                                                                        \
  }

typedef struct {
  const char *name;
  long call;
  Argument arguments[6];
} Attempt;

#define CALL(name, ...)                                                                            \
  {                                                                                                \
#name, SYS_##name,                                                                             \
    {                                                                                              \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }
#define NAMED(what, name, ...)                                                                     \
  {                                                                                                \
    what, SYS_##name,                                                                              \
    {                                                                                              \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }

static const Attempt attempts[] = {
    /* files */
    NAMED("read a file", openat, N(AT_FDCWD), A(FILE_PATH), N(O_RDONLY)),
    NAMED("write a file", openat, N(AT_FDCWD), A(FILE_PATH), N(O_RDWR)),
    NAMED("create a file", openat, N(AT_FDCWD), A(FRESH_PATH), N(O_WRONLY | O_CREAT), N(0600)),
    NAMED("read the key's descriptor", read, A(KEY), A(ZEROS), N(8)),
    NAMED("map a file, shared", mmap, N(0), N(PAGE), N(PROT_READ | PROT_WRITE), N(MAP_SHARED),
          A(KEY), N(0)),
    NAMED("map a file, private", mmap, N(0), N(PAGE), N(PROT_READ), N(MAP_PRIVATE), A(KEY), N(0)),
    CALL(truncate, A(FILE_PATH), N(0)),
    CALL(ftruncate, A(KEY), N(0)),
    CALL(renameat2, N(AT_FDCWD), A(FILE_PATH), N(AT_FDCWD), A(FRESH_PATH)),
    CALL(unlinkat, N(AT_FDCWD), A(OTHER_PATH)),
    CALL(symlinkat, A(FILE_PATH), N(AT_FDCWD), A(FRESH_PATH)),
    CALL(linkat, N(AT_FDCWD), A(FILE_PATH), N(AT_FDCWD), A(FRESH_PATH)),
    CALL(mkdirat, N(AT_FDCWD), A(FRESH_PATH), N(0700)),
    CALL(mknodat, N(AT_FDCWD), A(FRESH_PATH), N(S_IFIFO | 0600)),
    CALL(fchmodat, N(AT_FDCWD), A(FILE_PATH), N(0666)),
    CALL(fchownat, N(AT_FDCWD), A(FILE_PATH), N(1), N(1)),
    CALL(utimensat, N(AT_FDCWD), A(FILE_PATH), A(ZEROS)),
    CALL(setxattr, A(FILE_PATH), N(0)),
    CALL(statfs, A(FOLDER), A(ZEROS)),
    CALL(chdir, A(FOLDER)),
    CALL(getdents64, A(KEY), A(ZEROS), N(64)),
    CALL(name_to_handle_at, N(AT_FDCWD), A(FILE_PATH), A(ZEROS), A(ZEROS)),
    CALL(open_by_handle_at, N(AT_FDCWD), A(ZEROS), N(O_RDONLY)),
    CALL(inotify_init1, N(0)),
    CALL(fanotify_init, N(0), N(0)),
#ifdef SYS_open
    CALL(open, A(FILE_PATH), N(O_RDONLY)),
    CALL(creat, A(FRESH_PATH), N(0600)),
    CALL(rename, A(FILE_PATH), A(FRESH_PATH)),
    CALL(unlink, A(OTHER_PATH)),
    CALL(symlink, A(FILE_PATH), A(FRESH_PATH)),
    CALL(link, A(FILE_PATH), A(FRESH_PATH)),
    CALL(mkdir, A(FRESH_PATH), N(0700)),
    CALL(chmod, A(FILE_PATH), N(0666)),
#endif
#ifdef SYS_openat2
    CALL(openat2, N(AT_FDCWD), A(FILE_PATH), A(ZEROS), N(24)),
#endif
/* processes */
#ifdef SYS_fork
    CALL(fork, A(END)),
    CALL(vfork, A(END)),
#endif
    CALL(clone, N(SIGCHLD)),
    NAMED("a thread", clone, N(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD), A(PAGE_OF_STACK)),
    CALL(clone3, A(ZEROS), N(64)),
    CALL(execve, A(FILE_PATH), A(ARGUMENTS), A(ENVIRONMENT)),
    CALL(execveat, N(AT_FDCWD), A(FILE_PATH), A(ARGUMENTS), A(ENVIRONMENT)),
    NAMED("memfd_create", memfd_create, A(FOLDER), N(0)),
    NAMED("run a descriptor", execveat, A(KEY), A(FOLDER), A(ARGUMENTS), A(ENVIRONMENT), N(0x1000)),
    NAMED("trace the parent", ptrace, N(16), A(PARENT)),
    NAMED("seize the parent", ptrace, N(0x4206), A(PARENT)),
    CALL(process_vm_readv, A(PARENT), A(ZEROS), N(1), A(ZEROS), N(1)),
    CALL(process_vm_writev, A(PARENT), A(ZEROS), N(1), A(ZEROS), N(1)),
    NAMED("kill the parent", kill, A(PARENT), N(SIGKILL)),
    NAMED("tkill the parent", tkill, A(PARENT), N(SIGKILL)),
    NAMED("tgkill the parent", tgkill, A(PARENT), A(PARENT), N(SIGKILL)),
    NAMED("queue a signal to the parent", rt_sigqueueinfo, A(PARENT), N(SIGKILL), A(ZEROS)),
#ifdef SYS_pidfd_open
    CALL(pidfd_open, A(PARENT), N(0)),
    CALL(pidfd_send_signal, A(KEY), N(SIGKILL)),
#endif
#ifdef SYS_pidfd_getfd
    CALL(pidfd_getfd, A(KEY), N(0)),
#endif
    CALL(kcmp, A(PARENT), A(PARENT)),
    NAMED("limit the parent", prlimit64, A(PARENT), N(7), A(ZEROS)),
    NAMED("lift its own limit", prlimit64, N(0), N(0), A(ZEROS)),
    NAMED("move the parent", sched_setaffinity, A(PARENT), N(8), A(ZEROS)),
    CALL(setpriority, N(0), A(PARENT), N(19)),
    CALL(sched_setscheduler, A(PARENT), N(0), A(ZEROS)),
    CALL(setpgid, A(PARENT)),
    CALL(setsid, A(END)),
    /* namespaces, users, the rest of the system */
    NAMED("a user namespace", unshare, N(CLONE_NEWUSER)),
    NAMED("a network namespace", unshare, N(CLONE_NEWNET)),
    CALL(setns, A(KEY), N(0)),
    CALL(mount, A(FOLDER), A(FOLDER), N(0), N(0)),
    CALL(umount2, A(FOLDER)),
    CALL(pivot_root, A(FOLDER), A(FOLDER)),
    CALL(chroot, A(FOLDER)),
    CALL(setuid, N(0)),
    CALL(setgid, N(0)),
    CALL(setresuid, N(0), N(0), N(0)),
    CALL(setgroups, N(0)),
    CALL(capset, A(ZEROS), A(ZEROS)),
    CALL(sethostname, A(FOLDER), N(1)),
    CALL(reboot, N(0)),
    CALL(bpf, N(0), A(ZEROS), N(64)),
    CALL(perf_event_open, A(ZEROS), A(PARENT), N(-1), N(-1)),
    CALL(keyctl, N(0)),
    CALL(add_key, A(FOLDER), A(FOLDER), N(0)),
    CALL(request_key, A(FOLDER), A(FOLDER), N(0)),
    CALL(userfaultfd, N(0)),
    CALL(personality, N(0x0400000)),
    CALL(init_module, A(ZEROS), N(1), A(FOLDER)),
#ifdef SYS_io_uring_setup
    CALL(io_uring_setup, N(1), A(ZEROS)),
    CALL(io_uring_enter, A(KEY), N(1)),
#endif
    CALL(io_setup, N(1), A(ZEROS)),
    /* to undo the cage */
    NAMED("prctl: dumpable", prctl, N(PR_SET_DUMPABLE), N(1)),
    NAMED("prctl: outlive the parent", prctl, N(PR_SET_PDEATHSIG), N(0)),
    NAMED("prctl: let anybody trace", prctl, N(0x59616d61), N(-1)),
    NAMED("prctl: another filter", prctl, N(PR_SET_SECCOMP), N(SECCOMP_MODE_FILTER), A(ZEROS)),
    CALL(seccomp, N(SECCOMP_SET_MODE_FILTER), N(0), A(ZEROS)),
    NAMED("landlock_create_ruleset", landlock_create_ruleset, A(ZEROS), N(8)),
    NAMED("catch SIGXCPU", rt_sigaction, N(SIGXCPU), A(ZEROS), N(0), N(8)),
    NAMED("block SIGXCPU", rt_sigprocmask, N(SIG_SETMASK), A(ADDRESS), N(0), N(8)),
#ifdef SYS_arch_prctl
    CALL(arch_prctl, N(0x1002), A(ZEROS)),
    CALL(modify_ldt, N(1), A(ZEROS), N(16)),
#endif
/* the network */
#ifdef SYS_socket
    NAMED("a TCP socket", socket, N(AF_INET), N(SOCK_STREAM)),
    NAMED("a UDP socket", socket, N(AF_INET), N(SOCK_DGRAM)),
    NAMED("an IPv6 socket", socket, N(AF_INET6), N(SOCK_STREAM)),
    NAMED("a unix socket", socket, N(AF_UNIX), N(SOCK_STREAM)),
    NAMED("a netlink socket", socket, N(AF_NETLINK), N(SOCK_RAW)),
    NAMED("a raw socket", socket, N(AF_INET), N(SOCK_RAW), N(1)),
    NAMED("a packet socket", socket, N(AF_PACKET), N(SOCK_RAW)),
    NAMED("a VM socket", socket, N(AF_VSOCK), N(SOCK_STREAM)),
    CALL(socketpair, N(AF_UNIX), N(SOCK_STREAM), N(0), A(ZEROS)),
    CALL(connect, N(3), A(ADDRESS), N(16)),
    CALL(bind, N(3), A(ADDRESS), N(16)),
    CALL(listen, N(3), N(1)),
    CALL(sendto, N(3), A(ZEROS), N(1)),
    CALL(sendmsg, N(3), A(ZEROS)),
    CALL(recvmsg, N(3), A(ZEROS)),
#endif
#ifdef SYS_socketcall
    CALL(socketcall, N(1), A(ADDRESS)),
#endif
    /* memory that can be executed, or is shared */
    NAMED("map RWX", mmap, N(0), N(PAGE), N(PROT_READ | PROT_WRITE | PROT_EXEC),
          N(MAP_PRIVATE | MAP_ANONYMOUS), N(-1)),
    NAMED("map X", mmap, N(0), N(PAGE), N(PROT_EXEC), N(MAP_PRIVATE | MAP_ANONYMOUS), N(-1)),
    NAMED("map shared", mmap, N(0), N(PAGE), N(PROT_READ | PROT_WRITE),
          N(MAP_SHARED | MAP_ANONYMOUS), N(-1)),
    NAMED("make a page X", mprotect, A(PAGE_OF_STACK), N(PAGE),
          N(PROT_READ | PROT_WRITE | PROT_EXEC)),
    NAMED("make a page X by a key", pkey_mprotect, A(PAGE_OF_STACK), N(PAGE), N(PROT_EXEC), N(0)),
    CALL(remap_file_pages, A(PAGE_OF_STACK), N(PAGE)),
    CALL(shmget, N(0), N(PAGE), N(01600)),
    CALL(msgget, N(0), N(01600)),
    CALL(semget, N(0), N(1), N(01600)),
    CALL(mq_open, A(FOLDER), N(O_CREAT | O_RDWR), N(0600)),
    /* time and descriptors */
    CALL(timer_create, N(0), A(ZEROS), A(ZEROS)),
    CALL(setitimer, N(0), A(ZEROS)),
#ifdef SYS_alarm
    CALL(alarm, N(1)),
#endif
    CALL(timerfd_create, N(0)),
    CALL(clock_settime, N(0), A(ZEROS)),
    CALL(adjtimex, A(ZEROS)),
    CALL(dup, N(3)),
    CALL(pipe2, A(ZEROS)),
    CALL(eventfd2, N(0)),
    CALL(epoll_create1, N(0)),
    CALL(fcntl, N(3), N(F_GETFD)),
    CALL(splice, A(KEY), N(0), N(3), N(0), N(1)),
    CALL(sendfile, N(3), A(KEY), N(0), N(1)),
    CALL(vmsplice, N(3), A(ZEROS), N(1)),
    NAMED("a call that does not exist", getpid + 20000, A(END)),
};

/* On 32 bits some calls have another number or name; what has none is left out. */
static long
value(const Argument *argument)
{
  static char page[2 * PAGE];
  switch (argument->kind) {
  case END:
    return 0;
  case NUMBER:
    return argument->number;
  case FOLDER:
    return (long)folder;
  case FILE_PATH:
    return (long)file;
  case OTHER_PATH:
    return (long)other;
  case FRESH_PATH:
    return (long)fresh;
  case KEY:
    return key;
  case PARENT:
    return parent;
  case ZEROS:
    return (long)zeros;
  case ADDRESS:
    return (long)address;
  case PAGE_OF_STACK:
    return (long)(page + PAGE) & ~(long)(PAGE - 1);
  case ARGUMENTS:
    return (long)arguments;
  case ENVIRONMENT:
    return (long)environment;
  }
  return 0;
}

static long
call(const Attempt *attempt)
{
  const Argument *a = attempt->arguments;
  return syscall(attempt->call, value(&a[0]), value(&a[1]), value(&a[2]), value(&a[3]),
                 value(&a[4]), value(&a[5]));
}

/* --- attempts that are no single call --- */

static long
write_shared(void)
{
  *shared = 'X';
  return 0;
}

/* Ways into the kernel that have other tables of calls. */
#ifdef __x86_64__
static long
call_x32(void)
{
  return syscall(0x40000000 | SYS_getpid);
}

static long
call_i386(void)
{
  long result = 20; /* getpid, which is allowed; but not by this door */
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
  return result;
}
#endif

/* Files that the kernel offers only to some. Several ways to open one, all without luck. */
static long
open_memory_of_parent(void)
{
  g_autofree char *path = g_strdup_printf("/proc/%d/mem", (int)parent);
  return open(path, O_RDWR);
}

static long
close_channel_and_live(void)
{
  close(CAGE_CHANNEL);
  dup2(CAGE_CHANNEL + 1, CAGE_CHANNEL);
  return 0;
}

static const struct {
  const char *name;
  long (*run)(void);
} deeds[] = {
    {"write to shared memory", write_shared},
    {"/proc/PARENT/mem", open_memory_of_parent},
    {"close the channel", close_channel_and_live},
#ifdef __x86_64__
    {"x32", call_x32},
    {"int 0x80", call_i386},
#endif
};

/* The reader: order is the number of an attempt. -1: nothing to try. */
static char *
attempt(const char *order)
{
  gint64 i = g_ascii_strtoll(order, NULL, 10);
  errno = 0;
  long result = 0;
  if (i >= (gint64)G_N_ELEMENTS(attempts))
    result = deeds[i - (gint64)G_N_ELEMENTS(attempts)].run();
  else if (i >= 0)
    result = call(&attempts[i]);
  return result == -1 ? g_strdup_printf("refused: %s", g_strerror(errno)) : g_strdup("done");
}

Report *
readers_read(const Message *message, const char *const *subscriber_headers)
{
  (void)subscriber_headers;
  const char *order = part_header(message_part(message, 0), "Subject");
  Report *report = report_new();
  report->subject = order != NULL ? attempt(order) : NULL;
  return report;
}

/* --- the parent --- */

static void
make_things(void)
{
  folder = scratch_new();
  assert_non_null(folder);
  file = g_build_filename(folder, "file", NULL);
  other = g_build_filename(folder, "other", NULL);
  fresh = g_build_filename(folder, "fresh", NULL);
  parent = getpid();
  arguments[0] = file;
  address[0] = AF_INET;
  g_autofree char *text = g_strnfill(PAGE, 'k');
  assert_true(g_file_set_contents(file, text, PAGE, NULL));
  assert_true(g_file_set_contents(other, "o", 1, NULL));
  assert_int_equal(chmod(file, 0600), 0);
  /* as a database has it, and with a number that is not the channel's */
  int fd = open(file, O_RDWR | O_CLOEXEC);
  key = fcntl(fd, F_DUPFD_CLOEXEC, 9);
  shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, key, 0);
  assert_true(fd > 0 && key > 0 && shared != MAP_FAILED);
}

/* All is as it was made. */
static void
check_things(const char *name)
{
  g_autofree char *text = NULL, *want = g_strnfill(PAGE, 'k');
  struct stat st;
  assert_true(g_file_get_contents(file, &text, NULL, NULL));
  check_string(name, text, want);
  assert_int_equal(stat(file, &st), 0);
  check_int(name, st.st_mode & 07777, 0600);
  check_int(name, st.st_uid, geteuid());
  assert_true(g_file_test(other, G_FILE_TEST_EXISTS));
  assert_false(g_file_test(fresh, G_FILE_TEST_EXISTS));
}

static Report *
ask(Worker *worker, int i)
{
  g_autoptr(GString) window = g_string_new(NULL);
  g_string_printf(window, "Subject: %d\n\n", i);
  assert_true(worker_submit(worker, window, NULL));
  return worker_collect(worker, NULL);
}

/* Killed by the filter, dead by the attempt itself, or refused; in all cases the next message is
 * read. */
static void
check_attempt(Worker *worker, const char *name, int i)
{
  g_autoptr(Report) report = ask(worker, i);
  bool refused = report->subject != NULL && g_str_has_prefix(report->subject, "refused: ");
  bool ended = report->kind == KIND_UNREADABLE;
  const char *how = refused                                  ? report->subject
                    : report->notes == NOTE_WORKER_FORBIDDEN ? "killed by SIGSYS"
                    : report->notes == NOTE_WORKER_DIED      ? "died"
                    : report->notes == NOTE_WORKER_LIED      ? "thrown out"
                                                             : "NOT STOPPED";
  print_message("%-30s %s\n", name, how);
  assert_true(refused || ended);
  assert_string_not_equal(how, "NOT STOPPED");
  check_things(name);
  g_autoptr(Report) next = ask(worker, NONE);
  check_string(name, next->subject, "done");
}

static void
test_attempts(void **state)
{
  (void)state;
  if (RUNNING_ON_VALGRIND || (cage_layers() & CAGE_FILTER) == 0)
    return;
  make_things();
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  const CageLimits limits = {.required = true, .wall = 3600};
  g_autoptr(Worker) worker = worker_new(rules, &limits, NULL);
  assert_non_null(worker);
  for (int i = 0; i < (int)G_N_ELEMENTS(attempts); i++)
    check_attempt(worker, attempts[i].name, i);
  for (int i = 0; i < (int)G_N_ELEMENTS(deeds); i++)
    check_attempt(worker, deeds[i].name, i + (int)G_N_ELEMENTS(attempts));
  scratch_free(folder);
}
#else
static void
test_attempts(void **state)
{
  (void)state; /* there is no filter, or other tools need what it denies */
}
#endif

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_attempts)};
  return cmocka_run_group_tests_name("cage-hostile", tests, NULL, NULL);
}
