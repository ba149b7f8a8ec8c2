/* What generated/filter.c defines: a BPF program that decides on each system call of the worker. */
#pragma once

#include <linux/filter.h>

extern const struct sock_filter filter_steps[];
extern const unsigned short filter_length; /* 0: none for this architecture */
