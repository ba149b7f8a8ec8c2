/* Writes the worker's system call filter as C (generated/filter.c): a BPF program for each
 * architecture, made by libseccomp, which the program itself does not need.
 *
 * A worker reads windows from a socket, computes, and writes answers. What it needs for that is
 * memory, locks, the time and random numbers. What the C library and GLib ask on the side, and can
 * do without, is refused with an error. Every other call ends the process. */
#include "config.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
  const char *name;
  int error; /* 0: allowed */
} Call;

static const Call calls[] = {
    /* the channel, which is the only descriptor */
    {"read", 0},
    {"write", 0},
    {"writev", 0},
    /* memory; mmap and mprotect below */
    {"brk", 0},
    {"munmap", 0},
    {"mremap", 0},
    {"madvise", 0},
    /* locks, time, chance */
    {"futex", 0},
    {"futex_time64", 0},
    {"sched_yield", 0},
    {"clock_gettime", 0},
    {"clock_gettime64", 0},
    {"gettimeofday", 0},
    {"time", 0},
    {"getrandom", 0},
    {"sysinfo", 0}, /* qsort of glibc before 2.37: how much memory there is */
    {"getpid", 0},
    {"gettid", 0},
    {"restart_syscall", 0}, /* a read that SIGSTOP interrupted */
    {"exit", 0},
    {"exit_group", 0},
    /* iconv asks for modules, GLib for devices and time zones */
    {"open", EACCES},
    {"openat", EACCES},
    {"openat2", EACCES},
    {"access", EACCES},
    {"faccessat", EACCES},
    {"faccessat2", EACCES},
    {"stat", EACCES},
    {"stat64", EACCES},
    {"lstat", EACCES},
    {"lstat64", EACCES},
    {"fstat", EACCES},
    {"fstat64", EACCES},
    {"newfstatat", EACCES},
    {"fstatat64", EACCES},
    {"statx", EACCES},
    {"readlink", EACCES},
    {"readlinkat", EACCES},
    {"getcwd", EACCES},
    {"close", EBADF},
    {"ioctl", ENOTTY},
    {"uname", EPERM},
    {"getppid", EPERM},
    {"sched_getaffinity", EPERM},
    {"membarrier", EPERM},
    /* abort() sends a signal; without one it executes an invalid instruction */
    {"rt_sigaction", EPERM},
    {"rt_sigprocmask", EPERM},
    {"sigaltstack", EPERM},
    {"tkill", EPERM},
    {"tgkill", EPERM},
};

typedef struct {
  uint32_t token;
  const char *condition;
} Architecture;

/* Those on which mmap takes its arguments in registers, with the flags of x86. */
static const Architecture architectures[] = {
    {SCMP_ARCH_X86_64, "defined __x86_64__ && !defined __ILP32__"},
    {SCMP_ARCH_X86, "defined __i386__"},
    {SCMP_ARCH_AARCH64, "defined __aarch64__ && !defined __AARCH64EB__"},
    {SCMP_ARCH_ARM, "defined __arm__ && !defined __ARMEB__"},
    {SCMP_ARCH_RISCV64, "defined __riscv && __riscv_xlen == 64"},
    {SCMP_ARCH_PPC64LE, "defined __powerpc64__ && defined __LITTLE_ENDIAN__"},
};

static void
die(const char *what, int error)
{
  fprintf(stderr, "filter-compile: %s: error %d\n", what, error);
  exit(1);
}

static void
check(const char *what, int result)
{
  if (result != 0)
    die(what, -result);
}

/* Not every architecture has every call, nor does every libseccomp know it. */
static bool
has_call(uint32_t architecture, const char *name)
{
  return seccomp_syscall_resolve_name_arch(architecture, name) >= 0;
}

/* libseccomp takes the number that the call has where this program runs, and translates it. */
static void
add_rule(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned n,
         const struct scmp_arg_cmp *arguments)
{
  check(name, seccomp_rule_add_exact_array(filter, action, seccomp_syscall_resolve_name(name), n,
                                           arguments));
}

/* Private, anonymous memory that cannot be executed: no file, and no page that another process has.
 * On 32 bits mmap itself takes a pointer to its arguments, which a filter cannot follow; there it
 * is mmap2. */
static void
add_memory(scmp_filter_ctx filter, uint32_t architecture)
{
  const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  const struct scmp_arg_cmp map[] = {
      not_executable,
      SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS)};
  const char *mmap = has_call(architecture, "mmap2") ? "mmap2" : "mmap";
  add_rule(filter, SCMP_ACT_ALLOW, mmap, 2, map);
  add_rule(filter, SCMP_ACT_ALLOW, "mprotect", 1, &not_executable);
}

static uint32_t
action_of(const Call *call)
{
  return call->error != 0 ? SCMP_ACT_ERRNO((uint32_t)call->error) : SCMP_ACT_ALLOW;
}

static scmp_filter_ctx
make_filter(uint32_t architecture)
{
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == NULL)
    die("seccomp_init", ENOMEM);
  uint32_t native = seccomp_arch_native();
  if (native != architecture) {
    check("seccomp_arch_add", seccomp_arch_add(filter, architecture));
    check("seccomp_arch_remove", seccomp_arch_remove(filter, native));
  }
  check("another architecture",
        seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  check("a binary tree", seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2));
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (has_call(architecture, calls[i].name))
      add_rule(filter, action_of(&calls[i]), calls[i].name, 0, NULL);
  add_memory(filter, architecture);
  return filter;
}

/* struct sock_filter, as the kernel defines it. */
typedef struct {
  uint16_t code;
  uint8_t on_true, on_false;
  uint32_t value;
} Step;

static void
print_filter(scmp_filter_ctx filter)
{
  FILE *file = tmpfile();
  if (file == NULL)
    die("tmpfile", errno);
  check("seccomp_export_bpf", seccomp_export_bpf(filter, fileno(file)));
  if (lseek(fileno(file), 0, SEEK_SET) != 0)
    die("lseek", errno);
  Step step;
  puts("const struct sock_filter filter_steps[] = {");
  while (fread(&step, sizeof step, 1, file) == 1)
    printf("    {0x%02x, %u, %u, 0x%08x},\n", step.code, step.on_true, step.on_false, step.value);
  puts("};\nconst unsigned short filter_length = sizeof filter_steps / sizeof *filter_steps;");
  fclose(file);
}

int
main(void)
{
  puts("/* Written by src/worker/filter-compile.c. */\n#include \"config.h\"\n\n"
       "#include \"worker/filter-steps.h\"\n");
  for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++) {
    scmp_filter_ctx filter = make_filter(architectures[i].token);
    printf("%s %s\n", i == 0 ? "#if" : "#elif", architectures[i].condition);
    print_filter(filter);
    seccomp_release(filter);
  }
  puts("#else\nconst struct sock_filter filter_steps[1];\nconst unsigned short filter_length = 0;\n"
       "#endif");
  return fflush(stdout) == 0 ? 0 : 1;
}
