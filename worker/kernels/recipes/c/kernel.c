// Collatz steps in C: the same state, byte for byte, as worker/kernels/template, so that its shader and examples fit.
#include "quorate.h"

enum { ERROR_FIRST = 2, ERROR_COUNT = 3 };

#define BLOCK 64u
#define LIMIT 100000u
#define MOST_COUNT 65536u
#define MOST_STEPS 512u

typedef struct {
  Header header;
  uint32_t first;
  uint32_t count;
  uint32_t padding[2];
  uint32_t steps[];
} State;

static State *state;
static uint32_t state_bytes;

// The value of the line `key=`, once, of at most six digits; 0 when there is none.
static uint32_t value_of(const File *file, const char *key) {
  uint32_t value = 0;
  uint32_t seen = 0;
  for (uint32_t at = 0; at < file->length;) {
    uint32_t i = 0;
    while (key[i] != 0 && at + i < file->length && file->bytes[at + i] == (uint8_t)key[i]) i++;
    if (key[i] == 0 && at + i < file->length && file->bytes[at + i] == '=') {
      uint32_t digits = 0;
      seen++;
      value = 0;
      for (at += i + 1; at < file->length && file->bytes[at] >= '0' && file->bytes[at] <= '9' && digits < 6; at++, digits++) {
        value = 10 * value + (file->bytes[at] - '0');
      }
      if (digits == 0 || (at < file->length && file->bytes[at] != '\n' && file->bytes[at] != '\r')) return 0;
    }
    while (at < file->length && file->bytes[at] != '\n') at++;
    at++;
  }
  return seen == 1 ? value : 0;
}

void *EXPORT(alloc)(uint32_t bytes) {
  return take(bytes);
}

int32_t EXPORT(init)(uint32_t files, const File *table) {
  (void)files;
  uint32_t first = value_of(&table[0], "first");
  if (first < 1 || first >= LIMIT) return ERROR_FIRST;
  uint32_t count = value_of(&table[0], "count");
  if (count < 1 || count > MOST_COUNT || first + count > LIMIT) return ERROR_COUNT;
  state_bytes = sizeof(State) + 4 * count;
  state = take(state_bytes);
  memset(state, 0, state_bytes);
  state->header.units_total = (count + BLOCK - 1) / BLOCK;
  state->first = first;
  state->count = count;
  return 0;
}

static uint32_t steps_from(uint32_t number) {
  uint32_t steps = 0;
  for (; number != 1 && steps < MOST_STEPS; steps++) number = (number & 1) == 0 ? number / 2 : 3 * number + 1;
  return steps;
}

double EXPORT(step)(uint32_t budget) {
  uint32_t to = state->header.units_done + units_for_step(&state->header, budget);
  for (uint32_t index = state->header.units_done * BLOCK; index < to * BLOCK && index < state->count; index++) {
    state->steps[index] = steps_from(state->first + index);
  }
  state->header.units_done = to;
  return progress(&state->header);
}

uint64_t EXPORT(output)(void) {
  return packed(state->steps, 4 * state->count);
}

uint64_t EXPORT(save)(void) {
  return packed(state, state_bytes);
}

int32_t EXPORT(load)(const State *saved, uint32_t bytes) {
  int same = bytes == state_bytes && saved->first == state->first && saved->count == state->count &&
             saved->header.units_total == state->header.units_total && saved->header.units_done <= state->header.units_total;
  if (same) memcpy(state, saved, bytes);
  give_back(saved);
  return same ? 0 : 1;
}
