/* Labels of its own inside parallel regions, whose runtime may have a static part too: client_openmp ROUNDS SIZE */
#include <ittnotify.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1;
    long size = argc > 2 ? atol(argv[2]) : 1;
    long done = 0;
    __itt_domain *domain = __itt_domain_create("ours");
    __itt_string_handle *region = __itt_string_handle_create("region");
    __itt_string_handle *body = __itt_string_handle_create("body");
    for (long i = 0; i < rounds; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, region);
#pragma omp parallel for reduction(+ : done) num_threads(3)
        for (long j = 0; j < size; j++) {
            __itt_task_begin(domain, __itt_null, __itt_null, body);
            done++;
            __itt_task_end(domain);
        }
        __itt_task_end(domain);
    }
    printf("%ld\n", done);
    return 0;
}
