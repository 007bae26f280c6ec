import { describe, expect, test } from "vitest";
import { sniffPicture } from "../../../server/project/sniff-picture.ts";

/** Headers as the formats' own documents lay them out. */
const png = (width: number, height: number) => {
  const bytes = Buffer.alloc(40);
  bytes.write("\x89PNG\r\n\x1a\n", 0, "latin1");
  bytes.writeUInt32BE(13, 8);
  bytes.write("IHDR", 12, "latin1");
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
};
const jpeg = (width: number, height: number, before: Buffer = Buffer.alloc(0)) => {
  const frame = Buffer.alloc(20);
  frame.writeUInt16BE(0xffc0, 0);
  frame.writeUInt16BE(17, 2);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), before, frame]);
};
const webp = (chunk: string, fill: (bytes: Buffer) => void) => {
  const bytes = Buffer.alloc(40);
  bytes.write("RIFF", 0, "latin1");
  bytes.write("WEBP", 8, "latin1");
  bytes.write(chunk, 12, "latin1");
  fill(bytes);
  return bytes;
};

describe("what a picture is, its bytes say", () => {
  test.each([
    ["PNG", png(640, 480), { type: "image/png", width: 640, height: 480 }],
    ["JPEG", jpeg(640, 480), { type: "image/jpeg", width: 640, height: 480 }],
    [
      "JPEG after a comment and fill bytes",
      jpeg(3, 4, Buffer.from([0xff, 0xfe, 0, 4, 1, 2, 0xff, 0xff])),
      { type: "image/jpeg", width: 3, height: 4 },
    ],
    [
      "WebP, lossy",
      webp("VP8 ", (bytes) => {
        bytes.writeUInt16LE(640, 26);
        bytes.writeUInt16LE(480, 28);
      }),
      { type: "image/webp", width: 640, height: 480 },
    ],
    [
      "WebP, lossless",
      webp("VP8L", (bytes) => bytes.writeUInt32LE((639 | (479 << 14)) >>> 0, 21)),
      { type: "image/webp", width: 640, height: 480 },
    ],
    [
      "WebP, extended",
      webp("VP8X", (bytes) => {
        bytes.writeUIntLE(639, 24, 3);
        bytes.writeUIntLE(479, 27, 3);
      }),
      { type: "image/webp", width: 640, height: 480 },
    ],
    ["the largest", png(4096, 4096), { type: "image/png", width: 4096, height: 4096 }],
  ])("%s", (_title, bytes, picture) => {
    expect(sniffPicture(bytes)).toEqual(picture);
  });

  test.each([
    ["SVG with a script", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ["SVG that says it is something else", Buffer.from('<?xml version="1.0"?><!-- PNG --><svg/>')],
    ["HTML", Buffer.from("<!doctype html><script>alert(1)</script>")],
    ["GIF", Buffer.from("GIF89a\x01\x00\x01\x00\x00\x00\x00".padEnd(60, "\0"), "latin1")],
    ["nothing", Buffer.alloc(0)],
    ["the first bytes of a PNG", png(1, 1).subarray(0, 20)],
    ["a JPEG that ends before its frame", jpeg(1, 1).subarray(0, 8)],
    ["a JPEG whose segments lead nowhere", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ["too wide", png(4097, 1)],
    ["no pixels", png(0, 5)],
    ["a bomb", png(4_000_000_000, 4_000_000_000)],
  ])("refuses %s", (_title, bytes) => {
    expect(() => sniffPicture(bytes)).toThrow(/PNG, JPEG or WebP|pixels/);
  });
});
