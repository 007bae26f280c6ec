/*
 * align in C: what a volunteer's browser is measured against. The same algorithm as worker/kernels/align (eight reads on
 * both strands in the sixteen byte lanes of a 128-bit vector, two genome columns at a time, lanes near the top continued
 * in 32 bits; then a trace back from the end), the same CSV. Takes well-formed input only.
 *
 *   cc -O3 -o align align.c && ./align INPUT GENOME.fa > out.csv   (INPUT: the first line and the reads)
 *
 * On stderr: cells=<read letters * 2 * genome letters> seconds=<scoring and tracing, without reading and writing>
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#pragma GCC target("sse4.1") /* what every engine's WASM SIMD needs too */
#include <smmintrin.h>
typedef __m128i Lanes;
#define SPLAT(x) _mm_set1_epi8((char)(x))
#define LOAD(p) _mm_load_si128((const __m128i *)(p))
#define STORE(p, x) _mm_store_si128((__m128i *)(p), x)
#define ADD(a, b) _mm_adds_epi8(a, b)
#define SUB(a, b) _mm_subs_epi8(a, b)
#define MAX(a, b) _mm_max_epi8(a, b)
/* One bit (or for NEON four) per lane where a > b. */
#define ABOVE(a, b) ((uint64_t)_mm_movemask_epi8(_mm_cmpgt_epi8(a, b)))
#define BITS 1
#elif defined(__aarch64__)
#include <arm_neon.h>
typedef int8x16_t Lanes;
#define SPLAT(x) vdupq_n_s8((int8_t)(x))
#define LOAD(p) vld1q_s8((const int8_t *)(p))
#define STORE(p, x) vst1q_s8((int8_t *)(p), x)
#define ADD(a, b) vqaddq_s8(a, b)
#define SUB(a, b) vqsubq_s8(a, b)
#define MAX(a, b) vmaxq_s8(a, b)
#define ABOVE(a, b) \
  vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(vcgtq_s8(a, b)), 4)), 0)
#define BITS 4
#else
#error "this needs SSE 4.1 or NEON"
#endif

enum { LANES = 16, GROUP = 8, ROW = 48, HYSTERESIS = 12 };

typedef struct {
  char *name;
  uint8_t *codes[2]; /* forward, reverse complement */
  int length, order;
  int score, strand, genome_end, read_end, genome_start, read_start;
} Read;

static int match, mismatch, gap_first, gap_next;
static uint8_t *genome;
static int genome_length;
static Read *reads;
static int read_count;

static void die(const char *why) {
  fprintf(stderr, "align: %s\n", why);
  exit(1);
}

static void *allocate(size_t bytes) {
  void *p = aligned_alloc(16, (bytes + 31) / 16 * 16);
  if (p == NULL) die("out of memory");
  return p;
}

/* ---- input ---- */

static uint8_t code_of(int letter, uint8_t other) {
  switch (letter & 0xdf) {
    case 'A': return 0;
    case 'C': return 1;
    case 'G': return 2;
    case 'T': return 3;
    default: return other;
  }
}

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) die("cannot open a file");
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  char *text = allocate(*length + 1);
  if (fread(text, 1, *length, file) != *length) die("cannot read a file");
  text[*length] = 0;
  fclose(file);
  return text;
}

/* Appends the codes of sequence lines up to the next record; returns the first character behind them. */
static char *read_letters(char *at, uint8_t other, uint8_t *codes, int *length) {
  for (; *at && *at != '>'; at++)
    if (*at > ' ') codes[(*length)++] = code_of(*at, other);
  return at;
}

static char *line_end(char *at) {
  while (*at && *at != '\n') at++;
  return *at ? at + 1 : at;
}

static void read_genome(const char *path) {
  size_t bytes;
  char *at = line_end(read_file(path, &bytes));
  genome = allocate(bytes + 2);
  read_letters(at, 4, genome, &genome_length);
  genome[genome_length] = 4; /* an odd genome has one column too many: it matches nothing */
}

