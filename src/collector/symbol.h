/* Names of functions by their address. */
#ifndef ITT_COLLECTOR_SYMBOL_H
#define ITT_COLLECTOR_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The iid of the name of the function at this address, looked up once. 0: no number is left; its text is in `text`.
 */
uint32_t symbol_name(const void *address, char *text, size_t size);

/* Whether a loaded program or library holds the address. */
bool symbol_is_loaded(uintptr_t address);

#endif
