/* Two tracepoints, the first with a number for the name. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "mode.h"
#include "peer_lttng.h"

void peer_pairs(long n)
{
    for (long i = 0; i < n; i++) {
        lttng_ust_tracepoint(bench, begin, 1);
        lttng_ust_tracepoint(bench, end);
    }
}
