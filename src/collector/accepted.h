/* Functions of the interface that have no place in a timeline: their calls are counted, and nothing else. */
#ifndef ITT_COLLECTOR_ACCEPTED_H
#define ITT_COLLECTOR_ACCEPTED_H

/* The function of this name (with its __itt_), NULL where it is none of these. */
void (*accepted_find(const char *name))(void);

#endif
