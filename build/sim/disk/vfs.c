//go:build linux

#include "vfs.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef long long i64;
typedef struct sqlite3_file sqlite3_file;
typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct sqlite3_io_methods sqlite3_io_methods;

struct sqlite3_file {
  const sqlite3_io_methods *methods;
};

struct sqlite3_io_methods {
  int version;
  int (*close)(sqlite3_file *);
  int (*read)(sqlite3_file *, void *, int, i64);
  int (*write)(sqlite3_file *, const void *, int, i64);
  int (*truncate)(sqlite3_file *, i64);
  int (*sync)(sqlite3_file *, int);
  int (*size)(sqlite3_file *, i64 *);
  int (*lock)(sqlite3_file *, int);
  int (*unlock)(sqlite3_file *, int);
  int (*reserved)(sqlite3_file *, int *);
  int (*control)(sqlite3_file *, int, void *);
  int (*sector)(sqlite3_file *);
  int (*character)(sqlite3_file *);
  int (*shm_map)(sqlite3_file *, int, int, int, void volatile **);
  int (*shm_lock)(sqlite3_file *, int, int, int);
  void (*shm_barrier)(sqlite3_file *);
  int (*shm_unmap)(sqlite3_file *, int);
};

struct sqlite3_vfs {
  int version, file_size, max_path;
  sqlite3_vfs *next;
  const char *name;
  void *data;
  int (*open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
  int (*del)(sqlite3_vfs *, const char *, int);
  int (*access)(sqlite3_vfs *, const char *, int, int *);
  int (*full)(sqlite3_vfs *, const char *, int, char *);
  void *(*dl_open)(sqlite3_vfs *, const char *);
  void (*dl_error)(sqlite3_vfs *, int, char *);
  void (*(*dl_sym)(sqlite3_vfs *, void *, const char *))(void);
  void (*dl_close)(sqlite3_vfs *, void *);
  int (*randomness)(sqlite3_vfs *, int, char *);
  int (*sleep)(sqlite3_vfs *, int);
  int (*time)(sqlite3_vfs *, double *);
  int (*last_error)(sqlite3_vfs *, int, char *);
  int (*time64)(sqlite3_vfs *, i64 *);
};

sqlite3_vfs *sqlite3_vfs_find(const char *);
int sqlite3_vfs_register(sqlite3_vfs *, int);
int sqlite3_vfs_unregister(sqlite3_vfs *);

enum { OK = 0, IOERR = 10, IOERR_WRITE = 778, IOERR_FSYNC = 1034, IOERR_TRUNCATE = 1546, IOERR_DELETE = 2570 };

// record is one write or cut since the last sync: what stood there before.
typedef struct record {
  struct record *before;
  i64 at;
  long len, old_len; // old_len < len: the file ended there
  long no;
  unsigned char old[];
} record;

// node is one file of a disk.
typedef struct node {
  struct node *next;
  char *path;
  record *last;
  long records;
  i64 size; // at the last sync
} node;

struct disk {
  pthread_mutex_t lock;
  node *nodes;
  int lies, real_sync;
};

struct process {
  sqlite3_vfs vfs;
  char *name;
  disk *on;
  int dead;
  long left; // steps until it is killed; 0: not planned
  long fail; // steps until one fails; 0: not planned
  long steps, open, failed;
};

typedef struct file {
  sqlite3_file base;
  process *of;
  node *node; // NULL: a temporary file
} file;

static sqlite3_file *under(sqlite3_file *f) { return (sqlite3_file *)((file *)f + 1); }

static sqlite3_vfs *system_vfs(void) { return sqlite3_vfs_find("unix"); }

static void forget(node *n) {
  while (n->last) {
    record *r = n->last;
    n->last = r->before;
    free(r);
  }
  n->records = 0;
}

static node *find(disk *d, const char *path) {
  for (node *n = d->nodes; n; n = n->next)
    if (!strcmp(n->path, path)) return n;
  node *n = calloc(1, sizeof *n);
  n->path = strdup(path);
  n->next = d->nodes;
  d->nodes = n;
  struct stat st;
  if (!stat(path, &st)) n->size = st.st_size;
  return n;
}

// step counts a write or sync; it answers whether it fails: because the process
// is dead, or this once.
static int step(process *p) {
  if (p->dead) return 1;
  p->steps++;
  if (p->left > 0 && --p->left == 0) p->dead = 1;
  if (p->fail > 0 && --p->fail == 0) {
    p->failed++;
    return 1;
  }
  return p->dead;
}

// keep notes what a write or a cut is about to replace.
static int keep(file *f, i64 at, long len) {
  record *r = malloc(sizeof *r + len);
  if (!r) return IOERR_WRITE;
  i64 size = 0;
  sqlite3_file *u = under(&f->base);
  int rc = u->methods->size(u, &size);
  r->at = at, r->len = len, r->old_len = 0, r->no = f->node->records++;
  if (rc == OK && size > at) {
    r->old_len = size - at < len ? size - at : len;
    rc = u->methods->read(u, r->old, r->old_len, at);
  }
  if (rc != OK) {
    f->node->records--;
    free(r);
    return rc;
  }
  r->before = f->node->last;
  f->node->last = r;
  return OK;
}

static int f_close(sqlite3_file *f) {
  process *p = ((file *)f)->of;
  int rc = under(f)->methods->close(under(f));
  pthread_mutex_lock(&p->on->lock);
  p->open--;
  pthread_mutex_unlock(&p->on->lock);
  return rc;
}

static int f_read(sqlite3_file *f, void *b, int n, i64 at) { return under(f)->methods->read(under(f), b, n, at); }

static int f_write(sqlite3_file *g, const void *b, int n, i64 at) {
  file *f = (file *)g;
  if (!f->node) return under(g)->methods->write(under(g), b, n, at);
  pthread_mutex_lock(&f->of->on->lock);
  int rc = step(f->of) ? IOERR_WRITE : keep(f, at, n);
  if (rc == OK) rc = under(g)->methods->write(under(g), b, n, at);
  pthread_mutex_unlock(&f->of->on->lock);
  return rc;
}

static int f_truncate(sqlite3_file *g, i64 size) {
  file *f = (file *)g;
  if (!f->node) return under(g)->methods->truncate(under(g), size);
  pthread_mutex_lock(&f->of->on->lock);
  i64 was = 0;
  int rc = step(f->of) ? IOERR_TRUNCATE : under(g)->methods->size(under(g), &was);
  if (rc == OK && was > size) rc = keep(f, size, was - size);
  if (rc == OK) rc = under(g)->methods->truncate(under(g), size);
  pthread_mutex_unlock(&f->of->on->lock);
  return rc;
}

static int f_sync(sqlite3_file *g, int flags) {
  file *f = (file *)g;
  if (!f->node) return OK;
  disk *d = f->of->on;
  pthread_mutex_lock(&d->lock);
  int rc = step(f->of) ? IOERR_FSYNC : OK;
  if (rc == OK && !d->lies) {
    if (d->real_sync) rc = under(g)->methods->sync(under(g), flags);
    if (rc == OK) {
      forget(f->node);
      under(g)->methods->size(under(g), &f->node->size);
    }
  }
  pthread_mutex_unlock(&d->lock);
  return rc;
}

static int f_size(sqlite3_file *f, i64 *n) { return under(f)->methods->size(under(f), n); }
static int f_lock(sqlite3_file *f, int k) { return under(f)->methods->lock(under(f), k); }
static int f_unlock(sqlite3_file *f, int k) { return under(f)->methods->unlock(under(f), k); }
static int f_reserved(sqlite3_file *f, int *r) { return under(f)->methods->reserved(under(f), r); }
static int f_control(sqlite3_file *f, int op, void *a) { return under(f)->methods->control(under(f), op, a); }
static int f_sector(sqlite3_file *f) { return under(f)->methods->sector(under(f)); }
static int f_character(sqlite3_file *f) { return under(f)->methods->character(under(f)); }
static int f_shm_map(sqlite3_file *f, int p, int s, int w, void volatile **o) { return under(f)->methods->shm_map(under(f), p, s, w, o); }
static int f_shm_lock(sqlite3_file *f, int o, int n, int k) { return under(f)->methods->shm_lock(under(f), o, n, k); }
static void f_shm_barrier(sqlite3_file *f) { under(f)->methods->shm_barrier(under(f)); }
static int f_shm_unmap(sqlite3_file *f, int del) { return under(f)->methods->shm_unmap(under(f), del); }

static const sqlite3_io_methods methods = {
    2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock, f_reserved, f_control,
    f_sector, f_character, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap,
};

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *g, int flags, int *out) {
  process *p = v->data;
  file *f = (file *)g;
  memset(f, 0, sizeof *f);
  f->of = p;
  int rc = system_vfs()->open(system_vfs(), name, under(g), flags, out);
  if (rc != OK) return rc;
  pthread_mutex_lock(&p->on->lock);
  if (name) f->node = find(p->on, name);
  p->open++;
  pthread_mutex_unlock(&p->on->lock);
  f->base.methods = &methods;
  return OK;
}

