# faults.sh: system calls that fail, for shell tests: which there are in a run, and which errors fit
# them. Source it after tap.sh; it skips the test where strace cannot do it. CASES = how many faults.
# shellcheck shell=sh disable=SC2154
ASAN_OPTIONS=detect_leaks=0 # which needs ptrace for itself
export ASAN_OPTIONS

skip() { echo "1..0 # SKIP $*"; exit 0; }
command -v sqlite3 >/dev/null || skip "no sqlite3 shell"
command -v strace >/dev/null || skip "strace is not installed"
strace -o probe -e inject=getpid:error=EIO:when=1 true 2>/dev/null || skip "strace may not trace here"

# The calls that the system can refuse, and why it may (section 2 of the manual).
cat >fitting <<END_OF_TABLE
access EACCES EIO ENOMEM
clone ENOMEM
clone3 ENOMEM
close EDQUOT EINTR EIO ENOSPC
connect EACCES EINTR
faccessat EACCES EIO ENOMEM
faccessat2 EACCES EIO ENOMEM
fallocate EDQUOT EINTR EIO ENOSPC
fchmod EACCES EIO EROFS
fchmodat EACCES EIO EROFS
fchown EACCES EIO EROFS
fchown32 EACCES EIO EROFS
fcntl EACCES EINTR ENOLCK
fcntl64 EACCES EINTR ENOLCK
fdatasync EDQUOT EINTR EIO ENOSPC EROFS
flock EINTR ENOLCK
fork ENOMEM
fstat EIO ENOMEM
fstat64 EIO ENOMEM
fstatfs EIO ENOMEM
fstatfs64 EIO ENOMEM
fsync EDQUOT EINTR EIO ENOSPC EROFS
ftruncate EINTR EIO EROFS
ftruncate64 EINTR EIO EROFS
getcwd EACCES ENOMEM
getdents64 EIO ENOMEM
ioctl EIO
link EACCES EDQUOT EIO ENOMEM ENOSPC EROFS
linkat EACCES EDQUOT EIO ENOMEM ENOSPC EROFS
lstat EACCES EIO ENOMEM
lstat64 EACCES EIO ENOMEM
mkdir EACCES EDQUOT EIO ENOMEM ENOSPC EROFS
mkdirat EACCES EDQUOT EIO ENOMEM ENOSPC EROFS
mmap ENOMEM
mmap2 ENOMEM
mprotect ENOMEM
mremap ENOMEM
newfstatat EACCES EIO ENOMEM
open EACCES EDQUOT EINTR EIO EMFILE ENOMEM ENOSPC EROFS
openat EACCES EDQUOT EINTR EIO EMFILE ENOMEM ENOSPC EROFS
pipe2 EMFILE
poll EINTR ENOMEM
ppoll EINTR ENOMEM
pread64 EINTR EIO
pwrite64 EDQUOT EINTR EIO ENOSPC
read EINTR EIO
readlink EACCES EIO ENOMEM
readlinkat EACCES EIO ENOMEM
readv EINTR EIO
recvfrom EINTR ENOMEM
rename EACCES EDQUOT EIO ENOMEM ENOSPC EROFS
renameat EACCES EDQUOT EIO ENOMEM ENOSPC EROFS
renameat2 EACCES EDQUOT EIO ENOMEM ENOSPC EROFS
sendmsg EINTR ENOMEM
sendto EINTR ENOMEM
socket EACCES EMFILE ENOMEM
socketpair EMFILE ENOMEM
stat EACCES EIO ENOMEM
stat64 EACCES EIO ENOMEM
statfs EACCES EIO ENOMEM
statfs64 EACCES EIO ENOMEM
statx EACCES EIO ENOMEM
unlink EACCES EIO ENOMEM EROFS
unlinkat EACCES EIO ENOMEM EROFS
utimensat EACCES EROFS
wait4 EINTR
waitpid EINTR
write EDQUOT EINTR EIO ENOSPC
writev EDQUOT EINTR EIO ENOSPC
END_OF_TABLE

# faults LOG: each call since main() began, which first looks at its standard descriptors, with each
# error that fits: NAME, the number of the call among those of its name, ERROR
faults() {
  awk 'NR == FNR { for (i = 2; i <= NF; i++) errors[$1] = errors[$1] " " $i; next }
    { name = $0; sub(/\(.*/, "", name); count[name]++ }
    /^fcntl(64)?\(0, F_GETFD/ { begun = 1 }
    /[.]gcda"/ { exit } # of a build that measures coverage
    begun { n = split(errors[name], error, " "); for (i = 1; i <= n; i++) print name, count[name], error[i] }
  ' fitting "$1"
}

# spread LIST: CASES lines of it, at equal distances
spread() { awk -v all="$(wc -l <"$1")" -v n="$CASES" 'int(NR * n / all) > int((NR - 1) * n / all) || n >= all' "$1"; }
