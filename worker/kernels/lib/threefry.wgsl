fn rotl(x: u32, k: u32) -> u32 {
  return (x << k) | (x >> (32u - k));
}

fn mix01(v: vec4u, a: u32, b: u32) -> vec4u {
  let x0 = v.x + v.y;
  let x2 = v.z + v.w;
  return vec4u(x0, rotl(v.y, a) ^ x0, x2, rotl(v.w, b) ^ x2);
}

fn mix03(v: vec4u, a: u32, b: u32) -> vec4u {
  let x0 = v.x + v.w;
  let x2 = v.z + v.y;
  return vec4u(x0, rotl(v.y, b) ^ x2, x2, rotl(v.w, a) ^ x0);
}

// Threefry-4x32, 13 rounds (Salmon et al., SC11): additions, rotations and exclusive-or only. Key: seed, 0, 0.
fn threefry(counter: vec4u, key0: u32, key1: u32) -> vec4u {
  let parity = 0x1bd11bdau ^ key0 ^ key1;
  var v = counter + vec4u(key0, key1, 0u, 0u);
  v = mix01(v, 10u, 26u);
  v = mix03(v, 11u, 21u);
  v = mix01(v, 13u, 27u);
  v = mix03(v, 23u, 5u);
  v += vec4u(key1, 0u, 0u, parity + 1u);
  v = mix01(v, 6u, 20u);
  v = mix03(v, 17u, 11u);
  v = mix01(v, 25u, 10u);
  v = mix03(v, 18u, 20u);
  v += vec4u(0u, 0u, parity, key0 + 2u);
  v = mix01(v, 10u, 26u);
  v = mix03(v, 11u, 21u);
  v = mix01(v, 13u, 27u);
  v = mix03(v, 23u, 5u);
  v += vec4u(0u, parity, key0, key1 + 3u);
  return mix01(v, 6u, 20u);
}
