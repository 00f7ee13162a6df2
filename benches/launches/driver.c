/* A CUDA driver that computes nothing: it takes every call, hands out addresses without memory behind them, and counts.
 *
 * For launches.py: with it in place of libcuda.so.1 and the real NVRTC, the program runs its real CUDA path on a machine
 * without a card. Every kernel is generated and compiled for the architecture below, every launch is made and counted, and
 * the time that passes is the host's alone. Each number read back is 1. Signatures are those of the CUDA driver API.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int R;
typedef unsigned long long P;
#define EXPORT __attribute__((visibility("default")))

static P next_address = 1ull << 40;
static long launches, copies_in, copies_out, modules, allocations, waits;

struct function { long launches; char name[256]; struct function *next; };
static struct function *functions;

static void *handle(void) { return malloc(64); }

static void report(void) {
    const char *path = getenv("SANER_TUI_COUNTS");
    FILE *out = path ? fopen(path, "w") : NULL;
    if (!out) return;
    fprintf(out, "{\"launches\": %ld, \"copies_in\": %ld, \"copies_out\": %ld, \"kernels\": %ld, \"allocations\": %ld, \"waits\": %ld, \"of\": [",
            launches, copies_in, copies_out, modules, allocations, waits);
    for (struct function *f = functions; f; f = f->next)
        fprintf(out, "%s[\"%s\", %ld]", f == functions ? "" : ", ", f->name, f->launches);
    fprintf(out, "]}\n");
    fclose(out);
}

EXPORT R cuInit(unsigned flags) { static int once; if (!once++) atexit(report); return 0; }
EXPORT R cuDriverGetVersion(int *v) { *v = 13000; return 0; }
EXPORT R cuDeviceGetCount(int *n) { *n = 1; return 0; }
EXPORT R cuDeviceGet(int *d, int i) { *d = i; return 0; }
EXPORT R cuDeviceGetName(char *name, int len, int d) { snprintf(name, len, "a driver that computes nothing"); return 0; }
EXPORT R cuDeviceTotalMem_v2(size_t *bytes, int d) { *bytes = 80ull << 30; return 0; }
EXPORT R cuDeviceGetAttribute(int *value, int attribute, int d) {
    switch (attribute) { /* an H100's */
    case 1: *value = 1024; break;                     /* threads a block */
    case 2: case 3: *value = 1024; break;             /* block x, y */
    case 4: *value = 64; break;                       /* block z */
    case 5: *value = 2147483647; break;               /* grid x */
    case 6: case 7: *value = 65535; break;            /* grid y, z */
    case 10: *value = 32; break;                      /* warp */
    case 16: *value = 132; break;                     /* multiprocessors */
    case 75: *value = 9; break;                       /* compute capability */
    case 76: *value = 0; break;
    case 97: *value = 232448; break;                  /* shared memory a block, opted in */
    default: *value = 1;
    }
    return 0;
}
EXPORT R cuDevicePrimaryCtxRetain(void **c, int d) { *c = handle(); return 0; }
EXPORT R cuDevicePrimaryCtxRelease_v2(int d) { return 0; }
EXPORT R cuCtxSetCurrent(void *c) { return 0; }
EXPORT R cuCtxGetCurrent(void **c) { *c = NULL; return 0; }
EXPORT R cuCtxSynchronize(void) { waits++; return 0; }
EXPORT R cuStreamCreate(void **s, unsigned flags) { *s = handle(); return 0; }
EXPORT R cuStreamCreateWithPriority(void **s, unsigned flags, int p) { *s = handle(); return 0; }
EXPORT R cuStreamSynchronize(void *s) { waits++; return 0; }
EXPORT R cuStreamDestroy_v2(void *s) { return 0; }
EXPORT R cuStreamWaitEvent(void *s, void *e, unsigned flags) { return 0; }
EXPORT R cuStreamQuery(void *s) { return 0; }
EXPORT R cuEventCreate(void **e, unsigned flags) { *e = handle(); return 0; }
EXPORT R cuEventRecord(void *e, void *s) { return 0; }
EXPORT R cuEventQuery(void *e) { return 0; }
EXPORT R cuEventSynchronize(void *e) { waits++; return 0; }
EXPORT R cuEventElapsedTime(float *ms, void *a, void *b) { *ms = 1; return 0; }
EXPORT R cuEventElapsedTime_v2(float *ms, void *a, void *b) { *ms = 1; return 0; }
EXPORT R cuEventDestroy_v2(void *e) { free(e); return 0; }
EXPORT R cuModuleLoadData(void **m, const void *image) { modules++; *m = handle(); return 0; }
EXPORT R cuModuleUnload(void *m) { return 0; }
EXPORT R cuModuleGetFunction(void **f, void *m, const char *name) {
    struct function *made = calloc(1, sizeof *made);
    snprintf(made->name, sizeof made->name, "%s", name);
    made->next = functions;
    *f = functions = made;
    return 0;
}
EXPORT R cuFuncSetAttribute(void *f, int a, int v) { return 0; }
EXPORT R cuFuncGetAttribute(int *v, int a, void *f) { *v = 0; return 0; }
EXPORT R cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *s,
                        void **params, void **extra) {
    launches++;
    ((struct function *)f)->launches++;
    return 0;
}
EXPORT R cuLaunchKernelEx(void *config, void *f, void **params, void **extra) {
    launches++;
    ((struct function *)f)->launches++;
    return 0;
}
static R take(P *at, size_t bytes) { *at = next_address; next_address += (bytes + 511) / 512 * 512; allocations++; return 0; }
EXPORT R cuMemAlloc_v2(P *at, size_t bytes) { return take(at, bytes); }
EXPORT R cuMemAllocAsync(P *at, size_t bytes, void *s) { return take(at, bytes); }
EXPORT R cuMemFree_v2(P at) { return 0; }
EXPORT R cuMemFreeAsync(P at, void *s) { return 0; }
EXPORT R cuMemAllocHost_v2(void **at, size_t bytes) { *at = malloc(bytes); return 0; }
EXPORT R cuMemHostAlloc(void **at, size_t bytes, unsigned flags) { *at = malloc(bytes); return 0; }
EXPORT R cuMemFreeHost(void *at) { free(at); return 0; }
EXPORT R cuMemGetInfo_v2(size_t *left, size_t *all) { *left = *all = 80ull << 30; return 0; }
EXPORT R cuMemcpyHtoDAsync_v2(P to, const void *from, size_t bytes, void *s) { copies_in++; return 0; }
EXPORT R cuMemcpyDtoDAsync_v2(P to, P from, size_t bytes, void *s) { return 0; }
static R ones(void *to, size_t bytes) {
    const float one = 1;
    for (size_t at = 0; at + 4 <= bytes; at += 4) memcpy((char *)to + at, &one, 4);
    copies_out++;
    return 0;
}
EXPORT R cuMemcpyDtoHAsync_v2(void *to, P from, size_t bytes, void *s) { return ones(to, bytes); }
struct copy2d { size_t sx, sy; int st; const void *sh; P sd; void *sa; size_t sp; size_t dx, dy; int dt; void *dh; P dd; void *da; size_t dp; size_t width, height; };
EXPORT R cuMemcpy2DAsync_v2(const struct copy2d *c, void *s) {
    if (c->dt != 1) { copies_in++; return 0; }
    for (size_t row = 0; row < c->height; row++) ones((char *)c->dh + (c->dy + row) * c->dp + c->dx, c->width);
    copies_out -= (long)c->height - 1;
    return 0;
}
EXPORT R cuMemsetD8Async(P at, unsigned char v, size_t n, void *s) { return 0; }
EXPORT R cuTensorMapEncodeTiled(void *map) { return 0; }
EXPORT R cuTensorMapEncodeIm2col(void *map) { return 0; }
/* NVRTC asks for a table of the driver that nobody has to have. */
EXPORT R cuGetExportTable(const void **table, const void *id) { *table = NULL; return 1; }
EXPORT R cuGetErrorName(R e, const char **name) { *name = "error"; return 0; }
EXPORT R cuGetErrorString(R e, const char **text) { *text = "error"; return 0; }
EXPORT R cuDeviceCanAccessPeer(int *can, int a, int b) { *can = 0; return 0; }
