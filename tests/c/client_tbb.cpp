/* Labels of its own inside the work of oneTBB, which has a static part of its own: client_tbb ROUNDS SIZE */
#include <ittnotify.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <tbb/parallel_for.h>
#include <tbb/task_group.h>

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? std::atol(argv[1]) : 1;
    long size = argc > 2 ? std::atol(argv[2]) : 1;
    __itt_domain *domain = __itt_domain_create("ours");
    __itt_string_handle *body = __itt_string_handle_create("body");
    __itt_string_handle *grouped = __itt_string_handle_create("grouped");
    std::atomic<long> done{0};
    auto work = [&](__itt_string_handle *name) {
        __itt_task_begin(domain, __itt_null, __itt_null, name);
        done++;
        __itt_task_end(domain);
    };
    for (long i = 0; i < rounds; i++) {
        tbb::parallel_for(0L, size, [&](long) { work(body); });
        tbb::task_group group;
        for (long j = 0; j < size; j++)
            group.run([&] { work(grouped); });
        group.wait();
    }
    std::printf("%ld\n", done.load());
    return 0;
}
