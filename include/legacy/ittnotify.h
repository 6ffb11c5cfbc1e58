/* The old functions of the interface; ittnotify.h declares them, too. */
#ifndef LEGACY_ITTNOTIFY_H
#define LEGACY_ITTNOTIFY_H

#include "../ittnotify.h"

#endif
