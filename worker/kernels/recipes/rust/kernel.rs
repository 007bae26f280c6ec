// Collatz steps in Rust without its standard library: the same state, byte for byte, as worker/kernels/template.
#![no_std]
#![no_main]

use core::ptr::{addr_of, copy_nonoverlapping, write_bytes};

const ERROR_FIRST: i32 = 2;
const ERROR_COUNT: i32 = 3;
const BLOCK: u32 = 64;
const LIMIT: u32 = 100_000;
const MOST_COUNT: u32 = 65_536;
const MOST_STEPS: u32 = 512;
const HEADER_WORDS: usize = 8;

const TOTAL: usize = 0;
const DONE: usize = 1;
const FIRST: usize = 4;
const COUNT: usize = 5;

// One instance computes one workunit in one thread.
static mut STATE: *mut u32 = core::ptr::null_mut();
static mut STATE_BYTES: u32 = 0;
static mut HEAP_NEXT: usize = 0;

extern "C" {
    static __heap_base: u8;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[repr(C)]
pub struct File {
    bytes: *const u8,
    length: u32,
}

unsafe fn word(index: usize) -> u32 {
    *STATE.add(index)
}

unsafe fn set(index: usize, value: u32) {
    *STATE.add(index) = value;
}

/// Nothing is given back but the newest block. Null when the memory's declared maximum is reached.
#[no_mangle]
pub unsafe extern "C" fn alloc(bytes: u32) -> *mut u8 {
    if HEAP_NEXT == 0 {
        HEAP_NEXT = addr_of!(__heap_base) as usize;
    }
    let start = (HEAP_NEXT as u64 + 15) & !15;
    let end = start + bytes as u64;
    let have = core::arch::wasm32::memory_size(0) as u64 * 65_536;
    if end > have {
        let more = (end - have + 65_535) / 65_536;
        if end > u32::MAX as u64 || core::arch::wasm32::memory_grow(0, more as usize) == usize::MAX {
            return core::ptr::null_mut();
        }
    }
    HEAP_NEXT = end as usize;
    start as usize as *mut u8
}

/// The value of the line `key=`, once, of at most six digits; 0 when there is none.
fn value_of(text: &[u8], key: &[u8]) -> u32 {
    let mut found = 0;
    let mut seen = 0;
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let digits = match line.strip_prefix(key).and_then(|rest| rest.strip_prefix(b"=")) {
            Some(digits) => digits,
            None => continue,
        };
        seen += 1;
        if digits.is_empty() || digits.len() > 6 || !digits.iter().all(u8::is_ascii_digit) {
            return 0;
        }
        found = digits.iter().fold(0, |value, digit| 10 * value + (digit - b'0') as u32);
    }
    if seen == 1 {
        found
    } else {
        0
    }
}

#[no_mangle]
pub unsafe extern "C" fn init(_files: u32, table: *const File) -> i32 {
    let input = core::slice::from_raw_parts((*table).bytes, (*table).length as usize);
    let first = value_of(input, b"first");
    if first < 1 || first >= LIMIT {
        return ERROR_FIRST;
    }
    let count = value_of(input, b"count");
    if count < 1 || count > MOST_COUNT || first + count > LIMIT {
        return ERROR_COUNT;
    }
    STATE_BYTES = 4 * (HEADER_WORDS as u32 + count);
    STATE = alloc(STATE_BYTES) as *mut u32;
    write_bytes(STATE as *mut u8, 0, STATE_BYTES as usize);
    set(TOTAL, (count + BLOCK - 1) / BLOCK);
    set(FIRST, first);
    set(COUNT, count);
    0
}

fn steps_from(start: u32) -> u32 {
    let mut number = start;
    let mut steps = 0;
    while number != 1 && steps < MOST_STEPS {
        number = if number & 1 == 0 { number / 2 } else { 3 * number + 1 };
        steps += 1;
    }
    steps
}

#[no_mangle]
pub unsafe extern "C" fn step(budget: u32) -> f64 {
    let left = word(TOTAL) - word(DONE);
    let to = word(DONE) + if budget < left { budget } else { left };
    let mut index = word(DONE) * BLOCK;
    while index < to * BLOCK && index < word(COUNT) {
        set(HEADER_WORDS + index as usize, steps_from(word(FIRST) + index));
        index += 1;
    }
    set(DONE, to);
    if to == word(TOTAL) {
        1.0
    } else {
        to as f64 / word(TOTAL) as f64
    }
}

fn packed(start: *const u32, bytes: u32) -> u64 {
    (start as usize as u64) << 32 | bytes as u64
}

#[no_mangle]
pub unsafe extern "C" fn output() -> u64 {
    packed(STATE.add(HEADER_WORDS), 4 * word(COUNT))
}

#[no_mangle]
pub unsafe extern "C" fn save() -> u64 {
    packed(STATE, STATE_BYTES)
}

#[no_mangle]
pub unsafe extern "C" fn load(saved: *const u32, bytes: u32) -> i32 {
    let same = bytes == STATE_BYTES
        && *saved.add(FIRST) == word(FIRST)
        && *saved.add(COUNT) == word(COUNT)
        && *saved.add(TOTAL) == word(TOTAL)
        && *saved.add(DONE) <= word(TOTAL);
    if same {
        copy_nonoverlapping(saved as *const u8, STATE as *mut u8, bytes as usize);
    }
    HEAP_NEXT = saved as usize;
    if same {
        0
    } else {
        1
    }
}
