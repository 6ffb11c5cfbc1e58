#include "region.h"
#include "name.h"
#include <stdatomic.h>
#include <stddef.h>

/* iids of the names in the order they came, 0 where none yet; set once by compare-and-swap. */
static _Atomic uint32_t names[REGION_COUNT - 1];

uint8_t region_create(const char *text)
{
    const struct name *name = text == NULL ? NULL : name_intern(text);
    for (uint8_t i = 0; name != NULL && i < REGION_COUNT - 1; i++) {
        uint32_t found = 0;
        if (atomic_compare_exchange_strong(&names[i], &found, name->iid) || found == name->iid)
            return i;
    }
    return REGION_COUNT - 1;
}

static uint32_t iid_of(const char *text)
{
    const struct name *name = name_intern(text);
    return name == NULL ? NAME_MORE_DOMAINS : name->iid;
}

uint32_t region_name(uint8_t region)
{
    static const char *const automatic[REGION_COUNT] = {"region 0", "region 1", "region 2", "region 3",
                                                        "region 4", "region 5", "region 6", "region 7"};
    uint32_t iid = region < REGION_COUNT - 1 ? atomic_load_explicit(&names[region], memory_order_relaxed) : 0;
    return iid != 0 ? iid : iid_of(automatic[region % REGION_COUNT]);
}

uint32_t region_category(void)
{
    return iid_of("pt_region");
}