static int longest_first(const void *a, const void *b) {
  const Read *x = a, *y = b;
  return x->length != y->length ? y->length - x->length : x->order - y->order;
}

static void read_input(const char *path) {
  size_t bytes;
  int open;
  char *at = read_file(path, &bytes);
  if (sscanf(at, "match=%d mismatch=%d gap_open=%d gap_extend=%d", &match, &mismatch, &open, &gap_next) != 4) {
    die("the first line is not the parameters");
  }
  gap_first = open + gap_next;
  int capacity = 0;
  uint8_t *codes = allocate(2 * bytes);
  for (at = line_end(at); *at == '>'; read_count++) {
    if (read_count == capacity) {
      capacity = capacity * 2 + 64;
      reads = realloc(reads, (size_t)capacity * sizeof(Read));
      if (reads == NULL) die("out of memory");
    }
    Read *read = memset(&reads[read_count], 0, sizeof(Read));
    char *name = at + 1, *next = line_end(at);
    name[strcspn(name, " \t\r\n")] = 0;
    read->name = name;
    read->order = read_count;
    read->codes[0] = codes;
    at = read_letters(next, 5, codes, &read->length);
    read->codes[1] = codes + read->length;
    for (int i = 0; i < read->length; i++) {
      uint8_t code = codes[read->length - 1 - i];
      read->codes[1][i] = code < 4 ? 3 - code : code;
    }
    codes += 2 * read->length;
  }
  qsort(reads, (size_t)read_count, sizeof(Read), longest_first);
}

/* ---- score ---- */

static int8_t *profile[5]; /* per genome code: rows of 16 substitution scores */
static int8_t *column;     /* per row: H of the last column, E, H of the column before the last; a score of 0 is -128 */
static int32_t *wide;      /* per lane and row: H, E */
static int rows, use_bytes;
static int best[LANES], best_column[LANES], best_row[LANES];
static uint32_t wide_lanes;
static Lanes maxima1, maxima2;

static void start_group(Read *group, int members) {
  rows = group[0].length;
  for (int code = 0; code < 5; code++)
    for (int row = 0; row < rows; row++)
      for (int lane = 0; lane < LANES; lane++) {
        int member = lane % GROUP, inside = member < members && row < group[member].length;
        int equal = inside && group[member].codes[lane / GROUP][row] == code;
        profile[code][row * LANES + lane] = (int8_t)(code < 4 && equal ? match : mismatch);
      }
  memset(column, 0x80, (size_t)rows * ROW);
  memset(wide, 0, (size_t)rows * LANES * 2 * sizeof(int32_t));
  memset(best, 0, sizeof best);
  wide_lanes = use_bytes ? 0 : 0xffff;
}

static void two_columns(const int8_t *profile1, const int8_t *profile2) {
  const Lanes zero = SPLAT(-128), first = SPLAT(gap_first), next = SPLAT(gap_next);
  Lanes f1 = zero, f2 = zero, diagonal1 = zero, diagonal2 = zero, max1 = zero, max2 = zero;
  int8_t *at = column, *end = column + (size_t)rows * ROW;
  for (; at < end; at += ROW, profile1 += LANES, profile2 += LANES) {
    Lanes e = LOAD(at + 16), x = MAX(ADD(diagonal1, LOAD(profile1)), e);
    diagonal1 = LOAD(at);
    const Lanes h1 = MAX(x, f1);
    f1 = MAX(SUB(f1, next), SUB(x, first));
    e = MAX(SUB(e, next), SUB(h1, first));
    max1 = MAX(max1, h1);
    x = MAX(ADD(diagonal2, LOAD(profile2)), e);
    diagonal2 = h1;
    const Lanes h2 = MAX(x, f2);
    f2 = MAX(SUB(f2, next), SUB(x, first));
    e = MAX(SUB(e, next), SUB(h2, first));
    max2 = MAX(max2, h2);
    STORE(at, h2);
    STORE(at + 16, e);
    STORE(at + 32, h1);
  }
  maxima1 = max1;
  maxima2 = max2;
}

