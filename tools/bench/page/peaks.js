// What 128-bit arithmetic reaches at most in this browser: a loop over registers alone, as WebAssembly bytes.

import { products } from "./workloads.js";

const kChains = 12;
const kRounds = 1 << 16;
const operationsOfRound = kChains * 4 * 2;

const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)]);
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];

/** (rounds: i32, start: f32) -> f32: every round takes each of the chains one multiply-add further. */
function loop(fused) {
  const set = (local) => [0x21, ...leb(local)];
  const get = (local) => [0x20, ...leb(local)];
  const factor = 2; // the locals: rounds, start, factor, then the chains
  const chain = (index) => factor + 1 + index;
  const splat = [...get(1), 0xfd, 0x13];
  const chains = Array.from({ length: kChains }, (_, index) => chain(index));
  const step = (local) =>
    fused
      ? [...get(local), ...get(factor), ...get(factor), 0xfd, 0x85, 0x02, ...set(local)] // f32x4.relaxed_madd
      : [...get(local), ...get(factor), 0xfd, 0xe6, 0x01, ...get(factor), 0xfd, 0xe4, 0x01, ...set(local)]; // mul, add
  const body = [
    ...[1, ...leb(kChains + 1), 0x7b], // that many locals of v128
    ...[factor, ...chains].flatMap((local) => [...splat, ...set(local)]),
    ...[0x03, 0x40, ...chains.flatMap(step)],
    ...[...get(0), 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b], // until rounds are 0
    ...get(chain(0)),
    ...chains.slice(1).flatMap((local) => [...get(local), 0xfd, 0xe4, 0x01]),
    ...[0xfd, 0x1f, 0x00, 0x0b],
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 2, 0x7f, 0x7d, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

const peak = (variant, fused) => {
  const rounds = (count) => async () => {
    const { instance } = await WebAssembly.instantiate(loop(fused));
    return {
      async run(times) {
        for (let i = 0; i < times; i++) instance.exports.f(count, 0.5);
      },
    };
  };
  return {
    peer: "peak",
    variant: async () => variant,
    workloads: {
      peak: rounds(kRounds),
      ...products((side) => rounds(Math.round((2 * side ** 3) / operationsOfRound))), // as many as in the product
    },
  };
};

/** Floating-point operations of one call. */
export const peakOperations = kRounds * operationsOfRound;
export const multiplyThenAdd = () => peak("multiply, then add", false);
export const fusedMultiplyAdd = () => peak("fused multiply-add", true);
