import { Refusal } from "../refusal.ts";

export type Picture = { type: "image/png" | "image/jpeg" | "image/webp"; width: number; height: number };

/** Wider or higher than this is no picture for a page: decoding it would stop a phone. */
const MAX_PIXELS_A_SIDE = 4096;

/**
 * What kind of picture these bytes are and how large, from their first bytes alone; what the sender said is not asked.
 * PNG: RFC 2083, section 11.2.1. JPEG: ITU-T T.81, annex B. WebP: RFC 9649, sections 2.4 to 2.7.
 * @throws {Refusal} `bad_request` when they are none of the three, or too large in pixels.
 */
export function sniffPicture(bytes: Uint8Array): Picture {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const picture = png(data) ?? jpeg(data) ?? webp(data);
  if (picture === null) {
    throw new Refusal("bad_request", "This is no picture that is taken here: use PNG, JPEG or WebP (no SVG).");
  }
  const { width, height } = picture;
  if (width < 1 || height < 1 || width > MAX_PIXELS_A_SIDE || height > MAX_PIXELS_A_SIDE) {
    const text = `The picture has ${width} x ${height} pixels, at most ${MAX_PIXELS_A_SIDE} a side are taken: make it smaller.`;
    throw new Refusal("bad_request", text);
  }
  return picture;
}

function png(data: Buffer): Picture | null {
  const isPng = data.length >= 33 && data.toString("latin1", 0, 8) === "\x89PNG\r\n\x1a\n";
  if (!isPng || data.toString("latin1", 12, 16) !== "IHDR") return null;
  return { type: "image/png", width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
}

/** Markers of frame headers: C0 to CF without DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpeg(data: Buffer): Picture | null {
  if (data.length < 4 || data.readUInt16BE(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 < data.length && data[at] === 0xff) {
    const marker = data[at + 1] ?? 0;
    if (isFrame(marker)) {
      return { type: "image/jpeg", height: data.readUInt16BE(at + 5), width: data.readUInt16BE(at + 7) };
    }
    // A marker may be preceded by any number of fill bytes.
    at += marker === 0xff ? 1 : 2 + data.readUInt16BE(at + 2);
  }
  return null;
}

function webp(data: Buffer): Picture | null {
  if (data.length < 30 || data.toString("latin1", 0, 4) !== "RIFF" || data.toString("latin1", 8, 12) !== "WEBP") {
    return null;
  }
  const type = "image/webp";
  switch (data.toString("latin1", 12, 16)) {
    case "VP8X":
      return { type, width: data.readUIntLE(24, 3) + 1, height: data.readUIntLE(27, 3) + 1 };
    case "VP8L": {
      const bits = data.readUInt32LE(21);
      return { type, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8 ":
      return { type, width: data.readUInt16LE(26) & 0x3fff, height: data.readUInt16LE(28) & 0x3fff };
    default:
      return null;
  }
}
