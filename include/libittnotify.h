/* An older name of ittnotify.h. */
#ifndef LIBITTNOTIFY_H
#define LIBITTNOTIFY_H

#include "ittnotify.h"

#endif
