/* A collector that does nothing: what a label takes as far as to its collector. */
#define LISTENS __attribute__((visibility("default"))) void

const char *__itt_api_version(void);

__attribute__((visibility("default"))) const char *__itt_api_version(void)
{
    return "listener";
}

LISTENS __itt_task_begin(void);
LISTENS __itt_task_end(void);

LISTENS __itt_task_begin(void)
{
}

LISTENS __itt_task_end(void)
{
}
