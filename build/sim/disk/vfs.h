// The interface of SQLite that the shim stands in, as declared in its
// documentation; the code is in the binary already (go-sqlite3 bundles it).
#ifndef HALLWAY_DISK_VFS_H
#define HALLWAY_DISK_VFS_H

typedef struct disk disk;
typedef struct process process;

disk *disk_new(int real_sync);
void disk_free(disk *d);
void disk_lie(disk *d, int lie);
// disk_cut undoes what was not synced, as a power cut would; nobody may have a
// file of the disk open. It returns how many sectors lost something, or -1.
long disk_cut(disk *d, unsigned long long seed);

process *process_new(disk *d, const char *name);
// process_free takes the VFS away; nobody may have a file open through it.
void process_free(process *p);
void process_kill(process *p);
void process_revive(process *p);
void process_kill_after(process *p, long steps);
void process_fail_after(process *p, long steps);
int process_dead(process *p);
long process_steps(process *p);
long process_failed(process *p);
long process_open(process *p);

#endif
