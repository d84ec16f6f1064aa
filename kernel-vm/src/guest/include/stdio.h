/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STDIO_H
#define STDIO_H
#include <stdarg.h>
#include <stddef.h>
#define EOF (-1)
#define BUFSIZ 1024
typedef struct FILE {
    int fd;
    unsigned char writing, eof, error, mode; /* mode: see stdio.c */
    size_t pos, len;                         /* reading: next and last byte; writing: len bytes wait */
    char buf[BUFSIZ];
} FILE;
extern FILE *const stdin, *const stdout, *const stderr;
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *f);
int fflush(FILE *f);
int fgetc(FILE *f);
char *fgets(char *line, int size, FILE *f);
int fputc(int c, FILE *f);
int fputs(const char *s, FILE *f);
size_t fwrite(const void *data, size_t size, size_t count, FILE *f);
int putchar(int c);
int puts(const char *s);
int ferror(FILE *f);
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fprintf(FILE *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
int vfprintf(FILE *f, const char *format, va_list args);
int snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *to, size_t size, const char *format, va_list args);
void perror(const char *what);
#endif
