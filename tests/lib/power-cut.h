/* A disk that loses what was not synced. It watches a folder: what fsync() or fdatasync() was told
 * about is durable, everything else is only in the kernel's memory. An image is what may be found
 * after a power cut: each sector, entry of a folder, length and time that was not synced may be
 * new or old, whatever the order of the writes was. */
#pragma once

#include <glib.h>

typedef struct PowerCut PowerCut;

/* folder: what it contains now is durable. */
PowerCut *power_cut_new(const char *folder, guint32 seed);
void power_cut_free(PowerCut *disk);

/* Looks at the folder: from now on, its content is what is in memory. */
void power_cut_look(PowerCut *disk);

/* Makes the file or folder with this inode durable, as it was when last looked at. */
void power_cut_sync(PowerCut *disk, guint64 inode);

/* Writes one image of the disk to path, which does not exist. */
void power_cut_image(PowerCut *disk, const char *path);