static int v_del(sqlite3_vfs *v, const char *name, int sync_dir) {
  process *p = v->data;
  pthread_mutex_lock(&p->on->lock);
  int rc = step(p) ? IOERR_DELETE : system_vfs()->del(system_vfs(), name, 0);
  if (rc == OK) {
    node *n = find(p->on, name);
    forget(n);
    n->size = 0;
  }
  pthread_mutex_unlock(&p->on->lock);
  return rc;
}

static int v_access(sqlite3_vfs *v, const char *n, int f, int *r) { return system_vfs()->access(system_vfs(), n, f, r); }
static int v_full(sqlite3_vfs *v, const char *n, int l, char *o) { return system_vfs()->full(system_vfs(), n, l, o); }
static int v_randomness(sqlite3_vfs *v, int n, char *o) { return system_vfs()->randomness(system_vfs(), n, o); }
static int v_sleep(sqlite3_vfs *v, int us) { return system_vfs()->sleep(system_vfs(), us); }
static int v_time(sqlite3_vfs *v, double *t) { return system_vfs()->time(system_vfs(), t); }
static int v_last_error(sqlite3_vfs *v, int n, char *o) { return system_vfs()->last_error(system_vfs(), n, o); }
static int v_time64(sqlite3_vfs *v, i64 *t) { return system_vfs()->time64(system_vfs(), t); }

