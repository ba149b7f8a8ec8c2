#include "config.h"

#include "record/basis.h"

#include "verp/keyfile.h"

bool
basis_load(Basis *basis, Settings *settings, GError **error)
{
  *basis = (Basis){settings, rules_load(settings->rules, error), NULL};
  basis->keys = basis->rules != NULL ? keyfile_keys_new(error) : NULL;
  return basis->keys != NULL &&
         keyfile_read_keys(settings->verp_key, settings->verp_key_old, basis->keys, error);
}

void
basis_clear(Basis *basis)
{
  rules_free(basis->rules);
  keyfile_keys_free(basis->keys);
  settings_free(basis->settings);
  *basis = (Basis){NULL};
}
