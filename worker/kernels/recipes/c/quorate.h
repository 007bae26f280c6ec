// What a kernel in C needs and has no C library for: exports by name, memory, and the header of its state.
#ifndef QUORATE_H
#define QUORATE_H

#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name))) name

// One file of a workunit, as `init` gets them: file 0 is the input, then those that kernel.json names, in its order.
typedef struct {
  const uint8_t *bytes;
  uint32_t length;
} File;

// The first 16 bytes of every state. status: 0 running, 1 finished early, from 2 on the kernel's own error codes.
typedef struct {
  uint32_t units_total;
  uint32_t units_done;
  uint32_t status;
  uint32_t reserved;
} Header;

static inline uint64_t packed(const void *start, uint32_t length) {
  return (uint64_t)(uintptr_t)start << 32 | length;
}

// What `step` returns: minus the error code, or the share that is done; 1 only when everything is.
static inline double progress(const Header *header) {
  if (header->status >= 2) return -(double)header->status;
  if (header->status == 1 || header->units_done >= header->units_total) return 1;
  return (double)header->units_done / header->units_total;
}

// Units that a step with this budget has to do.
static inline uint32_t units_for_step(const Header *header, uint32_t budget) {
  uint32_t left = header->units_total - header->units_done;
  if (header->status != 0) return 0;
  return budget < left ? budget : left;
}

// The linker puts it where the stack and the data end.
extern uint8_t __heap_base;
static uintptr_t heap_next;

// Nothing is ever given back: a workunit's instance is short-lived. 0 when the memory's declared maximum is reached.
static inline void *take(uint32_t bytes) {
  if (heap_next == 0) heap_next = (uintptr_t)&__heap_base;
  uint64_t start = (heap_next + 15) & ~(uint64_t)15;
  uint64_t end = start + bytes;
  uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * 65536;
  if (end > 0xffffffff) return NULL;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) / 65536) == (size_t)-1) return NULL;
  heap_next = (uintptr_t)end;
  return (void *)(uintptr_t)start;
}

// The last block taken, when it is this one: a loaded checkpoint need not stay.
static inline void give_back(const void *block) {
  heap_next = (uintptr_t)block;
}

// The compiler calls these two by itself, for structures for example. -fno-builtin keeps it from making them call themselves.
void *memcpy(void *to, const void *from, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
  return to;
}

void *memset(void *at, int value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) ((uint8_t *)at)[i] = (uint8_t)value;
  return at;
}

#endif