static void improve(int lane, int score, int at, int row) {
  best[lane] = score;
  best_column[lane] = at;
  best_row[lane] = row;
}

static int row_of(const int8_t *at, int value) {
  int row = 0;
  for (; *at != value; at += ROW) row++;
  return row;
}

static int wide_column(int lane, int at, const int8_t *scores) {
  int32_t *cell = wide + (size_t)lane * (size_t)rows * 2;
  int diagonal = 0, f = 0, top = 0, top_row = 0;
  for (int row = 0; row < rows; row++, cell += 2, scores += LANES) {
    int e = cell[1], x = diagonal + *scores;
    if (x < e) x = e;
    if (x < 0) x = 0;
    diagonal = cell[0];
    const int h = x > f ? x : f;
    f = f - gap_next > x - gap_first ? f - gap_next : x - gap_first;
    if (f < 0) f = 0;
    e = e - gap_next > h - gap_first ? e - gap_next : h - gap_first;
    cell[0] = h;
    cell[1] = e < 0 ? 0 : e;
    if (h > top) {
      top = h;
      top_row = row;
    }
  }
  if (top > best[lane]) improve(lane, top, at, top_row);
  return top;
}

static void widen(int lane) {
  int32_t *cell = wide + (size_t)lane * (size_t)rows * 2;
  wide_lanes |= 1u << lane;
  for (int row = 0; row < rows; row++) {
    cell[2 * row] = column[row * ROW + lane] + 128;
    cell[2 * row + 1] = column[row * ROW + 16 + lane] + 128;
  }
}

static void narrow(int lane) {
  const int32_t *cell = wide + (size_t)lane * (size_t)rows * 2;
  wide_lanes &= ~(1u << lane);
  for (int row = 0; row < rows; row++) {
    column[row * ROW + lane] = (int8_t)(cell[2 * row] - 128);
    column[row * ROW + 16 + lane] = (int8_t)(cell[2 * row + 1] - 128);
  }
}

static Lanes best_lanes(void) {
  _Alignas(16) int8_t values[LANES];
  for (int lane = 0; lane < LANES; lane++) values[lane] = (int8_t)((best[lane] < 255 ? best[lane] : 255) - 128);
  return LOAD(values);
}

static void score_group(void) {
  const Lanes limit = SPLAT(126 - 2 * match);
  Lanes known = best_lanes();
  for (int at = 0; at < genome_length; at += 2) {
    const int8_t *profile1 = profile[genome[at]], *profile2 = profile[genome[at + 1]];
    if (use_bytes) two_columns(profile1, profile2);
    const uint32_t elsewhere = wide_lanes; /* their bytes mean nothing */
    for (int lane = 0; elsewhere != 0 && lane < LANES; lane++) {
      if ((elsewhere >> lane & 1) == 0) continue;
      wide_column(lane, at, profile1 + lane);
      const int top = wide_column(lane, at + 1, profile2 + lane);
      if (use_bytes && top + HYSTERESIS <= 254 - 2 * match) narrow(lane);
    }
    if (!use_bytes) continue;
    if (elsewhere != 0) known = best_lanes();
    const uint64_t better = ABOVE(maxima1, known) | ABOVE(maxima2, known), high = ABOVE(maxima2, limit);
    if ((better | high) == 0) continue;
    _Alignas(16) int8_t top1[LANES], top2[LANES];
    STORE(top1, maxima1);
    STORE(top2, maxima2);
    for (int lane = 0; lane < LANES; lane++) {
      if (elsewhere >> lane & 1) continue;
      if (better >> (lane * BITS) & 1) {
        if (top1[lane] + 128 > best[lane]) improve(lane, top1[lane] + 128, at, row_of(column + 32 + lane, top1[lane]));
        if (top2[lane] + 128 > best[lane]) improve(lane, top2[lane] + 128, at + 1, row_of(column + lane, top2[lane]));
      }
      if (high >> (lane * BITS) & 1) widen(lane);
    }
    known = best_lanes();
  }
}

