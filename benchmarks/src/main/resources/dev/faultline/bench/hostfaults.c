/* SPDX-License-Identifier: BSD-2-Clause */
/* What minor faults and fork cost on the host's own kernel: the same work as FaultBenchmark and ForkBenchmark.
   Prints nanoseconds per page, the median of some rounds, one "name value" a line. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, FAULT_PAGES = 2048, FORK_PAGES = 16384, ROUNDS = 31 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static volatile char *map(int pages) {
  char *p = mmap(0, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }
  madvise(p, (size_t)pages * PAGE, MADV_NOHUGEPAGE);
  return p;
}

static double touch(volatile char *p, int pages) {
  double start = now();
  for (int i = 0; i < pages; i++) {
    p[(size_t)i * PAGE] = (char)i;
  }
  return (now() - start) / pages;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void report(const char *name, double *ns) {
  qsort(ns, ROUNDS, sizeof *ns, ascending);
  printf("%s %.1f\n", name, ns[ROUNDS / 2]);
}

/* Runs in a child: what it measures comes back through a shared page. */
static double cow_copy(volatile char *p, volatile double *result) {
  pid_t child = fork();
  if (child == 0) {
    *result = touch(p, FAULT_PAGES);
    _exit(0);
  }
  waitpid(child, 0, 0);
  return *result;
}

static double fork_pages(int pages) {
  double start = now();
  pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  waitpid(child, 0, 0);
  return (now() - start) / pages;
}

int main(void) {
  double ns[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    volatile char *p = map(FAULT_PAGES);
    ns[i] = touch(p, FAULT_PAGES);
    munmap((void *)p, (size_t)FAULT_PAGES * PAGE);
  }
  report("zeroFill", ns);

  volatile double *result =
      mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  volatile char *p = map(FAULT_PAGES);
  touch(p, FAULT_PAGES);
  for (int i = 0; i < ROUNDS; i++) {
    ns[i] = cow_copy(p, result);
  }
  report("cowCopy", ns);
  munmap((void *)p, (size_t)FAULT_PAGES * PAGE);

  p = map(FORK_PAGES);
  touch(p, FORK_PAGES);
  for (int i = 0; i < ROUNDS; i++) {
    ns[i] = fork_pages(FORK_PAGES);
  }
  report("fork", ns);
  return 0;
}
