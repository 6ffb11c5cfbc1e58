// A C++ program: objects made before main, calls from constructors, templates and lambdas.
#include "ittnotify.h"
#include "legacy/ittnotify.h"
#include <cstdio>
#include <map>

static __itt_domain *domain = __itt_domain_create("c++");
static __itt_string_handle *const name = __itt_string_handle_create("task");

namespace
{
struct Task {
    Task()
    {
        __itt_task_begin(domain, __itt_null, __itt_null, name);
    }
    ~Task()
    {
        __itt_task_end(domain);
    }
};

Task before_main;

template <typename A, typename B> int sum(A a, B b)
{
    return int(a) + int(b);
}
} // namespace

int main()
{
    const Task task;
    auto late = [](int value) { __itt_event_start(value); };

    late(7);
    __itt_suppress_push(sum<int, long>(1, 2)); // a comma that is no argument's end for a template
    if (__itt_task_begin_ptr)
        ::std::puts("listening");
    else
        ::std::puts("alone");
    return 0;
}