static void take_best(Read *read, int strand, int lane) {
  if (best[lane] <= read->score) return;
  read->score = best[lane];
  read->strand = strand;
  read->genome_end = best_column[lane] + 1;
  read->read_end = best_row[lane] + 1;
}

/* ---- trace: from the end backwards; 0 is unreachable (see trace.ts) ---- */

static void trace(Read *read, int32_t *cells) {
  const int n = read->read_end, score = read->score;
  const uint8_t *codes = read->codes[read->strand];
  int first = 0, last = -1;
  if (score == 0) return;
  memset(cells, 0, (size_t)n * 2 * sizeof(int32_t));
  for (int at = read->genome_end - 1; at >= 0; at--) {
    const int anchor = at == read->genome_end - 1;
    int f = 0, diagonal = 0, new_first = n, new_last = -1;
    for (int row = first; row < n; row++) {
      const int start = anchor && row == 0;
      if (row > last + 1 && f == 0 && !start) break;
      int32_t *cell = cells + 2 * row;
      int h = cell[1] > f ? cell[1] : f;
      if (diagonal > 0 || start) {
        const int x = diagonal + (codes[n - 1 - row] == genome[at] ? match : mismatch);
        if (x > h) h = x;
      }
      diagonal = cell[0];
      int least = score - (n - 1 - row) * match;
      if (least < 1) least = 1;
      if (h < least) h = 0;
      if (h == score) {
        read->genome_start = at;
        read->read_start = n - 1 - row;
        return;
      }
      int e = cell[1] - gap_next > h - gap_first ? cell[1] - gap_next : h - gap_first;
      f = f - gap_next > h - gap_first ? f - gap_next : h - gap_first;
      if (e < least) e = 0;
      if (f < least) f = 0;
      cell[0] = h;
      cell[1] = e;
      if (h > 0 || e > 0) {
        if (new_first > row) new_first = row;
        new_last = row;
      }
    }
    first = new_first;
    last = new_last;
  }
}

/* ---- output ---- */

static int as_given(const void *a, const void *b) { return ((const Read *)a)->order - ((const Read *)b)->order; }

static void write_read(const Read *read) {
  if (read->score == 0) {
    printf("%s,0,*,0,0,0,0\n", read->name);
    return;
  }
  const int reverse = read->strand == 1;
  printf("%s,%d,%c,%d,%d,%d,%d\n", read->name, read->score, reverse ? '-' : '+', read->genome_start, read->genome_end,
         reverse ? read->length - read->read_end : read->read_start,
         reverse ? read->length - read->read_start : read->read_end);
}

int main(int argc, char **argv) {
  if (argc != 3) die("usage: align INPUT GENOME.fa");
  read_input(argv[1]);
  read_genome(argv[2]);
  const size_t longest = read_count > 0 ? (size_t)reads[0].length : 0;
  for (int code = 0; code < 5; code++) profile[code] = allocate(longest * LANES);
  column = allocate(longest * ROW);
  wide = allocate(longest * LANES * 2 * sizeof(int32_t));
  if (mismatch < -127) die("this twin takes mismatch scores down to -127");
  use_bytes = match <= 10 && gap_first <= 127;

  struct timespec begin, end;
  double cells = 0;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int group = 0; group < read_count; group += GROUP) {
    const int members = read_count - group < GROUP ? read_count - group : GROUP;
    start_group(reads + group, members);
    score_group();
    for (int lane = 0; lane < LANES; lane++)
      if (lane % GROUP < members) take_best(&reads[group + lane % GROUP], lane / GROUP, lane);
  }
  for (int read = 0; read < read_count; read++) {
    trace(&reads[read], wide);
    cells += 2.0 * reads[read].length * genome_length;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);

  qsort(reads, (size_t)read_count, sizeof(Read), as_given);
  puts("read,score,strand,genome_start,genome_end,read_start,read_end");
  for (int read = 0; read < read_count; read++) write_read(&reads[read]);
  const double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
  fprintf(stderr, "cells=%.0f seconds=%.6f\n", cells, seconds);
  return 0;
}
