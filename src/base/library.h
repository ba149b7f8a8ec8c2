/* Libraries that are loaded only where they are needed, and may not be installed. */
#pragma once

#include <stdbool.h>

/* Loads it, once and for good. NULL if it is not installed. */
void *library_load(const char *name);

/* Stores the address of a function in *function, a pointer to it. Returns false, and stores NULL,
 * if library has no such function or is NULL. */
bool library_find(void *library, const char *name, void *function);
