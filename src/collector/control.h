/* Pause, resume and detach: for the whole recording, through one word that all its processes read. */
#ifndef ITT_COLLECTOR_CONTROL_H
#define ITT_COLLECTOR_CONTROL_H

void control_pause(void);
void control_resume(void);
void control_detach(void);

/* A recording that was made paused: shows it once. */
void control_show_start(void);

#endif
