/* The fields of a delivery status part: parsed, and sorted into groups. */
#include "config.h"

#include "fuzz.h"

#include "mail/fields.h"

static guint
check_groups(const GPtrArray *groups)
{
  guint n = 0;
  for (guint i = 0; i < groups->len; i++) {
    const GPtrArray *group = g_ptr_array_index(groups, i);
    for (guint k = 0; k < group->len; k++) {
      const Field *field = g_ptr_array_index(group, k);
      g_assert_nonnull(fields_get(group, field->name));
    }
    n += group->len;
  }
  return n;
}

FUZZ_TARGET(fields)
{
  g_autofree char *text = fuzz_text(data, size);
  g_autoptr(GPtrArray) fields = fields_parse(text);
  for (guint i = 0; i < fields->len; i++) {
    const Field *field = g_ptr_array_index(fields, i);
    g_assert_cmpuint(strlen(field->name), >, 0);
    fuzz_check_utf8(field->name);
    fuzz_check_utf8(field->value);
    g_assert_cmpuint(strlen(field->value), <=, FIELD_VALUE_MAX);
  }
  g_autoptr(GPtrArray) groups = fields_group(fields);
  g_assert_cmpuint(groups->len, >, 0);
  g_assert_cmpuint(check_groups(groups), ==, fields->len);
  return 0;
}
