/* What a forked child must not share with its parent. */
#ifndef ITT_PYTHON_FORK_H
#define ITT_PYTHON_FORK_H

/* Once a process or more often. Returns 0, or -1 without memory. */
int fork_prepare(void);

/* A number of this process that no other has had on this machine. */
unsigned long long fork_process(void);

#endif
