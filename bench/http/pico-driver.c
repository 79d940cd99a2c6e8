/* Parses the request head in a file over and over, and prints the nanoseconds that each took: pico-driver FILE SECONDS */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "picohttpparser.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
    static char head[65536];
    if (argc != 3) return 2;
    FILE *file = fopen(argv[1], "rb");
    if (file == NULL) return 2;
    size_t length = fread(head, 1, sizeof head, file);
    fclose(file);

    double wanted = atof(argv[2]) * 1e9, begin = now(), spent = 0;
    long heads = 0;
    while (spent < wanted) {
        for (int turn = 0; turn < 1000; turn++) {
            const char *method, *path;
            size_t method_length, path_length, count = 100;
            struct phr_header fields[100];
            int minor;
            if (phr_parse_request(head, length, &method, &method_length, &path, &path_length, &minor, fields, &count, 0)
                != (int)length) return 1;
        }
        heads += 1000;
        spent = now() - begin;
    }
    printf("%f\n", spent / heads);
    return 0;
}