disk *disk_new(int real_sync) {
  disk *d = calloc(1, sizeof *d);
  pthread_mutex_init(&d->lock, NULL);
  d->real_sync = real_sync;
  return d;
}

void disk_free(disk *d) {
  while (d->nodes) {
    node *n = d->nodes;
    d->nodes = n->next;
    forget(n);
    free(n->path);
    free(n);
  }
  pthread_mutex_destroy(&d->lock);
  free(d);
}

void disk_lie(disk *d, int lie) {
  pthread_mutex_lock(&d->lock);
  d->lies = lie;
  pthread_mutex_unlock(&d->lock);
}

static unsigned long long mix(unsigned long long x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

// name_of leaves the folder away: the same file in every run.
static unsigned long long name_of(const char *path) {
  const char *s = strrchr(path, '/');
  unsigned long long h = 1469598103934665603ull;
  for (s = s ? s + 1 : path; *s; s++) h = (h ^ (unsigned char)*s) * 1099511628211ull;
  return h;
}

// kept is from which record on a sector's writes are lost.
static long kept(node *n, unsigned long long seed, i64 sector, int mode) {
  if (mode == 0) return 0;                          // nothing reached the disk
  if (mode == 1) return n->records;                 // everything did
  return mix(seed ^ mix((unsigned long long)sector)) % (n->records + 1);
}

static long cut_node(node *n, unsigned long long seed) {
  if (!n->last) return 0;
  seed = mix(seed ^ name_of(n->path));
  int mode = seed % 4;
  int fd = open(n->path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return -1;
  long lost = 0;
  for (record *r = n->last; r; r = r->before) {
    for (i64 at = r->at; at < r->at + r->len;) {
      i64 end = (at / 512 + 1) * 512;
      if (end > r->at + r->len) end = r->at + r->len;
      if (r->no >= kept(n, seed, at / 512, mode)) {
        static const unsigned char none[512];
        i64 had = r->at + r->old_len - at;
        if (had < 0) had = 0;
        if (had > end - at) had = end - at;
        if (had > 0 && pwrite(fd, r->old + (at - r->at), had, at) != had) lost = -1;
        if (end - at > had && pwrite(fd, none, end - at - had, at + had) != end - at - had) lost = -1;
        if (lost < 0) {
          close(fd);
          return -1;
        }
        lost++;
      }
      at = end;
    }
  }
  if (mode == 0 && ftruncate(fd, n->size)) lost = -1;
  close(fd);
  return lost;
}

long disk_cut(disk *d, unsigned long long seed) {
  pthread_mutex_lock(&d->lock);
  long lost = 0;
  for (node *n = d->nodes; n; n = n->next) {
    long k = cut_node(n, seed);
    struct stat st;
    forget(n);
    n->size = stat(n->path, &st) ? 0 : st.st_size;
    lost = k < 0 || lost < 0 ? -1 : lost + k;
  }
  pthread_mutex_unlock(&d->lock);
  return lost;
}

process *process_new(disk *d, const char *name) {
  sqlite3_vfs *sys = system_vfs();
  if (!sys) return NULL;
  process *p = calloc(1, sizeof *p);
  p->on = d;
  p->name = strdup(name);
  p->vfs = (sqlite3_vfs){
      .version = 2, .file_size = sizeof(file) + sys->file_size, .max_path = sys->max_path, .name = p->name, .data = p,
      .open = v_open, .del = v_del, .access = v_access, .full = v_full, .randomness = v_randomness,
      .sleep = v_sleep, .time = v_time, .last_error = v_last_error, .time64 = v_time64,
  };
  if (sqlite3_vfs_register(&p->vfs, 0) != OK) {
    free(p->name);
    free(p);
    return NULL;
  }
  return p;
}

void process_free(process *p) {
  sqlite3_vfs_unregister(&p->vfs);
  free(p->name);
  free(p);
}

static void set(process *p, int dead, long left) {
  pthread_mutex_lock(&p->on->lock);
  p->dead = dead;
  p->left = left;
  p->fail = 0;
  pthread_mutex_unlock(&p->on->lock);
}

void process_kill(process *p) { set(p, 1, 0); }
void process_revive(process *p) { set(p, 0, 0); }
void process_kill_after(process *p, long steps) { set(p, 0, steps); }

void process_fail_after(process *p, long steps) {
  pthread_mutex_lock(&p->on->lock);
  p->fail = steps;
  pthread_mutex_unlock(&p->on->lock);
}

static long look(process *p, long *v) {
  pthread_mutex_lock(&p->on->lock);
  long n = *v;
  pthread_mutex_unlock(&p->on->lock);
  return n;
}

int process_dead(process *p) {
  pthread_mutex_lock(&p->on->lock);
  int n = p->dead;
  pthread_mutex_unlock(&p->on->lock);
  return n;
}
long process_steps(process *p) { return look(p, &p->steps); }
long process_failed(process *p) { return look(p, &p->failed); }
long process_open(process *p) { return look(p, &p->open); }
