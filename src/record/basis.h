/* What messages are judged by: settings, and the rules and keys that they name. */
#pragma once

#include "verp/verp.h"
#include "judge/rules.h"
#include "settings/settings.h"

typedef struct {
  Settings *settings; /* NULL = nothing */
  Rules *rules;
  VerpKeys *keys; /* wiped in children */
} Basis;

/* Takes the settings. If it returns false, what there is of the rest is in *basis too. */
bool basis_load(Basis *basis, Settings *settings, GError **error);

/* Frees everything. */
void basis_clear(Basis *basis);
